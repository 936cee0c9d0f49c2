"""A studio over real SQLite, real DBOS and the WaveSpeed stand-in, with a delivery that remembers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from migrated import migrated_folder
from sqlalchemy.ext.asyncio import AsyncConnection
from waiting import PATIENCE

from cogs.texts.files import credits_of, credits_of_file
from rehearsal.wavespeed import WaveSpeedStandIn
from services.audio.credits import Credits
from services.delivery import AudioGone, Delivered, DeliveryUnavailable, HostNews, Reach
from services.guilds.audit import Record
from services.messages.announcements import Announcement
from services.metrics import Metrics
from services.money.accounts import GuildKey, Hold
from services.money.ledger import Ledger
from services.money.limits import Limits
from services.prompts.prompt import parse_prompt
from services.requests import Request
from services.settings import Settings
from services.storage.database import Database
from services.storage.files import mp3_path
from services.storage.tables import entries, sums
from services.studio import Studio
from services.tracks.track import ENDED, State, Track
from services.wavespeed.client import WaveSpeed

T = TypeVar("T")

LARGE_UPLOAD = 10 * 2**20


@dataclass
class FakeDelivery:
    """A delivery: `services.delivery.Delivery` for an audience that is only remembered."""

    published: list[tuple[str, bytes]] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)  # to moderators
    taken_down: list[tuple[str, int]] = field(default_factory=list)
    retold: list[tuple[int, Record]] = field(default_factory=list)
    unsaid: list[int] = field(default_factory=list)
    no_review: bool = False  # the moderators' channel is gone
    told: list[tuple[str, str]] = field(default_factory=list)
    untold: set[str] = field(default_factory=set)  # ids of tracks whose members know nothing of them
    adult: bool = False
    limit: int = LARGE_UPLOAD
    closed_for: int = 0  # so many calls find nobody there
    closed_to: set[int] = field(default_factory=set)  # guilds whose moderators nobody finds
    asks_for: float = 0  # seconds, in which it is not to be asked again
    asked_at: list[float] = field(default_factory=list)  # the loop's seconds, of each try to publish
    host: list[HostNews] = field(default_factory=list)
    held: list[tuple[int, Hold]] = field(default_factory=list)  # guilds whose own account does not pay
    asked_for: list[str] = field(default_factory=list)  # tracks whose messages were looked at for their MP3
    without_audio: set[int] = field(default_factory=set)  # ids of messages
    refusals: list[Exception] = field(default_factory=list)  # what the next tries to have an MP3 meet
    giving: asyncio.Event = field(default_factory=asyncio.Event)  # MP3s wait for it once it was cleared
    asked_to_give: asyncio.Event = field(default_factory=asyncio.Event)
    may_take_down: bool = True
    _posted: list[tuple[str, datetime | None]] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def upload_limit(self, track: Track) -> int:
        return self.limit

    async def was_told(self, track: Track) -> bool:
        return track.id not in self.untold

    async def allows_explicit(self, track: Track) -> bool:
        return self.adult

    async def moved(self, track: Track) -> None:
        await self._note("moved", track)

    async def publish(self, track: Track, mp3: Path) -> Delivered:
        self.asked_at.append(asyncio.get_running_loop().time())
        self._must_be_open()
        if (track.id, track.publish_intent_at) not in self._posted:
            self._posted.append((track.id, track.publish_intent_at))
            self.published.append((track.id, await asyncio.to_thread(mp3.read_bytes)))
        return Delivered(Reach.CHANNEL, track.channel_id, 1000 + len(self.published))

    def _must_be_open(self) -> None:
        if self.closed_for:
            self.closed_for -= 1
            raise DeliveryUnavailable("closed", self.asks_for)

    async def withheld(self, track: Track) -> None:
        await self._note("withheld", track)

    async def show(self, track: Track, mp3: Path, channel_id: int) -> Delivered | None:
        self._must_be_open()
        if self.no_review:
            return None
        if track.id not in self.shown:
            self.shown.append(track.id)
        return Delivered(Reach.CHANNEL, channel_id, 2000 + len(self.shown))

    async def in_review(self, track: Track) -> None:
        await self._note("in review", track)

    async def credits(self, track: Track) -> Credits:
        return credits_of(track)

    def credits_of_file(self, name: str) -> Credits:
        return credits_of_file(name)

    async def reviewed(self, track: Track) -> bool:
        await self._note(f"moderators: {track.state}", track)
        return True

    async def audio_posted(self, track: Track) -> int | None:
        self.asked_for.append(track.id)
        self._must_be_open()
        data = self._audio_of(track)
        return None if data is None else len(data)

    def __post_init__(self) -> None:
        self.giving.set()

    async def fetch_audio(self, track: Track) -> AsyncGenerator[bytes]:
        self._must_be_open()
        self.asked_to_give.set()
        await self.giving.wait()
        if self.refusals:
            raise self.refusals.pop(0)
        data = self._audio_of(track)
        if data is None:
            raise AudioGone
        for start in range(0, len(data), 2**16):
            yield data[start : start + 2**16]

    def _audio_of(self, track: Track) -> bytes | None:
        """The MP3 in the track's message."""
        assert track.message_id is not None
        if track.message_id in self.without_audio or (track.id, track.message_id) in self.taken_down:
            return None
        return dict(self.published).get(track.id)

    async def take_down(self, track: Track, channel_id: int, message_id: int) -> bool:
        if self.may_take_down:
            self.taken_down.append((track.id, message_id))
        return self.may_take_down

    async def update_log_message(self, change: Record, channel_id: int, message_id: int) -> bool:
        self.retold.append((message_id, change))
        return True

    async def credit_anew(self, track: Track, mp3: Path | None) -> bool:
        await self._note(f"made by {track.member_name}", track)
        return True

    async def delete_mention(self, guild_id: int, channel_id: int, message_id: int) -> bool:
        self._must_be_open()
        self.unsaid.append(message_id)
        return True

    async def unsay(self, track: Track, said: Announcement) -> bool:
        return True

    async def failed(self, track: Track) -> None:
        await self._note("failed", track)

    async def key_held(self, key: GuildKey, why: Hold, occasion: str) -> None:
        if key.guild_id in self.closed_to:
            raise DeliveryUnavailable("closed")
        async with self.news:
            self.held.append((key.guild_id, why))
            self.news.notify_all()

    async def tell_host(self, news: HostNews, occasion: str | None) -> None:
        async with self.news:
            self.host.append(news)
            self.news.notify_all()

    async def _note(self, what: str, track: Track) -> None:
        async with self.news:
            self.told.append((what, track.id))
            self.news.notify_all()


class WatchedDatabase(Database):
    """Tells of every commit, so that a test need not ask again and again."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._news = asyncio.Condition()
        self.unsure = 0  # so often is it not sure that the place is still ours

    def place_is_sure(self) -> bool:
        self.unsure -= 1
        return self.unsure < 0

    @asynccontextmanager
    async def write(self, *, patient: bool = False) -> AsyncGenerator[AsyncConnection]:
        async with super().write(patient=patient) as connection:
            yield connection
        await self._tell()

    async def write_in_one_go(
        self, act: Callable[[AsyncConnection], Coroutine[Any, Any, T]], *, patient: bool = False
    ) -> T:
        result = await super().write_in_one_go(act, patient=patient)
        await self._tell()
        return result

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def until(self, look: Callable[[], Awaitable[object]]) -> None:
        """Waits until `look` finds what it looks for in the database. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE), self._news:
            while not await look():
                await self._news.wait()


async def no_files(track: Track) -> Path | None:
    """For a test whose tracks have none: there is nothing to label anew."""


@dataclass
class StudioHarness:
    """The studio with all that it stands on. `open` and `close` as often as a test likes."""

    settings: Settings
    wave: WaveSpeedStandIn
    delivery: FakeDelivery
    studio: Studio
    database: WatchedDatabase
    _stack: AsyncExitStack

    async def compose(
        self, title: str = "A Track", *, guild: int = 1, member: int = 7, **given: Any
    ) -> Track:
        prompt = parse_prompt(**{"tags": "funk, brass", "duration": 5, "title": title} | given)
        request = Request(guild, f"Guild {guild}", 50 + guild, member, f"Member {member}", prompt)
        return await self.studio.requests.compose(request)

    async def track(self, track_id: str) -> Track:
        track = await self.studio.get(track_id)
        assert track is not None
        return track

    def mp3(self, track: Track) -> Path | None:
        """Where the track's MP3 is in DATA_DIR, if it is."""
        path = mp3_path(self.settings.data_dir, track.id)
        return path if path.exists() else None

    async def until(self, track_id: str, *states: State) -> Track:
        """Waits until the track is in one of the states (any in which it has ended where none is given)."""

        async def there() -> bool:
            state = (await self.track(track_id)).state
            return state in states if states else state in ENDED

        await self.database.until(there)
        return await self.track(track_id)

    async def settled(self, track_id: str) -> Track:
        """Waits until the track has ended and its money has been settled or released."""

        async def closed() -> bool:
            return bool({"spend", "release"} & set(await self.kinds(track_id)))

        await self.database.until(closed)
        return await self.until(track_id)

    async def kinds(self, track_id: str) -> list[str]:
        async with self.database.read() as connection:
            rows = await connection.execute(
                entries.select().where(entries.c.track_id == track_id).order_by(entries.c.id)
            )
            return [row.kind for row in rows]

    async def money(self) -> dict[str, tuple[int, int]]:
        """reserved and spent of every kept sum."""
        async with self.database.read() as connection:
            rows = await connection.execute(sums.select())
            return {row.account: (row.reserved, row.spent) for row in rows}


NewStudio = Callable[..., AbstractAsyncContextManager[StudioHarness]]


@asynccontextmanager
async def make_studio(
    folder: Path,
    wave: WaveSpeedStandIn,
    delivery: FakeDelivery | None = None,
    *,
    launch: bool = True,
    **changes: Any,
) -> AsyncIterator[StudioHarness]:
    """A studio on that folder; a second one on the same folder goes on where the first was left."""
    values: dict[str, Any] = {
        "_env_file": None,
        "discord_token": "token",
        "wavespeed_api_key": "rehearsal-key",
        "wavespeed_base_url": wave.url,
        "data_dir": folder,
        "guild_access": "open",
        "account_level": "gold",
        "poll_interval": 0.05,
        "lost_answer_patience": 0.3,
        "provider_patience": 5,
        "request_timeout": 30,
        "fetch_patience": 1,
        "member_waiting_limit": 2000,
    }
    settings = Settings(**{**values, **changes})
    migrated_folder(folder)
    delivery = delivery or FakeDelivery()
    async with AsyncExitStack() as stack:
        database = WatchedDatabase(settings.tracks_database_url)
        stack.push_async_callback(database.close)
        await database.migrate()
        metrics = Metrics()
        client = await stack.enter_async_context(
            WaveSpeed(
                wave.url,
                "rehearsal-key",
                timeout=settings.request_timeout,
                attempts=2,
                backoff=0.01,
                may_post=database.place_is_sure,
                heard=metrics.provider_answered,
            )
        )
        ledger = Ledger(Limits.of(settings))
        studio = Studio(settings, database, client, ledger, delivery, metrics)
        stack.push_async_callback(studio.workers.close)
        if launch:
            await studio.launch()
            stack.push_async_callback(studio.close)
        yield StudioHarness(settings, wave, delivery, studio, database, stack)
