"""What members write of albums: looked at as all that is written is, and given back where it is not taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

import discord

from cogs.core.fields import given_back, text_field, typed_in
from cogs.core.guild_checks import asker_of, automod_for
from cogs.core.responses import Interaction, answer
from cogs.texts.albums import album as texts
from cogs.texts.prompts.faults import render_faults
from cogs.texts.translation import Text
from services.albums.album import LONGEST_DESCRIPTION, LONGEST_TITLE, Album
from services.guilds.checks import faults_in
from services.prompts.faults import PromptFault
from services.prompts.prompt import parse_title
from services.text.faults import Fault, PromptError


@dataclass(frozen=True, slots=True)
class Words:
    """Title and description, as they may stand on an album."""

    title: str
    description: str


async def taken(interaction: Interaction, title: str, description: str) -> Words | None:
    """The words, where nothing is against them; says what is, gives them back and returns None otherwise."""
    faults, read = list[Fault](), dict[str, str]()
    written = {"title": (title, LONGEST_TITLE), "description": (description, LONGEST_DESCRIPTION)}
    for name, (text, most) in written.items():
        try:
            read[name] = parse_title(text, most)
        except PromptError as error:
            faults += [replace(fault, field=name) for fault in error.faults]
    if read.get("title") == "":
        faults.append(Fault("title", PromptFault.NO_TITLE))
    faults = faults or await forbidden(interaction, read)
    if faults:
        await _give_back(interaction, faults, title, description)
        return None
    return Words(**read)


async def still_allowed(interaction: Interaction, album: Album) -> bool:
    """Whether nothing was forbidden since of the words that the album has; says so otherwise."""
    words = {"title": album.title, "description": album.description}
    faults = await forbidden(interaction, words)
    if faults:
        await _give_back(interaction, faults, *words.values())
    return not faults


async def _give_back(interaction: Interaction, faults: list[Fault], *words: str) -> None:
    say = partial(texts.not_taken, render_faults(faults))
    await answer(interaction, **given_back(say, "\n".join(filter(None, words))))


async def forbidden(interaction: Interaction, words: Mapping[str, str]) -> list[Fault]:
    """What the guild's rules have against the words (by field)."""
    asker = await asker_of(interaction)
    return await faults_in(asker, await automod_for(interaction.client, asker), words)


def form(heading: Text, custom_id: str, title: str = "", description: str = "") -> discord.ui.Modal:
    """Asks for both."""
    made = discord.ui.Modal(title=str(heading), custom_id=custom_id, timeout=None)
    made.add_item(text_field(texts.TITLE, "title", title, texts.TITLE_HINT, LONGEST_TITLE))
    about = text_field(
        texts.ABOUT,
        "description",
        description,
        texts.ABOUT_HINT,
        LONGEST_DESCRIPTION,
        required=False,
        long=True,
    )
    made.add_item(about)
    made.stop()
    return made


async def sent(interaction: Interaction) -> Words | None:
    """The same of what was sent in that form."""
    typed = typed_in(interaction)
    return await taken(interaction, typed.get("title", ""), typed.get("description", ""))
