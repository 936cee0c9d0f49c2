"""/library charts: what was voted for most; and the week's charts, posted where moderators want them.

The rule: a week is posted once, also when the bot is killed in between. Where it may not be, moderators are
told, and it waits until it may, as long as no other week is over.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import discord
import structlog
from discord import app_commands

from cogs.core.client import Jamboree
from cogs.core.component_router import view
from cogs.core.discord_errors import NO_MORE, NOT_ALLOWED, answering
from cogs.core.history import posted_since
from cogs.core.periodic_tasks import PeriodicTask
from cogs.core.pictures import COLOUR
from cogs.core.responses import Interaction, answer, hold
from cogs.core.rights import Who, right
from cogs.core.sights import Sights, sight_of
from cogs.languages.guild_languages import in_public
from cogs.posts.moderators_delivery import ModeratorsDelivery
from cogs.posts.play_select import play_select
from cogs.posts.shut_places import Pauses, is_shut
from cogs.posts.threads import edit
from cogs.texts.library import charts as texts
from cogs.texts.translation import in_every_language
from services.messages.nonces import nonce_of
from services.periodic_tasks import each
from services.tracks.charts import Chart, Post, Week

log = structlog.get_logger(__name__)

NEEDED = ("view_channel", "send_messages", "embed_links")
DAYS = {"week": 7, "month": 30, "all": None}


class ChartCommands(PeriodicTask):
    """Shows charts, and posts each week's."""

    interval = 60.0  # seconds

    def __init__(self, bot: Jamboree) -> None:
        super().__init__(bot, self.post_due_charts)
        self._pauses = Pauses()  # by guild and channel, and of a message that is there

    @app_commands.command(
        description="The most voted tracks and makers: this week, this month or of all time."
    )
    @app_commands.describe(period="Of which time; the last 7 days if you leave it out")
    @app_commands.choices(
        period=[
            app_commands.Choice(name="Last 7 days", value="week"),
            app_commands.Choice(name="Last 30 days", value="month"),
            app_commands.Choice(name="All time", value="all"),
        ]
    )
    @right(Who.MEMBER, "See what was voted for most")
    async def charts(self, interaction: Interaction, period: str = "week") -> None:
        """Shows a week's chart, or that of all time."""
        await hold(interaction)
        period = period if period in DAYS else "week"
        days = DAYS[period]
        since = discord.utils.utcnow() - timedelta(days=days) if days else None
        chart = await interaction.client.studio.charts.chart(await sight_of(interaction), since)
        if not chart.tracks:
            await answer(interaction, texts.NOBODY_VOTED[period])
            return
        await answer(interaction, **_parts(chart, str(texts.TITLES[period])))

    # weekly -----------------------------------------------------------------------------------------

    async def post_due_charts(self) -> None:
        """Posts what is due in this process's guilds, and takes erased words out of what was posted."""
        charts = self.bot.studio.charts
        await each(filter(self._mine, await charts.due()), self._post)
        await each(filter(self._mine, await charts.stale()), self._bring_up_to_date)

    def _mine(self, post: Post) -> bool:
        return self.bot.get_guild(post.guild_id) is not None

    @in_public
    async def _post(self, post: Post) -> None:
        charts, place = self.bot.studio.charts, (post.guild_id, post.channel_id)
        if self._pauses.lasts(place):
            return
        sight = self.bot.part(Sights).of_channel(post.guild_id, post.channel_id)
        await charts.intend(post)  # first: what is erased from now on makes it stale
        chart = await charts.chart(sight, post.week.since, post.week.until)
        if not chart.tracks and post.intent_at is None:
            await charts.done(post, None)
            return
        if await is_shut(self.bot, *place, NEEDED):
            await self._tell_moderators(post)
            return
        channel = self.bot.get_partial_messageable(post.channel_id, guild_id=post.guild_id)
        try:
            async with answering():
                message = await self._posted_before(channel, post)
                if message is None and chart.tracks:
                    message = await channel.send(
                        **_weekly(chart, post.week),
                        nonce=nonce_of("chart", post.guild_id, post.week.name),
                        silent=True,
                        allowed_mentions=discord.AllowedMentions.none(),
                    )
        except discord.HTTPException as refusal:
            log.warning("charts not posted", guild=post.guild_id, status=refusal.status, code=refusal.code)
            self._pauses.again(place)
            await self._tell_moderators(post)
            return
        self._pauses.over(place)
        await charts.done(post, message.id if message else None)

    async def _tell_moderators(self, post: Post) -> None:
        """Once a week and channel: the post waits."""
        occasion = f"charts {post.guild_id} {post.week.name} {post.channel_id}"
        text = texts.not_posted(post.channel_id)
        await self.bot.part(ModeratorsDelivery).tell_moderators(post.guild_id, occasion, text)

    async def _posted_before(self, channel: discord.PartialMessageable, post: Post) -> discord.Message | None:
        """The week's message, where an earlier attempt posted it and could not write that down."""
        if post.intent_at is None:
            return None

        def is_it(message: discord.Message) -> bool:
            return message.content in in_every_language(lambda: texts.heading(post.week))

        return await posted_since(channel, post.intent_at, is_it)

    @in_public
    async def _bring_up_to_date(self, post: Post) -> None:
        """Posts it anew in its message, without what was erased; takes it down where nothing is left.

        Where its channel is shut to the bot, it is tried again; what cannot be written anew goes.
        """
        charts, place = self.bot.studio.charts, (post.guild_id, post.channel_id, post.message_id or 0)
        if self._pauses.lasts(place):
            return
        sight = self.bot.part(Sights).of_channel(post.guild_id, post.channel_id)
        chart = await charts.chart(sight, post.week.since, post.week.until)
        channel = self.bot.get_partial_messageable(post.channel_id, guild_id=post.guild_id)
        message, goes = channel.get_partial_message(post.message_id or 0), not chart.tracks
        try:
            async with answering():
                if goes:
                    await message.delete()
                else:
                    await edit(self.bot, message, **_weekly(chart, post.week))
        except discord.HTTPException as refusal:
            log.warning("old charts not changed", guild=post.guild_id, code=refusal.code)
            if refusal.code in NOT_ALLOWED and self._pauses.again(place):
                return
            if goes := refusal.code not in NO_MORE:
                await self.bot.studio.privacy.message_stays(*place)
        self._pauses.over(place)
        if goes:
            await charts.taken_down(post)
        else:
            await charts.brought_up_to_date(post, sight, chart)


def _parts(chart: Chart, title: str) -> dict[str, Any]:
    embed = discord.Embed(title=title, description=texts.listing(chart), colour=COLOUR)
    return {"embed": embed, "view": view(play_select(chart.tracks))}


def _weekly(chart: Chart, week: Week) -> dict[str, Any]:
    return {"content": texts.heading(week), **_parts(chart, str(texts.WEEKLY_TITLE))}
