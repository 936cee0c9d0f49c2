"""Finished audio in an object store: of any machine, away and back, and gone where it is to go."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from postgresql import new_postgresql
from reworking import from_file, original, own, rework, uploads
from s3_server import s3_server, stored
from studio_harness import FakeDelivery, StudioHarness, make_studio
from tcp_proxy import Proxy
from waiting import eventually

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.delivery import Delivered
from services.pipeline import pruning
from services.pipeline.uploads import FileGone
from services.prompts.rework import Kind
from services.storage import unwanted_audio
from services.storage.audio_store import card_name, mp3_name, opus_name
from services.storage.database import now
from services.storage.object_store import RETRIES
from services.tracks import tracks
from services.tracks.sight import everything_in
from services.tracks.track import State, Track

TRIES = 1 + RETRIES  # until the store is said to be away


@pytest.fixture
def way() -> Iterator[Proxy]:
    """To the S3 server; it can be closed."""
    proxy = Proxy(s3_server().port)
    yield proxy
    proxy.close()


@pytest.fixture
def bucket(way: Proxy) -> dict[str, Any]:
    """The settings of a bucket of its own, by that way."""
    return stored(f"http://127.0.0.1:{way.port}")


async def kept(harness: StudioHarness, track: Track) -> list[bool]:
    """Whether the track's MP3 and card are in the store."""
    return [await harness.studio.store.has(name) for name in (mp3_name(track.id), card_name(track.id))]


async def delete(harness: StudioHarness, track: Track) -> None:
    sight = everything_in(track.guild_id)
    await harness.studio.delete(sight, track.id, track.member_id, moderator=False)


async def test_what_one_machine_made_another_plays_and_reworks(
    tmp_path: Path, wave: WaveSpeedStandIn, bucket: dict[str, Any]
) -> None:
    given: dict[str, Any] = bucket | {"database_url": new_postgresql()}
    async with make_studio(tmp_path / "one", wave, **given) as one:
        track, file = await original(one), await own(one)
        assert await kept(one, track) == [True, True]
        async with one.database.write() as connection:
            await tracks.change(connection, track.id, output_url=None)  # the provider keeps it no longer
    delivery, others = one.delivery, tmp_path / "other"
    async with make_studio(others, wave, delivery, **given) as other:
        mp3 = await other.studio.audio.get(await other.track(track.id))
        assert others in mp3.parents
        assert mp3.read_bytes() == dict(delivery.published)[track.id]
        card = await other.studio.audio.card(track.id)
        assert card is not None
        assert others in card.parents
        for asked in (
            await rework(other, Kind.EXTEND, await other.track(track.id)),
            await from_file(other, file),
        ):
            made = await other.settled(asked.id)
            assert made.state is State.DELIVERED, made.failure
        assert uploads(wave) == 2
        assert not delivery.asked_to_give.is_set(), "no message was asked for its file"
        with pytest.raises(FileGone):
            await other.studio.uploads.find(1, 7, file.id)
        await eventually(lambda: _gone(other, file.id))


async def _gone(harness: StudioHarness, file_id: str) -> bool:
    return not await harness.studio.store.has(f"own/{file_id}")


async def test_a_track_waits_for_a_store_that_is_away_and_is_posted_once(
    tmp_path: Path, wave: WaveSpeedStandIn, bucket: dict[str, Any], way: Proxy
) -> None:
    async with make_studio(tmp_path, wave, **bucket) as harness:
        way.cut()
        track = await harness.compose()
        await harness.until(track.id, State.MASTERING)
        await eventually(lambda: asyncio.sleep(0, way.refused > 2 * TRIES))
        assert harness.delivery.published == []
        way.open = True
        assert (await harness.settled(track.id)).state is State.DELIVERED
        assert [track_id for track_id, _ in harness.delivery.published] == [track.id]
        assert await kept(harness, track) == [True, True]
        assert sum(one.path.startswith("/outputs/") for one in wave.requests) == 1, "it was made once"
        assert list((tmp_path / "tracks").iterdir()) == []


class ClosedAtFirst(FakeDelivery):
    """The first time nobody is there, and meanwhile the copy has to make room for others."""

    async def publish(self, track: Track, mp3: Path) -> Delivered:
        if not self.asked_at:
            self.closed_for = 1
            await asyncio.to_thread(mp3.unlink)
        return await super().publish(track, mp3)


async def test_a_copy_need_not_stay_for_as_long_as_others_are_away(
    tmp_path: Path, wave: WaveSpeedStandIn, bucket: dict[str, Any]
) -> None:
    async with make_studio(tmp_path, wave, ClosedAtFirst(), **bucket) as harness:
        source = await original(harness)
        async with harness.database.write() as connection:
            await tracks.change(connection, source.id, output_url=None)
        down = wave.faults.add(Fault("down", endpoint="upload", times=None))
        reworked = await rework(harness, Kind.EXTEND, source)
        await eventually(lambda: asyncio.sleep(0, down.hits))
        await asyncio.to_thread(shutil.rmtree, tmp_path / "cache-0")
        wave.faults.clear()
        made = await harness.settled(reworked.id)
        assert made.state is State.DELIVERED, made.failure
        assert [track_id for track_id, _ in harness.delivery.published] == [source.id, reworked.id]


class AskedForLong(FakeDelivery):
    """Takes so long to say whether the channel is for adults that the copy has to make room meanwhile."""

    copies: Path

    async def allows_explicit(self, track: Track) -> bool:
        await asyncio.to_thread(shutil.rmtree, self.copies)
        return self.adult

    async def publish(self, track: Track, mp3: Path) -> Delivered:
        if not await asyncio.to_thread(mp3.exists):
            self.closed_for = 1  # which is what a file that cannot be opened comes to there
        return await super().publish(track, mp3)


async def test_nor_for_as_long_as_it_takes_to_know_who_hears_it(
    tmp_path: Path, wave: WaveSpeedStandIn, bucket: dict[str, Any]
) -> None:
    delivery = AskedForLong(adult=True)
    delivery.copies = tmp_path / "cache-0"
    wave.faults.add(Fault("nsfw"))
    async with make_studio(tmp_path, wave, delivery, **bucket) as harness:
        track = await harness.settled((await harness.compose()).id)
        assert (track.state, track.explicit) == (State.DELIVERED, True)
        assert [track_id for track_id, _ in delivery.published] == [track.id]
        assert len(delivery.asked_at) == 2


async def test_what_the_store_did_not_take_is_made_again_after_a_restart(
    tmp_path: Path, wave: WaveSpeedStandIn, bucket: dict[str, Any], way: Proxy
) -> None:
    delivery = FakeDelivery()
    async with make_studio(tmp_path, wave, delivery, **bucket) as harness:
        way.cut()
        track = await harness.compose()
        made = tmp_path / "tracks" / f"{track.id}.master.mp3"
        await eventually(lambda: asyncio.to_thread(made.exists))
    async with make_studio(tmp_path, wave, delivery, **bucket) as harness:
        assert (await harness.track(track.id)).state is State.MASTERING
        way.open = True
        assert (await harness.settled(track.id)).state is State.DELIVERED
        assert len(delivery.published) == 1
        assert wave.submits[track.seed] == 1


async def test_what_is_deleted_while_the_store_is_away_goes_when_it_is_back(
    tmp_path: Path, wave: WaveSpeedStandIn, bucket: dict[str, Any], way: Proxy
) -> None:
    async with make_studio(tmp_path, wave, **bucket) as harness:
        deleted, erased = await original(harness), await harness.settled((await harness.compose(member=8)).id)
        other = await original(harness)
        await harness.studio.privacy.stop()  # what it does by itself, is done here
        way.cut()
        await delete(harness, deleted)
        await harness.studio.privacy.erase(8)
        assert not await harness.studio.privacy.clean(), "it is to be tried again"
        assert not list((tmp_path / "cache-0").rglob(f"{deleted.id}*"))
        way.open = True
        assert await harness.studio.privacy.clean()
        for track in (deleted, erased):
            assert await kept(harness, track) == [False, False]
        assert await kept(harness, other) == [True, True]


async def test_what_comes_into_the_store_after_it_was_deleted_is_deleted_again(
    tmp_path: Path, wave: WaveSpeedStandIn, bucket: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with make_studio(tmp_path, wave, **bucket) as harness:
        track = await original(harness)
        late = tmp_path / "late.mp3"
        late.write_bytes(b"late")
        await delete(harness, track)
        await harness.studio.privacy.clean()
        await harness.studio.store.keep(mp3_name(track.id), late)
        monkeypatch.setattr(unwanted_audio, "now", lambda: now() + timedelta(hours=2))
        await harness.studio.privacy.clean()
        assert await kept(harness, track) == [False, False]
        async with harness.database.read() as connection:
            assert (await connection.execute(unwanted_audio.table.select())).all() == []


async def test_an_old_one_goes_from_the_store_and_comes_back_from_its_message(
    tmp_path: Path, wave: WaveSpeedStandIn, bucket: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "now", lambda: now() + timedelta(days=31))
    async with make_studio(tmp_path, wave, **bucket, keep_audio_days=30, launch=False) as harness:
        await harness.studio.launch()
        await harness.studio.pruning.stop()
        track = await original(harness)
        await harness.studio.pruning.prune()
        assert await kept(harness, track) == [False, True]
        mp3 = await harness.studio.audio.get(await harness.track(track.id))
        assert mp3.read_bytes() == dict(harness.delivery.published)[track.id]
        assert await kept(harness, track) == [True, True]
        await harness.studio.close()


async def test_an_own_file_that_the_store_does_not_take_is_not_kept_anywhere(
    tmp_path: Path, wave: WaveSpeedStandIn, bucket: dict[str, Any], way: Proxy
) -> None:
    async with make_studio(tmp_path, wave, **bucket, launch=False) as harness:
        way.cut()
        with pytest.raises(OSError, match="request"):
            await own(harness)
        assert list((tmp_path / "own").iterdir()) == []


async def test_opus_is_made_once_and_goes_with_its_track(wave: WaveSpeedStandIn, tmp_path: Path) -> None:
    async with make_studio(tmp_path, wave) as harness:
        track = await harness.settled((await harness.compose("Played")).id)
        made: list[Path] = []
        only_page = b"OggS\x00\x06" + bytes(21)  # which begins and ends a stream

        async def encode(mp3: Path, target: Path) -> None:
            assert mp3.suffix == ".mp3"
            made.append(target)
            await asyncio.to_thread(target.write_bytes, only_page)

        audio = harness.studio.audio
        first, second = await asyncio.gather(audio.opus(track, encode), audio.opus(track, encode))
        assert first == second
        assert first.read_bytes() == only_page
        assert len(made) == 1
        await harness.studio.delete(everything_in(1), track.id, track.member_id, moderator=False)
        assert not first.exists()
        assert not await harness.studio.store.has(opus_name(track.id))
