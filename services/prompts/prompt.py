"""Prompts: what a member wrote, parsed and checked.

The rule: every fault is told at once, each with a remedy. Parsing what was parsed changes nothing, so a
track's fields can be edited and asked for again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from services.prompts.lyrics import MAX_LYRICS_FILE_BYTES, decode_lyrics_file, parse_lyrics
from services.prompts.models import ACE_STEP, COMPOSERS, PROMPT_TO_AUDIO, Model
from services.prompts.rework import Rework, Shorter
from services.prompts.section_markers import INSTRUMENTAL
from services.prompts.singing import singing_seconds
from services.prompts.tag_suggestions import suggest_tags
from services.prompts.titles import MAX_TITLE, chosen_title
from services.text.characters import TAG_BREAK, first_hidden, fold, normal, without_selectors
from services.text.faults import Fault, PromptError, quoted

__all__ = [
    "INSTRUMENTAL",
    "MAX_LYRICS_FILE_BYTES",
    "MAX_TITLE",
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
MAX_IDEA = 500  # characters
SHORTEST, LONGEST = 5, 240  # seconds (WaveSpeed: ACE-Step)
LARGEST_SEED = 2**31 - 1  # (WaveSpeed: ACE-Step)

_FAR_TOO_LONG = 4000  # characters of tags or of a title that are not even looked at
_FAULTS_TOLD = 6  # of the tags; more would be a wall of text

_Parsed = TypeVar("_Parsed")


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model is asked for.

    tags: "funk, brass"; "" where an idea or a rework's source says it. lyrics: "" where the model decides,
    "[inst]" where nobody sings, else words with [markers]. duration: seconds. seed: None where the bot picks
    one. title: never empty. warnings: whole sentences for the member. idea: a sentence, or "".
    """

    tags: str
    lyrics: str
    duration: int
    seed: int | None
    title: str
    warnings: tuple[str, ...] = ()
    idea: str = ""
    model: Model = ACE_STEP
    rework: Rework | None = None

    @property
    def texts(self) -> dict[str, str]:
        """All that it says, by field, also what it takes over from what it is made from."""
        said = {"tags": self.tags, "title": self.title, "lyrics": self.lyrics, "idea": self.idea}
        kept = self.rework.texts.items() if self.rework else ()
        return said | {name: text for name, text in kept if text not in said.values()}

    def shorter(self, seconds: int) -> Shorter | None:
        """What to ask for where that many seconds can be paid for; None where nothing shorter can be."""
        if self.rework is not None:
            return self.rework.shorter(seconds)
        return Shorter(min(seconds, LONGEST)) if seconds >= SHORTEST else None


def parse_prompt(
    *,
    tags: object,
    lyrics: object = "",
    duration: object = 60,
    seed: object = None,
    title: object = "",
    idea: object = "",
    model: object = "",
) -> Prompt:
    """The prompt in what a member gave. Raises PromptError with all of its faults.

    tags or an idea: one of the two. model: "ace-step" or "ace-step-1.5"; "" is the first.
    """
    faults: list[Fault] = []

    def checked(parse: Callable[[object], _Parsed], raw: object, instead: _Parsed) -> _Parsed:
        try:
            return parse(raw)
        except PromptError as error:
            faults.extend(error.faults)
            return instead

    sentence = checked(parse_idea, idea, "")
    given = _is_given(idea)
    tag_list: list[str] = []
    if not given and isinstance(tags, str) and not tags.strip():
        remedy = "Name a genre, an instrument or a mood, such as: funk, brass; or give an idea instead."
        faults.append(Fault("tags", "There are no tags.", remedy))
    elif not given or _is_given(tags):
        tag_list = checked(parse_tags, tags, [])
    chosen = checked(_parse_model, model, ACE_STEP)
    words = checked(lambda given: parse_lyrics(given, chosen), lyrics, "")
    if given:
        faults.extend(_beside_idea(tags, words, chosen))
    seconds = checked(parse_duration, duration, LONGEST)
    number = checked(parse_seed, seed, None)
    name = checked(parse_title, title, "")
    if faults:
        raise PromptError(faults)
    if not words and not sentence and not chosen.writes_words:
        words = INSTRUMENTAL
    return Prompt(
        tags=", ".join(tag_list),
        lyrics=words,
        duration=seconds,
        seed=number,
        title=name or chosen_title(words or sentence, tag_list or [sentence]),
        warnings=lyrics_warnings(words, seconds),
        idea=sentence,
        model=PROMPT_TO_AUDIO if sentence else chosen,
    )


def _is_given(raw: object) -> bool:
    return raw is not None and not (isinstance(raw, str) and not raw.strip())


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


# an idea, and the model -------------------------------------------------------------------------------


def parse_idea(raw: object) -> str:
    """The sentence, "" where none is given. Raises PromptError."""
    if not _is_given(raw):
        return ""
    if not isinstance(raw, str) or len(raw) > _FAR_TOO_LONG:
        problem = f"{quoted(raw)} is far too long." if isinstance(raw, str) else "The idea is not text."
        raise _fault("idea", problem, f"Say it in a sentence or two, at most {MAX_IDEA} characters.")
    idea = fold(without_selectors(normal(raw)))
    faults: list[Fault] = []
    if found := first_hidden(idea, joiners=True):
        faults.append(Fault("idea", f"The idea holds {found}.", "Type it anew instead of pasting it."))
    if len(idea) > MAX_IDEA:
        problem = f"The idea is {len(idea):,} characters long."
        faults.append(Fault("idea", problem, f"Shorten it to {MAX_IDEA}."))
    if idea and not any(character.isalnum() for character in idea):
        remedy = "Say in words what it should sound like, such as: a rainy evening in Lisbon, soft jazz."
        faults.append(Fault("idea", f"The idea has neither a letter nor a digit: {quoted(idea)}.", remedy))
    if faults:
        raise PromptError(faults)
    return idea


def _parse_model(raw: object) -> Model:
    wanted = raw if isinstance(raw, str) else ""
    for model in COMPOSERS:
        if wanted.strip() in (model.name, model.id) or not _is_given(raw):
            return model
    names = " or ".join(model.name for model in COMPOSERS)
    raise _fault("model", f"{quoted(raw)} is not a model.", f"Choose {names}.")


def _beside_idea(tags: object, words: str, model: Model) -> Iterator[Fault]:
    """What cannot stand beside an idea."""
    if _is_given(tags):
        problem = "You gave an idea and tags; from an idea the model chooses its own tags."
        yield Fault("idea", problem, "Leave out one of the two.")
    if words not in ("", INSTRUMENTAL):
        problem = "You gave an idea and lyrics; from an idea the model writes its own words."
        yield Fault("lyrics", problem, "Leave the lyrics out, or give tags instead of the idea.")
    if model is not ACE_STEP:
        yield Fault("model", f"{model.name} takes tags, not an idea.", "Leave the model out, or give tags.")


# duration and seed ------------------------------------------------------------------------------------

_SECONDS = re.compile(r"([0-9]{1,9})(?:\.0{1,9})?\s*(?:s|sec|secs|second|seconds)?", re.IGNORECASE)
_CLOCK = re.compile(r"([0-9]{1,2}):([0-5][0-9])")


def parse_duration(raw: object) -> int:
    """Seconds: 60, "60", "60.0", "60 s" or "1:00"; 60 where nothing is given. Raises PromptError."""
    remedy = f"Give a whole number of seconds from {SHORTEST} to {LONGEST}, such as 60."
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return 60
    seconds = whole_seconds(raw)
    if seconds is None:
        raise _fault("duration", f"{quoted(raw)} is not a whole number of seconds.", remedy)
    if not SHORTEST <= seconds <= LONGEST:
        problem = f"{quoted(raw)} is too {'short' if seconds < SHORTEST else 'long'} for a track."
        raise _fault("duration", problem, remedy)
    return seconds


def whole_seconds(raw: object) -> int | None:
    """60, "60", "60.0", "60 s" or "1:00"; None where it is nothing of the kind."""
    if isinstance(raw, str) and (clock := _CLOCK.fullmatch(raw.strip())):
        return int(clock[1]) * 60 + int(clock[2])
    if isinstance(raw, str) and (plain := _SECONDS.fullmatch(raw.strip())):
        return int(plain[1])
    return _whole(raw)


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


# warnings ---------------------------------------------------------------------------------------------


def lyrics_warnings(lyrics: str, duration: int) -> tuple[str, ...]:
    """A sentence where the words take longer to sing than the track's duration (seconds); else none."""
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
