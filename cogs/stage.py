"""The stage on Discord: where finished tracks are posted, and how their members are reached when that fails.

The rule: a member learns what became of their track. In the channel first; where that cannot be, privately
under the interaction that asked, while it lives (15 minutes); then by direct message; then at their next
command.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
import structlog

from cogs.answers import webhook_of
from cogs.elsewhere import Elsewhere
from cogs.outcomes import failure_sentence, host_sentence
from cogs.track_message import find_posted, only, post, track_files
from cogs.wording import LONGEST_CONTENT, named, shortened
from services import mentions
from services.stage import Delivery, HostNews, Reach, StageUnavailable
from services.tracks import Track

if TYPE_CHECKING:
    from cogs.client import Jamboree

log = structlog.get_logger(__name__)

FRESH = timedelta(seconds=5)  # so soon after its first attempt, the nonce alone finds a track's message
GONE = {10003, 10004}  # Discord's codes: unknown channel, unknown guild
TOO_LARGE = {40005}
NOT_ALLOWED = {50001, 50013}  # missing access, missing permissions
MODERATED = {200000, 200001}  # blocked by the server's AutoMod
ASK_FOR = "A moderator can give me *View Channel*, *Send Messages*, *Embed Links* and *Attach Files* there."


@asynccontextmanager
async def answering() -> AsyncIterator[None]:
    """Tells "not now" (StageUnavailable) from "no" (discord.HTTPException)."""
    try:
        yield
    except discord.HTTPException as error:
        if error.status == 429 or error.status >= 500:
            raise StageUnavailable(f"Discord answers {error.status}") from error
        raise
    except (discord.RateLimited, aiohttp.ClientError, OSError) as error:  # OSError: TimeoutError too
        raise StageUnavailable(type(error).__name__) from error


class DiscordStage:
    """What members hear of their tracks, on Discord; `cogs.backstage` adds what moderators see and decide."""

    def __init__(self, bot: Jamboree) -> None:
        self.bot = bot
        self.elsewhere = Elsewhere(bot)
        self._refreshing: set[asyncio.Task[None]] = set()

    async def upload_limit(self, track: Track) -> int:
        async with answering():
            return await self.elsewhere.upload_limit(track.guild_id)

    async def allows_explicit(self, track: Track) -> bool:
        async with answering():
            return await self.elsewhere.is_age_restricted(track.guild_id, track.channel_id)

    async def moved(self, track: Track) -> None:
        """Begins to edit the answer and does not wait for it: a slow Discord must not hold up a render."""
        self.bot.dispatch("track_moved", track)
        task = asyncio.create_task(self.bot.answers.refresh(track.id))
        self._refreshing.add(task)
        task.add_done_callback(self._refreshed)

    def _refreshed(self, task: asyncio.Task[None]) -> None:
        self._refreshing.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.warning("answer not brought up to date", exc_info=error)

    async def settle(self, patience: float) -> None:
        """Lets the edits that have begun finish, for at most so many seconds."""
        if self._refreshing:
            _done, late = await asyncio.wait(self._refreshing, timeout=patience)
            for task in late:
                task.cancel()

    # posting --------------------------------------------------------------------------------------

    async def publish(self, track: Track, mp3: Path) -> Delivery:
        channel = self.bot.get_partial_messageable(track.channel_id, guild_id=track.guild_id)
        try:
            async with answering():
                message = await self._posted_before(channel, track)
                if message is None:
                    parent = await self.bot.studio.get(track.parent_id) if track.parent_id else None
                    votes = await self.bot.studio.votes.count(track.id)
                    message = await post(channel, track, parent, mp3, votes)
            return Delivery(Reach.CHANNEL, message.channel.id, message.id)
        except discord.HTTPException as refusal:
            log.warning("track not posted", track=track.id, status=refusal.status, code=refusal.code)
            text, fits = _refused(track, refusal)
            return Delivery(await self.reach(track, text, mp3=mp3 if fits else None, in_channel=False))

    async def _posted_before(
        self, channel: discord.PartialMessageable, track: Track
    ) -> discord.Message | None:
        if self.fresh(track):
            return None
        assert self.bot.user is not None
        return await find_posted(channel, track, self.bot.user.id)

    def fresh(self, track: Track) -> bool:
        """Whether no attempt to post the track is so old that only the channel itself can tell of it."""
        return track.publish_intent_at is None or discord.utils.utcnow() - track.publish_intent_at < FRESH

    # telling --------------------------------------------------------------------------------------

    async def failed(self, track: Track) -> None:
        await self.moved(track)
        if track.jam_id is None:  # a jam's panel tells all who are in
            await self.reach(track, failure_sentence(track), in_channel=True)

    async def tell_host(self, news: HostNews) -> None:
        """A direct message to the bot's owner; where that is not possible, an error in the log."""
        text = shortened(host_sentence(news), LONGEST_CONTENT)
        log.warning("told the host", text=text)
        try:
            for owner in await self.bot.owners():
                direct = await self.bot.create_dm(discord.Object(owner))
                await direct.send(text)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            log.error("the host could not be told", text=text, error=str(error))

    async def reach(self, track: Track, text: str, *, mp3: Path | None = None, in_channel: bool) -> Reach:
        """Tells the member in the first way that is open. Raises StageUnavailable if one may open later."""
        if track.member_id < 0:  # erased: there is nobody to tell
            return Reach.NOTICE
        ways = [(Reach.REPLY, self._under_interaction), (Reach.DIRECT, self._directly)]
        if in_channel:
            ways.insert(1, (Reach.CHANNEL, self._in_channel))
        for reach, say in ways:
            try:
                async with answering():
                    if await say(track, text, mp3):
                        return reach
            except discord.HTTPException as refusal:
                log.info(
                    "could not tell", way=reach, track=track.id, status=refusal.status, code=refusal.code
                )
                if mp3 is not None and _is_too_large(refusal):
                    text, mp3 = f"{text}\nThe file is too large to send here.", None
        await self.bot.studio.notices.leave(track.guild_id, track.member_id, text)
        return Reach.NOTICE

    async def _under_interaction(self, track: Track, text: str, mp3: Path | None) -> bool:
        webhook = webhook_of(self.bot, track)
        if webhook is None:
            return False
        await webhook.send(text, ephemeral=True, wait=True, **await _attached(track, mp3))
        return True

    async def _in_channel(self, track: Track, text: str, mp3: Path | None) -> bool:
        channel = self.bot.get_partial_messageable(track.channel_id, guild_id=track.guild_id)
        message = await channel.send(
            f"<@{track.member_id}> {text}",
            allowed_mentions=only(track.member_id),
            **await _attached(track, mp3),
        )
        await self.note(track, channel.id, message.id)
        return True

    async def note(self, track: Track, channel_id: int, message_id: int) -> None:
        """Notes a message that names the track, so that it goes where its maker has their data deleted."""
        place = {"guild_id": track.guild_id, "channel_id": channel_id, "message_id": message_id}
        async with self.bot.studio.database.write() as connection:
            await mentions.note_track(connection, **place, track_id=track.id)

    async def _directly(self, track: Track, text: str, mp3: Path | None) -> bool:
        direct = await self.bot.create_dm(discord.Object(track.member_id))
        await direct.send(text, **await _attached(track, mp3))
        return True


async def _attached(track: Track, mp3: Path | None) -> dict[str, Any]:
    return {"files": await track_files(track, mp3)} if mp3 else {}


def _is_too_large(refusal: discord.HTTPException) -> bool:
    return refusal.status == 413 or refusal.code in TOO_LARGE


def _refused(track: Track, refusal: discord.HTTPException) -> tuple[str, bool]:
    """Why the track is not in its channel, and whether its file can be sent elsewhere."""
    where, again = f"<#{track.channel_id}>", f"`/track {track.number}` gives it to you again."
    if _is_too_large(refusal):
        return f"{named(track)} is finished, but Discord finds its file too large for {where}. {again}", False
    if refusal.code in GONE:
        why = "the channel in which you asked for it is gone"
    elif refusal.code in NOT_ALLOWED or refusal.status == 403:
        why = f"I am not allowed to post it in {where}"
        again += f" {ASK_FOR}"
    elif refusal.code in MODERATED:
        why = f"this server's AutoMod does not let it through in {where}"
    else:
        why = f"Discord does not accept it in {where} ({refusal.text or refusal.status})"
    return f"{named(track)} is finished, but {why}. Here it is; {again}", True
