"""Whoever needs an MP3 that was pruned has it again, or hears why not."""

from __future__ import annotations

import asyncio
import errno
import os
import time
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from reworking import original, rework, uploads
from studio_harness import NewStudio, StudioHarness
from test_pruning import ADA, DAYS, age, path_of, posted, pruned
from waiting import eventually

from rehearsal.wavespeed import WaveSpeedStandIn
from services.delivery import AudioClosed, AudioGone, DeliveryUnavailable
from services.pipeline import kept_audio, pruning, sources
from services.pipeline.sources import SourceAway
from services.prompts.rework import Kind
from services.storage import audio_store
from services.storage.database import now
from services.storage.files import clear_away, mp3s_before
from services.tracks import tracks
from services.tracks.sight import everything_in
from services.tracks.track import State, Track, WithheldBecause

# who needs it -------------------------------------------------------------------------------------------


async def test_a_source_of_what_waits_stays_and_a_pruned_one_is_brought_back_for_the_rework(
    new_studio: NewStudio, wave: WaveSpeedStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_studio(keep_audio_days=DAYS) as harness:
        source = await original(harness)
        data = path_of(harness, source).read_bytes()
        monkeypatch.setattr(sources, "now", lambda: now() + timedelta(days=8))  # the provider keeps 7 days
        await harness.studio.queue.pause(1)
        waiting = await rework(harness, Kind.RESTYLE, source)
        age(harness, source)
        assert not await pruned(harness, source)
        await harness.studio.queue.resume(1)
        assert (await harness.settled(waiting.id)).state is State.DELIVERED
        age(harness, source)
        assert await pruned(harness, source)
        before = await harness.money()
        harness.delivery.closed_for = 1  # Discord blinks
        with pytest.raises(SourceAway):
            await rework(harness, Kind.RESTYLE, source, tags="ska")
        assert await harness.money() == before
        track = await harness.settled((await rework(harness, Kind.RESTYLE, source, tags="ska")).id)
        assert track.state is State.DELIVERED
        assert uploads(wave) == 2
        assert path_of(harness, source).read_bytes() == data


async def test_what_moderators_take_down_is_saved_before_and_can_be_published_again(
    new_studio: NewStudio,
) -> None:
    async with new_studio(keep_audio_days=DAYS) as harness:
        track = await posted(harness)
        async with harness.database.write() as connection:  # the provider has it no longer
            await tracks.change(connection, track.id, output_url=None)
        age(harness, track)
        assert await pruned(harness, track)
        await harness.studio.review.withhold(everything_in(1), track.id, ADA, "noise")

        async def taken_down() -> bool:
            return (await harness.track(track.id)).message_id is None

        await eventually(taken_down)
        await harness.studio.review.publish(everything_in(1), track.id, ADA)
        await harness.until(track.id, State.DELIVERED)
        (_, first), (_, second) = harness.delivery.published
        assert first == second


async def test_what_is_nowhere_is_not_published_again_and_that_is_said(new_studio: NewStudio) -> None:
    async with new_studio(keep_audio_days=DAYS) as harness:
        track = await posted(harness)
        async with harness.database.write() as connection:
            await tracks.change(connection, track.id, output_url=None)
        age(harness, track)
        assert await pruned(harness, track)
        harness.delivery.without_audio.add(track.message_id or 0)
        await harness.studio.review.withhold(everything_in(1), track.id, ADA, "noise")

        async def taken_down() -> bool:
            return (await harness.track(track.id)).message_id is None

        await eventually(taken_down)
        await harness.studio.review.publish(everything_in(1), track.id, ADA)
        again = await harness.until(track.id, State.WITHHELD)
        assert again.withheld_because == WithheldBecause.NOT_KEPT


async def test_what_a_kill_left_unfinished_goes_after_a_day(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        track = await posted(harness)
        folder = path_of(harness, track).parent
        left = [folder / f"{track.id}.mp3.part", folder / f"{track.id}.download", folder / "a-jam-1234.zip"]
        young = folder / f"{'y' * 20}.download"
        for path in (*left, young):
            path.write_bytes(b"half")
        then = time.time() - 90_000
        for path in (*left, path_of(harness, track)):
            os.utime(path, (then, then))
        await clear_away(harness.database, harness.settings.data_dir)
        assert not any(path.exists() for path in left)
        assert young.exists()
        assert path_of(harness, track).exists()


async def withheld(harness: StudioHarness) -> Track:
    """A track whose MP3 is in its message alone, and that a moderator has just decided to take down."""
    track = await posted(harness)
    async with harness.database.write() as connection:
        await tracks.change(connection, track.id, output_url=f"{track.output_url}.gone")
    age(harness, track)
    assert await pruned(harness, track)
    await harness.studio.review.withhold(everything_in(1), track.id, ADA, "noise")
    return track


async def is_down(harness: StudioHarness, track: Track) -> None:
    """Waits until the message is gone."""

    async def look() -> bool:
        return (track.id, track.message_id) in harness.delivery.taken_down

    await eventually(look)


async def test_what_moderators_take_down_does_not_wait_for_a_disk_for_ever(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept_audio, "KEEPING", 0.1)
    monkeypatch.setattr(kept_audio, "BETWEEN_TRIES", 0.02)
    monkeypatch.setattr(kept_audio, "write_pieces", full)
    async with new_studio(keep_audio_days=DAYS) as harness:
        track = await withheld(harness)
        await is_down(harness, track)
        assert not path_of(harness, track).exists()


@pytest.mark.parametrize(
    "refusals",
    [[AudioGone()] * (kept_audio.GONE_FOR_SURE - 1), [DeliveryUnavailable()] * 9, [OSError(28, "full")] * 9],
    ids=["said to be gone", "away", "full"],
)
async def test_the_only_copy_is_not_taken_down_for_a_moments_trouble(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch, refusals: list[Exception]
) -> None:
    monkeypatch.setattr(kept_audio, "BETWEEN_TRIES", 0.01)
    monkeypatch.setattr(kept_audio, "BETWEEN_ASKS", 0.01)
    async with new_studio(keep_audio_days=DAYS) as harness:
        harness.delivery.refusals = list(refusals)
        track = await withheld(harness)
        await is_down(harness, track)
        assert not harness.delivery.refusals
        assert path_of(harness, track).read_bytes() == dict(harness.delivery.published)[track.id]


async def test_what_moderators_take_down_does_not_wait_for_a_slow_answer(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_audio, "KEEPING", 0.1)
    async with new_studio(keep_audio_days=DAYS) as harness:
        harness.delivery.giving.clear()
        track = await withheld(harness)
        await is_down(harness, track)
        assert not harness.delivery.giving.is_set()


async def test_that_the_only_copy_is_gone_is_not_believed_at_once(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_audio, "BETWEEN_ASKS", 0.01)
    async with new_studio(keep_audio_days=DAYS) as harness:
        track = await posted(harness)
        data = path_of(harness, track).read_bytes()
        age(harness, track)
        assert await pruned(harness, track)
        harness.delivery.refusals = [AudioGone()] * kept_audio.GONE_FOR_SURE
        with pytest.raises(AudioGone):
            await harness.studio.audio.get(track)
        harness.delivery.refusals = [AudioGone()] * (kept_audio.GONE_FOR_SURE - 1)
        assert (await harness.studio.audio.get(track)).read_bytes() == data


async def test_what_a_read_only_disk_has_is_there(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    async with new_studio() as harness:
        track = await posted(harness)
        monkeypatch.setattr(audio_store.os, "utime", read_only)
        assert await harness.studio.audio.get(track) == path_of(harness, track)
        assert harness.delivery.asked_for == []


async def test_a_message_that_may_not_be_taken_down_keeps_the_only_copy_and_is_found_again(
    new_studio: NewStudio,
) -> None:
    """The bot has lost the channel; moderators are asked to delete it. Then it has access again."""
    async with new_studio(keep_audio_days=DAYS) as harness:
        harness.delivery.may_take_down = False
        harness.delivery.refusals = [AudioClosed()]
        track = await withheld(harness)
        async with harness.delivery.news:
            await harness.delivery.news.wait_for(lambda: ("withheld", track.id) in harness.delivery.told)
        assert (await harness.track(track.id)).message_id == track.message_id
        await harness.studio.review.publish(everything_in(1), track.id, ADA)
        await harness.until(track.id, State.DELIVERED)
        (_, first), (_, second) = harness.delivery.published
        assert first == second


async def test_what_is_published_while_its_mp3_comes_back_waits_for_it(new_studio: NewStudio) -> None:
    async with new_studio(keep_audio_days=DAYS, fetch_patience=0.05) as harness:
        harness.delivery.giving.clear()
        track = await withheld(harness)
        await harness.delivery.asked_to_give.wait()
        await harness.studio.review.publish(everything_in(1), track.id, ADA)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await harness.until(track.id, State.WITHHELD)
        harness.delivery.giving.set()
        await harness.until(track.id, State.DELIVERED)
        (_, first), (_, second) = harness.delivery.published
        assert first == second


async def test_credits_are_written_anew_into_a_pruned_mp3(new_studio: NewStudio) -> None:
    async with new_studio(keep_audio_days=DAYS) as harness:
        track = await posted(harness)
        age(harness, track)
        assert await pruned(harness, track)
        async with harness.database.write() as connection:
            await tracks.change(connection, track.id, member_name="Ada")
        await harness.studio.steps.mastering.label_anew(await harness.track(track.id))
        data = path_of(harness, track).read_bytes()
        assert b"Member 7" not in data
        assert "Ada".encode("utf-16-le") in data or b"Ada" in data


async def test_what_is_nowhere_is_said_to_be_gone(new_studio: NewStudio) -> None:
    async with new_studio(keep_audio_days=DAYS) as harness:
        deleted, lost, direct = [await posted(harness, title) for title in ("Deleted", "Lost", "Direct")]
        await harness.studio.delete(everything_in(1), deleted.id, 7, moderator=False)
        async with harness.database.write() as connection:
            await tracks.change(connection, direct.id, message_id=None, message_channel_id=None)
        for track in (lost, direct):
            path_of(harness, track).unlink()
        harness.delivery.without_audio.add(lost.message_id or 0)
        for track in (deleted, lost, direct):
            with pytest.raises(AudioGone):
                await harness.studio.audio.get(await harness.track(track.id))
        await harness.studio.steps.mastering.label_anew(await harness.track(lost.id))
        assert mp3s_before(harness.settings.data_dir, time.time() + 60) == []


async def test_what_breaks_off_leaves_nothing_and_is_had_later(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_studio(keep_audio_days=DAYS) as harness:
        track = await posted(harness)
        data = path_of(harness, track).read_bytes()
        age(harness, track)
        assert await pruned(harness, track)
        fetch = harness.delivery.fetch_audio

        async def half(track: Track) -> Any:
            async for piece in fetch(track):
                yield piece[: len(piece) // 2]
                raise DeliveryUnavailable("broke off")

        with monkeypatch.context() as broken:
            broken.setattr(harness.delivery, "fetch_audio", half)
            with pytest.raises(DeliveryUnavailable):
                await harness.studio.audio.get(track)
        assert sorted(one.suffix for one in path_of(harness, track).parent.iterdir()) == [".png"]
        assert (await harness.studio.audio.get(track)).read_bytes() == data


async def test_what_a_kill_left_of_a_deleted_track_goes_too(new_studio: NewStudio) -> None:
    async with new_studio(keep_audio_days=DAYS) as harness:
        track = await posted(harness)
        part = path_of(harness, track).with_name(f"{track.id}.mp3.part")
        await harness.studio.delete(everything_in(1), track.id, 7, moderator=False)
        part.write_bytes(b"half")
        await clear_away(harness.database, harness.settings.data_dir)
        assert not part.exists()


async def test_no_look_reads_all_tracks(new_studio: NewStudio) -> None:
    async with new_studio(keep_audio_days=DAYS) as harness:
        async with harness.database.read() as connection:
            text = str(
                pruning.may_go(["a", "b"]).compile(
                    dialect=connection.dialect, compile_kwargs={"literal_binds": True}
                )
            )
            plan = (await connection.execute(sa.text(f"EXPLAIN QUERY PLAN {text}"))).all()
        assert not [row for row in plan if "SCAN" in row[-1]], plan
