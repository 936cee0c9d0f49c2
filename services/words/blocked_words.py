"""Words and patterns that a track's tags, title and lyrics must not have, however they are spelled.

A word is written as in Discord's AutoMod: `cat` is the word, `cat*` what begins with it, `*cat` what ends
with it, `*cat*` what contains it. The rule: look-alikes of any script, accents, figures and signs for
letters, repeated letters, invisible characters, spacing and whatever else is put between letters do not hide
a word; and an ordinary word that only contains one is not refused. What this costs grows with the text's
length only.
"""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import lru_cache
from pathlib import Path
from threading import Lock

import structlog

from services.text.faults import AnyField, Fault, FaultKind
from services.words import patterns
from services.words.languages import language_of
from services.words.patterns import Unreadable, UnreadablePattern
from services.words.spellings import TALL, Reading, is_unspaced, readings
from services.words.word_forms import spellings
from services.words.word_search import PlainSearch, Spans, WordSearch

log = structlog.get_logger(__name__)

LONGEST_WORD = 60  # characters (Discord: AutoMod's keywords)
LONGEST_PATTERN = 260  # characters (Discord: AutoMod's patterns)
FAULTS_TOLD = 6  # of one field; more would be a wall of text
ALL_PATTERNS_SECONDS = 2.0  # all patterns on one track
WORDS_KEPT = 20_000  # that are ready to be looked for, in all guilds together: some 20 MiB
_DEFAULT = Path(__file__).with_name("default_words.txt")


class Origin(Enum):
    """Whose list it is."""

    MODERATORS = auto()  # what the guild's moderators wrote
    READY_MADE = auto()  # what they can switch on
    AUTOMOD = auto()  # of Discord's own AutoMod


class WordFault(FaultKind):
    """What a list can have against a text. origin: whose list; the sentences are in cogs/texts/prompts."""

    WORD = auto()  # given: the word
    PATTERN = auto()  # given: the pattern
    NOT_IN_TIME = auto()  # the patterns took too long


@dataclass(frozen=True, slots=True)
class WordList:
    """Words and patterns of one origin.

    allowed: words that are never refused, although one of the others is in them. language: that in which the
    words must stand to count; "": any.
    """

    origin: Origin
    words: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    language: str = ""


class Unusable(Enum):
    """Why a word or a pattern is not kept."""

    WORD_TOO_LONG = auto()
    WORD_TOO_SHORT = auto()
    STAR_INSIDE = auto()
    PATTERN_TOO_LONG = auto()
    PATTERN_UNREADABLE = auto()
    PATTERN_FITS_EVERYTHING = auto()


class UnusableWord(ValueError):
    """A word or a pattern is not kept. unreadable: why it is no pattern, where that is the reason."""

    def __init__(self, given: str, why: Unusable, unreadable: UnreadablePattern | None = None) -> None:
        super().__init__(f"{why.name}: {given}")
        self.given = given
        self.why = why
        self.unreadable = unreadable


# the list that moderators can switch on -----------------------------------------------------------------


@lru_cache(maxsize=1)
def default_lists() -> tuple[WordList, ...]:
    """The list that moderators can switch on, a part for each language in which words of it count."""
    sections: dict[str, list[str]] = {}
    for line in _DEFAULT.read_text("utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            sections[line[1:-1]] = []
        elif line and not line.startswith("#"):
            sections[[*sections][-1]].append(line)
    allowed = tuple(sections.pop("ordinary"))
    return tuple(
        WordList(Origin.READY_MADE, tuple(words), (), allowed, "" if language == "everywhere" else language)
        for language, words in sections.items()
    )


# what moderators give -----------------------------------------------------------------------------------


def check_word(written: str) -> str:
    """The word as it is kept. Raises UnusableWord."""
    word = " ".join(written.split())
    if len(word) > LONGEST_WORD:
        raise UnusableWord(word, Unusable.WORD_TOO_LONG)
    if not _is_usable(word):
        raise UnusableWord(word, Unusable.WORD_TOO_SHORT)
    if "*" in word.strip("*"):
        raise UnusableWord(word, Unusable.STAR_INSIDE)
    return word


def check_pattern(written: str) -> str:
    """The pattern as it is kept: a regular expression that RE2 can read. Raises UnusableWord."""
    pattern = written.strip()
    if len(pattern) > LONGEST_PATTERN:
        raise UnusableWord(pattern, Unusable.PATTERN_TOO_LONG)
    try:
        everything = any(True for _ in patterns.spans(pattern, ""))
    except UnreadablePattern as problem:
        raise UnusableWord(pattern, Unusable.PATTERN_UNREADABLE, problem) from None
    if everything:
        raise UnusableWord(pattern, Unusable.PATTERN_FITS_EVERYTHING)
    return pattern


def readable_patterns(written: Sequence[str]) -> tuple[str, ...]:
    """Those of somebody else's patterns that can be used here; the others are logged."""
    found: list[str] = []
    for pattern in written:
        try:
            if len(pattern) > LONGEST_PATTERN:
                raise UnreadablePattern(Unreadable.TOO_LONG)
            patterns.check(pattern)
        except UnreadablePattern as problem:
            log.info("pattern skipped", pattern=pattern, problem=str(problem))
        else:
            found.append(pattern)
    return tuple(found)


def _is_usable(word: str) -> bool:
    """Whether it is long enough to be looked for: two letters or figures, or one sign of its own."""
    return any(
        one.size > 1 or (not one.size and not one.letters.isascii()) or is_unspaced(one.letters)
        for one in spellings(word)
    )


# what is in a track -------------------------------------------------------------------------------------


async def word_faults(texts: Mapping[str, str], lists: Sequence[WordList]) -> list[Fault]:
    """Every word and pattern of the lists that is in the texts (by field), as faults, field by field."""
    if not any(one.words or one.patterns for one in lists) or not any(texts.values()):
        return []
    return await asyncio.to_thread(find_faults, texts, lists)


def find_faults(texts: Mapping[str, str], lists: Sequence[WordList]) -> list[Fault]:
    """What `word_faults` finds, on the thread that calls it. Blocks."""
    faults: list[Fault] = []
    deadline = time.monotonic() + ALL_PATTERNS_SECONDS
    ready = _ready(tuple(replace(one, patterns=()) for one in lists))
    read = {field: readings(text) for field, text in texts.items() if text}
    said = [word for field, ways in read.items() if "tags" not in field for word in ways[0].words]
    spoken = lru_cache(maxsize=1)(lambda: language_of(said))
    for field, ways in read.items():
        found = list(ready.faults(field, ways, spoken))
        found += _pattern_faults(field, texts[field], ways, lists, ready, deadline)
        if len(found) > FAULTS_TOLD:
            found[FAULTS_TOLD - 1 :] = [Fault(field, AnyField.MORE, {"count": len(found) - FAULTS_TOLD + 1})]
        faults += found
    return faults


class _Lists:
    """The words of several lists, ready to be looked for together."""

    def __init__(self, lists: Sequence[WordList]) -> None:
        self._lists = lists
        self._words = [(of, word) for of, one in enumerate(lists) for word in one.words if _is_usable(word)]
        self._search = WordSearch([word for _of, word in self._words])
        self._allowed = [PlainSearch(one.allowed) for one in lists]

    def faults(self, field: str, ways: Sequence[Reading], spoken: Callable[[], str]) -> Iterator[Fault]:
        """Each word that is in the text, once. spoken: the language of all that was written."""
        found: set[int] = set()
        for reading in ways:
            self._look(reading, spoken, found)
        for number in sorted(found):
            of, written = self._words[number]
            yield Fault(field, WordFault.WORD, {"origin": self._lists[of].origin}, written.strip("*"))

    def excused(self, of: int, reading: Reading) -> Spans:
        """Where the text has words that the list allows."""
        return self._allowed[of].spans(reading)

    def _look(self, reading: Reading, spoken: Callable[[], str], found: set[int]) -> None:
        excused: dict[int, Spans] = {}
        languages: dict[int, str] = {}

        def is_excused(number: int, start: int, end: int) -> bool:
            of = self._words[number][0]
            if not self._lists[of].allowed:
                return False
            if of not in excused:
                excused[of] = self.excused(of, reading)
            return excused[of].cover(start, end)

        def is_within_allowed(number: int, piece: int) -> bool:
            """Whether what is spelled in several pieces ends in several that are allowed together."""
            spelled = reading.pieces[max(0, piece - 1) : piece + 1]
            return len(spelled) > 1 and is_excused(number, spelled[0][0], spelled[1][1])

        passed: set[tuple[int, int]] = set()  # words that were excused, and the pieces in which they end

        def counts(number: int, start: int, end: int, piece: int) -> bool:
            if is_excused(number, start, end):
                passed.add((number, piece))
                return False
            return number not in found

        def tell(number: int, piece: int, *, plainly: bool) -> bool:
            if not plainly and ((number, piece) in passed or is_within_allowed(number, piece)):
                return False
            wanted = self._lists[self._words[number][0]].language
            if wanted and wanted != _language_at(reading, piece, spoken, languages):
                return False
            found.add(number)
            return True

        self._search.search(reading, counts, tell)


def _language_at(reading: Reading, piece: int, spoken: Callable[[], str], known: dict[int, str]) -> str:
    """The language of the piece's line; where that does not say, of all that was written."""
    line = reading.lines[piece]
    if line not in known:
        first, last = bisect_left(reading.lines, line), bisect_right(reading.lines, line)
        known[line] = language_of(reading.words[first:last]) or spoken()
    return known[line]


class _Kept:
    """The sets of lists that were used last, ready: as many as have so many words together."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[WordList, ...], _Lists] = OrderedDict()
        self._lock = Lock()

    def of(self, lists: tuple[WordList, ...]) -> _Lists:
        """The lists, ready; takes some tenths of a second for thousands of words that are new."""
        with self._lock:
            if lists in self._kept:
                self._kept.move_to_end(lists)
                return self._kept[lists]
        made = _Lists(lists)
        with self._lock:
            self._kept[lists] = made
            while len(self._kept) > 1 and sum(map(_size, self._kept)) > self._most:
                self._kept.popitem(last=False)
        return made


def _size(lists: tuple[WordList, ...]) -> int:
    return sum(len(one.words) for one in lists)


_ready = _Kept(WORDS_KEPT).of


def _pattern_faults(
    field: str, text: str, ways: Sequence[Reading], lists: Sequence[WordList], ready: _Lists, deadline: float
) -> Iterator[Fault]:
    read = {reading.text.replace(TALL, "i"): reading for reading in ways}
    excused: dict[tuple[int, str], Spans] = {}

    def is_excused(of: int, said: str, span: tuple[int, int]) -> bool:
        if not lists[of].allowed:
            return False
        if (of, said) not in excused:
            reading = read.get(said, ways[0])
            spans = ready.excused(of, reading)
            excused[of, said] = spans if said in read else spans.as_written(reading.at)
        return excused[of, said].cover(*span)

    for of, among in enumerate(lists):
        for pattern in among.patterns:
            try:
                fits = any(
                    not is_excused(of, said, span)
                    for said in dict.fromkeys((text, *read))
                    for span in patterns.spans(pattern, said)
                )
            except UnreadablePattern:  # one that was kept when patterns were read otherwise
                log.warning("pattern not readable", pattern=pattern)
                continue
            if fits:
                yield Fault(field, WordFault.PATTERN, {"origin": among.origin}, pattern)
            if time.monotonic() > deadline:
                yield Fault(field, WordFault.NOT_IN_TIME, {"origin": among.origin})
                return
