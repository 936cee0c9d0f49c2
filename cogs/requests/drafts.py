"""Drafts: what a member wrote, before it is checked, and the form in which it is written.

The rule: nothing that a member wrote is lost. A refused draft goes back into a private message that holds all
of it, and its Edit button opens the form from that message; so neither needs the bot's memory, and both work
after a restart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol

import discord

from cogs.core.component_router import button, route, view
from cogs.core.fields import (
    LONGEST_INPUT,
    LONGEST_TITLE,
    filled_up,
    is_too_long,
    one_of,
    picked_up,
    put_down,
    text_field,
    typed_in,
)
from cogs.core.guild_checks import check_may_ask
from cogs.core.hints import without_hint
from cogs.core.responses import Interaction, answer, in_time
from cogs.core.rights import Who
from cogs.core.sights import sight_of
from cogs.texts import drafts as texts
from cogs.texts.formatting import LONGEST_CONTENT, shortened, titled
from cogs.texts.refusals import render_refusal
from cogs.texts.requests import NOTHING_STARTED
from services.prompts.models import COMPOSERS, model_of
from services.prompts.prompt import INSTRUMENTAL, Prompt, PromptError, parse_duration, parse_prompt
from services.prompts.titles import title_of_remix
from services.text.refusal import RequestRefusal
from services.tracks.request_refusals import ComesOutTheSame, DatabaseAway
from services.tracks.track import Track

CONTEST = "(?P<contest>@[0-9a-z]{20})?"
FORM = (
    r"form:(?P<kind>write|edit|file|remix|idea):(?P<parent>[0-9a-z]{20})?(?P<model>:[a-z][a-z0-9.-]{0,30})?"
    + CONTEST
)


class Written(Protocol):
    """What a member wrote, of whatever: it can be put into a message, and gone on with from there."""

    @property
    def lyrics(self) -> str:
        """The words, as they were written."""
        ...

    @property
    def others(self) -> dict[str, str]:
        """Every other field, by name."""
        ...

    @property
    def ways_on(self) -> list[discord.ui.Button[Any]]:
        """The buttons that open its form again."""
        ...


@dataclass(frozen=True, slots=True)
class Draft:
    """Every field as its member wrote it. parent_id: the track that is remixed, whose seed stays.

    model: as people call it; "" where they did not say. contest_id: the contest that it is made for.
    """

    tags: str = ""
    lyrics: str = ""
    duration: str = "60"
    seed: str = ""
    title: str = ""
    parent_id: str | None = None
    idea: str = ""
    model: str = ""
    contest_id: str | None = None

    @classmethod
    def of(cls, track: Track) -> Draft:
        """A remix of the track in which nothing was changed yet, with a title of its own."""
        model = model_of(track.model)
        return cls(
            tags=track.tags,
            lyrics=track.lyrics,
            duration=str(track.duration),
            seed=str(track.seed),
            title=title_of_remix(track.title),
            parent_id=track.id,
            idea=track.idea,
            model=model.name if model in COMPOSERS[1:] else "",
        )

    def changed(self, given: Mapping[str, str]) -> Draft:
        """With what was given; tags or words take an idea's place, and an idea takes theirs."""
        draft = self
        if given.get("idea"):
            kept = INSTRUMENTAL if self.lyrics == INSTRUMENTAL else ""
            draft = replace(self, tags="", model="", lyrics=kept)
        elif given.get("tags") or given.get("lyrics", INSTRUMENTAL) != INSTRUMENTAL:
            draft = replace(self, idea="")
        return replace(draft, **given)

    def prompt(self) -> Prompt:
        """The draft, checked. Raises PromptError with all of its faults."""
        return parse_prompt(
            tags=self.tags,
            lyrics=self.lyrics,
            duration=self.duration,
            seed=self.seed.strip() or None,
            title=self.title,
            idea=self.idea,
            model=self.model,
        )

    def seconds(self) -> int | None:
        """The duration; None where it is none."""
        try:
            return parse_duration(self.duration)
        except PromptError:
            return None

    @property
    def texts(self) -> dict[str, str]:
        """What the guild's words are looked for in, by field."""
        return {"tags": self.tags, "title": self.title, "lyrics": self.lyrics, "idea": self.idea}

    @property
    def others(self) -> dict[str, str]:
        """Every other field, by name."""
        return {name: getattr(self, name) for name in ("tags", "idea", "title", "duration", "seed", "model")}

    @property
    def for_contest(self) -> str:
        """The end of a custom_id that says for which contest it is; "" where it is for none that can be."""
        named = f"@{self.contest_id or ''}"
        return named if re.fullmatch(CONTEST, named) else ""

    @property
    def ways_on(self) -> list[discord.ui.Button[Any]]:
        """Buttons that open the form again, with what the draft has."""
        kind = "file" if is_too_long(self.lyrics, self.others) else "edit"
        blue = discord.ButtonStyle.primary
        parent = (self.parent_id or "") + self.for_contest
        if not self.idea:
            return [button(texts.EDIT, f"draft:{kind}:{parent}", blue)]
        with_idea = f"draft:idea:{parent}"
        if not (self.tags or self.model or self.lyrics not in ("", INSTRUMENTAL)):
            return [button(texts.EDIT, with_idea, blue)]
        with_tags = button(texts.KEEP_TAGS_AND_LYRICS, f"draft:{kind}:{parent}")
        return [button(texts.KEEP_IDEA, with_idea, blue), with_tags]


# the form ---------------------------------------------------------------------------------------------


class Form(discord.ui.Modal):
    """A draft as a form. Its custom_id says all that its fields do not, so no form is kept in memory.

    kind: `write` (lyrics are wanted), `edit` (a refused draft), `file` (one whose lyrics are too long for a
    field: left empty, those of the message's file stay), `remix` (left empty, too long lyrics of the parent
    stay), `idea` (a sentence in place of tags and lyrics).
    """

    def __init__(self, kind: str, draft: Draft, *, title: str) -> None:
        model = f":{draft.model}" if draft.model else ""
        custom_id = f"form:{kind}:{draft.parent_id or ''}{model}{draft.for_contest}"
        super().__init__(title=title, custom_id=shortened(custom_id, 100), timeout=None)
        if kind == "idea":
            self.add_item(text_field(texts.IDEA, "idea", draft.idea, texts.IDEA_HINT, long=True))
            sung = INSTRUMENTAL if draft.lyrics == INSTRUMENTAL else "sung"
            self.add_item(one_of(texts.VOCALS_LABEL, "vocals", sung, texts.VOCALS))
        else:
            self.add_item(text_field(texts.TAGS, "tags", draft.tags, texts.TAGS_HINT))
            self.add_item(_lyrics_field(kind, draft))
        self.add_item(
            text_field(texts.TITLE, "title", draft.title, texts.TITLE_HINT, LONGEST_TITLE, required=False)
        )
        self.add_item(text_field(texts.DURATION, "duration", draft.duration, texts.DURATION_HINT, 10))
        if draft.parent_id is None:
            self.add_item(text_field(texts.SEED, "seed", draft.seed, texts.SEED_HINT, 20, required=False))
        self.stop()  # answered by its custom_id, not by this object; discord.py need not remember it


def _lyrics_field(kind: str, draft: Draft) -> discord.ui.Label[Any]:
    too_long = kind == "file" or len(draft.lyrics) > LONGEST_INPUT
    if kind == "file":
        hint = texts.LYRICS_IN_FILE
    elif too_long:
        hint = texts.lyrics_too_long(len(draft.lyrics))
    elif kind == "write":
        hint = texts.LYRICS_TO_WRITE
    elif any(model.name == draft.model and not model.writes_words for model in COMPOSERS):
        hint = texts.LYRICS_AS_WRITTEN
    else:
        hint = texts.LYRICS_OR_NOT
    field = text_field(
        texts.LYRICS,
        "lyrics",
        "" if too_long else draft.lyrics,
        hint,
        LONGEST_INPUT,
        required=kind == "write",
        long=True,
    )
    if kind == "write":
        assert isinstance(field.component, discord.ui.TextInput)
        field.component.placeholder = str(texts.LYRICS_PLACEHOLDER)
    return field


def remix_form(track: Track) -> Form:
    """The form in which a track is changed; its seed stays."""
    title = shortened(texts.remix_title(track.number, titled(track)), 45)
    return Form("idea" if track.idea else "remix", Draft.of(track), title=title)


async def draft_submitted(interaction: Interaction, form: re.Match[str]) -> Draft:
    """The draft that a submitted form holds, completed by what its fields were too short for."""
    typed = typed_in(interaction)
    if typed.pop("vocals", "") == INSTRUMENTAL:
        typed["lyrics"] = INSTRUMENTAL
    begun = Draft(
        parent_id=form["parent"],
        model=(form["model"] or "").removeprefix(":"),
        contest_id=_contest_in(form),
    )
    draft = replace(begun, **_of_a_draft(typed))
    if not draft.lyrics.strip():
        if form["kind"] == "file":
            draft = replace(draft, lyrics=(await filled_up(interaction.message, {})).get("lyrics", ""))
        elif form["kind"] == "remix" and draft.parent_id is not None:
            parent = await interaction.client.studio.find(await sight_of(interaction), draft.parent_id)
            if parent is not None and len(parent.lyrics) > LONGEST_INPUT:
                draft = replace(draft, lyrics=parent.lyrics)
    return draft


def _of_a_draft(given: dict[str, str]) -> dict[str, str]:
    """Only the fields that a draft has."""
    known = {field.name for field in fields(Draft)} - {"parent_id", "contest_id"}
    return {name: value for name, value in given.items() if name in known}


async def open_to_write(interaction: Interaction, form: Form) -> None:
    """Opens the form, where its member may ask for a track at all: nobody writes in vain.

    Raises what `Requests.check_may_ask` does.
    """

    async def allowed() -> Form:
        await check_may_ask(interaction)
        return form

    if (opened := await in_time(interaction, allowed())) is not None:
        await interaction.response.send_modal(opened)


def _contest_in(match: re.Match[str]) -> str | None:
    return (match["contest"] or "").removeprefix("@") or None


# giving a draft back ----------------------------------------------------------------------------------


async def give_back(interaction: Interaction, draft: Written, refusal: RequestRefusal) -> None:
    """Says everything that stands in the draft's way, and gives all of it back, with a button to go on."""
    match refusal:
        case PromptError() | ComesOutTheSame() | DatabaseAway():  # say it; the last may have been taken
            text = render_refusal(refusal)
        case _:
            text = f"{render_refusal(refusal)} {NOTHING_STARTED}"
    without_hint(interaction)
    written, files = put_down(str(texts.WHAT_YOU_WROTE), draft.lyrics, draft.others)
    embeds = [written] if written.description or written.fields else []
    await answer(
        interaction, shortened(text, LONGEST_CONTENT), embeds=embeds, view=view(*draft.ways_on), files=files
    )


@route(
    r"draft:(?P<kind>edit|file|idea):(?P<parent>[0-9a-z]{20})?" + CONTEST,
    Who.MEMBER,
    "Go on with a refused draft",
    sample="draft:edit:",
)
async def edit(interaction: Interaction, match: re.Match[str]) -> None:
    """Opens the form, filled in from the message that gave the draft back."""
    begun = Draft(duration="", parent_id=match["parent"], contest_id=_contest_in(match))
    draft = replace(begun, **_of_a_draft(picked_up(interaction.message)))
    if match["kind"] == "idea":
        draft = replace(draft, model="")
    await open_to_write(interaction, Form(match["kind"], draft, title=str(texts.EDIT_TITLE)))
