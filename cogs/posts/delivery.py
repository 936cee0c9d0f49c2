"""Delivery on Discord: where finished tracks are posted, and how members are reached when that fails.

The rule: a member learns what became of their track, once. In the channel first; where that cannot be, in the
private answer to the interaction that asked, while it lives (15 minutes); then by direct message; then at
their next command.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import discord
import structlog

from cogs.core.client import Jamboree
from cogs.core.discord_errors import GONE, MODERATED, NO_MORE, NOT_ALLOWED, TOO_LARGE, UNANSWERED, answering
from cogs.core.elsewhere import Elsewhere
from cogs.core.history import fresh, say_once
from cogs.core.sights import Sights
from cogs.languages.guild_languages import in_public, privately, to_host
from cogs.posts.message import find_posted, not_posted, only, post, track_files
from cogs.posts.progress_reply import ProgressReplies, webhook_of
from cogs.requests.attachments import FileTooLarge, NotFetched, fetch
from cogs.texts import posts as texts
from cogs.texts.contests.contest import finished_for_contest
from cogs.texts.files import credits_of, credits_of_file
from cogs.texts.formatting import LONGEST_CONTENT, shortened
from cogs.texts.outcomes import failure_sentence, host_sentence
from services.audio.credits import Credits
from services.delivery import AudioClosed, AudioGone, Delivered, DeliveryUnavailable, HostNews, Reach
from services.messages.announcements import Announcement
from services.tracks.track import ENDED, Track

log = structlog.get_logger(__name__)

LARGEST_POSTED = 100 * 2**20  # bytes: the most that Discord lets anybody post in a server


class MembersDelivery:
    """What members hear of their tracks; `moderators_delivery` adds what moderators see and decide."""

    def __init__(self, bot: Jamboree) -> None:
        self.bot = bot
        self.elsewhere = bot.part(Elsewhere)
        self._refreshing: set[asyncio.Task[None]] = set()

    @in_public
    async def credits(self, track: Track) -> Credits:
        """What the track's files say of it."""
        return credits_of(track)

    def credits_of_file(self, name: str) -> Credits:
        """What the card of a member's own file says of it."""
        return credits_of_file(name)

    async def upload_limit(self, track: Track) -> int:
        """How many bytes a file may have that is posted where the track goes."""
        async with answering():
            return await self.elsewhere.upload_limit(track.guild_id)

    async def was_told(self, track: Track) -> bool:
        """Whether Discord took the answer in which the track's member reads that it is asked for."""
        webhook = webhook_of(self.bot, track)
        if webhook is None:  # nobody can say any more
            return True
        original: Any = "@original"
        try:
            async with answering():
                await webhook.fetch_message(original)
        except discord.HTTPException as refusal:
            return refusal.code != UNANSWERED
        return True

    async def allows_explicit(self, track: Track) -> bool:
        """Whether the track's channel is for adults only."""
        async with answering():
            return await self.elsewhere.is_age_restricted(track.guild_id, track.channel_id)

    async def moved(self, track: Track) -> None:
        """Begins to edit the answer and does not wait for it: a slow Discord must not hold up a render."""
        self._announce(track)
        task = asyncio.create_task(self.bot.answers.refresh(track))
        self._refreshing.add(task)
        task.add_done_callback(self._refreshing.discard)

    def _announce(self, track: Track) -> None:
        """Has those messages brought up to date that show the track, or wait for it."""
        if track.jam_id is not None:
            self.bot.dispatch("jam_changed", track.jam_id)
        if track.state in ENDED:
            self.bot.dispatch("track_ended", track)

    async def settle(self, patience: float) -> None:
        """Lets the edits that have begun finish, for at most so many seconds."""
        if self._refreshing:
            _done, late = await asyncio.wait(self._refreshing, timeout=patience)
            for task in late:
                task.cancel()

    # posting --------------------------------------------------------------------------------------

    @in_public
    async def publish(self, track: Track, mp3: Path) -> Delivered:
        """Posts the track in its channel, once; where it cannot be, its member gets it in another way.

        What is made for a contest its maker alone gets, until that is over.
        """
        if track.contest_id is not None:
            with await privately(self.bot, track):
                text = finished_for_contest(track)
                return Delivered(await self.reach(track, not_posted(track), text, mp3=mp3, in_channel=False))
        channel = self.bot.get_partial_messageable(track.channel_id, guild_id=track.guild_id)
        try:
            async with answering():
                message = await self._posted_before(channel, track)
                if message is None:
                    parent = await self.parent_shown_in(track.channel_id, track)
                    message = await post(channel, track, parent, mp3)
            return Delivered(Reach.CHANNEL, message.channel.id, message.id)
        except discord.HTTPException as refusal:
            log.warning("track not posted", track=track.id, status=refusal.status, code=refusal.code)
            with await privately(self.bot, track):
                text, fits = _refused(track, refusal)
                sent = mp3 if fits else None
                return Delivered(await self.reach(track, not_posted(track), text, mp3=sent, in_channel=False))

    async def parent_shown_in(self, channel_id: int, track: Track) -> Track | None:
        """What the track was made from, where that is there and all readers of that channel see it."""
        if track.parent_id is None:
            return None
        sight = self.bot.part(Sights).of_channel(track.guild_id, channel_id)
        parent = await self.bot.studio.parent(sight, track)
        return None if parent is None or parent.deleted_at is not None else parent

    async def _posted_before(
        self, channel: discord.PartialMessageable, track: Track
    ) -> discord.Message | None:
        return None if fresh(track.publish_intent_at) else await find_posted(channel, track, self.own_id)

    @property
    def own_id(self) -> int:
        """The id of the bot's user."""
        assert self.bot.user is not None
        return self.bot.user.id

    async def audio_posted(self, track: Track) -> int | None:
        """How many bytes the MP3 in the track's message has; None where it cannot be had."""
        try:
            file = await self._posted_audio(track)
        except AudioClosed:
            return None
        return None if file is None else file.size

    async def fetch_audio(self, track: Track) -> AsyncGenerator[bytes]:
        """The MP3 in the track's message, in pieces. Raises AudioGone, DeliveryUnavailable."""
        file = await self._posted_audio(track)  # asked for anew, because addresses of files expire
        if file is None:
            raise AudioGone
        fetched = 0
        try:
            async with aclosing(fetch(self.bot.settings.discord_api_url, file, LARGEST_POSTED)) as pieces:
                async for piece in pieces:
                    fetched += len(piece)
                    yield piece
        except FileTooLarge as error:  # that is no file of ours
            raise AudioGone from error
        except NotFetched as error:  # whatever is said of the address: the message has the file
            raise DeliveryUnavailable("Discord does not give a file") from error
        if fetched != file.size:
            raise DeliveryUnavailable("Discord gave a part of a file")

    async def is_posted(self, track: Track) -> bool:
        """Whether the track's message is there, also where that cannot be told now.

        That it is gone is believed when Discord says so again.
        """
        try:
            return await self._posted(track) is not None or await self._posted(track) is not None
        except (AudioClosed, DeliveryUnavailable):
            return True

    async def _posted_audio(self, track: Track) -> discord.Attachment | None:
        """The MP3 in the track's message; None where either is gone. Raises AudioClosed."""
        message = await self._posted(track)
        if message is None:
            return None
        return next((file for file in message.attachments if file.filename.endswith(".mp3")), None)

    async def _posted(self, track: Track) -> discord.Message | None:
        """The track's message; None where it is gone. Raises AudioClosed, DeliveryUnavailable."""
        if track.message_channel_id is None or track.message_id is None:
            return None
        channel = self.bot.get_partial_messageable(track.message_channel_id, guild_id=track.guild_id)
        try:
            async with answering():
                return await channel.get_partial_message(track.message_id).fetch()
        except discord.HTTPException as refusal:
            log.info("no message of the track", track=track.id, code=refusal.code)
            if refusal.code in NO_MORE:
                return None
            raise AudioClosed(f"Discord answers {refusal.status} ({refusal.code})") from refusal

    # telling --------------------------------------------------------------------------------------

    @in_public
    async def failed(self, track: Track) -> None:
        """Tells the member why the track came to nothing, what it cost, and what to do."""
        self._announce(track)
        if track.jam_id is None:
            told = failure_sentence(track)
            await self.reach(track, f"failed {track.id}", told, in_channel=track.contest_id is None)

    async def tell_host(self, news: HostNews, occasion: str | None) -> None:
        """Tells whoever hosts the bot, once on that occasion; None: without writing that down."""
        with await to_host(self.bot):
            text = shortened(host_sentence(news), LONGEST_CONTENT)
        for owner in self.bot.owners():
            said = Announcement(f"{owner}", text, discord.utils.utcnow(), None)
            if occasion is not None:
                said = await self.bot.studio.announcements.begin(f"{occasion} {owner}", text)
            if said.way is not None:
                continue
            log.warning("telling the host", text=said.text)
            try:
                async with answering():
                    await say_once(await self.bot.create_dm(discord.Object(owner)), said)
            except discord.HTTPException as refusal:
                log.error("the host could not be told", text=said.text, error=str(refusal))
            if occasion is not None:
                await self.bot.studio.announcements.said(said, Reach.DIRECT)

    async def reach(
        self, track: Track, occasion: str, text: str, *, mp3: Path | None = None, in_channel: bool
    ) -> Reach:
        """Tells the member, once, in the first way that is open. Raises DeliveryUnavailable if it may change.

        occasion: names it among all that the bot ever says by itself.
        """
        if await self.is_erased(track):  # there is nobody to tell
            return Reach.NOTICE
        said = await self.bot.studio.announcements.begin(occasion, text, track.id)
        if said.way is not None:
            return Reach(said.way)
        ways = {Reach.REPLY: self._in_answer, Reach.CHANNEL: self._in_channel, Reach.DIRECT: self._directly}
        if not in_channel:
            del ways[Reach.CHANNEL]
        more = f"\n{texts.attached(track)}" if mp3 is not None else ""
        for reach in map(Reach, said.ways_left([*ways])):
            if reach is not Reach.REPLY:
                await self.bot.studio.announcements.trying(said, reach)
            try:
                async with answering():
                    if await ways[reach](track, said, more, mp3):
                        await self.bot.studio.announcements.said(said, reach)
                        return reach
            except discord.HTTPException as refusal:
                log.info(
                    "could not tell", way=reach, track=track.id, status=refusal.status, code=refusal.code
                )
                if mp3 is not None and _is_too_large(refusal):
                    more, mp3 = f"\n{texts.TOO_LARGE_HERE}", None
        await self.bot.studio.announcements.leave(said, track.guild_id, track.member_id, Reach.NOTICE)
        return Reach.NOTICE

    async def is_erased(self, track: Track) -> bool:
        """Whether its maker was by now: what is tried again was read before."""
        now = await self.bot.studio.get(track.id)
        return (now or track).member_id < 0

    async def _in_answer(self, track: Track, _said: Announcement, more: str, mp3: Path | None) -> bool:
        """Brings the private answer up to date, which says it however often that is done."""
        return await self.bot.part(ProgressReplies).tell(track.id, more, mp3)

    async def _in_channel(self, track: Track, said: Announcement, more: str, mp3: Path | None) -> bool:
        channel = self.bot.get_partial_messageable(track.channel_id, guild_id=track.guild_id)
        message = await say_once(
            channel,
            said,
            f"<@{track.member_id}> {said.text}{more}",
            allowed_mentions=only(track.member_id),
            **await _attached(track, mp3),
        )
        await self.note(track, channel.id, message.id)
        return True

    async def _directly(self, track: Track, said: Announcement, more: str, mp3: Path | None) -> bool:
        direct = await self.bot.create_dm(discord.Object(track.member_id))
        await say_once(direct, said, f"{said.text}{more}", **await _attached(track, mp3))
        return True

    async def note(self, track: Track, channel_id: int, message_id: int) -> None:
        """Notes a message that names the track, so that it goes where its maker has their data deleted."""
        await self.bot.studio.privacy.note(track, channel_id, message_id)


async def _attached(track: Track, mp3: Path | None) -> dict[str, Any]:
    return {"files": await track_files(track, mp3)} if mp3 else {}


def _is_too_large(refusal: discord.HTTPException) -> bool:
    return refusal.status == 413 or refusal.code in TOO_LARGE


def _refused(track: Track, refusal: discord.HTTPException) -> tuple[str, bool]:
    """Why the track is not in its channel, and whether its file can be sent elsewhere."""
    if _is_too_large(refusal):
        return texts.too_large(track), False
    if refusal.code in GONE:
        return texts.channel_gone(track), True
    if refusal.code in NOT_ALLOWED or (refusal.status == 403 and not refusal.code):
        return texts.not_allowed(track), True
    if refusal.code in MODERATED:
        return texts.moderated(track), True
    return texts.not_accepted(track, refusal.text or str(refusal.status)), True
