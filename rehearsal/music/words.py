"""Lyrics to what a throat can do: sections of lines of syllables, each a consonant, a vowel and an end.

Spelling is only a hint of sound; any script gets some vowel, and always the same one.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from rehearsal.music.chance import number_of

KINDS = {
    "verse": "verse", "chorus": "chorus", "hook": "chorus", "refrain": "chorus", "drop": "chorus",
    "pre-chorus": "bridge", "prechorus": "bridge", "bridge": "bridge", "intro": "intro", "outro": "outro",
    "ending": "outro", "inst": "inst", "instrumental": "inst", "solo": "inst", "interlude": "inst",
        "break": "inst",
}  # fmt: skip
MARKER = re.compile(r"\[(.*)\]|\(\s*([a-z -]+?)\s*[\d:]*\s*\)")  # (oh oh) is sung, (verse 2) is not
GROUPS = re.compile(r"(?:\[[^\[\]]*\]\s*)+")
KIND = re.compile(rf"\b({'|'.join(sorted(KINDS, key=len, reverse=True))})\b")
LONGEST = 400  # lines; a song has no room for more

VOWELS = {
    "ee": "i", "ea": "i", "ie": "i", "ei": "e", "ey": "e", "ai": "ei", "ay": "ei", "oo": "u", "ou": "au",
        "ow": "ou",
    "oa": "ou", "oe": "ou", "oi": "oi", "oy": "oi", "au": "o", "aw": "o", "ew": "u", "ue": "u", "ui": "u",
        "igh": "ai",
    "a": "a", "e": "e", "i": "I", "o": "o", "u": "A", "y": "i",
    "а": "a", "е": "e", "ё": "o", "и": "i", "о": "o", "у": "u", "ы": "I", "э": "e", "ю": "u", "я": "a",
        "і": "i", "ї": "i",
    "α": "a", "ε": "e", "η": "i", "ι": "i", "ο": "o", "υ": "i", "ω": "o",
}  # fmt: skip
LONG = {"a": "ei", "e": "i", "i": "ai", "o": "ou", "u": "u", "y": "ai"}  # before a silent e
LETTERS = "aeiouyаеёиоуыэюяіїαεηιουω"
SOUND = re.compile(
    rf"(?:[^{LETTERS}]*)(?:[{LETTERS}]+(?:gh|w)?)(?:[^{LETTERS}]+$|[^{LETTERS}](?=[^{LETTERS}]))?"
)
PARTS = re.compile(rf"([^{LETTERS}]*)([{LETTERS}]+(?:gh|w)?)(.*)")


@dataclass(frozen=True, slots=True)
class Syllable:
    onset: str  # consonant letters before the vowel, lower case
    vowel: str  # a vowel of `voice`, or two that are gone through
    coda: str = ""
    last: bool = False  # of its word


@dataclass(slots=True)
class Verse:
    """A section as written: what it is and its lines."""

    kind: str
    lines: list[list[Syllable]] = field(default_factory=list)


def syllables(word: str) -> list[Syllable]:
    plain = "".join(c for c in unicodedata.normalize("NFKD", word.lower()) if c.isalpha())
    if not plain:
        return []
    if not any(letter in LETTERS for letter in plain):  # 春, ハ, 한: a character is a syllable
        whole = [c for c in unicodedata.normalize("NFKC", word) if c.isalpha()]  # 한 is one, its parts three
        count = len(whole) if ord(whole[0]) > 0x2E80 else (len(whole) + 1) // 2  # consonants only: مرحبا
        found = [Syllable("", "aeiou"[number_of(c) % 5]) for c in whole[: min(count, 24)]]
        return [*found[:-1], Syllable("", found[-1].vowel, "", True)]
    silent = len(plain) > 3 and plain.endswith("e") and plain[-2] not in LETTERS and plain[-3] in LETTERS
    pieces = SOUND.findall(plain[:-1] if silent else plain) or [plain]
    found: list[Syllable] = []
    for number, piece in enumerate(pieces):
        match = PARTS.fullmatch(piece)
        if not match:
            continue
        onset, letters, coda = match.groups()
        final = number == len(pieces) - 1
        vowel = LONG.get(letters) if silent and final else None
        if final and not coda and letters in ("e", "y", "o", "i") and len(pieces) == 1:
            vowel = LONG[letters] if letters != "y" else "ai"
        vowel = vowel or VOWELS.get(letters) or VOWELS.get(letters[:2]) or VOWELS[letters[0]]
        found.append(Syllable(onset[-3:], vowel, coda[:2], final))
    return found


def _marked(line: str) -> str | None:
    """The kind of section that a line announces: [verse], [Chorus 2: softly], [instrumental break]."""
    marker = MARKER.fullmatch(line)
    if not marker:
        return None
    if marker[2] is not None:
        return KINDS.get(marker[2].strip())
    found = KIND.search(marker[1])
    return KINDS[found[1]] if found else None


def read_lyrics(lyrics: str) -> list[Verse]:
    """Sections in order; empty when there is nothing to sing and nothing said of the form."""
    verses: list[Verse] = []
    for raw in lyrics.splitlines()[:LONGEST]:
        line = raw.strip()
        kind, words = _marked(line.lower()), ""
        if kind is None:
            groups = GROUPS.match(line)  # [zh] words, [verse] words
            words = line[groups.end() :] if groups else line
            kind = _marked(groups[0].strip().lower()) if groups else None
        if kind:
            verses.append(Verse(kind))
        if words and not words.startswith("["):
            sung = [sound for word in re.split(r"[\s\-–—_/]+", words) for sound in syllables(word)]
            if sung:
                if not verses:
                    verses.append(Verse("verse"))
                verses[-1].lines.append(sung[:64])
    return verses


def wants_no_voice(verses: list[Verse]) -> bool:
    """[inst] somewhere and nothing to sing anywhere."""
    return any(verse.kind == "inst" for verse in verses) and not any(verse.lines for verse in verses)


def wordless(vowels: tuple[str, ...], consonant: str, count: int) -> list[Syllable]:
    """A line of oohs or la-la-las."""
    return [
        Syllable(consonant if k % 4 or not consonant else "", vowels[k % len(vowels)], "", True)
        for k in range(count)
    ]
