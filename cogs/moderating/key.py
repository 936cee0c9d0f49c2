"""/moderation key: a guild pays with a WaveSpeed key of its own.

The rule: the key goes in by a form, and never comes out.
"""

from __future__ import annotations

import re
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs.core.component_router import button, route, view
from cogs.core.fields import filled_in
from cogs.core.responses import Interaction, answer, defer, guild_of, hold, in_time
from cogs.core.rights import Who, right
from cogs.texts import key as texts
from cogs.texts.general import KEEP_IT
from services.money.accounts import LONGEST_KEY, GuildKey, NoKey, NotOffered
from services.settings import LEVELS


class KeyCommands(
    commands.GroupCog, name="key", description="Let this server pay with its own WaveSpeed key."
):
    """Takes and removes the WaveSpeed key with which a server pays for itself; for moderators."""

    @app_commands.command(description="Give me a WaveSpeed key, in a form that only you see.")
    @right(Who.MODERATOR, "Have the form for the server's own WaveSpeed key")
    async def set(self, interaction: Interaction) -> None:
        """Opens the form for the server's own WaveSpeed key."""
        if not interaction.client.studio.accounts.offered:
            raise NotOffered
        form = await in_time(interaction, _form_for(interaction))
        if form is not None:
            await interaction.response.send_modal(form)

    @app_commands.command(description="Whether this server pays with its own key, and what it has left.")
    @right(Who.MODERATOR, "See whether there is a key, its account's level and balance; never the key")
    async def show(self, interaction: Interaction) -> None:
        """Says whether there is one, and its account's level and balance; never the key."""
        await hold(interaction)
        key = await _key_of(interaction)
        balance = await interaction.client.studio.accounts.balance(key)
        await answer(interaction, texts.shown(key, balance))

    @app_commands.command(description="Remove this server's key; whoever hosts me pays again.")
    @right(Who.MODERATOR, "Be asked whether to remove the server's key")
    async def remove(self, interaction: Interaction) -> None:
        """Asks whether to remove it."""
        await hold(interaction)
        await _key_of(interaction)
        waiting = await interaction.client.studio.accounts.waiting(guild_of(interaction))
        await answer(
            interaction,
            texts.question(waiting),
            view=view(
                button(texts.REMOVE, "key:remove", discord.ButtonStyle.danger),
                button(KEEP_IT, "key:keep"),
            ),
        )


@route(
    "key:form",
    Who.MODERATOR,
    "Let the server pay with its own key, from that form",
    form=True,
    by_command=True,
    first=hold,
)
async def submitted(interaction: Interaction, _match: re.Match[str]) -> None:
    """Checks the key with WaveSpeed and takes it."""
    given = filled_in(interaction)
    chosen: list[str] = given.get("level") or []
    level = next((one for one in chosen if one in LEVELS), "bronze")
    studio = interaction.client.studio
    await studio.bring_key(guild_of(interaction), interaction.user.id, str(given.get("key") or ""), level)
    await answer(interaction, texts.accepted(level))


@route("key:remove", Who.MODERATOR, "Remove the server's key", sample="key:remove", private=True, first=defer)
async def removed(interaction: Interaction, _match: re.Match[str]) -> None:
    """Removes the key; the host pays again."""
    ended = await interaction.client.studio.remove_key(guild_of(interaction), interaction.user.id)
    await interaction.edit_original_response(content=texts.removed(ended), view=None)


@route("key:keep", Who.MEMBER, "Not remove the server's key after all", sample="key:keep", private=True)
async def kept(interaction: Interaction, _match: re.Match[str]) -> None:
    """Leaves the key where it is."""
    await interaction.response.edit_message(content=texts.KEPT, view=None)


async def _key_of(interaction: Interaction) -> GuildKey:
    key = await interaction.client.studio.accounts.of_guild(guild_of(interaction))
    if key is None:
        raise NoKey
    return key


async def _form_for(interaction: Interaction) -> discord.ui.Modal:
    """Raises GuildBlocked where the server may make no tracks: a key would not change that."""
    await interaction.client.studio.requests.check_admitted(guild_of(interaction))
    return _form()


def _form() -> discord.ui.Modal:
    modal = discord.ui.Modal(title=str(texts.FORM_TITLE), custom_id="key:form", timeout=None)
    key: discord.ui.TextInput[Any] = discord.ui.TextInput(custom_id="key", max_length=LONGEST_KEY)
    modal.add_item(discord.ui.Label(text=str(texts.KEY), description=str(texts.KEY_HINT), component=key))
    level: discord.ui.Select[Any] = discord.ui.Select(custom_id="level")
    for name in LEVELS:
        level.add_option(
            label=name.capitalize(), value=name, description=texts.level(name), default=name == "bronze"
        )
    modal.add_item(
        discord.ui.Label(text=str(texts.LEVEL), description=str(texts.LEVEL_HINT), component=level)
    )
    modal.stop()  # answered by its custom_id, not by this object
    return modal
