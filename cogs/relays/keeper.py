"""Looks after relays: passes who sleeps, counts votes, and asks for the song, once.

The rule: what is due is read from the tables each time; the track's id is known before it is asked for.
"""

from __future__ import annotations

from functools import partial

import aiohttp
import discord
import structlog
from discord.ext import commands

from cogs.core.client import Jamboree
from cogs.core.discord_errors import GONE
from cogs.core.guild_checks import anybody_in, automod_for
from cogs.core.periodic_tasks import PeriodicTask
from cogs.core.sights import Sights
from cogs.languages.guild_languages import in_public
from cogs.posts.deleted_messages import DeletedMessages
from cogs.posts.kept_messages import KeptMessages
from cogs.relays.post import write_post, write_turn
from cogs.texts.refusals import render_refusal
from cogs.texts.relays.relay import refused_to_starter
from services.messages.kept_messages import KeptMessage
from services.relays.relay import Phase, Relay, Sung
from services.relays.storage import POST, TURN, post_of
from services.requests import Request
from services.storage.outages import until_back
from services.text.refusal import RequestRefusal
from services.tracks.request_refusals import AskedAlready, DatabaseAway
from services.tracks.track import Track

log = structlog.get_logger(__name__)


class RelayKeeper(PeriodicTask):
    """Looks after the relays of this process's guilds."""

    interval = 2.0  # seconds
    tables = ("relays",)

    def __init__(self, bot: Jamboree) -> None:
        super().__init__(bot, self.move_on)
        self._sung: dict[str, str] | None = None  # by track, which relay it is of
        kept = bot.part(KeptMessages)
        post = partial(write_post, bot)
        kept.register(POST, post, refused=self._not_posted, open_in=bot.studio.relays.open_in)
        kept.register(TURN, partial(write_turn, bot))
        bot.part(DeletedMessages).register_place(self._give_up)

    async def move_on(self) -> bool:
        """Moves on what is due; whether there was anything."""
        relays = self.bot.studio.relays
        if self._sung is None:
            self._sung = await relays.being_sung()
        due = await relays.due()
        for relay in due:
            if self.bot.get_guild(relay.guild_id) is None:
                continue
            try:
                to_be_sung = relay.phase is Phase.MAKING and not relay.refused
                await (self._sing(relay) if to_be_sung else relays.move_on(relay.id))
            except Exception:
                log.exception("a relay does not go on", relay=relay.id)
            self.bot.part(KeptMessages).touch(post_of(relay.id))
        return bool(due)

    @in_public
    async def _sing(self, relay: Relay) -> None:
        relays, studio = self.bot.studio.relays, self.bot.studio
        if relay.starter_id < 0:  # erased: nobody is there to pay
            await relays.asked_for(relay.id)
            return
        try:
            relay = await self._of_who_is_there(relay)
        except (discord.HTTPException, aiohttp.ClientError, OSError) as reason:  # the next look asks again
            log.warning("nobody knows who is there to pay", relay=relay.id, reason=repr(reason))
            return
        assert relay.track_id is not None
        asker = await anybody_in(self.bot, relay.guild_id, relay.channel_id)
        guild = self.bot.get_guild(relay.guild_id)
        try:
            approved = await studio.requests.approve(asker, lambda: automod_for(self.bot, asker), Sung(relay))
            if await relays.find(relay.id) != relay:  # somebody was erased meanwhile: the next look asks anew
                return
            request = Request(
                guild_id=relay.guild_id,
                guild_name=guild.name if guild else "",
                channel_id=relay.channel_id,
                place_id=relay.place_id,
                member_id=relay.starter_id,
                member_name=relay.starter_name,
                prompt=approved.prompt,
                id=relay.track_id,
                makers=relay.makers,
            )
            await studio.requests.compose(request)
        except AskedAlready:
            pass
        except DatabaseAway as reason:  # the next look asks again
            log.warning("a relay's song is not asked for yet", relay=relay.id, reason=repr(reason))
            return
        except RequestRefusal as refusal:
            await relays.refuse(relay, refused_to_starter(relay, refusal) or render_refusal(refusal))
            return
        if self._sung is not None:
            self._sung[relay.track_id] = relay.id
        await relays.asked_for(relay.id)

    async def _of_who_is_there(self, relay: Relay) -> Relay:
        """The relay, started by somebody who still sees its channel, where there is one.

        Nobody pays for what they cannot see. Raises discord.HTTPException where Discord does not say.
        """
        blind = partial(self.bot.part(Sights).blind, relay.guild_id, relay.channel_id)
        if not await blind([relay.starter_id]):
            return relay
        people = {relay.starter_id, *(seat.member_id for seat in relay.seats if seat.taken)}
        return await self.bot.studio.relays.pass_on(relay, await blind(people))

    async def _not_posted(self, kept: KeptMessage, refusal: discord.HTTPException) -> None:
        """Ends the relay of a place that went while the bot was away."""
        if refusal.code in GONE:
            await self._give_up(kept.guild_id, kept.channel_id)

    async def _give_up(self, guild_id: int, channel_id: int) -> None:
        """Ends the relay of a place that is gone: nobody writes it, and nothing is to be paid for it."""
        await self.bot.studio.relays.give_up(guild_id, channel_id)

    @commands.Cog.listener()
    async def on_member_banned(self, guild_id: int, member_id: int) -> None:
        """Nobody waits for a line that they may not write."""
        passed = partial(self.bot.studio.relays.pass_over, guild_id, member_id)
        await until_back(passed, stop=self.bot.is_closed)

    @commands.Cog.listener()
    async def on_track_ended(self, track: Track) -> None:
        """Its song is there, or will not be."""
        relay_id = (self._sung or {}).get(track.id)
        if relay_id is not None:
            await until_back(partial(self.bot.studio.relays.touch, relay_id), stop=self.bot.is_closed)
            self.bot.part(KeptMessages).touch(post_of(relay_id))
