"""What a moderator's word is made of, and what each of its letters may be written with.

The rule: what may be mistaken for another word by whoever reads it is another word. So short words are looked
for more strictly than long ones.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from services.text.confusables import EITHER, STANDS_FOR
from services.words.spellings import TALL, Reading, forms, is_unspaced, is_written

SPACE, MAYBE = " ", "\t"  # among a word's letters: a gap that must be there, and one that may
LONG = 4  # letters from which on a doubled vowel makes no other word, and v is read as u or w
VERY_LONG = 5  # from which on no doubled letter does, l may be read as i, and a consonant may stand apart
FEWEST_SPACED = 3  # letters of a word that may be s p a c e d

_STANDS_IN: dict[str, str] = defaultdict(str)  # for each letter, what may stand for it
for _sign, _letters in (*STANDS_FOR.items(), *EITHER.items()):
    for _letter in _letters:
        _STANDS_IN[_letter] += _sign

# What may be mistaken for another within a piece becomes one: figures, i and l, u, v and w, b and g.
_COARSE = {
    **{ord(figure): letters[0] for figure, letters in STANDS_FOR.items() if figure.isdecimal()},
    **{ord(one): seen for seen, others in (("i", f"l{TALL}"), ("u", "vw"), ("b", "g69")) for one in others},
}
_REPEATED = re.compile(r"(.)\1+", re.DOTALL)
_FOUR = re.compile(r"(.)\1{3,}", re.DOTALL)


def coarse(piece: str) -> str:
    """A piece so that all of its spellings without signs or gaps are one."""
    return _REPEATED.sub(r"\1", coarsely(piece))


def coarsely(piece: str) -> str:
    """The same with its repeated letters."""
    return piece.translate(_COARSE)


# words --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spelling:
    """A word ready to be looked for. letters: also signs that must be there, and gaps. size: how many letters
    and figures. open_left, open_right: whether it may begin or end within a piece."""

    letters: str
    size: int
    open_left: bool
    open_right: bool

    @property
    def parts(self) -> int:
        """How many pieces it may have where none is spelled apart."""
        return 1 + sum(c in (SPACE, MAYBE) for c in self.letters)

    def patterns(self, folded: Callable[[str], str]) -> set[str]:
        """What Aho-Corasick looks for, each piece folded: with and without the gaps that may be there."""
        found: set[str] = set()
        for gap in (" ", ""):
            text = "".join(c if is_written(c) else gap if c == MAYBE else " " for c in self.letters)
            text = " ".join(folded(part) for part in text.split())
            if text:
                found.add(f"{'' if self.open_left else ' '}{text}{'' if self.open_right else ' '}")
        return found


def spellings(written: str) -> Iterator[Spelling]:
    """The word, as a moderator wrote it, in each form that is looked for; nothing where it says nothing."""
    starts, ends = not written.startswith("*"), not written.endswith("*")
    for form in forms(" ".join(written.strip("*").split())):
        letters = _letters_of(form)
        if letters:
            first, last = letters[0], letters[-1]
            bounded = starts and _is_bounded(form, first), ends and _is_bounded(form, last)
            yield Spelling(letters, sum(map(is_written, letters)), not bounded[0], not bounded[1])


def _is_bounded(form: Reading, letter: str) -> bool:
    """Whether a word with that letter at its end is set off there: signs and unspaced scripts are not."""
    return is_written(letter) and form.kinds[form.text.index(letter)] != "c"


def _letters_of(form: Reading) -> str:
    """The word's letters, none more than three times in a row, with what is between them."""
    parts: list[str] = []
    done = 0
    for start, end in form.pieces:
        parts += _between(form.text[done:start], inside=bool(done)), form.text[start:end]
        done = end
    parts.append(_between(form.text[done:], inside=False))
    return _FOUR.sub(r"\1\1\1", "".join(parts)).strip(SPACE)


def _between(gap: str, *, inside: bool) -> str:
    """What must be between two pieces of a word, or before or behind all of them."""
    signs = "".join(c for c in gap if not c.isspace())
    if inside and not signs.strip("-'") and signs == gap:
        return MAYBE
    if signs == gap:
        return signs
    signs = "".join(c for c in signs if not c.isascii())
    return f"{SPACE}{signs}{SPACE if signs else ''}"


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter, figure or sign in a word. ways: what is read as it. is_sign: that must be there as it is.
    may_repeat: whether it may stand there twice. may_be_spaced: whether a space may follow it."""

    ways: str
    is_sign: bool
    may_repeat: bool
    may_be_spaced: bool


def letters_in(word: Spelling) -> Iterator[Letter | None]:
    """Each of the word's letters, None for its gaps."""
    letters, size = word.letters, min(word.size, VERY_LONG)
    i_for_l = "il" not in letters and "li" not in letters
    for letter in letters:
        yield None if letter in (SPACE, MAYBE) else letter_in(letter, size, i_for_l)


@lru_cache(maxsize=5000)
def letter_in(letter: str, size: int, i_for_l: bool) -> Letter:
    """A letter in a word of so many letters.

    Three times or more, every letter may stand there. Twice makes another word of many short ones: god and
    good, hate and German hatte.
    """
    may_be_spaced = size >= FEWEST_SPACED or is_unspaced(letter)
    if letter.isdecimal() or not is_written(letter):
        return Letter(letter, not letter.isdecimal(), False, may_be_spaced)
    ways = letter + _STANDS_IN.get(letter, "")
    if letter in "il":
        ways += TALL
    if letter == "i" and size >= VERY_LONG and i_for_l:
        ways += "l"
    if letter in "uw" and size >= LONG:
        ways += "v"
    return Letter(ways, False, size >= (LONG if letter in "aeiou" else VERY_LONG), may_be_spaced)


def alone(word: Spelling) -> Iterator[int]:
    """After which letters a space may stand: a consonant at one end of a long word, as in b adger."""
    letters = word.letters
    if word.size < VERY_LONG or not letters.isalpha():
        return
    if not word.open_left and letters[0] not in "aiouy" and letters[1] != letters[0]:
        yield 0
    if not word.open_right and letters[-1] not in "aiouy" and letters[-2] != letters[-1]:
        yield len(letters) - 2
