"""Regular expressions of moderators and of Discord's AutoMod, as RE2 reads them.

The rule: RE2 takes a time that is linear in the text and a memory that is bounded, whatever the pattern says;
what it cannot say (look-around, references back, sets in sets) is refused. AutoMod's patterns are written for
Rust's regex, whose \\w, \\d, \\s and \\b know all scripts: these are put into words that RE2 has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum, auto
from functools import lru_cache
from typing import Any

import re2 as untyped  # pyright: ignore[reportMissingTypeStubs]

re2: Any = untyped
MEMORY = 2**20  # bytes, for one pattern's programs and what RE2 remembers of texts
_CLASSES = {"w": r"\pL\pM\p{Nd}_", "d": r"\p{Nd}", "s": r"\s\v\x{85}\p{Z}"}
_NO_LETTER = f"[^{_CLASSES['w']}]"
_NO_TEXT = re.compile("[\ud800-\udfff]")  # halves of characters, which UTF-8 does not have


class Unreadable(Enum):
    """Why a pattern cannot be used."""

    TOO_LONG = auto()
    TOO_LARGE = auto()
    HALF_A_CHARACTER = auto()
    REPEATED_TOO_OFTEN = auto()
    LOOKS_AROUND = auto()
    REFERS_BACK = auto()
    SET_IN_SET = auto()
    OTHER = auto()  # what RE2 says itself


class UnreadablePattern(ValueError):
    """A pattern cannot be used. said: RE2's own words, where those are the reason."""

    def __init__(self, why: Unreadable, said: str = "") -> None:
        super().__init__(said or why.name)
        self.why = why
        self.said = said


@lru_cache(maxsize=1000)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = MEMORY
    problem: UnreadablePattern | None = None
    for way in (in_all_scripts(pattern), pattern):  # the first may be too large where the second is not
        try:
            return re2.compile(way, options)
        except re2.error as error:
            problem = problem or _unreadable(error)
        except UnicodeEncodeError:
            problem = UnreadablePattern(Unreadable.HALF_A_CHARACTER)
    return problem


def check(pattern: str) -> None:
    """Raises UnreadablePattern."""
    found = _compiled(pattern)
    if isinstance(found, UnreadablePattern):
        raise UnreadablePattern(found.why, found.said)


def spans(pattern: str, text: str) -> Iterator[tuple[int, int]]:
    """Where the text has it, from and to. Raises UnreadablePattern."""
    check(pattern)
    for found in _compiled(pattern).finditer(_NO_TEXT.sub("\N{REPLACEMENT CHARACTER}", text)):
        yield found.span()


def _unreadable(error: Exception) -> UnreadablePattern:
    told = error.args[0] if error.args else ""
    text = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
    if "repetition size" in text:
        return UnreadablePattern(Unreadable.REPEATED_TOO_OFTEN)
    if "too large" in text or "nesting depth" in text:
        return UnreadablePattern(Unreadable.TOO_LARGE)
    if text.endswith(("(?=", "(?!", "(?<=", "(?<!")):
        return UnreadablePattern(Unreadable.LOOKS_AROUND)
    if re.search(r"escape sequence: \\[1-9k]", text):
        return UnreadablePattern(Unreadable.REFERS_BACK)
    return UnreadablePattern(Unreadable.OTHER, text)


# from Rust's words to RE2's -----------------------------------------------------------------------------


def in_all_scripts(pattern: str) -> str:
    """The pattern as RE2 says it, for letters of all scripts. Raises UnreadablePattern for sets in sets.

    \\b at either end is put as a character that is no letter: RE2's own knows the letters of English only.
    """
    parts: list[str] = []
    place, in_set = 0, False
    while place < len(pattern):
        character, two = pattern[place], pattern[place : place + 2]
        part = character
        if character == "\\":
            part, place = _escaped(pattern, place, parts, in_set=in_set)
            parts.append(part)
            continue
        if in_set and two == "[:" and (end := pattern.find(":]", place)) > 0:
            part = pattern[place : end + 2]
        elif in_set and (character == "[" or two in ("&&", "~~", "--")):
            raise UnreadablePattern(Unreadable.SET_IN_SET)
        elif in_set:
            in_set = character != "]"
        elif character == "[":
            opened = re.match(r"\[\^?\]?", pattern[place:])
            part, in_set = opened[0] if opened else character, True
        elif two == "(?" and (opened := re.match(r"\(\?[A-Za-z-]*:|\(\?P?<\w+>", pattern[place:])):
            part = opened[0]
        parts.append(part)
        place += len(part)
    return "".join(parts)


def _escaped(pattern: str, place: int, before: list[str], *, in_set: bool) -> tuple[str, int]:
    """What follows a backslash, as RE2 says it, and where that ends."""
    letter, after = pattern[place + 1 : place + 2], place + 2
    known = _CLASSES.get(letter.lower(), "") if letter else ""
    if in_set and known and letter.islower():
        return known, after
    if not in_set and known:
        return f"[{'^' if letter.isupper() else ''}{known}]", after
    if not in_set and letter == "b":
        if not before or before[-1][0] in "(|^":
            return f"(?:^|{_NO_LETTER})", after
        if pattern[after : after + 1] in ("", ")", "|", "$"):
            return f"(?:$|{_NO_LETTER})", after
    if numbered := re.match(r"\\u\{([0-9A-Fa-f]{1,6})\}|\\u([0-9A-Fa-f]{4})", pattern[place:]):
        return rf"\x{{{numbered[1] or numbered[2]}}}", place + len(numbered[0])
    return pattern[place:after], after
