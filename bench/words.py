"""Words: six AutoMod rules of 1,000 keywords each, held against a text of 20,000 characters (CPU time)."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator

from bench.measuring.figures import Figure
from services.words.blocked_words import Origin, WordList, find_faults

RULES, KEYWORDS, CHARACTERS, ROUNDS = 6, 1000, 20_000, 5
ONSETS = """
    b bl br c ch cl cr d dr f fl fr g gl gr h j k l m n p pl pr qu r s sc sh sk sl sp st t th tr v w y z
"""
VOWELS = "a e i o u ai ea ee ie oo ou"
CODAS = "b ck d f g ll lt m mp n nd ng nk nt p r rd rk rm rn rt s sh sk ss st t th x z"
COMMON = """
    the a and to of in my you your me it is on we all with for that be love night light heart time never know
    like just don't can't I'm she he'll over down away again home road rain fire dance dream river summer baby
"""


def word(chance: random.Random, most: int = 3) -> str:
    """A word that could be English."""
    syllables = chance.randint(1, most)
    parts = (chance.choice(ONSETS.split()) + chance.choice(VOWELS.split()) for _ in range(syllables))
    return "".join(parts) + chance.choice(CODAS.split())


def rules(chance: random.Random, shape: str = "words") -> list[WordList]:
    """Six rules: words with and without stars and phrases; or "vowels", the worst that a list can be."""

    def keyword() -> str:
        if shape == "vowels":
            return "".join(chance.choice("ao") for _ in range(16)) + "x"
        stars = chance.choice(["{}", "{}", "{}*", "*{}", "*{}*"])
        phrase = f"{word(chance)} {word(chance)}" if chance.random() < 0.1 else word(chance, 4)
        return stars.format(phrase)

    def rule() -> WordList:
        keywords = tuple(keyword() for _ in range(KEYWORDS))
        return WordList(Origin.AUTOMOD, keywords, (r"\bst[o0]at\w*\b",), ("scunthorpe",))

    return [rule() for _ in range(RULES)]


def texts(chance: random.Random) -> Iterator[tuple[str, str]]:
    """Names, and texts of 20,000 characters: ordinary ones, and such as are written to take long."""
    common, letters = COMMON.split(), "abcdefghijklmnopqrstuvwxyz"

    def filled(make: Callable[[], str]) -> str:
        return "".join(make() for _ in range(CHARACTERS))[:CHARACTERS]

    def of_one(signs: str) -> Callable[[], str]:
        return lambda: chance.choice(signs)

    ends = [" "] * 8 + [", ", "\n", "! ", "? "]
    yield "lyrics", filled(lambda: chance.choice(common) + chance.choice(ends))
    yield "lyrics with many of the words", filled(lambda: chance.choice([*common, word(chance)]) + " ")
    yield "*-*-", "*-" * (CHARACTERS // 2 - 1) + "ax"
    yield "a*a*", "a*" * (CHARACTERS // 2)
    yield "aoao", "ao" * (CHARACTERS // 2)
    yield "one letter", "a" * CHARACTERS
    yield "1|1|", "1|" * (CHARACTERS // 2)
    yield "random letters", filled(of_one(letters))
    yield "b-a-d", "-".join(filled(of_one(letters))[: CHARACTERS // 2])
    yield "b a d", " ".join(filled(of_one(letters))[: CHARACTERS // 2])
    yield "figures and signs", filled(of_one("n1gg3rb4dg$t@+|!*0c"))
    yield "emoji", "🎵🔥" * (CHARACTERS // 2)
    yield "emoji between letters", "🔥".join(filled(of_one("abdegrst"))[: CHARACTERS // 2])
    yield "Zalgo", filled(lambda: chance.choice("badger ") + "\u0336\u0301\u0316\u0489")
    yield "marks upon one letter", "a" + "\u0301\u0316" * (CHARACTERS // 2)
    yield "other scripts", filled(of_one("ɑЬсԁеƒɡһіј "))


async def measure() -> list[Figure]:
    """The best of some rounds, and how long the words take to be made ready."""
    return await asyncio.to_thread(_measured)


def _measured() -> list[Figure]:
    chance = random.Random(7)
    found: list[Figure] = []
    for shape in ("words", "vowels"):
        lists = rules(chance, shape)
        began = time.thread_time()
        find_faults({"lyrics": "x"}, lists)
        found.append(Figure(f"{shape}: made ready, once", (time.thread_time() - began) * 1000, "ms"))
        for name, text in texts(chance):
            took: list[float] = []
            for _ in range(ROUNDS):
                began = time.thread_time()
                find_faults({"lyrics": text}, lists)
                took.append(time.thread_time() - began)
            found.append(Figure(f"{shape}: {name}", min(took) * 1000, "ms"))
    return found
