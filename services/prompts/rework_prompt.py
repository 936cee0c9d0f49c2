"""What a member wants done to a sound, parsed and checked. The rule: every fault is told at once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from services.prompts.faults import ReworkFault
from services.prompts.lyrics import as_taken, parse_lyrics
from services.prompts.prompt import LONGEST, Prompt, parse_seed, parse_tags, parse_title, whole_seconds
from services.prompts.rework import MOST_SUNG, Kind, Rework
from services.prompts.section_markers import INSTRUMENTAL, sung_lines
from services.prompts.titles import chosen_title
from services.text.faults import Fault, PromptError

SHORTEST_SUNG = 16  # seconds of what is sung over; the provider takes what is longer than 15
MOST_ADDED = 240  # seconds at each end (WaveSpeed: audio-outpaint)
_Parsed = TypeVar("_Parsed")


@dataclass(frozen=True, slots=True)
class Source:
    """The sound that is reworked. length: seconds. sound: what it is like: its tags, or its idea.

    file_id, file_kind: of a member's own file, of which nothing else is known.
    """

    length: float
    title: str = ""
    tags: str = ""
    sound: str = ""
    words: str = ""
    file_id: str | None = None
    file_kind: str = ""


def parse_rework(kind: Kind, source: Source, given: Mapping[str, str], seed: object = None) -> Prompt:
    """What is asked for, by field: tags, lyrics, title; before and after; from and to.

    Of a file also old_tags and old_lyrics. What is left out stays as it is in the source. Raises PromptError
    with all of its faults.
    """
    read = _Reader(given)
    own = source.file_id is not None
    tags = source.tags
    if read.has("tags") or own or kind is Kind.RESTYLE:
        tags = ", ".join(read("tags", parse_tags, []))
    lyrics = read("lyrics", parse_lyrics, "")
    old_tags, old_lyrics = source.sound, as_taken(source.words, Rework(kind).model)
    if own:
        old_tags = ", ".join(read("old_tags", parse_tags, [])) if read.has("old_tags") else tags
        old_lyrics = read("old_lyrics", parse_lyrics, "")
    before = after = start = end = 0
    match kind:
        case Kind.RESTYLE:
            lyrics = old_lyrics = lyrics if own else old_lyrics
            if tags and tags == source.tags:
                read.fault("tags", ReworkFault.SAME_TAGS)
        case Kind.LYRICS if not lyrics and not read.wrong("lyrics"):
            read.fault("lyrics", ReworkFault.NO_NEW_WORDS)
        case Kind.LYRICS if lyrics and lyrics == old_lyrics:
            read.fault("lyrics", ReworkFault.SAME_WORDS)
        case Kind.LYRICS:
            pass
        case Kind.EXTEND:
            before, after = read("before", _added, 0), read("after", _added, 0)
            _check_length(read, source.length, before, after)
        case Kind.REPAINT:
            start, end = read("from", _moment, 0), read("to", _moment, 0)
            _check_passage(read, source.length, start, end)
        case Kind.VOICE:
            lyrics = _to_be_sung(read, lyrics)
            if in_tenths(source.length) < SHORTEST_SUNG:
                values = {"length": in_tenths(source.length), "least": SHORTEST_SUNG}
                read.fault("track", ReworkFault.TOO_SHORT_TO_SING, **values)
    below = kind is Kind.VOICE and source.words == INSTRUMENTAL
    if kind is Kind.VOICE:
        old_lyrics = ""  # nothing of them is in what comes out
    if not lyrics and old_lyrics == INSTRUMENTAL:
        lyrics = INSTRUMENTAL
    title = read("title", parse_title, "")
    number = read("seed", parse_seed, None, seed)
    if read.faults:
        raise PromptError(read.faults)
    rework = Rework(
        kind,
        source.length,
        before=before,
        after=after,
        start=start,
        end=end,
        old_tags=old_tags,
        old_lyrics=old_lyrics,
        file_id=source.file_id,
        file_kind=source.file_kind,
        below=below,
    )
    return Prompt(
        tags=tags,
        lyrics=lyrics,
        duration=round(rework.seconds),
        seed=number,
        title=title or source.title or chosen_title(lyrics, (tags or old_tags).split(", ")),
        model=rework.model,
        rework=rework,
    )


def _to_be_sung(read: _Reader, lyrics: str) -> str:
    """The words as the voice sings them."""
    words = "" if lyrics == INSTRUMENTAL else sung_lines(lyrics)
    if not words and not read.wrong("lyrics"):
        read.fault("lyrics", ReworkFault.NO_NEW_WORDS)
    elif len(words) > MOST_SUNG:
        read.fault("lyrics", ReworkFault.TOO_MANY_WORDS_TO_SING, length=len(words), most=MOST_SUNG)
    return words


def in_tenths(seconds: float) -> float:
    """How long people are told that a sound is, and what they type is held against: 20.01 s are 20."""
    return round(seconds, 1)


class _Reader:
    """Reads fields, and gathers what is wrong with them."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given
        self.faults: list[Fault] = []

    def __call__(
        self, name: str, parse: Callable[[object], _Parsed], instead: _Parsed, value: object = None
    ) -> _Parsed:
        try:
            return parse(self._given.get(name, "") if value is None else value)
        except PromptError as error:
            self.faults += [replace(fault, field=name) for fault in error.faults]
            return instead

    def has(self, name: str) -> bool:
        return bool(self._given.get(name, "").strip())

    def wrong(self, *names: str) -> bool:
        """Whether something is wrong with one of these."""
        return any(fault.field in names for fault in self.faults)

    def fault(self, name: str, kind: ReworkFault, **values: Any) -> None:
        self.faults.append(Fault(name, kind, values))


def _added(raw: object) -> int:
    """Seconds that are added at one end, 0 where nothing is said. Raises PromptError."""
    seconds = 0 if isinstance(raw, str) and not raw.strip() else whole_seconds(raw)
    if seconds is None or seconds > MOST_ADDED:
        raise PromptError([Fault("", ReworkFault.NOT_TO_BE_ADDED, {"most": MOST_ADDED}, raw)])
    return seconds


def _check_length(read: _Reader, length: float, before: int, after: int) -> None:
    room = LONGEST - round(length)
    if read.wrong("before", "after"):
        return
    if not before and not after:
        read.fault("after", ReworkFault.NOTHING_ADDED)
    elif before + after > room:
        kind = ReworkFault.TOO_MUCH_ADDED if room > 0 else ReworkFault.NO_ROOM_TO_ADD
        values = {"seconds": round(length) + before + after, "longest": LONGEST, "room": room}
        read.fault("after" if after else "before", kind, **values)


def _moment(raw: object) -> int:
    """A moment in the source, in seconds. Raises PromptError."""
    seconds = whole_seconds(raw)
    if seconds is None or seconds < 0:
        raise PromptError([Fault("", ReworkFault.NOT_A_MOMENT, given=raw)])
    return seconds


def _check_passage(read: _Reader, length: float, start: int, end: int) -> None:
    if read.wrong("from", "to"):
        return
    length = in_tenths(length)
    whole = math.ceil(length)
    if start >= whole:
        read.fault("from", ReworkFault.BEGINS_AFTER_END, length=length, whole=whole)
    elif end > whole:
        read.fault("to", ReworkFault.ENDS_AFTER_END, length=length, whole=whole)
    elif end <= start:
        read.fault("to", ReworkFault.ENDS_BEFORE_BEGIN, start=start, end=end)
