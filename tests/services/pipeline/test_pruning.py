"""Old audio: what goes from here, what stays, and how it comes back."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from reworking import original, rework, uploads
from studio_harness import NewStudio, StudioHarness
from test_review import in_review, set_review
from waiting import eventually

from rehearsal.wavespeed import WaveSpeedStandIn
from services.delivery import AudioClosed, AudioGone, StageUnavailable
from services.pipeline import kept_audio, pruning, review, sources
from services.prompts.rework import Kind
from services.requests import SourceAway
from services.storage.database import now
from services.storage.files import card_path, clear_away, mp3_path, mp3s_before
from services.tracks import tracks
from services.tracks.sight import everything_in
from services.tracks.track import State, Track

ADA = 5
DAYS = 30


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "PAUSE", 0.0)


async def posted(harness: StudioHarness, title: str = "A Track", **given: Any) -> Track:
    return await harness.settled((await harness.compose(title, **given)).track.id)


def path_of(harness: StudioHarness, track: Track) -> Path:
    return mp3_path(harness.settings.data_dir, track.id)


def age(harness: StudioHarness, *old: Track, days: float = DAYS + 1) -> None:
    """Nobody has used the tracks' MP3s for so many days."""
    for track in old:
        then = time.time() - days * 86400
        os.utime(path_of(harness, track), (then, then))


async def pruned(harness: StudioHarness, *old: Track) -> bool:
    """Looks, and says whether the tracks' MP3s are gone from here."""
    await harness.studio.pruning.look()
    return not any(path_of(harness, track).exists() for track in old)


async def test_an_old_mp3_goes_that_its_message_has_and_comes_back_when_it_is_asked_for(
    new_studio: NewStudio,
) -> None:
    async with new_studio(keep_audio_days=DAYS) as harness:
        old, young = await posted(harness, "Old"), await posted(harness, "Young")
        data = path_of(harness, old).read_bytes()
        age(harness, old)
        age(harness, young, days=DAYS - 1)
        assert await pruned(harness, old)
        assert harness.stage.asked_for == [old.id]
        assert path_of(harness, young).exists()
        assert card_path(harness.settings.data_dir, old.id).exists()
        first, second = await asyncio.gather(harness.studio.audio.get(old), harness.studio.audio.get(old))
        assert first == second
        assert first.read_bytes() == data
        assert first.stat().st_mode & 0o777 == 0o666 & ~_umask()
        assert not await pruned(harness, old), "it is young again"


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


async def test_what_is_used_is_young_again(new_studio: NewStudio) -> None:
    async with new_studio(keep_audio_days=DAYS) as harness:
        track = await posted(harness)
        age(harness, track)
        await harness.studio.audio.get(track)
        assert not await pruned(harness, track)


async def test_without_the_setting_nothing_goes(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        track = await posted(harness)
        age(harness, track, days=5000)
        assert not await pruned(harness, track)
        assert harness.stage.asked_for == []


async def test_it_looks_by_itself_from_the_start_on(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        track = await posted(harness)
        age(harness, track)
        stage = harness.stage
    async with new_studio(stage, keep_audio_days=DAYS) as harness:

        async def gone() -> bool:
            return not path_of(harness, track).exists()

        await eventually(gone)


async def test_what_is_not_posted_or_held_back_stays(new_studio: NewStudio) -> None:
    async with new_studio(keep_audio_days=DAYS) as harness:
        withheld, direct = await posted(harness, "Withheld"), await posted(harness, "Direct")
        async with harness.database.write() as connection:  # its message could not be taken down
            held = {"state": State.WITHHELD, "withheld_because": "noise"}
            await tracks.change(connection, withheld.id, **held)
            await tracks.change(connection, direct.id, message_id=None, message_channel_id=None)
        await set_review(harness)
        reviewed = await harness.track(await in_review(harness, "In Review"))
        await set_review(harness, None)
        nobodys = Track(**{**_fields(direct), "id": "0" * 20})
        path_of(harness, nobodys).write_bytes(b"of a track that is not in the database")
        for track in (withheld, direct, reviewed, nobodys):
            age(harness, track)
            assert not await pruned(harness, track), track.title
        assert harness.stage.asked_for == []


def _fields(track: Track) -> dict[str, Any]:
    return {name: getattr(track, name) for name in Track.__dataclass_fields__}


@pytest.mark.parametrize("what", ["gone", "another"])
async def test_what_its_message_does_not_have_stays_and_is_not_asked_about_again_at_once(
    new_studio: NewStudio, what: str
) -> None:
    async with new_studio(keep_audio_days=DAYS) as harness:
        track = await posted(harness)
        if what == "gone":
            harness.stage.without_audio.add(track.message_id or 0)
        else:  # relabelled here, and the message could not be changed
            with path_of(harness, track).open("ab") as file:
                file.write(b"more")
        age(harness, track)
        for _ in range(2):
            assert not await pruned(harness, track)
        assert harness.stage.asked_for == [track.id]


async def test_while_discord_does_not_answer_nothing_goes_and_it_is_asked_little(
    new_studio: NewStudio,
) -> None:
    async with new_studio(keep_audio_days=DAYS) as harness:
        old = [await posted(harness, f"Number {number}") for number in range(5)]
        age(harness, *old)
        harness.stage.closed_for = 100
        with pytest.raises(StageUnavailable):
            await harness.studio.pruning.look()
        assert len(harness.stage.asked_for) == pruning.MOST_UNANSWERED
        assert all(path_of(harness, track).exists() for track in old)
        harness.stage.closed_for = 1  # one message alone that cannot be read holds nothing up
        await harness.studio.pruning.look()
        assert [path_of(harness, track).exists() for track in old].count(True) == 1
        assert await pruned(harness, *old)


async def test_messages_that_cannot_be_read_among_others_end_no_look(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_studio(keep_audio_days=DAYS) as harness:
        old = [await posted(harness, f"Number {number}") for number in range(7)]
        for days, track in enumerate(reversed(old), DAYS + 1):
            age(harness, track, days=days)
        ask, unreadable = harness.stage.audio_posted, [old[at].id for at in (0, 1, 3, 4)]

        async def some(track: Track) -> int | None:
            if track.id in unreadable:
                raise StageUnavailable
            return await ask(track)

        monkeypatch.setattr(harness.stage, "audio_posted", some)
        await harness.studio.pruning.look()
        assert [track.id for track in old if path_of(harness, track).exists()] == unreadable


async def test_a_look_asks_for_so_many_messages_and_the_next_goes_on_with_the_oldest(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "MOST", 2)
    monkeypatch.setattr("services.storage.files.CHUNK", 2)
    async with new_studio(keep_audio_days=DAYS) as harness:
        old = [await posted(harness, f"Number {number}") for number in range(5)]
        for days, track in enumerate(reversed(old), DAYS + 1):
            age(harness, track, days=days)
        harness.stage.without_audio.add(old[0].message_id or 0)
        for expected in (old[:2], old[2:4], old[4:]):
            harness.stage.asked_for.clear()
            await harness.studio.pruning.look()
            assert harness.stage.asked_for == [track.id for track in expected]
        assert [path_of(harness, track).exists() for track in old] == [True, False, False, False, False]


async def test_a_file_that_cannot_be_deleted_holds_up_no_other(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_studio(keep_audio_days=DAYS) as harness:
        stuck, other = await posted(harness, "Stuck"), await posted(harness, "Other")
        age(harness, stuck, days=DAYS + 2)
        age(harness, other)
        unlink = Path.unlink

        def fails(path: Path, missing_ok: bool = False) -> None:
            if path == path_of(harness, stuck):
                raise PermissionError(1, "Operation not permitted")
            unlink(path, missing_ok=missing_ok)

        monkeypatch.setattr(Path, "unlink", fails)
        assert not await pruned(harness, stuck, other)
        assert not path_of(harness, other).exists()


async def test_what_is_used_while_discord_is_asked_stays(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By another process on the same DATA_DIR; this one's own users wait for the look."""
    async with new_studio(keep_audio_days=DAYS) as harness:
        track = await posted(harness)
        age(harness, track)
        ask = harness.stage.audio_posted

        async def used(track: Track) -> int | None:
            os.utime(path_of(harness, track))
            return await ask(track)

        monkeypatch.setattr(harness.stage, "audio_posted", used)
        assert not await pruned(harness, track)


async def test_who_asks_while_it_is_being_deleted_has_it_back(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_studio(keep_audio_days=DAYS) as harness:
        track, loop, there = await posted(harness), asyncio.get_running_loop(), threading.Event()
        data = path_of(harness, track).read_bytes()
        age(harness, track)
        asking: list[asyncio.Future[bytes]] = []

        async def ask() -> bytes:
            path = await harness.studio.audio.get(track)
            await asyncio.to_thread(there.wait, 10)  # until the file is deleted
            return path.read_bytes()

        def delete(*_: object) -> bool:
            asked = asyncio.run_coroutine_threadsafe(ask(), loop)
            loop.call_soon_threadsafe(lambda: asking.append(asyncio.wrap_future(asked)))
            time.sleep(0.2)  # for whoever does not wait
            path_of(harness, track).unlink()
            there.set()
            return True

        monkeypatch.setattr("services.storage.files.delete_mp3", delete)
        await harness.studio.pruning.look()
        assert await asking[0] == data


# who needs it -------------------------------------------------------------------------------------------


async def test_a_source_of_what_waits_stays_and_a_pruned_one_is_brought_back_for_the_rework(
    new_studio: NewStudio, wave: WaveSpeedStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_studio(keep_audio_days=DAYS) as harness:
        source = await original(harness)
        data = path_of(harness, source).read_bytes()
        monkeypatch.setattr(sources, "now", lambda: now() + timedelta(days=8))  # the provider keeps 7 days
        await harness.studio.queue.pause(1)
        waiting = (await rework(harness, Kind.RESTYLE, source)).track
        age(harness, source)
        assert not await pruned(harness, source)
        await harness.studio.queue.resume(1)
        assert (await harness.settled(waiting.id)).state is State.DELIVERED
        age(harness, source)
        assert await pruned(harness, source)
        before = await harness.money()
        harness.stage.closed_for = 1  # Discord blinks
        with pytest.raises(SourceAway):
            await rework(harness, Kind.RESTYLE, source, tags="ska")
        assert await harness.money() == before
        track = await harness.settled((await rework(harness, Kind.RESTYLE, source, tags="ska")).track.id)
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
        (_, first), (_, second) = harness.stage.published
        assert first == second


async def test_what_is_nowhere_is_not_published_again_and_that_is_said(new_studio: NewStudio) -> None:
    async with new_studio(keep_audio_days=DAYS) as harness:
        track = await posted(harness)
        async with harness.database.write() as connection:
            await tracks.change(connection, track.id, output_url=None)
        age(harness, track)
        assert await pruned(harness, track)
        harness.stage.without_audio.add(track.message_id or 0)
        await harness.studio.review.withhold(everything_in(1), track.id, ADA, "noise")

        async def taken_down() -> bool:
            return (await harness.track(track.id)).message_id is None

        await eventually(taken_down)
        await harness.studio.review.publish(everything_in(1), track.id, ADA)
        again = await harness.until(track.id, State.WITHHELD)
        assert again.withheld_because == review.NOT_KEPT


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
        return (track.id, track.message_id) in harness.stage.taken_down

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
    [[AudioGone()] * (kept_audio.GONE_FOR_SURE - 1), [StageUnavailable()] * 9, [OSError(28, "full")] * 9],
    ids=["said to be gone", "away", "full"],
)
async def test_the_only_copy_is_not_taken_down_for_a_moments_trouble(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch, refusals: list[Exception]
) -> None:
    monkeypatch.setattr(kept_audio, "BETWEEN_TRIES", 0.01)
    monkeypatch.setattr(kept_audio, "BETWEEN_ASKS", 0.01)
    async with new_studio(keep_audio_days=DAYS) as harness:
        harness.stage.refusals = list(refusals)
        track = await withheld(harness)
        await is_down(harness, track)
        assert not harness.stage.refusals
        assert path_of(harness, track).read_bytes() == dict(harness.stage.published)[track.id]


async def test_what_moderators_take_down_does_not_wait_for_a_slow_answer(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_audio, "KEEPING", 0.1)
    async with new_studio(keep_audio_days=DAYS) as harness:
        harness.stage.giving.clear()
        track = await withheld(harness)
        await is_down(harness, track)
        assert not harness.stage.giving.is_set()


async def test_that_the_only_copy_is_gone_is_not_believed_at_once(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_audio, "BETWEEN_ASKS", 0.01)
    async with new_studio(keep_audio_days=DAYS) as harness:
        track = await posted(harness)
        data = path_of(harness, track).read_bytes()
        age(harness, track)
        assert await pruned(harness, track)
        harness.stage.refusals = [AudioGone()] * kept_audio.GONE_FOR_SURE
        with pytest.raises(AudioGone):
            await harness.studio.audio.get(track)
        harness.stage.refusals = [AudioGone()] * (kept_audio.GONE_FOR_SURE - 1)
        assert (await harness.studio.audio.get(track)).read_bytes() == data


async def test_what_a_read_only_disk_has_is_there(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    async with new_studio() as harness:
        track = await posted(harness)
        monkeypatch.setattr(kept_audio.os, "utime", read_only)
        assert await harness.studio.audio.get(track) == path_of(harness, track)
        assert harness.stage.asked_for == []


async def test_a_message_that_may_not_be_taken_down_keeps_the_only_copy_and_is_found_again(
    new_studio: NewStudio,
) -> None:
    """The bot has lost the channel; moderators are asked to delete it. Then it has access again."""
    async with new_studio(keep_audio_days=DAYS) as harness:
        harness.stage.may_take_down = False
        harness.stage.refusals = [AudioClosed()]
        track = await withheld(harness)
        async with harness.stage.news:
            await harness.stage.news.wait_for(lambda: ("withheld", track.id) in harness.stage.told)
        assert (await harness.track(track.id)).message_id == track.message_id
        await harness.studio.review.publish(everything_in(1), track.id, ADA)
        await harness.until(track.id, State.DELIVERED)
        (_, first), (_, second) = harness.stage.published
        assert first == second


async def test_what_is_published_while_its_mp3_comes_back_waits_for_it(new_studio: NewStudio) -> None:
    async with new_studio(keep_audio_days=DAYS, fetch_patience=0.05) as harness:
        harness.stage.giving.clear()
        track = await withheld(harness)
        await harness.stage.asked_to_give.wait()
        await harness.studio.review.publish(everything_in(1), track.id, ADA)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await harness.until(track.id, State.WITHHELD)
        harness.stage.giving.set()
        await harness.until(track.id, State.DELIVERED)
        (_, first), (_, second) = harness.stage.published
        assert first == second


async def test_credits_are_written_anew_into_a_pruned_mp3(new_studio: NewStudio) -> None:
    async with new_studio(keep_audio_days=DAYS) as harness:
        track = await posted(harness)
        age(harness, track)
        assert await pruned(harness, track)
        async with harness.database.write() as connection:
            await tracks.change(connection, track.id, member_name="Ada")
        await harness.studio.life.mastering.label_anew(await harness.track(track.id))
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
        harness.stage.without_audio.add(lost.message_id or 0)
        for track in (deleted, lost, direct):
            with pytest.raises(AudioGone):
                await harness.studio.audio.get(await harness.track(track.id))
        await harness.studio.life.mastering.label_anew(await harness.track(lost.id))
        assert mp3s_before(harness.settings.data_dir, time.time() + 60) == []


async def test_what_breaks_off_leaves_nothing_and_is_had_later(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_studio(keep_audio_days=DAYS) as harness:
        track = await posted(harness)
        data = path_of(harness, track).read_bytes()
        age(harness, track)
        assert await pruned(harness, track)
        fetch = harness.stage.fetch_audio

        async def half(track: Track) -> Any:
            async for piece in fetch(track):
                yield piece[: len(piece) // 2]
                raise StageUnavailable("broke off")

        with monkeypatch.context() as broken:
            broken.setattr(harness.stage, "fetch_audio", half)
            with pytest.raises(StageUnavailable):
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
            plan = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")).all()
        assert not [row for row in plan if "SCAN" in row[-1]], plan
