"""Words: six AutoMod rules of 1,000 keywords each, held against a text of 20,000 characters."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator

from bench.figures import Figure
from services.words import WordList, find_faults

RULES, KEYWORDS, CHARACTERS, ROUNDS = 6, 1000, 20_000, 5
_ONSETS = (
    "b bl br c ch cl cr d dr f fl fr g gl gr h j k l m n p pl pr qu r s sc sh sk sl sp st t th tr v w y z"
)
_VOWELS = "a e i o u ai ea ee ie oo ou"
_CODAS = "b ck d f g ll lt m mp n nd ng nk nt p r rd rk rm rn rt s sh sk ss st t th x z"
_COMMON = (
    "the a and to of in my you your me it is on we all with for that be love night light heart time "
    "never know like just don't can't I'm she he'll over down away again home road rain fire dance "
    "dream river summer baby"
)


def word(chance: random.Random, most: int = 3) -> str:
    """A word that could be English."""
    syllables = chance.randint(1, most)
    parts = (chance.choice(_ONSETS.split()) + chance.choice(_VOWELS.split()) for _ in range(syllables))
    return "".join(parts) + chance.choice(_CODAS.split())


def rules(chance: random.Random, shape: str = "words") -> list[WordList]:
    """Six rules: words with and without stars and phrases; or "vowels", the worst that a list can be."""

    def keyword() -> str:
        if shape == "vowels":
            return "".join(chance.choice("ao") for _ in range(16)) + "x"
        stars = chance.choice(["{}", "{}", "{}*", "*{}", "*{}*"])
        phrase = f"{word(chance)} {word(chance)}" if chance.random() < 0.1 else word(chance, 4)
        return stars.format(phrase)

    return [
        WordList(
            "this server's AutoMod",
            tuple(keyword() for _ in range(KEYWORDS)),
            (r"\bst[o0]at\w*\b",),
            ("scunthorpe",),
        )
        for _ in range(RULES)
    ]


def texts(chance: random.Random) -> Iterator[tuple[str, str]]:
    """Names, and texts of 20,000 characters: an ordinary one, and such as are written to take long."""
    common = _COMMON.split()

    def of(make: object) -> str:
        made: list[str] = []
        length = 0
        while length < CHARACTERS:
            made.append(make())  # pyright: ignore
            length += len(made[-1]) + 1
        return " ".join(made)

    yield "ordinary lyrics", of(lambda: chance.choice(common) if chance.random() < 0.6 else word(chance))
    yield "no word twice", of(lambda: word(chance, 4))
    yield "*-*-", "*-" * (CHARACTERS // 2 - 1) + "ax"
    yield "a*a*", "a*" * (CHARACTERS // 2)
    yield "aoao", "ao" * (CHARACTERS // 2)
    yield "one letter", "a" * CHARACTERS
    yield "b-a-d-g", "-".join(chance.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(CHARACTERS // 2))
    yield "b a d g", " ".join(chance.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(CHARACTERS // 2))
    yield "figures and signs", "".join(chance.choice("n1gg3rb4dg$t@+|!*0c") for _ in range(CHARACTERS))
    yield "1|1|", "1|" * (CHARACTERS // 2)
    yield "emoji", "🎵🔥" * (CHARACTERS // 2)
    yield "emoji between letters", "".join(chance.choice("abdegrst") + "🔥" for _ in range(CHARACTERS // 2))
    yield (
        "Zalgo",
        "".join(chance.choice("badger ") + "\u0336\u0301\u0316\u0489" for _ in range(CHARACTERS // 5)),
    )
    yield "marks upon one letter", "a" + "\u0301\u0316" * (CHARACTERS // 2)
    yield "other scripts", "".join(chance.choice("ɑЬсԁеƒɡһіј ") for _ in range(CHARACTERS))
    yield "no space", "".join(chance.choice("abcdefghijklmnoprstuvwy") for _ in range(CHARACTERS))


async def measure() -> list[Figure]:
    """The best of some rounds, as the machine is shared; and how long the words take to be made ready."""
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
            took = []
            for _ in range(ROUNDS):
                began = time.thread_time()
                find_faults({"lyrics": text}, lists)
                took.append(time.thread_time() - began)
            found.append(Figure(f"{shape}: {name}", min(took) * 1000, "ms"))
    return found
