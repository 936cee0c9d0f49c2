"""How a word can be spelled so that people still read it, and whether a text holds it in any such way.

A text is folded to the letters that people see, then each word is looked for in it. Most words are ruled out
first by their outline, so that thousands of them and the longest lyrics take milliseconds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from services.characters import hidden
from services.look_alikes import LOOK_ALIKES

# folding ------------------------------------------------------------------------------------------------

_IN_BOXES = (0x1F150, 0x1F170, 0x1F1E6)  # letters in circles and boxes and of flags, which NFKD leaves
_SEEN_AS = {ord(other): latin for latin, others in LOOK_ALIKES.items() for other in others} | {
    first + number: chr(ord("a") + number) for first in _IN_BOXES for number in range(26)
}
# Marks that decorate a letter; those that make another one (of kana, of Indic scripts) stay.
DECORATION = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\U000e0100-\U000e01ef]"
)
_LONG_RUN = re.compile(r"(.)\1{3,}", re.DOTALL)
_TALL = re.compile(r"(?<=[a-z])I+(?=[a-z]|\b)")  # capital I among small letters is read as l


def _bare(text: str) -> str:
    """What can be seen of the text: no decoration, nothing invisible, one form of each letter."""
    apart = unicodedata.normalize("NFKD", text)
    seen = (c for c in DECORATION.sub("", apart) if c.isspace() or not hidden(c))
    return unicodedata.normalize("NFC", "".join(seen))


def _small(text: str) -> str:
    """Without case; no letter more than three times in a row."""
    folded = unicodedata.normalize("NFC", DECORATION.sub("", unicodedata.normalize("NFD", text.casefold())))
    return _LONG_RUN.sub(r"\1\1\1", folded)


def _ways(text: str) -> tuple[str, ...]:
    """The ways to read the text: as it is, with look-alikes as Latin letters, with I as l."""
    bare = _bare(text)
    if bare.isascii() and "I" not in bare:
        return (_small(bare),)
    latin = bare.translate(_SEEN_AS)
    plain = _small(latin).translate(_SEEN_AS)
    tall = _small(_TALL.sub(lambda found: "l" * len(found[0]), latin)).translate(_SEEN_AS)
    return tuple(dict.fromkeys((_small(bare), plain, tall)))


# outlines -----------------------------------------------------------------------------------------------

# What may stand for each other becomes one sign: vowels and their figures, and letters near them.
_ALIKE = ["aeiouvwl134@0!|*+€", "b8", "g9", "s5$z2", "t7", "c¢"]
_SIGNS = {ord(one): group[0] for group in _ALIKE for one in group} | {ord("+"): "t", ord("€"): "a"}
_NO_LETTER = re.compile(r"[\W_]+")
_REPEATED = re.compile(r"(.)\1+", re.DOTALL)


def _outline(text: str) -> str:
    """What is left of a word in all its spellings."""
    return _REPEATED.sub(r"\1", _NO_LETTER.sub("", text.translate(_SIGNS)))


# spelled out --------------------------------------------------------------------------------------------

_TOKENS = re.compile(r"[^\W_]+|[@$€!|+*]+")
_SHORT_RUN = 3  # letters that stand alone, one after the other, before they count as spelled out


def _spelled_out(text: str) -> Iterator[str]:
    """The words that are written letter by letter: s p a c e d, s.p.a.c.e.d."""
    run: list[str] = []
    for token in _TOKENS.findall(text):
        if len(set(token)) == 1:
            run.append(token)
            continue
        if len(run) >= _SHORT_RUN:
            yield "".join(run)
        run = []
    if len(run) >= _SHORT_RUN:
        yield "".join(run)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a text."""

    text: str
    spelled_out: tuple[str, ...]
    outlines: tuple[str, str]  # signs taken for letters, and not


@dataclass(frozen=True)
class Spellings:
    """A text in all the ways in which it can be read."""

    readings: tuple[Reading, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(reading.text for reading in self.readings)


_FIGURES = re.compile(r"[@$€!|+*¢]")


def spellings_of(text: str) -> Spellings:
    """The text, folded."""
    return Spellings(
        tuple(
            Reading(way, tuple(_spelled_out(way)), (_outline(way), _outline(_FIGURES.sub("", way))))
            for way in _ways(text)
        )
    )


# words --------------------------------------------------------------------------------------------------

_STANDS_FOR = {
    "a": "a4@*",
    "b": "b8",
    "c": "c¢",
    "e": "e3€*",
    "g": "g9",
    "i": "i1!|*",
    "l": "l1|",
    "o": "o0*",
    "s": "s5$",
    "t": "t7+",
    "u": "u*",
    "z": "z2",
}
_IN_WORD = r"[._\-~·•^=]{0,3}"  # between the letters of one word; no apostrophe: he'll is another one
_JOINED_BEFORE = re.compile(r"[^\W_][._\-~·•^=]+$")
_JOINED_AFTER = re.compile(r"[._\-~·•^=]+[^\W_]")
_BEFORE = r"(?<![^\W_])(?<![^\W_]['’])"
_AFTER = r"(?![^\W_])(?!['’](?!s\b)[^\W_])"
_UNSPACED = re.compile(  # scripts that put no space between words, or join endings to them
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
    "\U00020000-\U000323af]"
)
_LONG = 4  # letters from which on a doubled one is no other word, as good is of god
_VERY_LONG = 5  # letters from which on l may be read as i, and a consonant may stand apart


class Word:
    """A word as a moderator wrote it, ready to be looked for."""

    def __init__(self, written: str) -> None:
        self.written = written
        self._starts = not written.startswith("*")
        self._ends = not written.endswith("*")
        self._bare = " ".join(written.strip("*").split())

    @cached_property
    def _folded(self) -> tuple[str, ...]:
        return tuple(way for way in _ways(self._bare) if way)

    @cached_property
    def usable(self) -> bool:
        """Whether it is long enough to be looked for: two letters or figures, or one sign of its own."""
        bare = _small(_bare(self._bare)).strip()
        letters = [c for c in bare if c.isalnum()]
        if not letters:
            return bool(bare) and not bare.isascii()
        return len(letters) > 1 or bool(_UNSPACED.search(bare))

    @cached_property
    def _outlines(self) -> tuple[str, ...]:
        return tuple(_outline(way) for way in self._folded)

    def found_in(self, spelled: Spellings, allowed: Sequence[Word] = ()) -> bool:
        """Whether the text has the word, other than within one of the allowed ones."""
        if not self.usable:
            return False
        for way, outline in zip(self._folded, self._outlines, strict=True):
            for reading in spelled.readings:
                if outline and not any(outline in one for one in reading.outlines):
                    continue
                if self._spelled_out(way, reading) or self._written(way, reading, allowed):
                    return True
        return False

    def _written(self, way: str, reading: Reading, allowed: Sequence[Word]) -> bool:
        for start, end in self._spans(way, reading.text):
            excused = (span for word in allowed for span in word.spans(reading.text))
            if not any(first <= start and end <= last for first, last in excused):
                return True
        return False

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where the folded text has the word."""
        for way in self._folded:
            yield from self._spans(way, text)

    def _spans(self, way: str, text: str) -> Iterator[tuple[int, int]]:
        for match in _compiled(way, self._starts, self._ends).finditer(text):
            if _has_a_letter_of(way, match[0]) and not self._part_of_joined(match):
                yield match.span()

    def _part_of_joined(self, match: re.Match[str]) -> bool:
        """Whether a short word is only the end or the middle of a joined one, as in c-l-a-s-s."""
        if len(self._bare) >= _LONG or not (self._starts or self._ends) or match[0].isalnum():
            return False
        text, start, end = match.string, match.start(), match.end()
        return bool(_JOINED_BEFORE.search(text[max(0, start - 4) : start]) or _JOINED_AFTER.match(text, end))

    def _spelled_out(self, way: str, reading: Reading) -> bool:
        """A short word must be all that is spelled out: c-l-a-s-s is no other word."""
        letters = _NO_LETTER.sub("", way)
        if len(letters) < _SHORT_RUN:
            return False
        pattern = _letters(letters, "")
        if len(letters) < _LONG:
            pattern = f"[aiou]?{pattern}[aiou]?"
        for one in reading.spelled_out:
            one = _LONG_RUN.sub(r"\1\1\1", one)
            match = re.fullmatch(pattern, one) if len(letters) < _LONG else re.search(pattern, one)
            if match and _has_a_letter_of(way, match[0]):
                return True
        return False


def _has_a_letter_of(way: str, found: str) -> bool:
    """Figures alone are figures: 455 beats a minute are no word."""
    return any(c.isalpha() for c in found) or not any(c.isalpha() for c in way)


@lru_cache(maxsize=5000)
def _compiled(way: str, starts: bool, ends: bool) -> re.Pattern[str]:
    """The word, in a folded text."""
    parts = [_letters(part, _IN_WORD) for part in way.split()]
    bounded_left = starts and way[:1].isalnum() and not _UNSPACED.match(way[0])
    bounded_right = ends and way[-1:].isalnum() and not _UNSPACED.match(way[-1])
    before, after = _BEFORE if bounded_left else "", _AFTER if bounded_right else ""
    return re.compile(before + r"[\W_]+".join(parts) + after)


def _letters(word: str, between: str) -> str:
    """The word's letters, each in whatever may stand for it, so often as people still read it."""
    runs = [match[0] for match in re.finditer(r"(.)\1*", word, re.DOTALL)]
    size = sum(c.isalnum() for c in word)
    pieces: list[str] = []
    for place, run in enumerate(runs):
        piece = _unit(run, word, size, between)
        if place:
            alone = (place == 1 and len(runs[0]) == 1 and runs[0] not in "aiouy") or (
                place == len(runs) - 1 and len(run) == 1 and run not in "aiouy"
            )
            apart = alone and bool(between) and size >= _VERY_LONG and runs[0].isalnum() and run.isalnum()
            pieces.append(r"[\s._\-~·•^=]{0,3}" if apart else between)
        pieces.append(piece)
    return "".join(pieces)


def _unit(run: str, word: str, size: int, between: str) -> str:
    letter, count = run[0], min(len(run), 3)
    if not letter.isalnum():
        return r"[\W_]?" if letter in "-'’" else re.escape(letter)
    signs = _STANDS_FOR.get(letter, letter)
    if letter == "i" and size >= _VERY_LONG and "il" not in word and "li" not in word:
        signs += "l"
    if letter in "uw" and size >= _LONG:
        signs += "v"
    one = f"[{re.escape(signs)}]" if len(signs) > 1 else re.escape(letter)
    if letter == "w" and size >= _LONG:
        one = "(?:w|vv)"
    if count > 1:
        return f"{one}(?:{between}{one}){{{count - 1},2}}" if count < 3 else f"(?:{one}{between}){{3}}"
    return f"{one}(?:{between}{one}){{0,2}}" if size >= _LONG else f"{one}(?:{one}{{2}})?"
