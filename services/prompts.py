"""Prompts: what a member wrote, parsed and checked.

The rule: every fault is told at once, each with a remedy. Parsing what was parsed changes nothing, so a
track's fields can be edited and asked for again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from services.characters import TAG_BREAK, first_hidden, fold, normal, without_selectors
from services.faults import Fault, PromptError, quoted
from services.genres import suggest_tags
from services.headings import INSTRUMENTAL
from services.lyrics import (
    MAX_LYRICS_FILE_BYTES,
    decode_lyrics_file,
    parse_lyrics,
    singing_seconds,
    sung_lines,
)

__all__ = [
    "INSTRUMENTAL",
    "MAX_LYRICS_FILE_BYTES",
    "Fault",
    "Prompt",
    "PromptError",
    "decode_lyrics_file",
    "parse_lyrics",
    "parse_prompt",
    "parse_tags",
    "singing_seconds",
    "suggest_tags",
]

MAX_TAGS = 20
MAX_TAG = 50  # characters of one
MAX_ALL_TAGS = 300  # characters of them all, with the commas
MAX_TITLE = 80  # characters
SHORTEST, LONGEST = 5, 240  # seconds (WaveSpeed: ACE-Step)
LARGEST_SEED = 2**31 - 1  # (WaveSpeed: ACE-Step)

_FAR_TOO_LONG = 4000  # characters of tags or of a title that are not even looked at
_FAULTS_TOLD = 6  # of the tags; more would be a wall of text
_CHOSEN_TITLE = 48  # characters of a title that we choose; more does not fit a list

_Parsed = TypeVar("_Parsed")


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model is asked for.

    tags: "funk, brass". lyrics: "" where the model decides, "[inst]" where nobody sings, else words with
    [markers]. duration: seconds. seed: None where the bot picks one. title: never empty. warnings: whole
    sentences for the member.
    """

    tags: str
    lyrics: str
    duration: int
    seed: int | None
    title: str
    warnings: tuple[str, ...] = ()


def parse_prompt(
    *, tags: object, lyrics: object = "", duration: object = 60, seed: object = None, title: object = ""
) -> Prompt:
    """The prompt in what a member gave. Raises PromptError with all of its faults."""
    faults: list[Fault] = []

    def checked(parse: Callable[[object], _Parsed], raw: object, instead: _Parsed) -> _Parsed:
        try:
            return parse(raw)
        except PromptError as error:
            faults.extend(error.faults)
            return instead

    tag_list = checked(parse_tags, tags, [])
    words = checked(parse_lyrics, lyrics, "")
    seconds = checked(parse_duration, duration, LONGEST)
    number = checked(parse_seed, seed, None)
    name = checked(parse_title, title, "")
    if faults:
        raise PromptError(faults)
    return Prompt(
        tags=", ".join(tag_list),
        lyrics=words,
        duration=seconds,
        seed=number,
        title=name or _chosen_title(words, tag_list),
        warnings=_warnings(words, seconds),
    )


def _fault(field: str, problem: str, remedy: str) -> PromptError:
    return PromptError([Fault(field, problem, remedy)])


# tags -------------------------------------------------------------------------------------------------


def parse_tags(raw: object) -> list[str]:
    """The tags, in order, each once. Raises PromptError.

    Mentions and markdown are text like any other, but nothing in <angle brackets> is: that is how Discord
    writes a mention or an emoji of its own, and no model knows those.
    """
    if not isinstance(raw, str) or len(raw) > _FAR_TOO_LONG:
        problem = f"{quoted(raw)} is far too long." if isinstance(raw, str) else "The tags are not text."
        raise _fault("tags", problem, "Name a few tags, such as: funk, brass, upbeat.")
    parts = [fold(without_selectors(part)) for part in re.split(TAG_BREAK, normal(raw))]
    by_key: dict[str, str] = {}
    for tag in filter(None, parts):
        by_key.setdefault(unicodedata.normalize("NFKC", tag).casefold(), tag)
    tags = list(by_key.values())
    if not tags:
        remedy = "Name at least one genre, instrument or mood, such as: funk, brass, upbeat."
        raise _fault("tags", "There are no tags.", remedy)
    faults = [fault for number, tag in enumerate(tags, 1) for fault in _tag_faults(number, tag)]
    if len(faults) > _FAULTS_TOLD:
        rest = f"There are {len(faults) - _FAULTS_TOLD + 1} more problems like these."
        faults[_FAULTS_TOLD - 1 :] = [Fault("tags", rest, "Mend them in the same way.")]
    if len(tags) > MAX_TAGS:
        problem = f"There are {len(tags)} tags; {MAX_TAGS} is the most."
        faults.append(Fault("tags", problem, "Keep those that matter most."))
    if (length := len(", ".join(tags))) > MAX_ALL_TAGS:
        problem = f"All tags together are {length:,} characters long."
        faults.append(Fault("tags", problem, f"Shorten or drop some, down to {MAX_ALL_TAGS}."))
    if faults:
        raise PromptError(faults)
    return tags


def _tag_faults(number: int, tag: str) -> list[Fault]:
    found: list[tuple[str, str]] = []
    if hidden := first_hidden(tag):
        found.append((f"holds {hidden}: {quoted(tag)}.", "Type it anew instead of pasting it."))
    if len(tag) > MAX_TAG:
        remedy = f"Shorten it to {MAX_TAG} characters or split it at a comma."
        found.append((f"is {len(tag)} characters long: {quoted(tag)}.", remedy))
    if not any(character.isalnum() for character in tag):
        found.append(
            (f"has neither a letter nor a digit: {quoted(tag)}.", "Say it in words or leave it out.")
        )
    if re.search(r"<[^<>]*>", tag):
        remedy = "Name a genre, an instrument or a mood instead."
        found.append((f"is a mention or an emoji, which the model cannot read: {quoted(tag)}.", remedy))
    return [Fault("tags", f"Tag {number} {problem}", remedy) for problem, remedy in found]


# duration and seed ------------------------------------------------------------------------------------

_SECONDS = re.compile(r"([0-9]{1,9})(?:\.0{1,9})?\s*(?:s|sec|secs|second|seconds)?", re.IGNORECASE)
_CLOCK = re.compile(r"([0-9]{1,2}):([0-5][0-9])")


def parse_duration(raw: object) -> int:
    """Seconds: 60, "60", "60.0", "60 s" or "1:00"; 60 where nothing is given. Raises PromptError."""
    remedy = f"Give a whole number of seconds from {SHORTEST} to {LONGEST}, such as 60."
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return 60
    if isinstance(raw, str) and (clock := _CLOCK.fullmatch(raw.strip())):
        seconds = int(clock[1]) * 60 + int(clock[2])
    elif isinstance(raw, str) and (plain := _SECONDS.fullmatch(raw.strip())):
        seconds = int(plain[1])
    else:
        seconds = _whole(raw)
        if seconds is None:
            raise _fault("duration", f"{quoted(raw)} is not a whole number of seconds.", remedy)
    if not SHORTEST <= seconds <= LONGEST:
        problem = f"{quoted(raw)} is too {'short' if seconds < SHORTEST else 'long'} for a track."
        raise _fault("duration", problem, remedy)
    return seconds


def parse_seed(raw: object) -> int | None:
    """A seed, or None where nothing is given. Raises PromptError."""
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    digits = re.fullmatch(r"[0-9]{1,20}", raw.strip()) if isinstance(raw, str) else None
    seed = int(digits[0]) if digits else _whole(raw)
    if seed is None or not 0 <= seed <= LARGEST_SEED:
        remedy = f"Give a whole number from 0 to {LARGEST_SEED}, or nothing, and I pick one."
        raise _fault("seed", f"{quoted(raw)} is not a seed.", remedy)
    return seed


def _whole(raw: object) -> int | None:
    """The number, if it is one and whole."""
    match raw:
        case bool():
            return None
        case int():
            return raw
        case float() if raw.is_integer():
            return int(raw)
        case _:
            return None


# title ------------------------------------------------------------------------------------------------


def parse_title(raw: object) -> str:
    """The title, "" where none is given. Joiners may stay where they make a letter or an emoji.

    Raises PromptError.
    """
    if raw is None:
        return ""
    if not isinstance(raw, str) or len(raw) > _FAR_TOO_LONG:
        problem = f"{quoted(raw)} is far too long." if isinstance(raw, str) else "The title is not text."
        raise _fault("title", problem, "Give it a few words, or none, and I choose one.")
    title = fold(raw)
    faults: list[Fault] = []
    if found := first_hidden(title, joiners=True):
        faults.append(Fault("title", f"The title holds {found}.", "Type it anew instead of pasting it."))
    if len(title) > MAX_TITLE:
        problem = f"The title is {len(title):,} characters long."
        faults.append(Fault("title", problem, f"Shorten it to {MAX_TITLE}."))
    if faults:
        raise PromptError(faults)
    return title


_SMALL_WORDS = {"a", "an", "and", "as", "at", "but", "by", "for", "from", "in", "of", "on", "or", "the", "to"}
_NO_START = ("P", "S", "Z", "M", "C")  # categories with which no chosen title begins: punctuation, signs, …


def _chosen_title(lyrics: str, tags: list[str]) -> str:
    """The first line that is sung; else the first two tags."""
    lines = (line for line in sung_lines(lyrics) if any(c.isalnum() for c in line))
    first = next(lines, " & ".join(tags[:2]))
    start = next(i for i, c in enumerate(first) if unicodedata.category(c)[0] not in _NO_START)
    whole = fold(first[start:])
    cut = whole if len(whole) <= _CHOSEN_TITLE else (whole[: _CHOSEN_TITLE + 1].rpartition(" ")[0] or whole)
    words = cut[:_CHOSEN_TITLE].split(" ")
    while len(cut) < len(whole) and len(words) > 1 and words[-1] in _SMALL_WORDS:
        words.pop()
    words = [
        word if word in _SMALL_WORDS and 0 < place < len(words) - 1 else _capital(word)
        for place, word in enumerate(words)
    ]
    ends = ' .,;:!-–—…"”»' + ("" if "(" in whole else ")")
    return fold(fold(" ".join(words))[:MAX_TITLE].rstrip(ends))


def _capital(word: str) -> str:
    return re.sub(r"[^\W\d_]", lambda letter: letter[0].title(), word, count=1) if word.islower() else word


# warnings ---------------------------------------------------------------------------------------------


def _warnings(lyrics: str, duration: int) -> tuple[str, ...]:
    needed = singing_seconds(lyrics)
    if needed <= duration:
        return ()
    told = max(duration + 5, -(-int(needed) // 5) * 5)  # whole fives: it is an estimate
    advice = f"ask for {told} s or more, or cut some lines" if told <= LONGEST else "cut some lines"
    return (
        f"These lyrics take about {_minutes(told)} to sing, and the track has {duration} s, so some of them "
        f"will be rushed or missing; {advice}.",
    )


def _minutes(seconds: int) -> str:
    whole, rest = divmod(seconds, 60)
    if not whole or seconds < 100:
        return f"{seconds} s"
    return f"{whole} min {rest} s" if rest else f"{whole} min"
