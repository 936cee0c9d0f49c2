"""Drafts: what a member wrote, before it is checked, and the form in which it is written.

The rule: nothing that a member wrote is lost. A refused draft goes back into a private message that holds all
of it, and its Edit button opens the form from that message; so neither needs the bot's memory, and both work
after a restart.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import discord

from cogs.reasons import explain, told
from cogs.replies import Interaction, answer, guild_of
from cogs.routes import button, route, view
from cogs.wording import LONGEST_CONTENT, shortened, titled
from services.prompts import Prompt, PromptError, parse_duration, parse_prompt
from services.tracks import Track

LONGEST_INPUT = 4000  # characters of a form's field (Discord: Text Input)
LONGEST_TAGS = 1000  # characters that we let a member type; an embed's field, which gives them back, has 1024
LONGEST_TITLE = 200  # likewise; how long a title may be is for prompts to say
LYRICS_FILE = "lyrics.txt"

FORM = r"form:(?P<kind>write|edit|file|remix):(?P<parent>[0-9a-z]{20})?"


@dataclass(frozen=True, slots=True)
class Draft:
    """Every field as its member wrote it. parent_id: the track that is remixed, whose seed stays."""

    tags: str = ""
    lyrics: str = ""
    duration: str = "60"
    seed: str = ""
    title: str = ""
    parent_id: str | None = None

    @classmethod
    def of(cls, track: Track) -> Draft:
        """A remix of the track in which nothing was changed yet."""
        return cls(track.tags, track.lyrics, str(track.duration), str(track.seed), track.title, track.id)

    def prompt(self) -> Prompt:
        """The draft, checked. Raises PromptError with all of its faults."""
        seed = self.seed.strip()
        return parse_prompt(
            tags=self.tags, lyrics=self.lyrics, duration=self.duration, seed=seed or None, title=self.title
        )

    def seconds(self) -> int | None:
        """The duration; None where it is none."""
        try:
            return parse_duration(self.duration)
        except PromptError:
            return None


# the form ---------------------------------------------------------------------------------------------


class Form(discord.ui.Modal):
    """A draft as a form. Its custom_id says all that its fields do not, so no form is kept in memory.

    kind: `write` (lyrics are wanted), `edit` (a refused draft), `file` (one whose lyrics are too long for a
    field: left empty, those of the message's file stay), `remix` (left empty, too long lyrics of the parent
    stay).
    """

    def __init__(self, kind: str, draft: Draft, *, title: str) -> None:
        super().__init__(title=title, custom_id=f"form:{kind}:{draft.parent_id or ''}", timeout=None)
        too_long = kind == "file" or len(draft.lyrics) > LONGEST_INPUT
        if too_long:
            hint = (
                f"Too long for this field. Left empty, all {len(draft.lyrics)} characters stay as they are."
            )
            if kind == "file":
                hint = "Too long for this field. Left empty, the attached lyrics stay as they are."
        elif kind == "write":
            hint = "Headings like [Verse] or Chorus: shape the song."
        else:
            hint = "Empty: the model writes the words. [inst]: nobody sings."
        lyrics = discord.ui.TextInput(
            custom_id="lyrics",
            style=discord.TextStyle.paragraph,
            default="" if too_long else draft.lyrics,
            required=kind == "write",
            max_length=LONGEST_INPUT,
            placeholder="[Verse]\nWrite as you would sing it" if kind == "write" else None,
        )
        self.add_item(discord.ui.Label(text="Lyrics", description=hint, component=lyrics))
        self._ask("Tags", "tags", draft.tags, "Genre, instruments, mood, separated by commas", LONGEST_TAGS)
        self._ask("Title", "title", draft.title, "Left empty, I choose one", LONGEST_TITLE, required=False)
        self._ask("Duration", "duration", draft.duration, "5 to 240 seconds", 10)
        if draft.parent_id is None:
            self._ask("Seed", "seed", draft.seed, "Left empty, I pick one", 20, required=False)
        self.stop()  # answered by its custom_id, not by this object; discord.py need not remember it

    def _ask(self, label: str, name: str, value: str, hint: str, most: int, *, required: bool = True) -> None:
        field = discord.ui.TextInput(
            custom_id=name, default=shortened(value, most), required=required, max_length=most
        )
        self.add_item(discord.ui.Label(text=label, description=hint, component=field))


def remix_form(track: Track) -> Form:
    """The form in which a track is changed; its seed stays."""
    return Form("remix", Draft.of(track), title=shortened(f"Remix #{track.number}: {titled(track)}", 45))


async def draft_submitted(interaction: Interaction, form: re.Match[str]) -> Draft:
    """The draft that a submitted form holds, completed by what its fields were too short for."""
    data: Any = interaction.data
    draft = replace(Draft(parent_id=form["parent"]), **_fields(data["components"]))
    if not draft.lyrics.strip():
        if form["kind"] == "file" and interaction.message is not None:
            files = [file for file in interaction.message.attachments if file.filename == LYRICS_FILE]
            draft = replace(draft, lyrics=(await files[0].read()).decode() if files else "")
        elif form["kind"] == "remix" and draft.parent_id is not None:
            parent = await interaction.client.studio.find(guild_of(interaction), draft.parent_id)
            if parent is not None and len(parent.lyrics) > LONGEST_INPUT:
                draft = replace(draft, lyrics=parent.lyrics)
    return draft


def _fields(components: Sequence[dict[str, Any]]) -> dict[str, str]:
    """What was typed, by field; only the fields that a draft has."""
    typed: dict[str, str] = {}
    for component in components:
        inner = [component["component"]] if "component" in component else component.get("components", [])
        for field in inner:
            if field.get("custom_id") in ("tags", "lyrics", "duration", "seed", "title"):
                typed[field["custom_id"]] = field.get("value") or ""
    return typed


# giving a draft back ----------------------------------------------------------------------------------


async def give_back(interaction: Interaction, draft: Draft, refusal: Exception | str) -> None:
    """Says everything that stands in the draft's way, and gives all of it back, with a button to go on."""
    match refusal:
        case PromptError(faults=faults):
            text = f"Nothing was started and nothing was charged:\n{told(faults)}"
        case str():
            text = refusal
        case other:
            text = explain(other, interaction.client.studio) or str(other)
            text += " Nothing was started and nothing was charged."
    embed = discord.Embed(title="What you wrote")
    files: list[discord.File] = []
    too_long = len(draft.lyrics) > LONGEST_INPUT
    if too_long:
        embed.description = f"The lyrics ({len(draft.lyrics):,} characters) are in the attached file."
        files.append(discord.File(io.BytesIO(draft.lyrics.encode()), LYRICS_FILE))
    elif draft.lyrics:
        embed.description = _boxed(draft.lyrics)
    for name in ("tags", "title", "duration", "seed"):
        if value := getattr(draft, name):
            embed.add_field(
                name=name.capitalize(), value=_boxed(shortened(value, LONGEST_TAGS)), inline=name != "tags"
            )
    again = button(
        "Edit", f"draft:{'file' if too_long else 'edit'}:{draft.parent_id or ''}", discord.ButtonStyle.primary
    )
    await answer(interaction, shortened(text, LONGEST_CONTENT), embed=embed, view=view(again), files=files)


@route(r"draft:(?P<kind>edit|file):(?P<parent>[0-9a-z]{20})?")
async def edit(interaction: Interaction, match: re.Match[str]) -> None:
    """Opens the form, filled in from the message that gave the draft back."""
    draft = _draft_in(interaction.message, match["parent"])
    await interaction.response.send_modal(Form(match["kind"], draft, title="Edit what you wrote"))


def _draft_in(message: discord.Message | None, parent_id: str | None) -> Draft:
    """The draft that a message gives back."""
    if message is None or not message.embeds:
        return Draft(parent_id=parent_id)
    embed = message.embeds[0]
    fields = {(field.name or "").lower(): _unboxed(field.value or "") for field in embed.fields}
    lyrics = "" if message.attachments else _unboxed(embed.description or "")
    return Draft(
        tags=fields.get("tags", ""),
        lyrics=lyrics,
        duration=fields.get("duration", ""),
        seed=fields.get("seed", ""),
        title=fields.get("title", ""),
        parent_id=parent_id,
    )


_FENCE = "```"


def _boxed(text: str) -> str:
    """The text as a code block, which Discord shows and copies as it is."""
    return text if _FENCE in text else f"{_FENCE}\n{text}\n{_FENCE}"


def _unboxed(text: str) -> str:
    if text.startswith(f"{_FENCE}\n") and text.endswith(f"\n{_FENCE}"):
        return text[len(_FENCE) + 1 : -len(_FENCE) - 1]
    return text
