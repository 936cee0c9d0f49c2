"""/queue: what is being made and what waits, in the order in which it starts; cancel, pause, resume."""

from __future__ import annotations

import re
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs.core.component_router import button, route, view
from cogs.core.pages import fetched
from cogs.core.responses import Interaction, answer, defer, guild_of, hold, is_moderator
from cogs.core.rights import Who, right
from cogs.core.sights import sight_of
from cogs.texts import queue as texts
from cogs.texts.formatting import shortened, titled
from cogs.texts.general import REFRESH
from cogs.texts.progress import why_nothing_starts
from cogs.texts.refusals import render_refusal
from services.pipeline.queue import PAGE, QueueView, Waiting
from services.text.refusal import Refusal
from services.tracks.track import State


class Queue(commands.Cog):
    """Shows the guild's queue."""

    @app_commands.command(
        description="What is being made and what waits in this server; cancel your tracks here."
    )
    @right(Who.MEMBER, "See what is made and what waits")
    async def queue(self, interaction: Interaction) -> None:
        """Shows what is made and what waits, a page at a time."""
        await hold(interaction)
        await answer(interaction, **await _page(interaction, 0))


@route(
    r"queue:page:(?P<page>\d{1,4})", Who.MEMBER, "Turn the queue's pages", sample="queue:page:0", private=True
)
async def turn_page(interaction: Interaction, match: re.Match[str]) -> None:
    """Another page, or the same one as it stands now."""
    await interaction.response.defer()
    await _show(interaction, int(match["page"]))


@route(
    r"queue:(?P<verb>pause|resume):(?P<page>\d{1,4})",
    Who.MODERATOR,
    "Pause or resume a guild's queue",
    sample="queue:resume:0",
    private=True,
    first=defer,
)
async def pause_or_resume(interaction: Interaction, match: re.Match[str]) -> None:
    """Keeps the guild's waiting tracks from starting, or lets them start again."""
    studio, guild_id = interaction.client.studio, guild_of(interaction)
    if match["verb"] == "pause":
        await studio.queue.pause(guild_id, interaction.user.id)
        said = str(texts.PAUSED)
    else:
        await studio.queue.resume(guild_id, interaction.user.id)
        said = str(texts.RESUMED)
    await _show(interaction, int(match["page"]), said)


@route(
    r"queue:cancel:(?P<page>\d{1,4})",
    Who.MAKER,
    "Cancel one of the listed tracks",
    by_service=True,
    private=True,
)
async def cancel(interaction: Interaction, match: re.Match[str]) -> None:
    """Cancels the chosen track, and says so above the queue as it stands then."""
    await interaction.response.defer()
    values = (interaction.data or {}).get("values") or [""]
    bot = interaction.client
    try:
        sight, moderator = await sight_of(interaction), is_moderator(interaction)
        track = await bot.studio.queue.cancel(sight, str(values[0]), interaction.user.id, moderator=moderator)
    except Refusal as refusal:
        said = render_refusal(refusal)
    else:
        await bot.answers.refresh(track)
        said = texts.cancelled(track)
    await _show(interaction, int(match["page"]), said)


async def _show(interaction: Interaction, page: int, said: str | None = None) -> None:
    await interaction.edit_original_response(content=said, **await _page(interaction, page))


async def _page(interaction: Interaction, number: int) -> dict[str, Any]:
    """The queue's embed and controls, as this member may use them."""
    sight = await sight_of(interaction)

    async def fetch(offset: int, limit: int) -> tuple[QueueView, int]:
        queue = await interaction.client.studio.queue.view(sight, offset=offset, limit=limit)
        return queue, queue.count

    page, queue, _count = await fetched(fetch, number, PAGE)
    moderator = is_moderator(interaction)
    embed = discord.Embed(title=texts.TITLE, description=_listing(queue))
    if page.last:
        embed.set_footer(text=texts.footer(page.said, queue.count))
    controls: list[discord.ui.Item[discord.ui.View]] = []
    if options := [
        _option(entry) for entry in queue.entries if _may_cancel(entry, interaction.user.id, moderator)
    ]:
        controls.append(
            discord.ui.Select(
                custom_id=f"queue:cancel:{page.number}", placeholder=str(texts.CANCEL), options=options
            )
        )
    controls.append(button(REFRESH, f"queue:page:{page.number}"))
    controls += page.buttons("queue:page:{}".format)
    if moderator:
        verb, label = ("resume", texts.RESUME) if queue.paused else ("pause", texts.PAUSE)
        controls.append(button(label, f"queue:{verb}:{page.number}"))
    return {"embed": embed, "view": view(*controls)}


def _listing(queue: QueueView) -> str:
    stopped = why_nothing_starts(queue)
    said = [texts.stopped(stopped), ""] if stopped else []
    lines = [texts.entry(entry, paused=stopped is not None) for entry in queue.entries]
    if queue.elsewhere:
        lines.append(texts.elsewhere(queue.elsewhere))
    return "\n".join([*said, *(lines or [str(texts.NOTHING)])])


def _may_cancel(entry: Waiting, member_id: int, moderator: bool) -> bool:
    return entry.track.state is State.WAITING and (moderator or member_id in entry.track.makers)


def _option(entry: Waiting) -> discord.SelectOption:
    track = entry.track
    return discord.SelectOption(
        label=shortened(f"#{track.number} {titled(track)}", 100),
        description=texts.choice(track),
        value=track.id,
    )
