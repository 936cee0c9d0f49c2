"""How a text is read: folded to the letters that people see, and cut into pieces that words are spelled with.

A piece is a run of letters and figures; between two of them is a gap. A word may be spelled across gaps
(s p a c e d, da-sh-ed, d.o.t.s), so each gap says what may be spelled across it, and each piece whether a
word that is spelled in several of them may begin or end there. Everything here takes a time that is linear in
the text. Where each folded character came from is kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from enum import IntEnum
from functools import cached_property

from services.text.characters import hidden
from services.text.confusables import CONFUSABLES, EITHER, MIXED_IN

# folding ------------------------------------------------------------------------------------------------

TALL = "\u0131"  # capital I among small letters, which is read as l as well; no other letter folds to this
_IN_BOXES = (0x1F150, 0x1F170, 0x1F1E6)  # letters in circles and boxes and of flags, which NFKD leaves
_BOXED = {chr(first + number): chr(ord("a") + number) for first in _IN_BOXES for number in range(26)}
_SEEN_AS = {ord(other): latin for latin, others in CONFUSABLES.items() for other in others}
_MIXED_AS = _SEEN_AS | {ord(other): latin for other, latin in MIXED_IN.items()}
_LIVING = {
    "CYRILLIC",
    "GREEK",
    "ARMENIAN",
    "GEORGIAN",
    "HEBREW",
    "ARABIC",
}  # scripts that are not only disguise
_APOSTROPHES = "’ʼ‘`´′＇"
# Marks that decorate a letter; those that make another one (of kana, of Indic scripts) stay.
DECORATION = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\U000e0100-\U000e01ef]"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")
_COMPOSED = re.compile("[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?|[\u3041-\u30ff][\u3099\u309a]")
_SMALL_THEN_TALL = re.compile(r"(?<=[a-z])I+")
_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
# What Discord shows as a picture or does not show at all: its own emoji, and where a link leads to.
_MARKUP = re.compile(r"<a?:\w{1,32}:\d{15,21}>|(?<=\])\([^()\s]{1,500}\)")
_UNSPACED = re.compile(  # scripts that put no space between words, or join endings to them
    "[\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\U00020000-\U000323af]"
)


class _Seen(dict[str, str]):
    """What is seen of each character: no decoration, nothing invisible, no case but that of A to Z."""

    def __missing__(self, character: str) -> str:
        if character.isspace():
            seen = character
        elif character in _APOSTROPHES:
            seen = "'"
        elif character in _BOXED:
            seen = _BOXED[character]
        elif (digit := unicodedata.decimal(character, None)) is not None:
            seen = str(digit)
        else:
            apart = unicodedata.normalize("NFKD", character)
            if apart[0].isspace():  # a mark that stands alone
                apart = character
            kept = "".join(c for c in DECORATION.sub("", apart) if not hidden(c))
            seen = "".join(c if c.isascii() else _caseless(c) for c in unicodedata.normalize("NFC", kept))
        if len(self) < _KEPT:
            self[character] = seen
        return seen


class _Kinds(dict[int, str]):
    """Of each folded character: l letter, c letter of an unspaced script, d figure, s space, x other."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character.isspace():
            kind = "s"
        elif "0" <= character <= "9":
            kind = "d"
        elif _UNSPACED.match(character) and unicodedata.category(character)[0] in "LM":
            kind = "c"
        else:
            kind = "l" if unicodedata.category(character)[0] in "LMN" else "x"
        if len(self) < _KEPT:
            self[code] = kind
        return kind


_KEPT = 50_000  # characters that are remembered; Unicode has more
_seen, _kinds = _Seen(), _Kinds()


def _caseless(character: str) -> str:
    folded = unicodedata.normalize("NFD", character.casefold())
    return unicodedata.normalize("NFC", DECORATION.sub("", folded))


def _fold(text: str) -> tuple[str, Sequence[int]]:
    """What is seen of the text, in small letters, and where each character of that came from."""
    if text.isascii() and not _CONTROLS.search(text):
        folded, at = text, range(len(text))
    else:
        parts: list[str] = []
        at = list[int]()
        after_latin = False
        for place, character in enumerate(text):
            seen = _seen[character]
            if not seen:
                continue
            if after_latin and not seen.isascii() and unicodedata.category(seen[0])[0] == "M":
                continue  # a mark of another script on a Latin letter is decoration
            after_latin = "a" <= seen[-1].lower() <= "z"
            parts.append(seen)
            at += [place] * len(seen)
        folded = "".join(parts)
        folded, at = _composed(folded, at)
    folded = _SMALL_THEN_TALL.sub(lambda found: TALL * len(found[0]), folded)
    return folded.translate(_LOWER), at


def _composed(text: str, at: Sequence[int]) -> tuple[str, Sequence[int]]:
    """The text with each Korean syllable and each voiced kana as one character."""
    if not _COMPOSED.search(text):
        return text, at
    parts: list[str] = []
    places: list[int] = []
    done = 0
    for found in _COMPOSED.finditer(text):
        parts += text[done : found.start()], unicodedata.normalize("NFC", found[0])
        places += at[done : found.start()]
        places += [at[found.start()]] * len(parts[-1])
        done = found.end()
    return "".join([*parts, text[done:]]), [*places, *at[done:]]


def _in_latin(text: str, kinds: str) -> str:
    """The text with look-alikes as Latin letters, but for words in a text of their own script."""
    if text.isascii() or _SEEN_AS.keys().isdisjoint(map(ord, set(text))):
        return text
    others = Counter(
        _script(c)
        for c in text
        if not c.isascii() and c.isalpha() and ord(c) not in _SEEN_AS and c not in EITHER
    )
    pieces: list[str] = []
    done = 0
    for line in re.finditer(r"[^\n]+", text):
        latin = sum("a" <= c <= "z" for c in line[0])
        for word in re.finditer(r"[lc]+", kinds[line.start() : line.end()]):
            start, end = line.start() + word.start(), line.start() + word.end()
            letters = text[start:end]
            if letters.isascii():
                continue
            if any("a" <= c <= "z" for c in letters):
                letters = letters.translate(_MIXED_AS)
            elif not any(others[script] > latin for script in {_script(c) for c in letters} & _LIVING):
                letters = letters.translate(_SEEN_AS)
            pieces += text[done:start], letters
            done = end
    return "".join([*pieces, text[done:]])


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


# pieces and gaps ----------------------------------------------------------------------------------------


class Gap(IntEnum):
    """What may be spelled across a gap."""

    NOTHING = 0
    ALONE = 1  # one consonant stands apart: b adger
    ANYTHING = 2  # there is no space in it: ba-dg-er
    LETTERS = 3  # on both sides stands a single letter: b a d


_PIECE = re.compile(r"[ld]+|c+")
_TAILS = {"ll", "re", "ve", "d", "m", "s"}
_PRONOUNS = """
    i you he she it we they who what that there here where how this these those when why let
"""
_NOT = """
    ain aren can couldn daren didn doesn don hadn hasn haven isn mayn mightn mustn needn oughtn shan
    shouldn wasn weren won wouldn
"""
_ONE_LETTER_WORDS = set("aiou")
_NO_WIDTH = (-1, 0)  # of a gap across which nothing is spelled
_THIN = set("-_~·•^=*|/\\")  # with spaces, what may stand beside a consonant that stands apart


class Reading:
    """One way to read a text. `at`: for each character of `text`, where it was in what was written.

    pieces: where each begins and ends; words: what it says; single: whether that is one letter. between: what
    is before each, and one more behind the last; gaps: what may be spelled across that. begins, ends: whether
    a word may begin or end with the piece.
    """

    def __init__(self, text: str, at: Sequence[int]) -> None:
        self.text = text
        self.at = at
        self.kinds = kinds = text.translate(_kinds)
        self.pieces = pieces = [found.span() for found in _PIECE.finditer(kinds)]
        self.words = words = [text[start:end] for start, end in pieces]
        self.single = single = [len(word) == 1 or _is_one_letter(word) for word in words]
        count = len(pieces)
        self.gaps = gaps = [Gap.NOTHING] * (count + 1)
        self.begins, self.ends = [True] * count, [True] * count
        ends = [0, *(end for _start, end in pieces)]
        starts = [*(start for start, _end in pieces), len(text)]
        self.between = between = [text[end:start] for end, start in zip(ends, starts, strict=True)]
        spaced = {gap: any(c.isspace() for c in gap) for gap in set(between)}
        for place in range(1, count):
            gap = between[place]
            if not spaced[gap]:
                gaps[place] = Gap.ANYTHING if gap != "'" else self._apostrophe(place)
            elif single[place]:
                gaps[place] = Gap.LETTERS if single[place - 1] else _alone(gap, words[place])
            elif single[place - 1]:
                gaps[place] = _alone(gap, words[place - 1])

    def _apostrophe(self, place: int) -> Gap:
        """What may be spelled across the apostrophe before that piece: nothing in he'll, can't, badger's."""
        before, after, behind = self.words[place - 1], self.words[place], self.between[place + 1]
        goes_on = place + 1 < len(self.words) and self.single[place + 1] and not behind[:1].isspace()
        if goes_on or (self.single[place - 1] and before != "i") or not _is_tail(before, after):
            return Gap.ANYTHING
        self.begins[place], self.ends[place - 1] = False, after != "t"
        return Gap.NOTHING

    @cached_property
    def edges(self) -> tuple[list[bool], list[bool]]:
        """Whether a word that is spelled in several pieces may begin, and whether it may end, with each.

        The last letters of c-l-a-s-s are no word: where single letters are spelled out, all of them are; but
        for a word of one letter before or behind them, and where a wider gap sets them off.
        """
        first, last = self.begins.copy(), self.ends.copy()
        gaps, single, words = self.gaps, self.single, self.words
        width = {gap: (sum(c.isspace() for c in gap), len(gap)) for gap in set(self.between)}
        widths = [
            width[gap] if link >= Gap.ANYTHING else _NO_WIDTH
            for gap, link in zip(self.between, gaps, strict=True)
        ]
        for place, link in enumerate(gaps):
            if link < Gap.ANYTHING:
                continue
            wide = widths[place]
            if single[place - 1] and not wide > widths[place + 1] > _NO_WIDTH:
                alone = words[place - 1] in _ONE_LETTER_WORDS
                if not (alone and (gaps[place - 1] < Gap.ANYTHING or not single[place - 2])):
                    first[place] = False
            if single[place] and not wide > widths[place - 1] > _NO_WIDTH:
                alone = words[place] in _ONE_LETTER_WORDS
                if not (alone and (gaps[place + 1] < Gap.ANYTHING or not single[place + 1])):
                    last[place - 1] = False
        return first, last

    def in_one(self, folded: Callable[[str], str]) -> tuple[str, list[int]]:
        """All pieces, each folded, in one text, with one space where a word may begin or end; and where each
        piece is in that."""
        known = {word: folded(word) for word in set(self.words)}
        parts: list[str] = []
        offsets: list[int] = []
        length = 0
        for word, begins, ends in zip(self.words, self.begins, [True, *self.ends], strict=False):
            said = known[word]
            gap = " " if begins else " '" if ends else "'"
            parts += gap, said
            length += len(gap)
            offsets.append(length)
            length += len(said)
        parts.append(" ")
        return "".join(parts), offsets

    @cached_property
    def plain(self) -> tuple[str, list[int]]:
        """The same with the pieces as they are."""
        return self.in_one(str)

    @cached_property
    def lines(self) -> list[int]:
        """The number of each piece's line."""
        numbers: list[int] = []
        line = done = 0
        for start, _end in self.pieces:
            line += self.text.count("\n", done, start)
            numbers.append(line)
            done = start
        return numbers


def readings(text: str) -> list[Reading]:
    """Every way to read the text: with look-alikes as Latin letters and without, with markup and without."""
    shown = _MARKUP.sub(lambda found: "\0" * len(found[0]), text)
    found: dict[str, Reading] = {}
    for one in dict.fromkeys((text, shown)):
        bare, at = _fold(one)
        for way in (_in_latin(bare, bare.translate(_kinds)), bare):
            if way not in found:
                found[way] = Reading(way, at)
    return list(found.values())


def forms(word: str) -> list[Reading]:
    """A moderator's word, as it is and with look-alikes as Latin letters; the first is the Latin one."""
    folded, at = _fold(word)
    bare = folded.replace(TALL, "i")
    latin = bare if bare.isascii() else bare.translate(_SEEN_AS)
    return [Reading(one, at) for one in dict.fromkeys((latin, bare))]


def is_written(character: str) -> bool:
    """Whether it is a letter or a figure, as folded texts have them; no sign and no space."""
    return _kinds[ord(character)] in "lcd"


def is_unspaced(text: str) -> bool:
    """Whether it has a letter of a script that puts no space between words."""
    return bool(_UNSPACED.search(text))


def _is_one_letter(word: str) -> bool:
    """Whether it is one letter, several times."""
    return word[0] == word[1] and not word[0].isdecimal() and not word.strip(word[0])


def _is_tail(before: str, after: str) -> bool:
    """Whether what follows an apostrophe is the end of an English word: he'll, can't, badger's."""
    if after == "t":
        return before in _NOT.split()
    return after in _TAILS and (before in _PRONOUNS.split() or (after == "s" and len(before) > 2))


def _alone(gap: str, letter: str) -> Gap:
    """What may be spelled across a gap with spaces in it, where a single letter stands on one side."""
    thin = len(gap) < 4 and all(c in _THIN or c.isspace() for c in gap)
    return Gap.ALONE if thin and letter[0].isalpha() and letter[0] not in "aiouy" else Gap.NOTHING
