"""A member's own data, erased, and messages that are to go. The rule: words and name go, sums of money stay.

Erased rows carry a random negative number where the member's id stood, the same in all of them. What must
not be escaped by erasing oneself stays under the id: a ban in force, and until its day is over what stands
against today's limits. The one line that then joins id and number goes with that day; after it nobody can.

What Discord does not let the bot take down or edit now is not forgotten: it is tried again every hour, and
as soon as permissions have changed, until Discord says that the message or its channel is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from services.albums import privacy as albums
from services.albums.post_storage import touch_track
from services.contests import privacy as contests
from services.delivery import Delivery, DeliveryUnavailable
from services.guilds import audit as records
from services.guilds.audit import Action, Record, record
from services.guilds.bans import in_force
from services.guilds.settings import lock_guild
from services.jams import privacy
from services.messages import announcements
from services.messages.announcements import Announcement
from services.messages.made_from import touch_made_from
from services.own_voices import privacy as own_voices
from services.parties import privacy as parties
from services.pipeline.kept_audio import KeptAudio
from services.privacy import rows
from services.privacy.export import export
from services.relays import privacy as relays
from services.storage import unwanted_audio
from services.storage.audio_store import AudioStore
from services.storage.database import Database, now
from services.storage.tables import bans
from services.storage.tables import tracks as track_table
from services.text.refusal import Refusal
from services.tracks import ballots, charts, mentions, tracks
from services.tracks.mentions import Mention
from services.tracks.sight import Sight
from services.tracks.track import State, Track

log = structlog.get_logger(__name__)

AGAIN = 30.0  # seconds until messages are tried again that could not be taken down
EVERY = 3600.0  # seconds between two looks at whether a day is over, and two tries where Discord refuses


class UnderWay(Refusal):
    """Tracks of the member's have not ended; nothing was erased."""

    def __init__(self, under_way: list[Track]) -> None:
        super().__init__(f"{len(under_way)} tracks are under way")
        self.tracks = under_way


class _Stays(Exception):
    """A message in that guild is closed to the bot, and stays as it is until that changes."""

    def __init__(self, guild_id: int) -> None:
        super().__init__(f"in guild {guild_id}")
        self.guild_id = guild_id


@dataclass(frozen=True, slots=True)
class Holdings:
    """What there is of a member: tracks, and the guilds in which they may not make any."""

    tracks: int
    bans: int


Relabel = Callable[[Track], Awaitable[Path | None]]  # writes a track's credits into its file anew


class Privacy:
    """Erases, and goes on after a stop or a kill until files and messages are gone too.

    news: set where another room has marked messages that are to go.
    """

    def __init__(
        self,
        database: Database,
        store: AudioStore,
        delivery: Delivery,
        label_anew: Relabel,
        audio: KeptAudio,
        news: asyncio.Event | None = None,
    ) -> None:
        self._database = database
        self._store = store
        self._delivery = delivery
        self._label_anew = label_anew
        self._audio = audio
        self._news = news or asyncio.Event()
        self._closed: set[int] = set()  # guilds in which something stays
        self._cleaning: asyncio.Task[None] | None = None
        self._one_at_a_time = asyncio.Lock()

    async def holdings(self, member_id: int) -> Holdings:
        """What a question before erasing should name."""
        own_tracks = sa.select(sa.func.count()).where(track_table.c.member_id == member_id)
        own_bans = sa.select(sa.func.count()).where(bans.c.member_id == member_id, in_force(now()))
        async with self._database.read() as connection:
            return Holdings(await connection.scalar(own_tracks) or 0, await connection.scalar(own_bans) or 0)

    async def export(self, member_id: int, sight: Sight) -> dict[str, Any]:
        """A copy of the member's rows, by what they are. sight: what they see of the guild they ask from."""
        async with self._database.read() as connection:
            return await export(connection, member_id, sight)

    async def note(self, track: Track, channel_id: int, message_id: int) -> None:
        """Notes a message that names the track, so that it goes where its maker has their data deleted."""
        place = {"guild_id": track.guild_id, "channel_id": channel_id, "message_id": message_id}
        async with self._database.write() as connection:
            stale = await mentions.note_track(connection, **place, track_id=track.id)
        if stale:
            self.look()

    def look(self) -> None:
        """A message was noted that is to go, or to be told anew: that is done now."""
        self._news.set()

    async def message_stays(self, guild_id: int, channel_id: int, message_id: int) -> None:
        """Marks a message that Discord does not let the bot delete now: it is tried until it is gone."""
        async with self._database.write() as connection:
            await mentions.mark_message(
                connection, guild_id=guild_id, channel_id=channel_id, message_id=message_id
            )
        self._news.set()

    async def erase(self, member_id: int) -> int:
        """Erases the member's name and words in every guild; returns how many tracks they had.

        Raises UnderWay. Files and messages go right after it, in the background.
        """
        async with self._database.write() as connection:
            mine = track_table.c.member_id == member_id
            ids = set(await connection.scalars(sa.select(track_table.c.guild_id).where(mine).distinct()))
            ids |= await privacy.guilds_of(connection, member_id)
            ids |= await albums.guilds_of(connection, member_id)
            ids |= await relays.guilds_of(connection, member_id)
            ids |= await parties.guilds_of(connection, member_id)
            ids |= await contests.guilds_of(connection, member_id)
            ids |= await own_voices.guilds_of(connection, member_id)
            for guild_id in sorted(ids):
                await lock_guild(connection, guild_id)
            await _check_ended(connection, member_id)
            held = sa.select(track_table.c.id).where(mine).order_by(track_table.c.id)
            await connection.execute(held.with_for_update(key_share=True))  # none of them goes on from now on
            await _check_ended(connection, member_id)
            number = await rows.pseudonym(connection, member_id)
            await charts.mark_stale(connection, member_id)
            await contests.erase(connection, member_id, number)
            await privacy.erase(connection, member_id, number)
            await albums.erase(connection, member_id, number)
            await relays.erase(connection, member_id, number)
            await parties.erase(connection, member_id, number)
            await own_voices.erase(connection, member_id, number)
            await mentions.mark(connection, member_id)
            await ballots.mark_stale(connection, member_id)
            own_tracks = sa.select(track_table.c.id).where(mine)
            await touch_made_from(connection, track_table.c.parent_id.in_(own_tracks), most=None)
            await rows.erase_words(connection, member_id)
            erased = await connection.execute(
                track_table.update().where(mine).values(member_id=number, fetch_at=None)
            )
            theirs = sa.select(track_table.c.id).where(track_table.c.member_id == number)
            await unwanted_audio.mark(connection, (await connection.scalars(theirs)).all())
            await rows.replace_id(connection, member_id, number)
            for guild_id in sorted(ids):
                its = sa.and_(track_table.c.guild_id == guild_id, track_table.c.member_id == number)
                count = await connection.scalar(sa.select(sa.func.count()).where(its))
                await record(connection, guild_id, number, Action.ERASE, subject=f"{count} tracks")
            await rows.finish_days(connection, now())
        self._news.set()
        return erased.rowcount

    # files, messages and days -----------------------------------------------------------------------

    def start(self) -> None:
        """Begins to clean up, also what an earlier run left."""
        self._cleaning = asyncio.create_task(self._keep_clean())

    async def stop(self) -> None:
        """Cleans up no more; what is left, the next start goes on with."""
        if self._cleaning is not None:
            self._cleaning.cancel()
            await asyncio.wait({self._cleaning})

    async def _keep_clean(self) -> None:
        while True:
            self._news.clear()
            try:
                async with self._database.write() as connection:
                    await rows.finish_days(connection, now())
                pause = EVERY if await self.clean() else AGAIN
            except Exception:
                log.exception("not everything that was erased is gone")
                pause = AGAIN
            try:
                async with asyncio.timeout(pause):
                    await self._news.wait()
            except TimeoutError:
                continue

    def opened(self, guild_id: int) -> None:
        """Tries again what stays in that guild: the bot may be let to by now."""
        looking = self._one_at_a_time.locked()  # and may just have been refused
        if guild_id in self._closed or looking:
            self._news.set()

    async def take_down(self, track_id: str) -> bool:
        """Takes the messages down that were marked as a track was deleted.

        False where one stays; it is tried again by itself.
        """
        async with self._database.read() as connection:
            marked = await mentions.marked(connection, track_id)
        try:
            for mention in marked:
                await self._take_back(mention)
        except (DeliveryUnavailable, _Stays):
            self._news.set()
            return False
        return True

    async def clean(self) -> bool:
        """Deletes erased and deleted tracks' files and messages, and what else names somebody erased.

        False where Discord or the store does not answer, so that it is soon to be tried again.
        """
        async with self._one_at_a_time:
            return await self._clean()

    async def _clean(self) -> bool:
        erased = track_table.c.member_id < 0
        async with self._database.read() as connection:
            posted = sa.or_(
                track_table.c.message_id.is_not(None), track_table.c.review_message_id.is_not(None)
            )
            shown = list(await connection.scalars(sa.select(track_table.c.id).where(erased, posted)))
            naming = await mentions.marked(connection)
            shared = await privacy.to_be_credited_anew(connection)
            being_said = await announcements.of_erased(connection)
        acts = [
            self._delete_unwanted,
            *(partial(self._take_down, track_id) for track_id in shown),
            *(partial(self._take_back, mention) for mention in naming),
            *(partial(self._credit_anew, track) for track in shared),
            *(partial(self._unsay, *one) for one in being_said),
        ]
        done, closed = True, set[int]()
        for act in acts:
            try:
                await act()
            except DeliveryUnavailable:  # the others need not wait for it
                done = False
            except _Stays as message:
                closed.add(message.guild_id)
        self._closed = closed
        return done

    async def _delete_unwanted(self) -> None:
        try:
            await unwanted_audio.delete_unwanted(self._database, self._store)
        except OSError as error:
            raise DeliveryUnavailable(f"audio is not deleted yet: {error}") from error

    async def _credit_anew(self, track: Track) -> None:
        if not await self._delivery.credit_anew(track, await self._label_anew(track)):
            raise _Stays(track.guild_id)
        async with self._database.write() as connection:
            await privacy.credited_anew(connection, track)
            await touch_track(connection, track.id)

    async def _unsay(self, track_id: str, said: Announcement) -> None:
        async with self._database.read() as connection:
            track = await _readable(connection, track_id)
        if track is not None and not await self._delivery.unsay(track, said):
            raise _Stays(track.guild_id)
        async with self._database.write() as connection:
            await announcements.forget(connection, said.key)

    async def _take_down(self, track_id: str) -> None:
        posted, shown = tracks.MESSAGES
        query = sa.select(track_table.c.guild_id, *posted, *shown).where(track_table.c.id == track_id)
        async with self._database.read() as connection:
            guild_id, *places = (await connection.execute(query)).one()
            track = await _readable(connection, track_id)
        stays = False
        for channel_id, message_id in (places[:2], places[2:]):
            if channel_id is None or message_id is None:
                continue
            if track is None:
                gone = await self._delivery.delete_mention(guild_id, channel_id, message_id)
            else:
                gone = await self._delivery.take_down(track, channel_id, message_id)
            stays = stays or not gone
            if gone:
                async with self._database.write() as connection:
                    await tracks.forget_message(connection, track_id, message_id)
        if stays:
            raise _Stays(guild_id)

    async def _take_back(self, mention: Mention) -> None:
        """A log's message tells its change without the name, a review's its outcome; the others go."""
        async with self._database.read() as connection:
            change, track = about = await _about(connection, mention)
        place = (mention.channel_id, mention.message_id)
        reviewed = (
            track is not None and track.deleted_at is None and track.review_message_id == mention.message_id
        )
        if change is not None:
            done = await self._delivery.update_log_message(change, *place)
        elif track is not None and reviewed:
            done = await self._delivery.reviewed(track)
        elif track is not None and mention.message_id in (track.message_id, track.review_message_id):
            done = await self._take_own_down(track, mention)
        else:
            done = await self._delivery.delete_mention(mention.guild_id, *place)
        if not done:
            raise _Stays(mention.guild_id)
        async with self._database.write() as connection:
            gone = change is None and not reviewed
            await mentions.taken_back(connection, mention, gone=gone)  # first: who marks it from now on waits
            if not gone and await _about(connection, mention) != about:
                await mentions.mark_anew(connection, mention)

    async def _take_own_down(self, track: Track, mention: Mention) -> bool:
        """The message of a deleted or withheld track goes; the MP3 of one that may be published is kept."""
        if track.deleted_at is None:
            if track.state is State.DELIVERED:  # published again meanwhile, in the very same message
                return True
            await self._audio.save(track)
        if not await self._delivery.take_down(track, mention.channel_id, mention.message_id):
            return False
        async with self._database.write() as connection:
            await tracks.forget_message(connection, track.id, mention.message_id)
        return True


async def _check_ended(connection: AsyncConnection, member_id: int) -> None:
    """Whether all of the member's tracks have ended. Raises UnderWay."""
    if own := [one for one in await tracks.unfinished(connection) if member_id in one.makers]:
        raise UnderWay(own)


async def _about(connection: AsyncConnection, mention: Mention) -> tuple[Record | None, Track | None]:
    """What the message tells, and which track it is about."""
    change = await records.get(connection, mention.change_id) if mention.change_id else None
    return change, await _readable(connection, mention.track_id) if mention.track_id else None


async def _readable(connection: AsyncConnection, track_id: str) -> Track | None:
    """The track; None also where its row cannot be read, which keeps none of its messages."""
    return next(iter(await tracks.all_of(connection, [track_id])), None)
