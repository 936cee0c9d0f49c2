"""Words and patterns that a track's tags, title and lyrics must not have, however they are spelled.

A word is written as in Discord's AutoMod: `cat` is the word, `cat*` what begins with it, `*cat` what ends
with it, `*cat*` what contains it. The rule: look-alikes of any script, accents, figures for letters, repeated
letters, invisible characters and s p a c i n g do not hide a word; and an ordinary word that only contains
one is not refused.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import regex
import structlog

from services.faults import Fault, quoted
from services.spellings import Spellings, Word, spellings_of

log = structlog.get_logger(__name__)

LONGEST_WORD = 60  # characters (Discord: AutoMod's keywords)
LONGEST_PATTERN = 260  # characters (Discord: AutoMod's patterns)
FAULTS_TOLD = 6  # of one field; more would be a wall of text
PATTERN_SECONDS = 0.1  # one pattern on one text
ALL_PATTERNS_SECONDS = 2.0  # all of them on one track
_FLAGS = regex.V1 | regex.IGNORECASE  # V1: sets in sets, as in the Rust patterns that AutoMod takes
_DEFAULT = Path(__file__).with_name("default_words.txt")


@dataclass(frozen=True, slots=True)
class WordList:
    """Words and patterns of one source. whose: "this server's moderators", as a sentence names them.

    allowed: words that are never refused, although one of the others is in them.
    """

    whose: str
    words: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()


class UnusableWord(ValueError):
    """What is wrong with a word or a pattern, as a whole sentence."""


@lru_cache(maxsize=1)
def default_words() -> tuple[str, ...]:
    """The list that moderators can switch on."""
    lines = _DEFAULT.read_text("utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


def check_word(written: str) -> str:
    """The word as it is kept. Raises UnusableWord."""
    word = " ".join(written.split())
    if len(word) > LONGEST_WORD:
        raise UnusableWord(f"{quoted(word)} is longer than {LONGEST_WORD} characters.")
    if not _word(word).usable:
        raise UnusableWord(f"{quoted(word)} is too short: it would be found in almost everything.")
    if "*" in word.strip("*"):
        raise UnusableWord(f"{quoted(word)} has a * inside; it can only stand at the beginning or the end.")
    return word


def check_pattern(written: str) -> str:
    """The pattern as it is kept: a regular expression that can be tried in time. Raises UnusableWord.

    It may take some tenths of a second, so not on the event loop.
    """
    pattern = written.strip()
    if len(pattern) > LONGEST_PATTERN:
        raise UnusableWord(f"{quoted(pattern)} is longer than {LONGEST_PATTERN} characters.")
    compiled = _pattern(pattern)
    if isinstance(compiled, str):
        raise UnusableWord(f"{quoted(pattern)} is no pattern that I can read ({compiled}).")
    try:
        if compiled.search("", timeout=PATTERN_SECONDS):
            raise UnusableWord(f"{quoted(pattern)} fits everything, even nothing at all.")
        for probe in ("a" * 2000, "ab" * 1000, "0" * 2000, " " * 2000, "a b " * 500):
            compiled.search(probe + "\x01", timeout=PATTERN_SECONDS, concurrent=True)
    except TimeoutError:
        raise UnusableWord(
            f"{quoted(pattern)} takes too long to look for; put no repetition inside another."
        ) from None
    return pattern


def readable_patterns(patterns: Sequence[str]) -> tuple[str, ...]:
    """Those of somebody else's patterns that can be used here; the others are logged."""
    found: list[str] = []
    for pattern in patterns:
        if isinstance(problem := _pattern(pattern), str):
            log.info("pattern skipped", pattern=pattern, problem=problem)
        else:
            found.append(pattern)
    return tuple(found)


async def word_faults(texts: Mapping[str, str], lists: Sequence[WordList]) -> list[Fault]:
    """Every word and pattern of the lists that is in the texts (by field), as faults, field by field."""
    if not any(one.words or one.patterns for one in lists) or not any(texts.values()):
        return []
    return await asyncio.to_thread(find_faults, texts, lists)


def find_faults(texts: Mapping[str, str], lists: Sequence[WordList]) -> list[Fault]:
    """The same, on the thread that calls it: as long as some thousand words and all patterns take."""
    faults: list[Fault] = []
    deadline = time.monotonic() + ALL_PATTERNS_SECONDS
    for field, text in texts.items():
        if not text:
            continue
        spelled = spellings_of(text)
        found = [fault for one in lists for fault in _faults(field, text, spelled, one, deadline)]
        if len(found) > FAULTS_TOLD:
            rest = f"There are {len(found) - FAULTS_TOLD + 1} more problems like these."
            found[FAULTS_TOLD - 1 :] = [Fault(field, rest, "Mend them in the same way.")]
        faults += found
    return faults


def _faults(field: str, text: str, spelled: Spellings, among: WordList, deadline: float) -> Iterator[Fault]:
    allowed = [_word(word) for word in among.allowed]
    for written in among.words:
        if _word(written).found_in(spelled, allowed):
            name = quoted(written.strip("*"))
            yield Fault(field, f"{name} is a word that {among.whose} does not allow.", "Use other words.")
    for pattern in among.patterns:
        match _fits(pattern, (text, *spelled.texts), deadline):
            case True:
                problem = f"It has something that {among.whose} does not allow (pattern {quoted(pattern)})."
                yield Fault(field, problem, "Use other words.")
            case None:
                problem = (
                    f"I could not hold it against a pattern of {among.whose} in time ({quoted(pattern)})."
                )
                remedy = "Use other or fewer words, or ask a moderator to make the pattern simpler."
                yield Fault(field, problem, remedy)
            case _:
                pass


def _fits(pattern: str, texts: Sequence[str], deadline: float) -> bool | None:
    """Whether it is in one of the texts; None where that takes too long to say."""
    compiled = _pattern(pattern)
    if isinstance(compiled, str):
        return False
    try:
        for text in dict.fromkeys(texts):
            left = min(PATTERN_SECONDS, deadline - time.monotonic())
            if left <= 0:
                return None
            if compiled.search(text, timeout=left, concurrent=True):
                return True
    except TimeoutError:
        log.warning("pattern takes too long", pattern=pattern)
        return None
    return False


@lru_cache(maxsize=20_000)
def _word(written: str) -> Word:
    return Word(written)


_COUNTED = regex.compile(r"\{\s*\d*\s*,?\s*\d{4,}")


@lru_cache(maxsize=2000)
def _pattern(written: str) -> regex.Pattern[str] | str:
    """The pattern, compiled; or what is wrong with it."""
    if _COUNTED.search(written):
        return "it repeats something a thousand times"
    try:
        return regex.compile(written, _FLAGS)
    except (regex.error, ValueError, OverflowError, RecursionError) as error:
        return str(error) or type(error).__name__
