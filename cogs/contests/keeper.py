"""Looks after contests: moves them on in time, opens their threads, and starts those of the week.

The rule: what is due is read from the tables each time, so a restart or a kill puts nothing off for long.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

import discord
import structlog
from discord.ext import commands

from cogs.contests.event import bring_event
from cogs.contests.post import write_post
from cogs.contests.result import write_result
from cogs.core.client import Jamboree
from cogs.core.discord_errors import GONE, NOT_ALLOWED, TOO_LARGE, answering
from cogs.core.periodic_tasks import PeriodicTask
from cogs.core.permissions import JAMS
from cogs.core.sights import Sights
from cogs.languages.guild_languages import in_public, publicly
from cogs.posts.deleted_messages import DeletedMessages
from cogs.posts.kept_messages import KeptMessages, Shown
from cogs.posts.moderators_delivery import ModeratorsDelivery
from cogs.posts.shut_places import Pauses, is_shut
from cogs.texts.contests.contest import week_waits
from cogs.texts.contests.post import thread_name
from cogs.texts.formatting import shortened
from services.contests.contest import Contest, Phase
from services.contests.entries import post_of, result_of
from services.contests.service import NO_THREAD, Start
from services.contests.weekly import latest
from services.delivery import DeliveryUnavailable
from services.messages.kept_messages import KeptMessage
from services.periodic_tasks import each
from services.storage.outages import until_back
from services.tracks.track import Track

log = structlog.get_logger(__name__)

QUIET = 10080  # minutes after which Discord puts a quiet thread away
THREAD_THERE = 160004  # Discord's code: that message has a thread already
WEEKLY = 60.0  # seconds between two looks at whether a week has begun somewhere


class ContestKeeper(PeriodicTask):
    """Looks after the contests of this process's guilds."""

    interval = 2.0  # seconds
    tables = ("contests",)

    def __init__(self, bot: Jamboree) -> None:
        super().__init__(bot, self.keep_contests_going)
        self._without_archive: set[str] = set()  # contests whose archive Discord does not take
        self._look_at_weeks = 0.0
        self._announcing: set[str] = set()  # contests whose event is being brought up to date
        # By contest: the phase that its event was brought to, and whether everybody saw the contest then.
        self._announced: dict[str, tuple[Phase, bool]] = {}
        self._refused: set[tuple[int, int, str | None]] = set()  # by guild, channel and week: posts that were
        self._pauses = Pauses()  # by the same

    async def cog_load(self) -> None:
        """Says how its messages are written, and begins."""
        kept = self.bot.part(KeptMessages)
        open_in = self.bot.studio.contests.open_in
        kept.register("contest", self._write_post, refused=self._no_post, open_in=open_in)
        kept.register("podium", self._write_result, refused=self._no_result, patient=True)
        self.bot.part(DeletedMessages).register_place(self._place_gone)
        await super().cog_load()

    async def _write_post(self, kept: KeptMessage) -> Shown | None:
        shown = await write_post(self.bot, kept)
        standing = await self.bot.studio.contests.now(kept.subject)
        if shown is None or standing is None or (standing.contest.starter_id or 0) >= 0:
            return shown
        return replace(shown, refused=await self._forget_theme(standing.contest))

    async def _forget_theme(self, contest: Contest) -> bool:
        """Who started it had their data deleted, and its thread and its event are named by their words.

        Where one of them cannot be renamed, because it is gone too, the other one and the post still change.
        Whether one may not be renamed now.
        """
        shut = False
        name = shortened(thread_name(contest), 100)
        for rename in (self._rename_thread, self._rename_event):
            try:
                async with answering():
                    await rename(contest, name)
            except discord.HTTPException as refusal:
                log.info("a contest's theme stays", contest=contest.id, code=refusal.code)
                shut |= refusal.code in NOT_ALLOWED
        return shut

    async def _rename_thread(self, contest: Contest, name: str) -> None:
        if contest.thread_id:
            thread = await self.bot.fetch_channel(contest.thread_id)
            if isinstance(thread, discord.Thread) and thread.name != name:
                await thread.edit(archived=False, name=name)

    async def _rename_event(self, contest: Contest, name: str) -> None:
        guild = self.bot.get_guild(contest.guild_id)
        if contest.event_id and guild is not None:
            event = await guild.fetch_scheduled_event(contest.event_id)
            await event.edit(name=name)

    async def _write_result(self, kept: KeptMessage) -> Shown | None:
        return await write_result(self.bot, kept, archive=kept.subject not in self._without_archive)

    @commands.Cog.listener()
    async def on_contest_changed(self, contest_id: str) -> None:
        """Brings the contest's messages up to date, and its event where it goes on to something else."""
        for key in (post_of(contest_id), result_of(contest_id)):
            self.bot.part(KeptMessages).touch(key)
        standing = await self.bot.studio.contests.now(contest_id)
        if standing is not None:
            await self.bring_event(standing.contest)

    async def bring_event(self, contest: Contest) -> None:
        """Its scheduled event, where its post is there and says something else than before.

        One at a time, or there would be two: what changes meanwhile is for the next look.
        """
        if contest.id in self._announcing:
            return
        self._announcing.add(contest.id)
        try:
            await self._bring_event(contest)
        finally:
            self._announcing.discard(contest.id)

    async def _bring_event(self, contest: Contest) -> None:
        kept = await self.bot.studio.kept_messages.get(post_of(contest.id))
        seen = self.bot.part(Sights).is_open(contest.guild_id, contest.place_id or contest.channel_id)
        unknown = seen is None and contest.phase.open  # as long as the guild is away
        state = contest.phase, bool(seen)
        if kept is None or unknown or self._announced.get(contest.id) == state:
            return
        if kept.message_id is None and contest.event_id is None:  # it is made for a post that is there
            return
        address = f"https://discord.com/channels/{kept.guild_id}/{kept.channel_id}/{kept.message_id}"
        if not await bring_event(self.bot, contest, address, seen=bool(seen)):
            return
        self._announced[contest.id] = state
        if not contest.phase.open:
            del self._announced[contest.id]

    @commands.Cog.listener()
    async def on_track_ended(self, track: Track) -> None:
        """A track that is made for a contest is there, or will not be."""
        if track.contest_id is not None:
            anew = partial(self.bot.studio.contests.show_anew, track.contest_id)
            await until_back(anew, stop=self.bot.is_closed)
            await self.on_contest_changed(track.contest_id)

    async def _no_post(self, kept: KeptMessage, refusal: discord.HTTPException) -> None:
        """Without a post, or a channel for it, there is no contest.

        One whose post was there, and was deleted, goes on.
        """
        standing = await self.bot.studio.contests.now(kept.subject)
        if refusal.code in GONE:
            await self.bot.studio.contests.give_up(kept.guild_id, kept.channel_id)
        elif kept.message_id is None and standing is not None and standing.contest.thread_id is None:
            await self._drop(standing.contest)

    async def _no_result(self, kept: KeptMessage, refusal: discord.HTTPException) -> None:
        """A result that is too large comes without the archive, and where the thread takes none, in the
        channel.
        """
        too_large = refusal.status == 413 or refusal.code in TOO_LARGE
        if too_large and kept.subject not in self._without_archive:
            self._without_archive.add(kept.subject)
            await self.bot.studio.contests.show_anew(kept.subject)
        elif kept.message_id is None:
            await self._result_in_channel(kept)

    async def _result_in_channel(self, kept: KeptMessage) -> None:
        """The thread is shut to the bot, or was deleted while it was away."""
        standing = await self.bot.studio.contests.now(kept.subject)
        if standing is not None and standing.contest.thread_id == kept.channel_id:
            await self.bot.studio.kept_messages.taken_down(kept)
            await self.bot.studio.contests.place(kept.subject, thread_id=NO_THREAD)

    async def _place_gone(self, guild_id: int, channel_id: int) -> None:
        """Cancels the contest of a channel or a thread; the one below whose post it was goes on without."""
        contests = self.bot.studio.contests
        await contests.give_up(guild_id, channel_id)
        await contests.thread_gone(guild_id, channel_id)

    # every few seconds ------------------------------------------------------------------------------------

    async def keep_contests_going(self) -> bool:
        """Moves on what is over, opens threads, and starts what the week brings; whether there was any."""
        contests = self.bot.studio.contests
        over = await contests.due()
        await each(filter(self._mine, over), self._move_on)
        threadless = await contests.without_thread()
        await each(filter(self._mine, threadless), self.open_thread)
        with_event = await contests.with_event()
        await each(filter(self._mine, with_event), self.bring_event)
        clock = asyncio.get_running_loop().time()
        if clock >= self._look_at_weeks:
            self._look_at_weeks = clock + WEEKLY
            await self._start_weekly()
        return bool(over or threadless or with_event)

    async def _move_on(self, contest: Contest) -> None:
        if await self.bot.studio.contests.move_on(contest.id) != contest:
            await self.on_contest_changed(contest.id)

    async def _start_weekly(self) -> None:
        due = await self.bot.studio.weekly_contests.due()
        await each([one for one in due if self.bot.get_guild(one.guild_id) is not None], self._start)

    @in_public
    async def _start(self, start: Start) -> None:
        """Starts the week's contest; while its channel is shut, it waits, and moderators are told once."""
        post = start.guild_id, start.channel_id, start.week
        shut = await is_shut(self.bot, start.guild_id, start.channel_id, JAMS)
        if shut or post in self._refused:
            occasion = f"contest {start.guild_id} {start.week} {start.channel_id}"
            text = week_waits(start.channel_id, latest(start))
            await self.bot.part(ModeratorsDelivery).tell_moderators(start.guild_id, occasion, text)
        if not shut and not self._pauses.lasts(post):
            self._refused.discard(post)
            await self.bot.studio.weekly_contests.start(start)

    async def _drop(self, contest: Contest) -> None:
        """Discord takes no post: there is no contest; the week's is started anew after a while."""
        if await self.bot.studio.contests.drop(contest.id):
            post = contest.guild_id, contest.channel_id, contest.week
            self._pauses.again(post)
            self._refused.add(post)

    async def open_thread(self, contest: Contest) -> Contest:
        """Opens the thread below the contest's post, once: it has the post's id."""
        kept = await self.bot.studio.kept_messages.get(post_of(contest.id))
        if kept is None or kept.message_id is None or contest.thread_id is not None:
            return contest
        thread_id = kept.message_id
        channel = self.bot.get_partial_messageable(kept.channel_id, guild_id=contest.guild_id)
        with await publicly(self.bot, contest.guild_id):
            name = shortened(thread_name(contest), 100)
        try:
            async with answering():
                message = channel.get_partial_message(kept.message_id)
                await message.create_thread(name=name, auto_archive_duration=QUIET)
        except DeliveryUnavailable:
            return contest
        except discord.HTTPException as refusal:
            if refusal.code != THREAD_THERE:
                log.info("a contest has no thread", contest=contest.id, code=refusal.code)
                thread_id = NO_THREAD
        return await self.bot.studio.contests.place(contest.id, thread_id=thread_id)

    def _mine(self, contest: Contest) -> bool:
        """Whether this process looks after it."""
        return self.bot.get_guild(contest.guild_id) is not None
