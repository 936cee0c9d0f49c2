"""What moderators do with a track: Withhold and Publish, from its message, from `/track` or from a review.

The rule: each press and each form asks anew whether a moderator sends it; a form stays open for as long as
anybody likes, and a role can be taken away meanwhile.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs.backstage import publish_button
from cogs.buttons import quickly, the_track
from cogs.replies import Interaction, answer, guild_of, hold, only_moderators
from cogs.routes import route, view
from cogs.track_message import ANY_BUTTON, track_of
from cogs.wording import named, shortened, titled
from services.people import LONGEST_REASON
from services.review import AlreadyDecided, may_withhold
from services.tracks import Track

if TYPE_CHECKING:
    from cogs.client import Jamboree


class Moderate(commands.Cog):
    """Withhold in a message's menu."""

    def __init__(self, bot: Jamboree) -> None:
        self.bot = bot
        self.menu = app_commands.ContextMenu(name="Withhold track", callback=self.withhold_message)
        self.menu.default_permissions = discord.Permissions(manage_guild=True)

    async def cog_load(self) -> None:
        self.bot.tree.add_command(self.menu)

    async def withhold_message(self, interaction: Interaction, message: discord.Message) -> None:
        only_moderators(interaction)
        if (track_id := await track_in_menu(interaction, message)) is not None:
            await open_withhold_form(interaction, track_id)


async def track_in_menu(interaction: Interaction, message: discord.Message) -> str | None:
    """The track whose message it is; says that it is none, and returns None, for every other message."""
    track_id = track_of(message, interaction.application_id, ANY_BUTTON)
    if track_id is None:
        await answer(
            interaction, "That message is not one of my tracks. Choose the message that a track plays in."
        )
    return track_id


async def open_withhold_form(interaction: Interaction, track_id: str) -> None:
    """Asks for the reason, where there is something to withhold."""
    track = await quickly(interaction, the_track(interaction, track_id))
    if track is None:
        return
    if not may_withhold(track):
        raise AlreadyDecided(track)
    await interaction.response.send_modal(
        reason_form(
            f"review:because:{track.id}",
            f"Withhold #{track.number}: {titled(track)}",
            "Its maker is shown this. The message goes, the record stays.",
        )
    )


@route(r"review:withhold:(?P<track>[0-9a-z]{20})")
async def withhold_pressed(interaction: Interaction, match: re.Match[str]) -> None:
    only_moderators(interaction)
    await open_withhold_form(interaction, match["track"])


@route(r"review:because:(?P<track>[0-9a-z]{20})")
async def withhold_submitted(interaction: Interaction, match: re.Match[str]) -> None:
    await hold(interaction)
    only_moderators(interaction)
    bot = interaction.client
    reason = typed(interaction, "reason") or "none given"
    track = await bot.studio.review.withhold(
        guild_of(interaction), match["track"], interaction.user.id, reason
    )
    await answer(
        interaction,
        f"{named(track)} is withheld: its message goes, its MP3 is given to moderators only, and "
        f"<@{track.member_id}> is told with your reason. `/track {track.number}` can publish it again.",
        view=view(publish_button(track)),
    )


@route(r"review:publish:(?P<track>[0-9a-z]{20})")
async def publish_pressed(interaction: Interaction, match: re.Match[str]) -> None:
    await hold(interaction)
    only_moderators(interaction)
    review = interaction.client.studio.review
    track: Track = await review.publish(guild_of(interaction), match["track"], interaction.user.id)
    await answer(
        interaction,
        f"{named(track)} is on its way to <#{track.channel_id}>, where <@{track.member_id}> is told.",
    )


def reason_form(custom_id: str, title: str, hint: str) -> discord.ui.Modal:
    """A form that asks for a reason; answered by its custom_id, so it is not kept in memory."""
    form = discord.ui.Modal(title=shortened(title, 45), custom_id=custom_id, timeout=None)
    field = discord.ui.TextInput[Any](
        custom_id="reason", style=discord.TextStyle.paragraph, max_length=LONGEST_REASON
    )
    form.add_item(discord.ui.Label(text="Reason", description=hint, component=field))
    form.stop()
    return form


def typed(interaction: Interaction, name: str) -> str:
    """What a submitted form's field holds."""
    data: Any = interaction.data
    for part in data["components"]:
        field = part.get("component") or {}
        if field.get("custom_id") == name:
            return str(field.get("value") or "").strip()
    return ""
