"""Jams' panels as messages: brought up to date, found again, posted anew where they were deleted.

The rule: a panel is written from the jam as it is, by `cogs.core.coalesced_edits` at most once a second; what
another process, a restart or a kill left undone is noticed by a look every few seconds. Where Discord does
not let it be edited for long, it is posted anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

import discord
import structlog
from discord.ext import commands

from cogs.core.client import Jamboree
from cogs.core.discord_errors import GONE, NO_MORE, NOT_ALLOWED, answering, held_for
from cogs.core.guild_checks import anybody_in
from cogs.core.history import custom_ids, posted_since
from cogs.core.periodic_tasks import PeriodicTask
from cogs.jams import recap
from cogs.jams.acts import make
from cogs.jams.panel_message import panel, thread_name
from cogs.languages.guild_languages import publicly
from cogs.posts.deleted_messages import DeletedMessages
from cogs.posts.kept_messages import UNKNOWN_MESSAGE
from cogs.posts.shut_places import Pauses
from cogs.posts.threads import edit
from cogs.texts.jams.panel import Shown
from cogs.texts.progress import why_it_waits
from services.backoff import Backoff
from services.delivery import DeliveryUnavailable
from services.jams.jams import Phase
from services.jams.storage import Session
from services.messages.nonces import nonce_of
from services.periodic_tasks import each
from services.tracks.sight import everything_in
from services.tracks.track import Track
from services.tracks.votes import Vote

log = structlog.get_logger(__name__)

TOO_OFTEN = 30046  # too many edits of a message that is older than an hour
LONG = 10.0  # seconds for which a panel need not stand still
PATIENCE = 5.0  # seconds for which whoever asks where a panel is waits until it is there
SHOWN = frozenset({"language", "own_voices"})  # of the guild's rules, on each panel
LEFT_OVER = timedelta(seconds=3)  # after which nobody else is about to make what is due


class JamPanels(PeriodicTask):
    """Keeps every jam's panel as the jam is, and looks after jams that nobody presses on."""

    interval = 5.0  # seconds
    tables = ("jams",)

    def __init__(self, bot: Jamboree) -> None:
        super().__init__(bot, self.keep_jams_going)
        self._shown: dict[str, int] = {}  # by jam: the version that its panel shows
        self._stopped: dict[str, str | None] = {}  # by jam: why its track waits, as its panel says
        self._tried: dict[str, datetime | None] = {}  # since when it is being posted; None: it is there
        self._moved: dict[str, float] = {}  # until when a panel that was posted anew is not again
        self._pauses = Pauses()  # by jam: of a panel or a recap that may not be shown now
        self._misnamed: set[str] = set()  # jams whose threads have a name that is to be forgotten
        self._opening: set[str] = set()  # jams whose thread and panel their starter's command still makes

    async def cog_load(self) -> None:
        """Hears of places that are gone, and begins."""
        self.bot.part(DeletedMessages).register_place(self._is_gone)
        await super().cog_load()

    def touch(self, jam_id: str) -> None:
        """Has the panel brought up to date; returns at once."""
        self.bot.edits.touch(("jam", jam_id), partial(self._show, jam_id))

    async def brought(self, jam_id: str) -> None:
        """The same, and waits until it is, but not for long."""
        await self.bot.edits.brought(("jam", jam_id), partial(self._show, jam_id), PATIENCE)

    @commands.Cog.listener()
    async def on_jam_changed(self, jam_id: str) -> None:
        """Brings the jam's panel up to date, also where that was refused just now."""
        self._pauses.over(jam_id)
        self.touch(jam_id)

    @commands.Cog.listener()
    async def on_vote(self, vote: Vote) -> None:
        """Brings the panels up to date of the jams whose rounds were voted on."""
        if vote.track.jam_id is not None:
            await self.bot.studio.jams.touch(vote.track.jam_id)
            self.touch(vote.track.jam_id)

    @commands.Cog.listener()
    async def on_rules_changed(self, guild_id: int, changed: Collection[str]) -> None:
        """Brings the guild's panels up to date, where they show what was changed."""
        if not SHOWN.isdisjoint(changed):
            for session in await self.bot.studio.jams.going_on(everything_in(guild_id)):
                self.touch(session.id)

    async def _is_gone(self, guild_id: int, channel_id: int) -> None:
        """Ends the jams of a channel or a thread that is gone."""
        for session in await self.bot.studio.jams.going_on(everything_in(guild_id)):
            if session.channel_id == channel_id:
                await self.bot.studio.jams.give_up(session.id)

    @contextmanager
    def opening(self, jam_id: str) -> Generator[None]:
        """While a new jam's place is made: nobody else shows it, or finds that its place is gone."""
        self._opening.add(jam_id)
        try:
            yield
        finally:
            self._opening.discard(jam_id)

    async def open(self, session: Session) -> Session:
        """Posts a new jam's panel, or finds the one whose answer was lost.

        Raises HTTPException, DeliveryUnavailable.
        """
        self._tried[session.id] = None  # nobody has posted it before
        channel = self.bot.get_partial_messageable(session.channel_id, guild_id=session.guild_id)
        backoff = Backoff(patience=PATIENCE)
        while True:
            try:
                async with answering():
                    await self._edit_or_post(channel, session)
                self._shown[session.id] = session.version
                return await self.bot.studio.jams.now(session.id)
            except DeliveryUnavailable as away:
                if not await backoff.wait(away.wait):
                    raise

    # the message ------------------------------------------------------------------------------------------

    async def _show(self, jam_id: str) -> None:
        """Edits the panel, or posts it."""
        session = await self.bot.studio.jams.now(jam_id)
        over = session.jam.phase is Phase.ENDED
        if (over and session.told) or jam_id in self._opening or self._pauses.lasts(jam_id):
            return
        channel = self.bot.get_partial_messageable(session.channel_id, guild_id=session.guild_id)
        try:
            async with answering():
                await self._edit_or_post(channel, session)
        except discord.HTTPException as refusal:
            log.info("a panel is not shown", jam=jam_id, status=refusal.status, code=refusal.code)
            if refusal.code in GONE:
                await self.bot.studio.jams.give_up(jam_id)
                return
            there = session.message_id is not None and not over  # and may name who was erased since
            if there and refusal.code in NOT_ALLOWED and self._pauses.again(jam_id, for_ever=True):
                return
        else:
            if not over:
                self._pauses.over(jam_id)
        self._shown[jam_id] = session.version  # another refusal is not asked for again
        if await self._forget_theme(session):
            self._misnamed.discard(jam_id)
            self._pauses.over(_theme_of(jam_id))
        else:
            self._misnamed.add(jam_id)
            self._pauses.again(_theme_of(jam_id), for_ever=True)
        if over:
            await self._recap(session)
            if jam_id in self._misnamed:
                await self.bot.studio.jams.tell_again(jam_id)
            for kept in (self._shown, self._stopped, self._tried, self._moved):
                kept.pop(jam_id, None)

    async def _forget_theme(self, session: Session) -> bool:
        """Who started it had their data deleted, and its thread is named by their words.

        Whether it is so no longer, or can never be changed.
        """
        if not session.jam.own_thread or session.jam.starter_id > 0:
            return True
        name = thread_name(session)
        try:
            async with answering():
                known = self.bot.get_channel(session.channel_id)
                thread = known or await self.bot.fetch_channel(session.channel_id)
                if isinstance(thread, discord.Thread) and thread.name != name:
                    await thread.edit(archived=False, name=name)
        except discord.HTTPException as refusal:
            log.info("a jam's theme stays", jam=session.id, code=refusal.code)
            return refusal.code not in NOT_ALLOWED
        return True

    async def _recap(self, session: Session) -> None:
        """Tells what the jam leaves; where the bot may not post it now, it waits until it may."""
        try:
            async with answering():
                await recap.tell(self.bot, session)
        except discord.HTTPException as refusal:
            log.warning("no recap", jam=session.id, status=refusal.status, code=refusal.code)
            if refusal.code not in NOT_ALLOWED or not self._pauses.again(session.id):
                if session.recap_message_id is not None and refusal.code not in NO_MORE:
                    await self._let_go(session, refusal)
                await self.bot.studio.jams.recap_posted(session, session.recap_message_id)
        else:
            self._pauses.over(session.id)

    async def _let_go(self, session: Session, refusal: discord.HTTPException) -> None:
        """What could not be written anew names what is not to be read any more: it is to go."""
        panel_too = refusal.code in NOT_ALLOWED  # since then that could not be either
        for message_id in (session.recap_message_id, session.message_id if panel_too else None):
            if message_id is not None:
                place = session.guild_id, session.channel_id, message_id
                await self.bot.studio.privacy.message_stays(*place)

    async def _edit_or_post(self, channel: discord.PartialMessageable, session: Session) -> None:
        with await publicly(self.bot, session.guild_id):
            view = panel(await self._all_of(session))
        if session.message_id is None and (since := self._tried.get(session.id, session.touched_at)):
            found = await self._posted_before(channel, session, since)
            if found is not None:
                session = await self.bot.studio.jams.place(session.id, message_id=found.id)
        if session.message_id is not None:
            message = channel.get_partial_message(session.message_id)
            try:
                await edit(self.bot, message, view=view)
            except (discord.HTTPException, discord.RateLimited) as refusal:
                if session.jam.phase is Phase.ENDED or not self._moves(session, refusal):
                    raise
                session = await self.bot.studio.jams.move(session.id)
        if session.message_id is None and session.jam.phase is not Phase.ENDED:
            self._tried[session.id] = self._tried.get(session.id) or discord.utils.utcnow()
            message = await channel.send(
                view=view,
                nonce=nonce_of("panel", session.id, session.old_message_id),
                silent=True,
                allowed_mentions=discord.AllowedMentions.none(),
            )
            session = await self.bot.studio.jams.place(session.id, message_id=message.id)
        self._tried[session.id] = None
        await self._take_away_old(channel, session)

    def _moves(self, session: Session, refusal: discord.HTTPException | discord.RateLimited) -> bool:
        """Whether the panel is to be posted anew, because it is gone or cannot be edited for long."""
        if isinstance(refusal, discord.HTTPException) and refusal.code == UNKNOWN_MESSAGE:
            return True
        wait = held_for(refusal) or 0.0
        too_often = isinstance(refusal, discord.HTTPException) and refusal.code == TOO_OFTEN
        if not too_often and wait < LONG:
            return False
        clock = asyncio.get_running_loop().time()
        if clock < self._moved.get(session.id, 0.0):  # the new one cannot be edited either
            return False
        self._moved[session.id] = clock + max(wait, LONG)
        return True

    async def _take_away_old(self, channel: discord.PartialMessageable, session: Session) -> None:
        """Deletes the panel that another has taken the place of."""
        if session.old_message_id is None or session.message_id is None:
            return
        try:
            async with answering():
                await channel.get_partial_message(session.old_message_id).delete()
        except discord.HTTPException as refusal:
            log.info("an old panel is gone or stays", jam=session.id, code=refusal.code)
        await self.bot.studio.jams.place(session.id, old_message_id=None)

    async def _posted_before(
        self, channel: discord.PartialMessageable, session: Session, since: datetime
    ) -> discord.Message | None:
        wanted = {f"jam:{verb}:{session.id}" for verb in ("here", "join")}  # the latter: an older version's

        def is_it(message: discord.Message) -> bool:
            new = message.id != session.old_message_id
            return new and not wanted.isdisjoint(custom_ids(message))

        return await posted_since(channel, since, is_it)

    async def _all_of(self, session: Session) -> Shown:
        """What the panel tells, read now."""
        studio, jam = self.bot.studio, session.jam
        tracks, votes = await studio.jams.rounds_of(session)
        for track_id in (jam.track_id, jam.failed):
            if track_id is not None and (track := await studio.get(track_id)) is not None:
                tracks[track_id] = track
        track, outlook = tracks.get(jam.track_id or ""), None
        if jam.phase is Phase.MAKING and track is not None:
            outlook = await studio.queue.outlook(track)
        stopped = self._stopped[session.id] = await self._why_it_waits(session, track)
        price = jam.loan.price if jam.loan else studio.prices.of(jam.duration)
        voices = await studio.own_voices.offered(session.guild_id)
        return Shown(session, tracks, votes, price, outlook, stopped, voices=voices)

    async def _why_it_waits(self, session: Session, track: Track | None) -> str | None:
        """What keeps the jam's track from going on; None where nothing does."""
        if session.jam.phase is not Phase.MAKING or track is None or not track.waits:
            return None
        return why_it_waits(track, await self.bot.studio.queue.standstill(track))

    # every few seconds -----------------------------------------------------------------------------------

    async def keep_jams_going(self) -> bool:
        """Ends idle jams, makes what a kill left due, and brings up to date what is not.

        Returns whether there is any jam to look after.
        """
        jams = self.bot.studio.jams
        await jams.end_idle(self._mine)
        going_on = await jams.going_on()
        await each(filter(self._mine, going_on), self._keep_going)
        untold = await jams.without_recap()
        for session in filter(self._mine, untold):
            if not self._pauses.lasts(_theme_of(session.id)):
                self.touch(session.id)
        return bool(going_on or untold)

    async def _keep_going(self, session: Session) -> None:
        session = await self.bot.studio.jams.now(session.id)
        if session.jam.due and discord.utils.utcnow() - session.touched_at > LEFT_OVER:
            asker = await anybody_in(self.bot, session.guild_id, session.channel_id)
            await make(self.bot, session, asker)
        named_anew = session.id in self._misnamed and not self._pauses.lasts(_theme_of(session.id))
        shown = not named_anew and self._shown.get(session.id) == session.version
        if not shown or await self._is_stopped_anew(session):
            self.touch(session.id)

    async def _is_stopped_anew(self, session: Session) -> bool:
        """Whether its track is stopped, or goes on, and its panel does not say so."""
        if session.jam.phase is not Phase.MAKING:
            return False
        track = await self.bot.studio.get(session.jam.track_id or "")
        return await self._why_it_waits(session, track) != self._stopped.get(session.id)

    def _mine(self, session: Session) -> bool:
        """Whether this process looks after it."""
        return self.bot.get_guild(session.guild_id) is not None


def _theme_of(jam_id: str) -> tuple[str, str]:
    """Of a pause that is not the panel's."""
    return "theme", jam_id
