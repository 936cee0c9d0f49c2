"""What a member wants done to a sound, before it is checked, and the form in which it is written.

The rule: as with every draft, nothing is lost and nothing is kept in memory. A custom_id names what is done
to which sound; the rest stands in the form's fields, or in the private message that gives it back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import discord

from cogs.core.component_router import button
from cogs.core.fields import (
    LONGEST_INPUT,
    LONGEST_TAGS,
    LONGEST_TITLE,
    filled_up,
    picked_up,
    text_field,
    typed_in,
)
from cogs.core.responses import Interaction, guild_of
from cogs.requests.sources import the_source
from cogs.texts import reworks as texts
from cogs.texts.drafts import EDIT
from cogs.texts.formatting import shortened
from cogs.texts.refusals import Outdated
from services.pipeline.uploads import OwnFile
from services.prompts.prompt import INSTRUMENTAL, Prompt
from services.prompts.rework import MOST_SUNG, Kind
from services.prompts.rework_prompt import Source, parse_rework
from services.prompts.section_markers import sung_lines
from services.tracks.track import Track
from services.tracks.track_prompts import sound_of

KEY = (
    r"(?P<kind>restyle|lyrics|extend|repaint|voice):(?P<whose>track|file):(?P<source>[0-9a-z]{20})"
    r"(?P<seed>:\d{1,10})?"
)
_ENDS = {
    Kind.RESTYLE: ("title",),
    Kind.LYRICS: ("lyrics", "title"),
    Kind.EXTEND: ("before", "after", "tags", "lyrics", "title"),
    Kind.REPAINT: ("from", "to", "tags", "lyrics", "title"),
    Kind.VOICE: ("lyrics", "title"),
}


@dataclass(frozen=True, slots=True)
class ReworkDraft:
    """Every field as its member wrote it, by name. seed: "" for any. track or file: the source, once it is
    known that it can be one."""

    kind: Kind
    track: Track | None = None
    file: OwnFile | None = None
    given: Mapping[str, str] = field(default_factory=dict[str, str])
    seed: str = ""

    @classmethod
    def of(cls, kind: Kind, track: Track) -> ReworkDraft:
        """A rework of the track in which nothing was said yet."""
        given = {"tags": track.tags, "title": track.title, "after": "30"}
        if kind is Kind.LYRICS:
            given["lyrics"] = track.words
        if kind is Kind.VOICE:
            words = "" if track.words == INSTRUMENTAL else sung_lines(track.words)
            given = {"lyrics": words if len(words) <= MOST_SUNG else "", "title": track.title}
        return cls(kind, track, given=given)

    @classmethod
    def again(cls, track: Track, source: Track) -> ReworkDraft:
        """What the rework was asked with, from the same source and with the same seed."""
        rework = track.rework
        assert rework is not None
        given = {
            "tags": track.tags,
            "lyrics": track.lyrics,
            "title": track.title,
            "before": str(rework.before),
            "after": str(rework.after),
            "from": str(rework.start),
            "to": str(rework.end),
        }
        return cls(rework.kind, source, given=given, seed=str(track.seed))

    @property
    def source(self) -> Source:
        """The sound."""
        if self.file is not None:
            return Source(self.file.seconds, file_id=self.file.id, file_kind=self.file.kind)
        assert self.track is not None
        return sound_of(self.track)

    @property
    def key(self) -> str:
        """What a custom_id says of it."""
        whose = f"file:{self.file.id}" if self.file else f"track:{self.track.id if self.track else ''}"
        return f"{self.kind}:{whose}" + (f":{self.seed}" if self.seed else "")

    def prompt(self) -> Prompt:
        """The draft, checked. Raises PromptError with all of its faults."""
        return parse_rework(self.kind, self.source, self.given, self.seed or None)

    def seconds(self) -> int:
        """How long the sound is that it is made from."""
        return round(self.source.length)

    @property
    def texts(self) -> dict[str, str]:
        """What the guild's words are looked for in, by field."""
        names = ("tags", "old_tags", "title", "lyrics", "old_lyrics")
        return {name: self.given[name] for name in names if self.given.get(name)}

    @property
    def lyrics(self) -> str:
        """The words, as they were written."""
        return self.given.get("lyrics", "")

    @property
    def others(self) -> dict[str, str]:
        """Every other field, by name; also those of the form that are empty."""
        shown = {name: self.given.get(name, "") for name in (*self.fields, *self.given)}
        shown.pop("lyrics", None)
        return shown | {"seed": self.seed}

    @property
    def ways_on(self) -> list[discord.ui.Button[Any]]:
        """A button that opens the form again; none while there is no sound."""
        if self.file is None and self.track is None:  # there is nothing yet that it could be done to
            return []
        return [button(EDIT, f"rework:change:{self.key}", discord.ButtonStyle.primary)]

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of its form's fields, five at most (Discord: Modal)."""
        if self.file is not None and self.kind is Kind.RESTYLE:
            return ("old_tags", "tags", "lyrics", "title")
        if self.file is not None and self.kind is Kind.LYRICS:
            return ("tags", "old_lyrics", "lyrics", "title")
        return ("tags", *_ENDS[self.kind]) if self.kind is Kind.RESTYLE else _ENDS[self.kind]


async def draft_of(interaction: Interaction, match: re.Match[str], given: Mapping[str, str]) -> ReworkDraft:
    """The draft that a custom_id is about. Raises NoSuchTrack, NotASource, FileGone, Outdated."""
    kind, seed = Kind(match["kind"]), (match["seed"] or "").removeprefix(":")
    if match["whose"] == "track":
        return ReworkDraft(kind, await the_source(interaction, match["source"]), given=given, seed=seed)
    if kind is Kind.VOICE:  # nothing is sung over a file: a forged button
        raise Outdated
    files = interaction.client.studio.uploads
    file = await files.find(guild_of(interaction), interaction.user.id, match["source"])
    return ReworkDraft(kind, file=file, given=given, seed=seed)


async def draft_in_message(interaction: Interaction, match: re.Match[str]) -> ReworkDraft:
    """The draft that the message holds on which something was pressed, all of it."""
    given = await filled_up(interaction.message, picked_up(interaction.message))
    return await draft_of(interaction, match, given)


async def draft_submitted(interaction: Interaction, match: re.Match[str]) -> ReworkDraft:
    """The draft that a submitted form holds; what its fields were too short for is in the message's files."""
    return await draft_of(interaction, match, await filled_up(interaction.message, typed_in(interaction)))


# the form ---------------------------------------------------------------------------------------------


class ReworkForm(discord.ui.Modal):
    """A draft as a form. in_files: fields whose text the message has in a file; left empty, it stays."""

    def __init__(self, draft: ReworkDraft, in_files: Mapping[str, Any] | None = None) -> None:
        title = texts.form_title(draft.kind, draft.track.number if draft.track else None)
        super().__init__(title=shortened(title, 45), custom_id=f"rework:form:{draft.key}", timeout=None)
        for name in draft.fields:
            self.add_item(_field(name, draft, in_file=name in (in_files or {})))
        self.stop()  # answered by its custom_id, not by this object; discord.py need not remember it


def _field(name: str, draft: ReworkDraft, *, in_file: bool) -> discord.ui.Label[Any]:
    own, seconds = draft.file is not None, draft.source.length
    label, hint = texts.TAGS, ""
    most, long, required = LONGEST_TAGS, False, False
    match name:
        case "tags" if own and draft.kind is not Kind.RESTYLE:
            hint, required = texts.TAGS_OF_FILE_HINT, True
        case "tags" if draft.kind is Kind.RESTYLE:
            label, hint = texts.NEW_TAGS, texts.NEW_TAGS_HINT
            required = True
        case "tags":
            hint = texts.TAGS_HINT
        case "old_tags":
            label, hint = texts.OLD_TAGS, texts.OLD_TAGS_HINT
        case "lyrics" if draft.kind is Kind.VOICE:
            most, long, required = MOST_SUNG, True, True
            label, hint = texts.WORDS, texts.WORDS_TO_SING_HINT
        case "lyrics":
            most, long = LONGEST_INPUT, True
            if draft.kind is Kind.LYRICS:
                label, hint, required = texts.NEW_WORDS, texts.NEW_WORDS_HINT, True
            elif draft.kind is Kind.RESTYLE:
                label, hint = texts.WORDS, texts.WORDS_OF_FILE_HINT
            else:
                label, hint = texts.WORDS, texts.WORDS_HINT
        case "old_lyrics":
            most, long = LONGEST_INPUT, True
            label, hint = texts.OLD_WORDS, texts.OLD_WORDS_HINT
        case "before":
            label, most, hint = texts.BEFORE, 10, texts.before_hint(seconds)
        case "after":
            label, most, hint = texts.AFTER, 10, texts.after_hint(seconds)
        case "from" | "to":
            label, most, required = (texts.FROM if name == "from" else texts.TO), 10, True
            hint = texts.passage_hint(seconds)
        case _:
            label, most = texts.TITLE, LONGEST_TITLE
            hint = texts.TITLE_HINT if own else texts.SAME_TITLE_HINT
    value = draft.given.get(name, "")
    if in_file or len(value) > most:
        value, required = "", required and not in_file
        hint = texts.IN_FILE if in_file else texts.TOO_LONG
    return text_field(label, name, value, shortened(str(hint), 100), most, required=required, long=long)
