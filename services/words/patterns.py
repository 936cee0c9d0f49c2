"""Regular expressions of moderators and of Discord's AutoMod, as RE2 reads them.

The rule: RE2 takes a time that is linear in the text and a memory that is bounded, whatever the pattern says;
what it cannot say (look-around, references back, sets in sets) is refused. AutoMod's patterns are written for
Rust's regex, whose \\w, \\d, \\s and \\b know all scripts: these are put into words that RE2 has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import re2 as untyped  # pyright: ignore[reportMissingTypeStubs]

re2: Any = untyped
MEMORY = 2**20  # bytes, for one pattern's programs and what RE2 remembers of texts
_CLASSES = {"w": r"\pL\pM\p{Nd}_", "d": r"\p{Nd}", "s": r"\s\v\x{85}\p{Z}"}
_NO_LETTER = f"[^{_CLASSES['w']}]"
_NO_TEXT = re.compile("[\ud800-\udfff]")  # halves of characters, which UTF-8 does not have


class UnreadablePattern(ValueError):
    """What is wrong with a pattern, in a few words."""


@lru_cache(maxsize=1000)
def _compiled(pattern: str) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = MEMORY
    problem = ""
    for way in (in_all_scripts(pattern), pattern):  # the first may be too large where the second is not
        try:
            return re2.compile(way, options)
        except re2.error as error:
            problem = problem or _said(error)
        except UnicodeEncodeError:
            problem = "it has half of a character"
    return UnreadablePattern(problem)


def check(pattern: str) -> None:
    """Raises UnreadablePattern."""
    found = _compiled(pattern)
    if isinstance(found, UnreadablePattern):
        raise UnreadablePattern(*found.args)


def spans(pattern: str, text: str) -> Iterator[tuple[int, int]]:
    """Where the text has it, from and to. Raises UnreadablePattern."""
    check(pattern)
    for found in _compiled(pattern).finditer(_NO_TEXT.sub("\N{REPLACEMENT CHARACTER}", text)):
        yield found.span()


def _said(error: Exception) -> str:
    told = error.args[0] if error.args else ""
    text = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
    if "repetition size" in text:
        return "it repeats something more than a thousand times"
    if "too large" in text or "nesting depth" in text:
        return "it is too large"
    if text.endswith(("(?=", "(?!", "(?<=", "(?<!")):
        return "it looks at what comes before or after, which I cannot"
    if re.search(r"escape sequence: \\[1-9k]", text):
        return "it refers back to what it found, which I cannot"
    return text


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
            raise UnreadablePattern("it has a set in a set; write \\[ where a bracket is meant")
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
