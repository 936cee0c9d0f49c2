"""Reworks: a track made from another one's sound, or from a member's own file.

The rule: what a rework was asked with is kept whole with its track, so that it can be told, sent and asked
for again without its source's row, whose words may be gone by then.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, NamedTuple

from services.prompts.models import AUDIO_TO_AUDIO, INPAINT, MUSIC_01, OUTPAINT, Model


class Kind(StrEnum):
    """What is done to the sound."""

    RESTYLE = "restyle"  # other tags; melody and length stay
    LYRICS = "lyrics"  # other words to the same music
    EXTEND = "extend"  # more of it before and after
    REPAINT = "repaint"  # a passage anew
    VOICE = "voice"  # words sung over it, or in its way, with the member's own voice


_MODELS = {
    Kind.RESTYLE: AUDIO_TO_AUDIO,
    Kind.LYRICS: AUDIO_TO_AUDIO,
    Kind.EXTEND: OUTPAINT,
    Kind.REPAINT: INPAINT,
    Kind.VOICE: MUSIC_01,
}
LONGEST_SUNG = 60.0  # seconds (the facts page: up to a minute)
MOST_SUNG = 350  # characters (the facts page: 350 to 400)


class Shorter(NamedTuple):
    """What can be paid for: at most so many seconds; of a rework, so many that are added or repainted."""

    seconds: int
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class Rework:
    """What is done to a source of `length` seconds.

    before, after: seconds that are added. start, end: the passage, in seconds from the start. old_tags,
    old_lyrics: what the source sounds like. file_id, file_kind: the member's own file, where it is one.
    below: of one that is sung with the member's voice, whether the source has no singer and is played below.
    """

    kind: Kind
    length: float = 0.0
    before: int = 0
    after: int = 0
    start: int = 0
    end: int = 0
    old_tags: str = ""
    old_lyrics: str = ""
    file_id: str | None = None
    file_kind: str = ""
    below: bool = False

    @property
    def model(self) -> Model:
        """The model that does it."""
        return _MODELS[self.kind]

    @property
    def edit_mode(self) -> str:
        """What audio-to-audio is told to do."""
        return "lyrics" if self.kind is Kind.LYRICS else "remix"

    @property
    def seconds(self) -> float:
        """How long the result is."""
        if self.kind is Kind.VOICE:
            return min(self.length, LONGEST_SUNG)
        return self.length + self.before + self.after

    @property
    def charged(self) -> float:
        """How many seconds are made anew: what is added, the passage, or all of it."""
        match self.kind:
            case Kind.EXTEND:
                return self.before + self.after
            case Kind.REPAINT:
                return min(self.end, self.length) - self.start
            case _:
                return self.seconds

    def all_words(self, lyrics: str) -> str:
        """The words of the result, whose new ones are `lyrics`."""
        if self.kind in (Kind.RESTYLE, Kind.LYRICS, Kind.VOICE) or lyrics == self.old_lyrics:
            return lyrics
        both = [lyrics, self.old_lyrics] if self.before and not self.after else [self.old_lyrics, lyrics]
        return "\n\n".join(filter(None, both))

    @property
    def texts(self) -> dict[str, str]:
        """What it takes over from its source, by field; words in whose place others are sung it does not."""
        replaced = self.kind in (Kind.LYRICS, Kind.VOICE)
        return {"old_tags": self.old_tags, "old_lyrics": "" if replaced else self.old_lyrics}

    def shorter(self, seconds: int) -> Shorter | None:
        """What to ask for instead where that many seconds can be paid for; None where there is nothing."""
        fits = self.kind in (Kind.EXTEND, Kind.REPAINT) and seconds >= 1
        return Shorter(seconds, self.kind) if fits else None

    @property
    def kept(self) -> dict[str, Any]:
        """As its track's row keeps it."""
        return asdict(self)


class TagChanges(NamedTuple):
    """Tags that came and that went; neither where they only stand in another order, or are spelled anew."""

    came: tuple[str, ...]
    went: tuple[str, ...]


def tag_changes(before: str, after: str) -> TagChanges:
    """What is different in the tags."""
    old, new = _apart(before), _apart(after)
    came = tuple(tag for key, tag in new.items() if key not in old)
    return TagChanges(came, tuple(tag for key, tag in old.items() if key not in new))


def _apart(tags: str) -> dict[str, str]:
    """The tags, each once, by what they are whatever their case."""
    return {tag.strip().casefold(): tag.strip() for tag in tags.split(",") if tag.strip()}


def rework_of(kept: dict[str, Any] | None) -> Rework | None:
    """What a track's row keeps; None for a track that is none."""
    return replace(Rework(**kept), kind=Kind(kept["kind"])) if kept else None


def without_words(kept: dict[str, Any]) -> dict[str, Any]:
    """What stays of it when its member's words are erased."""
    return kept | {"old_tags": "", "old_lyrics": ""}
