"""A track's votes, counted on its message. The rule: many presses are few edits."""

from __future__ import annotations

from functools import partial

import discord
from discord.ext import commands

from cogs.core.client import Jamboree
from cogs.core.discord_errors import is_not_now
from cogs.languages.guild_languages import publicly
from cogs.posts.buttons import track_buttons
from cogs.posts.deleted_messages import DeletedMessages
from cogs.posts.threads import edit
from services.delivery import DeliveryUnavailable
from services.storage.outages import until_back
from services.tracks.track import State
from services.tracks.votes import Vote

PATIENCE = 10.0  # seconds; until then the edits that Discord takes are the ballot's
LAST = 60.0  # seconds; edits that Discord put off longer are shown at the next vote


class VoteCounts(commands.Cog):
    """Hears of votes and shows their counts."""

    def __init__(self, bot: Jamboree) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        """Looks again where it is not known whether a vote was counted."""
        self.bot.studio.lost_commits.register(self._show_last)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """What was voted for right before a stop or a kill may not have been shown.

        Nothing looks for it again: a database that is away just then is waited for.
        """
        await until_back(self._show_last, stop=self.bot.is_closed)

    async def _show_last(self) -> None:
        for track in await self.bot.studio.votes.last_voted(LAST):
            if self.bot.get_guild(track.guild_id) is not None:
                self._touch(track.id)

    @commands.Cog.listener()
    async def on_vote(self, vote: Vote) -> None:
        """Brings the counts up to date below the tracks whose votes changed."""
        for track_id in vote.changed:
            self._touch(track_id)

    @commands.Cog.listener()
    async def on_ballot_vote(self, vote: Vote) -> None:
        """Brings the tracks' counts up to date after a vote that was given in a ballot's message."""
        for track_id in vote.changed:
            self._touch(track_id, within=PATIENCE)

    def _touch(self, track_id: str, *, within: float = 0.0) -> None:
        self.bot.edits.touch(("track", track_id), partial(self._show, track_id), within=within)

    async def _show(self, track_id: str) -> None:
        track = await self.bot.studio.get(track_id)
        if track is None or track.message_id is None or track.message_channel_id is None:
            if track is not None and track.state is State.DELIVERING:  # there, and not written down yet
                raise DeliveryUnavailable("being posted")
            return
        channel = self.bot.get_partial_messageable(track.message_channel_id, guild_id=track.guild_id)
        with await publicly(self.bot, track.guild_id):
            buttons = track_buttons(track)
        try:
            await edit(self.bot, channel.get_partial_message(track.message_id), view=buttons)
        except discord.NotFound as error:
            if is_not_now(error):
                raise
            await self.bot.part(DeletedMessages).looked_for(track)
