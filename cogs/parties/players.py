"""Every party of this process's guilds has a player, and none that is over or that nobody hears."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from functools import partial

import discord
import structlog
from discord.ext import commands

from cogs.core.client import Jamboree
from cogs.core.discord_errors import answering
from cogs.core.periodic_tasks import PeriodicTask
from cogs.parties.player import Player
from services.delivery import DeliveryUnavailable
from services.parties.party import Ended, Party
from services.storage.outages import until_back
from services.tracks.votes import Vote

log = structlog.get_logger(__name__)

MOST = 10_000  # users of whom it is remembered whether they are bots
ALONE = 120.0  # seconds without anybody who listens, after which a party ends


class PartyPlayers(PeriodicTask):
    """Begins and ends players, also those of parties that an earlier process left."""

    interval = 2.0  # seconds
    tables = ("parties",)

    def __init__(self, bot: Jamboree) -> None:
        super().__init__(bot, self.look)
        self._players: dict[str, tuple[Player, asyncio.Task[None]]] = {}
        self._alone: dict[str, float] = {}  # by party: since when nobody listens
        self._machines: dict[int, bool] = {}  # by user: whether it is another bot

    async def cog_unload(self) -> None:
        """Stops playing; the next process goes on from here."""
        await super().cog_unload()
        tasks = [task for _player, task in self._players.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    @commands.Cog.listener()
    async def on_party_changed(self, party: Party) -> None:
        """Has what plays follow what was pressed, and begins where a party was just started."""
        if party.id in self._players:
            self._players[party.id][0].wake()
        elif party.ended_at is None and self.bot.open:
            self._begin(party)

    def player(self, party_id: str) -> Player | None:
        """Who plays that party here."""
        found = self._players.get(party_id)
        return found[0] if found else None

    async def listeners(self, guild_id: int, channel_id: int) -> set[int]:
        """The ids of those who hear what is played in a voice channel: no bots, and nobody who is deaf."""
        channel = self.bot.get_channel(channel_id)
        if not isinstance(channel, discord.VoiceChannel) or channel.guild.id != guild_id:
            return set()
        hear = [user for user, state in channel.voice_states.items() if not (state.deaf or state.self_deaf)]
        found = [one for one in hear if not await self._is_machine(channel.guild, one)]
        return set(found)

    async def look(self) -> bool:
        """Begins what is going on and is not played here yet, and ends what nobody hears.

        Returns whether any party goes on.
        """
        everywhere = await self.bot.studio.parties.going_on()
        going_on = {one.id: one for one in everywhere if self._is_here(one)}
        for party in going_on.values():
            self._begin(party)
            await self._see_whether_alone(party)
        for party_id in [one for one in self._players if one not in going_on]:
            self._players[party_id][0].wake()
        for party_id in [one for one in self._alone if one not in going_on]:
            del self._alone[party_id]
        return bool(everywhere or self._players)

    def _is_here(self, party: Party) -> bool:
        guild = self.bot.get_guild(party.guild_id)
        return guild is not None and not guild.unavailable

    def _begin(self, party: Party) -> None:
        if party.id in self._players or not self._is_here(party):
            return
        player = Player(self.bot, party)
        before = [task for other, task in self._players.values() if other.party.guild_id == party.guild_id]
        task = asyncio.create_task(self._play(player, before))
        self._players[party.id] = player, task
        task.add_done_callback(lambda _task: self._players.pop(party.id, None))

    async def _play(self, player: Player, before: Collection[asyncio.Task[None]]) -> None:
        """Plays when those who played in that guild before have left it: a guild has one connection, and who
        joins while another leaves is put out with it."""
        if before:
            await asyncio.wait(before)
        await player.play()

    async def _see_whether_alone(self, party: Party) -> None:
        if await self.listeners(party.guild_id, party.channel_id):
            self._alone.pop(party.id, None)
            return
        clock = asyncio.get_running_loop().time()
        if clock - self._alone.setdefault(party.id, clock) >= ALONE:
            await self.bot.studio.parties.end(party.id, Ended.ALONE)
            self.bot.dispatch("party_changed", party)

    async def _is_machine(self, guild: discord.Guild, user_id: int) -> bool:
        """Whether the user is a bot; asked of Discord once, where it has not told it."""
        if self.bot.user is not None and user_id == self.bot.user.id:
            return True
        if user_id not in self._machines:
            try:
                async with answering():
                    self._machines[user_id] = (await guild.fetch_member(user_id)).bot
            except (DeliveryUnavailable, discord.HTTPException) as error:
                log.info("nobody knows whether a listener is a bot", user=user_id, error=str(error))
                return False
        return self._machines[user_id]

    @commands.Cog.listener()
    async def on_voice_state_update(
        self, member: discord.Member, before: discord.VoiceState, after: discord.VoiceState
    ) -> None:
        """Remembers who is a bot, and counts anew whether half of those who listen want to skip."""
        if len(self._machines) >= MOST:
            self._machines.clear()
        self._machines[member.id] = member.bot
        here = {one.id for one in (before.channel, after.channel) if one is not None}
        for player, _task in list(self._players.values()):
            party = player.party
            if party.channel_id in here:
                await until_back(partial(self._count_anew, party), stop=self.bot.is_closed)
                player.wake()

    async def _count_anew(self, party: Party) -> None:
        listeners = await self.listeners(party.guild_id, party.channel_id)  # who is there by now
        await self.bot.studio.parties.listeners_changed(party.id, listeners)

    @commands.Cog.listener()
    async def on_vote(self, vote: Vote) -> None:
        """Has the panels show how many like what they name."""
        if any(player.party.guild_id == vote.track.guild_id for player, _task in self._players.values()):
            voted = partial(self.bot.studio.parties.voted, vote.changed)
            await until_back(voted, stop=self.bot.is_closed)

    @commands.Cog.listener()
    async def on_ballot_vote(self, vote: Vote) -> None:
        """The same of a vote that was given in a ballot's message."""
        await self.on_vote(vote)
