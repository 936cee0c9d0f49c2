"""What moderators do with a track: Withhold and Publish, from its message, `/library track` or a review.

The rule: each press and each form asks anew whether a moderator sends it; a form stays open for as long as
anybody likes, and a role can be taken away meanwhile. Who can press on a review's message sees it, so the
track is in review, even where the bot was stopped or slowed down before it wrote that down.
"""

from __future__ import annotations

import asyncio
import re
from functools import partial
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs.core.client import Jamboree
from cogs.core.component_router import button, route, view
from cogs.core.fields import typed_in
from cogs.core.pages import fetched
from cogs.core.responses import Interaction, answer, hold, in_time
from cogs.core.rights import Who, right
from cogs.core.sights import sight_of
from cogs.posts.buttons import the_track
from cogs.posts.message import track_in_menu, track_of
from cogs.posts.moderators_delivery import REVIEW, publish_button
from cogs.texts.formatting import LONGEST_DESCRIPTION, shortened
from cogs.texts.general import REFRESH
from cogs.texts.moderating import reviews as texts
from services.guilds.bans import LONGEST_REASON, NO_REASON
from services.pipeline.review import AlreadyDecided, may_withhold
from services.pipeline.sources import at_provider
from services.tracks.track import Track

LOOKING = 1.0  # seconds, for an answer that Discord waits for
ON_A_PAGE = 10  # tracks; ten of the longest fit an embed


class ReviewCommands(commands.Cog):
    """Withhold in a message's menu, and the list of what waits for moderators."""

    def __init__(self, bot: Jamboree) -> None:
        self.bot = bot
        self.menu = app_commands.ContextMenu(name="Withhold track", callback=self.withhold_message)
        self.menu.default_permissions = discord.Permissions(manage_guild=True)

    async def cog_load(self) -> None:
        """Adds the entry in messages' menus."""
        self.bot.tree.add_command(self.menu)

    @right(Who.MODERATOR, "Take a track down and keep its record")
    async def withhold_message(self, interaction: Interaction, message: discord.Message) -> None:
        """Opens the form of a withholding, from the track's message."""
        if (track_id := await track_in_menu(interaction, message)) is not None:
            await open_withhold_form(interaction, track_id, message)

    @app_commands.command(description="Tracks that wait for a moderator to publish or withhold them.")
    @right(Who.MODERATOR, "Read which tracks wait for a moderator")
    async def reviews(self, interaction: Interaction) -> None:
        """Lists the tracks that wait for a moderator."""
        await hold(interaction)
        await answer(interaction, **await _page(interaction, 0))


async def open_withhold_form(
    interaction: Interaction, track_id: str, message: discord.Message | None
) -> None:
    """Asks for the reason, where there is something to withhold."""
    track = await in_time(interaction, _as_shown(interaction, track_id, message))
    if track is None:
        return
    if not may_withhold(track):
        raise AlreadyDecided(track)
    await interaction.response.send_modal(
        reason_form(
            f"review:because:{track.id}",
            texts.withhold_title(track),
            str(texts.LOSES_IT if await _loses_it(interaction.client, track) else texts.KEEPS_IT),
        )
    )


async def _loses_it(bot: Jamboree, track: Track) -> bool:
    """Whether the track's MP3 is in its message alone, and goes with it, because the bot may not read it.

    That it goes matters more than that it is kept; who decides is told before.
    """
    if track.message_channel_id is None or at_provider(track):
        return False
    guild = bot.get_guild(track.guild_id)
    channel = guild.get_channel_or_thread(track.message_channel_id) if guild else None
    if guild is None or channel is None:
        return False
    may = channel.permissions_for(guild.me)
    if not may.view_channel or may.read_message_history:
        return False
    try:
        async with asyncio.timeout(LOOKING):
            return not await bot.studio.audio.has(track)
    except OSError:  # most likely it is kept
        return False


@route(
    r"review:withhold:(?P<track>[0-9a-z]{20})",
    Who.MODERATOR,
    "Open the form that withholds a track",
    sample="review:withhold:{track}",
)
async def withhold_pressed(interaction: Interaction, match: re.Match[str]) -> None:
    """Opens the form in which the moderator says why."""
    await open_withhold_form(interaction, match["track"], interaction.message)


@route(
    r"review:because:(?P<track>[0-9a-z]{20})",
    Who.MODERATOR,
    "Withhold a track, for the reason in that form",
    form=True,
    by_command=True,
    first=hold,
)
async def withhold_submitted(interaction: Interaction, match: re.Match[str]) -> None:
    """Takes the track down and keeps its record."""
    bot = interaction.client
    reason = typed_in(interaction).get("reason", "").strip() or NO_REASON
    await _write_down(interaction, match["track"], interaction.message)
    track = await bot.studio.review.withhold(
        await sight_of(interaction), match["track"], interaction.user.id, reason
    )
    if await _loses_it(bot, track):
        await answer(interaction, texts.withheld_for_good(track))
        return
    await answer(interaction, texts.withheld(track), view=view(publish_button(track)))


@route(
    r"review:publish:(?P<track>[0-9a-z]{20})",
    Who.MODERATOR,
    "Publish a track that waits or was withheld",
    sample="review:publish:{track}",
    first=hold,
)
async def publish_pressed(interaction: Interaction, match: re.Match[str]) -> None:
    """Has the track posted in its channel."""
    review = interaction.client.studio.review
    await _write_down(interaction, match["track"], interaction.message)
    sight = await sight_of(interaction)
    track: Track = await review.publish(sight, match["track"], interaction.user.id)
    await answer(interaction, texts.published(track))


@route(
    r"review:page:(?P<page>\d{1,4})",
    Who.MODERATOR,
    "Turn the pages of what waits for a moderator",
    sample="review:page:0",
    private=True,
)
async def turn_page(interaction: Interaction, match: re.Match[str]) -> None:
    """Shows another page of the list."""
    await interaction.response.defer()
    await interaction.edit_original_response(**await _page(interaction, int(match["page"])))


async def _write_down(interaction: Interaction, track_id: str, message: discord.Message | None) -> None:
    """What the message that was chosen proves, where it is the track's review."""
    if message is None or message.flags.ephemeral:
        return
    if track_of(message, interaction.application_id, REVIEW) == track_id:
        review = interaction.client.studio.review
        await review.shown(await sight_of(interaction), track_id, message.channel.id, message.id)


async def _as_shown(interaction: Interaction, track_id: str, message: discord.Message | None) -> Track:
    await _write_down(interaction, track_id, message)
    return await the_track(interaction, track_id)


async def _page(interaction: Interaction, number: int) -> dict[str, Any]:
    """Some of the tracks that wait, each with the way to its buttons."""
    review, sight = interaction.client.studio.review, await sight_of(interaction)
    page, found, count = await fetched(partial(review.waiting, sight), number, ON_A_PAGE)
    if not count:
        return {"content": texts.NOTHING_WAITS, "embed": None, "view": None}
    embed = discord.Embed(title=texts.WAITING_TITLE)
    embed.description = shortened("\n".join(map(texts.waits, found)), LONGEST_DESCRIPTION)
    embed.set_footer(text=texts.waiting_footer(page.said, count))
    refresh = button(REFRESH, f"review:page:{page.number}")
    buttons = page.buttons("review:page:{}".format)
    return {"content": None, "embed": embed, "view": view(refresh, *buttons)}


def reason_form(custom_id: str, title: str, hint: str) -> discord.ui.Modal:
    """A form that asks for a reason; answered by its custom_id, so it is not kept in memory."""
    form = discord.ui.Modal(title=shortened(title, 45), custom_id=custom_id, timeout=None)
    field = discord.ui.TextInput[Any](
        custom_id="reason", style=discord.TextStyle.paragraph, max_length=LONGEST_REASON
    )
    form.add_item(discord.ui.Label(text=str(texts.REASON), description=hint, component=field))
    form.stop()
    return form
