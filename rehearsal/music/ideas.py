"""A sentence to tags and lyrics, as prompt-to-audio writes them for itself; always the same for a seed.

What the sentence names (genres, instruments, moods, tempo, key, voice) become tags; what it is about is sung.
"""

from __future__ import annotations

import re

from rehearsal.music.chance import Chance, number_of
from rehearsal.music.genres import ALIASES, GENRES
from rehearsal.music.style import (
    BPM,
    BRIGHT,
    DARK,
    FAST,
    FEMALE,
    INSTRUMENTAL,
    KEY,
    MALE,
    PLACES,
    SLOW,
    SPACIOUS,
)

FORMS = {
    "jazzy": "jazz", "funky": "funk", "bluesy": "blues", "poppy": "pop", "rocky": "rock", "folky": "folk",
    "soulful": "soul", "dancey": "dance", "guitars": "guitar", "violins": "violin", "drums": "drum machine",
    "synths": "synth", "flutes": "flute", "cellos": "cello", "trumpets": "trumpet", "lullabies": "lullaby",
    "heavy bass": "slap bass", "deep bass": "slap bass",
}  # fmt: skip
MOODS = BRIGHT | DARK | FAST | SLOW | SPACIOUS
# The genre of a sentence that names none, by what else it names.
NEAR = {
    "piano": "classical", "violin": "classical", "cello": "classical", "strings": "cinematic",
    "choir": "cinematic", "epic": "cinematic", "guitar": "rock", "acoustic guitar": "folk",
    "banjo": "country", "saxophone": "jazz", "trumpet": "swing", "synth": "synthwave", "808": "trap",
    "flute": "celtic",
    "calm": "ambient", "peaceful": "ambient", "dreamy": "ambient", "sleepy": "lullaby", "party": "house",
    "energetic": "house", "dark": "cinematic", "romantic": "soul", "sad": "folk",
}  # fmt: skip
KNOWN = sorted({*GENRES, *ALIASES, *PLACES, *MOODS, *INSTRUMENTAL, *FORMS}, key=len, reverse=True)
NAMES = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, KNOWN))})(?!\w)")
USUAL = ("uplifting", "dreamy", "mellow", "energetic", "warm", "nostalgic")  # moods, where none is named
SMALL = re.compile(  # words that nobody would sing about
    r"a|about|above|after|again|all|along|also|am|an|and|any|are|around|as|at|be|because|been|before|being|"
    r"but|by|can|could|do|does|down|during|each|every|few|for|from|get|give|go|had|has|have|her|here|his|"
    r"how|i|if|in|into|is|it|its|just|let|like|lot|make|makes|me|mine|more|most|much|my|near|new|no|not|of|"
    r"off|on|one|only|or|our|out|over|own|please|she|should|so|some|such|than|that|the|their|them|then|"
    r"there|these|they|this|those|through|to|too|up|us|very|want|was|we|were|what|when|where|which|while|"
    r"who|will|with|without|would|write|you|your|bit|really|some\w+|feel\w*|vibes?|songs?|tracks?|tunes?|"
    r"music|beats?|pieces?|sounds?|style|kind|vocals?|voice|sing\w*|sung|female|male|(?:wo)?man|bpm|tempo|"
    r"major|minor|key|\w"
)
VERSES = (
    "The {a} is calling out my name", "I saw the {a} beyond the {b}", "We carry {a} through the night",
    "There is {a} in the morning light", "And every {a} will find its way", "I kept the {a} inside my hand",
    "The road goes on where {a} began", "You told me all about the {a}", "It smells of {a} and summer rain",
    "They left the {a} beside the door", "Slow as {a}, sure as the sea", "Nobody knows the {a} like me",
)  # fmt: skip
CHORUSES = (
    "Oh {a}, oh {a}, stay with me", "Sing it for {a}, sing it for {b}", "{a}, {b}, carry me home",
    "Nothing but {a} tonight", "All that I want is {a}", "Hold on to {a}, never let it go",
    "{a} in my heart, {b} on my mind", "Hey {a}, we are on our way",
)  # fmt: skip


def write(prompt: str, instrumental: bool, duration: float, seed: int) -> tuple[str, str]:
    """Tags and lyrics for a prompt in any language. `duration` in seconds says how much there is to sing."""
    plain = " ".join(prompt.lower().split())
    named = NAMES.findall(plain)
    found = list(dict.fromkeys(FORMS.get(name, name) for name in named))
    names = sorted(GENRES)
    genres = [name for name in found if name in GENRES or name in ALIASES]
    genres = genres or [NEAR[name] for name in found if name in NEAR][:1]
    genres = genres or [names[number_of("idea/" + plain) % len(names)]]
    dice = Chance(seed).of("idea", plain)
    moods = [name for name in found if name in MOODS] or [USUAL[int(dice.integers(len(USUAL)))]]
    others = [name for name in found if name not in genres and name not in moods]
    exact = [match[0] for match in (BPM.search(plain), KEY.search(plain)) if match]
    voice = ["female vocals"] if FEMALE.search(plain) else ["male vocals"] if MALE.search(plain) else []
    silent = instrumental or any(name in INSTRUMENTAL for name in found)
    tags = [*genres[:2], *moods[:2], *others[:4], *exact]
    if silent:
        return ", ".join(tag for tag in tags if tag not in INSTRUMENTAL), "[inst]"
    return ", ".join([*tags, *voice]), _lyrics(_subjects(plain, named), duration, Chance(seed))


def _subjects(plain: str, named: list[str]) -> list[str]:
    """The words that a song about it would sing."""
    taken = {part for name in named for part in name.split()}
    words = [word.strip("'’-") for word in re.findall(r"[^\W\d_][\w'’-]*", plain)]
    about = [word for word in words if word not in taken and len(word) < 24 and not SMALL.fullmatch(word)]
    return list(dict.fromkeys(about))[:12] or ["love", "night"]


def _lyrics(subjects: list[str], duration: float, chance: Chance) -> str:
    dice = chance.of("idea", "words", *subjects)
    verses, choruses = (list(dice.permutation(len(lines))) for lines in (VERSES, CHORUSES))
    turn = 0

    def line(pattern: str) -> str:
        nonlocal turn
        a, b = (subjects[(turn + k) % len(subjects)] for k in range(2))
        turn += 1
        text = pattern.format(a=a, b=b)
        return text[0].upper() + text[1:]

    size = 2 if duration < 25 else 4
    chorus = [line(CHORUSES[k]) for k in choruses[: size // 2]] * 2
    parts: list[str] = []
    for number in range(1 if duration < 45 else 2):
        verse = [line(VERSES[k]) for k in verses[number * size : (number + 1) * size]]
        parts.append("\n".join(["[verse]", *verse, "", "[chorus]", *chorus]))
    return "\n\n".join(parts)
