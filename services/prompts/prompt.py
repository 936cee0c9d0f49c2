"""Prompts: what a member wrote, parsed and checked.

The rule: every fault is told at once, each with a remedy. Parsing what was parsed changes nothing, so a
track's fields can be edited and asked for again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from services.prompts.faults import PromptFault
from services.prompts.lyrics import MAX_LYRICS_FILE_BYTES, decode_lyrics_file, parse_lyrics
from services.prompts.models import ACE_STEP, COMPOSERS, PROMPT_TO_AUDIO, Model
from services.prompts.rework import Rework, Shorter
from services.prompts.section_markers import INSTRUMENTAL
from services.prompts.singing import singing_seconds
from services.prompts.tag_suggestions import suggest_tags
from services.prompts.titles import MAX_TITLE, chosen_title
from services.text.characters import TAG_BREAK, first_hidden, fold, without_selectors
from services.text.faults import AnyField, Fault, PromptError

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

MAX_TAGS = 20  # of one track
MAX_TAG = 50  # characters of one
MAX_ALL_TAGS = 300  # characters of them all, with the commas
MAX_IDEA = 500  # characters
SHORTEST, LONGEST = 5, 240  # seconds (WaveSpeed: ACE-Step)
LARGEST_SEED = 2**31 - 1  # (WaveSpeed: ACE-Step)

_FAR_TOO_LONG = 4000  # characters of tags or of a title that are not even looked at
_FAULTS_TOLD = 6  # of the tags; more would be a wall of text

_Parsed = TypeVar("_Parsed")


@dataclass(frozen=True, slots=True)
class Rushed:
    """The words take longer to sing than the track has; both in seconds."""

    needed: float
    duration: int


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model is asked for.

    tags: "funk, brass"; "" where an idea or a rework's source says it. lyrics: "" where the model decides,
    "[inst]" where nobody sings, else words with [markers]. duration: seconds. seed: None where the bot picks
    one. title: never empty. warnings: what its member should know of it. idea: a sentence, or "".
    """

    tags: str
    lyrics: str
    duration: int
    seed: int | None
    title: str
    warnings: tuple[Rushed, ...] = ()
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
        faults.append(Fault("tags", PromptFault.NEITHER_TAGS_NOR_IDEA))
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
        warnings=_warnings(words, seconds),
        idea=sentence,
        model=PROMPT_TO_AUDIO if sentence else chosen,
    )


def _is_given(raw: object) -> bool:
    return raw is not None and not (isinstance(raw, str) and not raw.strip())


def _error(field: str, kind: PromptFault, given: object = None, **values: Any) -> PromptError:
    return PromptError([Fault(field, kind, values, given)])


# tags -------------------------------------------------------------------------------------------------


def parse_tags(raw: object) -> list[str]:
    """The tags, in order, each once. Raises PromptError.

    Mentions and markdown are text like any other, but nothing in <angle brackets> is: that is how Discord
    writes a mention or an emoji of its own, and no model knows those.
    """
    if not isinstance(raw, str) or len(raw) > _FAR_TOO_LONG:
        kind = PromptFault.TAGS_FAR_TOO_LONG if isinstance(raw, str) else PromptFault.TAGS_NOT_TEXT
        raise _error("tags", kind, raw)
    parts = [fold(part) for part in re.split(TAG_BREAK, without_selectors(raw))]
    by_key: dict[str, str] = {}
    for tag in filter(None, parts):
        by_key.setdefault(unicodedata.normalize("NFKC", tag).casefold(), tag)
    tags = list(by_key.values())
    if not tags:
        raise _error("tags", PromptFault.NO_TAGS)
    faults = [fault for number, tag in enumerate(tags, 1) for fault in _tag_faults(number, tag)]
    if len(faults) > _FAULTS_TOLD:
        faults[_FAULTS_TOLD - 1 :] = [
            Fault("tags", AnyField.MORE, {"count": len(faults) - _FAULTS_TOLD + 1}),
        ]
    if len(tags) > MAX_TAGS:
        faults.append(Fault("tags", PromptFault.TOO_MANY_TAGS, {"count": len(tags), "most": MAX_TAGS}))
    if (length := len(", ".join(tags))) > MAX_ALL_TAGS:
        faults.append(Fault("tags", PromptFault.ALL_TAGS_TOO_LONG, {"length": length, "most": MAX_ALL_TAGS}))
    if faults:
        raise PromptError(faults)
    return tags


def _tag_faults(number: int, tag: str) -> list[Fault]:
    found: list[tuple[PromptFault, dict[str, Any]]] = []
    if hidden := first_hidden(tag):
        found.append((PromptFault.TAG_WITH_HIDDEN, {"hidden": hidden}))
    if len(tag) > MAX_TAG:
        found.append((PromptFault.TAG_TOO_LONG, {"length": len(tag), "most": MAX_TAG}))
    if not any(character.isalnum() for character in tag):
        found.append((PromptFault.TAG_WITHOUT_LETTER, {}))
    if re.search(r"<[^<>]*>", tag):
        found.append((PromptFault.TAG_IS_MENTION, {}))
    return [Fault("tags", kind, {"number": number, **values}, tag) for kind, values in found]


# an idea, and the model -------------------------------------------------------------------------------


def parse_idea(raw: object) -> str:
    """The sentence, "" where none is given. Raises PromptError."""
    if not _is_given(raw):
        return ""
    if not isinstance(raw, str) or len(raw) > _FAR_TOO_LONG:
        kind = PromptFault.IDEA_FAR_TOO_LONG if isinstance(raw, str) else PromptFault.IDEA_NOT_TEXT
        raise _error("idea", kind, raw, most=MAX_IDEA)
    idea = fold(without_selectors(raw))
    faults: list[Fault] = []
    if found := first_hidden(idea, joiners=True):
        faults.append(Fault("idea", PromptFault.IDEA_WITH_HIDDEN, {"hidden": found}))
    if len(idea) > MAX_IDEA:
        faults.append(Fault("idea", PromptFault.IDEA_TOO_LONG, {"length": len(idea), "most": MAX_IDEA}))
    if idea and not any(character.isalnum() for character in idea):
        faults.append(Fault("idea", PromptFault.IDEA_WITHOUT_LETTER, given=idea))
    if faults:
        raise PromptError(faults)
    return idea


def _parse_model(raw: object) -> Model:
    wanted = raw if isinstance(raw, str) else ""
    for model in COMPOSERS:
        if wanted.strip() in (model.name, model.id) or not _is_given(raw):
            return model
    raise _error("model", PromptFault.NO_SUCH_MODEL, raw, models=[model.name for model in COMPOSERS])


def _beside_idea(tags: object, words: str, model: Model) -> Iterator[Fault]:
    """What cannot stand beside an idea."""
    if _is_given(tags):
        yield Fault("idea", PromptFault.IDEA_AND_TAGS)
    if words not in ("", INSTRUMENTAL):
        yield Fault("lyrics", PromptFault.IDEA_AND_LYRICS)
    if model is not ACE_STEP:
        yield Fault("model", PromptFault.IDEA_AND_MODEL, {"model": model.name})


# duration and seed ------------------------------------------------------------------------------------

_SECONDS = re.compile(r"([0-9]{1,9})(?:\.0{1,9})?\s*(?:s|sec|secs|second|seconds)?", re.IGNORECASE)
_CLOCK = re.compile(r"([0-9]{1,2}):([0-5][0-9])")


def parse_duration(raw: object) -> int:
    """Seconds: 60, "60", "60.0", "60 s" or "1:00"; 60 where nothing is given. Raises PromptError."""
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return 60
    seconds = whole_seconds(raw)
    if seconds is not None and SHORTEST <= seconds <= LONGEST:
        return seconds
    kind = PromptFault.NOT_SECONDS
    if seconds is not None:
        kind = PromptFault.TOO_SHORT if seconds < SHORTEST else PromptFault.TOO_LONG
    raise _error("duration", kind, raw, shortest=SHORTEST, longest=LONGEST)


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
        raise _error("seed", PromptFault.NOT_A_SEED, raw, largest=LARGEST_SEED)
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


def parse_title(raw: object, most: int = MAX_TITLE) -> str:
    """The title, "" where none is given; at most so many characters.

    Joiners may stay where they make a letter or an emoji. Raises PromptError.
    """
    if raw is None or (isinstance(raw, str) and not raw):
        return ""
    if not isinstance(raw, str) or len(raw) > _FAR_TOO_LONG:
        kind = PromptFault.TITLE_FAR_TOO_LONG if isinstance(raw, str) else PromptFault.TITLE_NOT_TEXT
        raise _error("title", kind, raw)
    title = fold(raw)
    faults: list[Fault] = []
    if found := first_hidden(title, joiners=True):
        faults.append(Fault("title", PromptFault.TITLE_WITH_HIDDEN, {"hidden": found}))
    if len(title) > most:
        faults.append(Fault("title", PromptFault.TITLE_TOO_LONG, {"length": len(title), "most": most}))
    if faults:
        raise PromptError(faults)
    return title


# warnings ---------------------------------------------------------------------------------------------


def _warnings(lyrics: str, duration: int) -> tuple[Rushed, ...]:
    needed = singing_seconds(lyrics)
    return () if needed <= duration else (Rushed(needed, duration),)
