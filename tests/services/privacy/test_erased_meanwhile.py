"""Who is erased while a message is written anew without somebody else: it is written anew once more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from kept_track import a_track
from studio_harness import FakeDelivery, no_files

from services.guilds import audit
from services.guilds.audit import Action, Record
from services.pipeline.kept_audio import KeptAudio
from services.privacy.erasure import Privacy
from services.storage.audio_store import FolderStore
from services.storage.database import Database
from services.tracks import mentions
from services.tracks.track import Track
from services.tracks.tracks import credit

BEN, ADA, CLEO = 700_000_000_000_000_007, 700_000_000_000_000_005, 700_000_000_000_000_008


@dataclass
class SlowDelivery(FakeDelivery):
    """meanwhile: happens once, while a message is written anew."""

    meanwhile: Callable[[], Awaitable[object]] | None = None

    async def update_log_message(self, change: Record, channel_id: int, message_id: int) -> bool:
        await self._take_time()
        return await super().update_log_message(change, channel_id, message_id)

    async def credit_anew(self, track: Track, mp3: Path | None) -> bool:
        await self._take_time()
        return await super().credit_anew(track, mp3)

    async def _take_time(self) -> None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()


def privacy_of(database: Database, folder: Path, delivery: FakeDelivery) -> Privacy:
    store = FolderStore(folder)
    return Privacy(database, store, delivery, no_files, KeptAudio(delivery, store))


async def test_a_log_names_neither(database: Database, tmp_path: Path) -> None:
    delivery = SlowDelivery()
    eraser = privacy_of(database, tmp_path, delivery)
    async with database.write() as connection:
        await audit.record(connection, 1, ADA, Action.BAN, subject=str(BEN))
        (change,), _count = await audit.records(connection, 1)
        await mentions.note_change(connection, channel_id=9, message_id=21, change=change)
    await eraser.erase(BEN)
    delivery.meanwhile = lambda: eraser.erase(ADA)
    assert await eraser.clean()
    assert await eraser.clean()
    (_, first), (_, last) = delivery.retold
    assert first.actor_id == ADA
    assert last.actor_id != ADA
    assert last.subject not in (str(BEN), "")
    assert await eraser.clean()
    assert len(delivery.retold) == 2, "nothing is left to be told"


async def test_a_song_credits_neither(database: Database, tmp_path: Path) -> None:
    delivery = SlowDelivery()
    eraser = privacy_of(database, tmp_path, delivery)
    track = await a_track(database, member_id=BEN, message_channel_id=2, message_id=3)
    async with database.write() as connection:
        await credit(connection, track, [(BEN, "Ben"), (CLEO, "Cleo"), (ADA, "Ada")])
    await eraser.erase(BEN)
    delivery.meanwhile = lambda: eraser.erase(CLEO)
    assert await eraser.clean()
    written = len(delivery.told)
    assert await eraser.clean()
    assert len(delivery.told) > written
    written = len(delivery.told)
    assert await eraser.clean()
    assert len(delivery.told) == written
