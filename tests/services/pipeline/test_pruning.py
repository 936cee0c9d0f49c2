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
from test_review import in_review, set_review
from waiting import eventually
from workshop import Workshop, Workshops

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


async def posted(shop: Workshop, title: str = "A Track", **given: Any) -> Track:
    return await shop.settled((await shop.compose(title, **given)).track.id)


def path_of(shop: Workshop, track: Track) -> Path:
    return mp3_path(shop.settings.data_dir, track.id)


def age(shop: Workshop, *old: Track, days: float = DAYS + 1) -> None:
    """Nobody has used the tracks' MP3s for so many days."""
    for track in old:
        then = time.time() - days * 86400
        os.utime(path_of(shop, track), (then, then))


async def pruned(shop: Workshop, *old: Track) -> bool:
    """Looks, and says whether the tracks' MP3s are gone from here."""
    await shop.studio.pruning.look()
    return not any(path_of(shop, track).exists() for track in old)


async def test_an_old_mp3_goes_that_its_message_has_and_comes_back_when_it_is_asked_for(
    workshops: Workshops,
) -> None:
    async with workshops(keep_audio_days=DAYS) as shop:
        old, young = await posted(shop, "Old"), await posted(shop, "Young")
        data = path_of(shop, old).read_bytes()
        age(shop, old)
        age(shop, young, days=DAYS - 1)
        assert await pruned(shop, old)
        assert shop.hall.asked_for == [old.id]
        assert path_of(shop, young).exists()
        assert card_path(shop.settings.data_dir, old.id).exists()
        first, second = await asyncio.gather(shop.studio.audio.get(old), shop.studio.audio.get(old))
        assert first == second
        assert first.read_bytes() == data
        assert first.stat().st_mode & 0o777 == 0o666 & ~_umask()
        assert not await pruned(shop, old), "it is young again"


def _umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


async def test_what_is_used_is_young_again(workshops: Workshops) -> None:
    async with workshops(keep_audio_days=DAYS) as shop:
        track = await posted(shop)
        age(shop, track)
        await shop.studio.audio.get(track)
        assert not await pruned(shop, track)


async def test_without_the_setting_nothing_goes(workshops: Workshops) -> None:
    async with workshops() as shop:
        track = await posted(shop)
        age(shop, track, days=5000)
        assert not await pruned(shop, track)
        assert shop.hall.asked_for == []


async def test_it_looks_by_itself_from_the_start_on(workshops: Workshops) -> None:
    async with workshops() as shop:
        track = await posted(shop)
        age(shop, track)
        hall = shop.hall
    async with workshops(hall, keep_audio_days=DAYS) as shop:

        async def gone() -> bool:
            return not path_of(shop, track).exists()

        await eventually(gone)


async def test_what_is_not_posted_or_held_back_stays(workshops: Workshops) -> None:
    async with workshops(keep_audio_days=DAYS) as shop:
        withheld, direct = await posted(shop, "Withheld"), await posted(shop, "Direct")
        async with shop.database.write() as connection:  # its message could not be taken down
            held = {"state": State.WITHHELD, "withheld_because": "noise"}
            await tracks.change(connection, withheld.id, **held)
            await tracks.change(connection, direct.id, message_id=None, message_channel_id=None)
        await set_review(shop)
        reviewed = await shop.track(await in_review(shop, "In Review"))
        await set_review(shop, None)
        nobodys = Track(**{**_fields(direct), "id": "0" * 20})
        path_of(shop, nobodys).write_bytes(b"of a track that is not in the database")
        for track in (withheld, direct, reviewed, nobodys):
            age(shop, track)
            assert not await pruned(shop, track), track.title
        assert shop.hall.asked_for == []


def _fields(track: Track) -> dict[str, Any]:
    return {name: getattr(track, name) for name in Track.__dataclass_fields__}


@pytest.mark.parametrize("what", ["gone", "another"])
async def test_what_its_message_does_not_have_stays_and_is_not_asked_about_again_at_once(
    workshops: Workshops, what: str
) -> None:
    async with workshops(keep_audio_days=DAYS) as shop:
        track = await posted(shop)
        if what == "gone":
            shop.hall.without_audio.add(track.message_id or 0)
        else:  # relabelled here, and the message could not be changed
            with path_of(shop, track).open("ab") as file:
                file.write(b"more")
        age(shop, track)
        for _ in range(2):
            assert not await pruned(shop, track)
        assert shop.hall.asked_for == [track.id]


async def test_while_discord_does_not_answer_nothing_goes_and_it_is_asked_little(
    workshops: Workshops,
) -> None:
    async with workshops(keep_audio_days=DAYS) as shop:
        old = [await posted(shop, f"Number {number}") for number in range(5)]
        age(shop, *old)
        shop.hall.closed_for = 100
        with pytest.raises(StageUnavailable):
            await shop.studio.pruning.look()
        assert len(shop.hall.asked_for) == pruning.MOST_UNANSWERED
        assert all(path_of(shop, track).exists() for track in old)
        shop.hall.closed_for = 1  # one message alone that cannot be read holds nothing up
        await shop.studio.pruning.look()
        assert [path_of(shop, track).exists() for track in old].count(True) == 1
        assert await pruned(shop, *old)


async def test_messages_that_cannot_be_read_among_others_end_no_look(
    workshops: Workshops, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with workshops(keep_audio_days=DAYS) as shop:
        old = [await posted(shop, f"Number {number}") for number in range(7)]
        for days, track in enumerate(reversed(old), DAYS + 1):
            age(shop, track, days=days)
        ask, unreadable = shop.hall.audio_posted, [old[at].id for at in (0, 1, 3, 4)]

        async def some(track: Track) -> int | None:
            if track.id in unreadable:
                raise StageUnavailable
            return await ask(track)

        monkeypatch.setattr(shop.hall, "audio_posted", some)
        await shop.studio.pruning.look()
        assert [track.id for track in old if path_of(shop, track).exists()] == unreadable


async def test_a_look_asks_for_so_many_messages_and_the_next_goes_on_with_the_oldest(
    workshops: Workshops, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "MOST", 2)
    monkeypatch.setattr("services.storage.files.CHUNK", 2)
    async with workshops(keep_audio_days=DAYS) as shop:
        old = [await posted(shop, f"Number {number}") for number in range(5)]
        for days, track in enumerate(reversed(old), DAYS + 1):
            age(shop, track, days=days)
        shop.hall.without_audio.add(old[0].message_id or 0)
        for expected in (old[:2], old[2:4], old[4:]):
            shop.hall.asked_for.clear()
            await shop.studio.pruning.look()
            assert shop.hall.asked_for == [track.id for track in expected]
        assert [path_of(shop, track).exists() for track in old] == [True, False, False, False, False]


async def test_a_file_that_cannot_be_deleted_holds_up_no_other(
    workshops: Workshops, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with workshops(keep_audio_days=DAYS) as shop:
        stuck, other = await posted(shop, "Stuck"), await posted(shop, "Other")
        age(shop, stuck, days=DAYS + 2)
        age(shop, other)
        unlink = Path.unlink

        def fails(path: Path, missing_ok: bool = False) -> None:
            if path == path_of(shop, stuck):
                raise PermissionError(1, "Operation not permitted")
            unlink(path, missing_ok=missing_ok)

        monkeypatch.setattr(Path, "unlink", fails)
        assert not await pruned(shop, stuck, other)
        assert not path_of(shop, other).exists()


async def test_what_is_used_while_discord_is_asked_stays(
    workshops: Workshops, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By another process on the same DATA_DIR; this one's own users wait for the look."""
    async with workshops(keep_audio_days=DAYS) as shop:
        track = await posted(shop)
        age(shop, track)
        ask = shop.hall.audio_posted

        async def used(track: Track) -> int | None:
            os.utime(path_of(shop, track))
            return await ask(track)

        monkeypatch.setattr(shop.hall, "audio_posted", used)
        assert not await pruned(shop, track)


async def test_who_asks_while_it_is_being_deleted_has_it_back(
    workshops: Workshops, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with workshops(keep_audio_days=DAYS) as shop:
        track, loop, there = await posted(shop), asyncio.get_running_loop(), threading.Event()
        data = path_of(shop, track).read_bytes()
        age(shop, track)
        asking: list[asyncio.Future[bytes]] = []

        async def ask() -> bytes:
            path = await shop.studio.audio.get(track)
            await asyncio.to_thread(there.wait, 10)  # until the file is deleted
            return path.read_bytes()

        def delete(*_: object) -> bool:
            asked = asyncio.run_coroutine_threadsafe(ask(), loop)
            loop.call_soon_threadsafe(lambda: asking.append(asyncio.wrap_future(asked)))
            time.sleep(0.2)  # for whoever does not wait
            path_of(shop, track).unlink()
            there.set()
            return True

        monkeypatch.setattr("services.storage.files.delete_mp3", delete)
        await shop.studio.pruning.look()
        assert await asking[0] == data


# who needs it -------------------------------------------------------------------------------------------


async def test_a_source_of_what_waits_stays_and_a_pruned_one_is_brought_back_for_the_rework(
    workshops: Workshops, wave: WaveSpeedStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with workshops(keep_audio_days=DAYS) as shop:
        source = await original(shop)
        data = path_of(shop, source).read_bytes()
        monkeypatch.setattr(sources, "now", lambda: now() + timedelta(days=8))  # the provider keeps 7 days
        await shop.studio.queue.pause(1)
        waiting = (await rework(shop, Kind.RESTYLE, source)).track
        age(shop, source)
        assert not await pruned(shop, source)
        await shop.studio.queue.resume(1)
        assert (await shop.settled(waiting.id)).state is State.DELIVERED
        age(shop, source)
        assert await pruned(shop, source)
        before = await shop.money()
        shop.hall.closed_for = 1  # Discord blinks
        with pytest.raises(SourceAway):
            await rework(shop, Kind.RESTYLE, source, tags="ska")
        assert await shop.money() == before
        track = await shop.settled((await rework(shop, Kind.RESTYLE, source, tags="ska")).track.id)
        assert track.state is State.DELIVERED
        assert uploads(wave) == 2
        assert path_of(shop, source).read_bytes() == data


async def test_what_moderators_take_down_is_saved_before_and_can_be_published_again(
    workshops: Workshops,
) -> None:
    async with workshops(keep_audio_days=DAYS) as shop:
        track = await posted(shop)
        async with shop.database.write() as connection:  # the provider has it no longer
            await tracks.change(connection, track.id, output_url=None)
        age(shop, track)
        assert await pruned(shop, track)
        await shop.studio.review.withhold(everything_in(1), track.id, ADA, "noise")

        async def taken_down() -> bool:
            return (await shop.track(track.id)).message_id is None

        await eventually(taken_down)
        await shop.studio.review.publish(everything_in(1), track.id, ADA)
        await shop.until(track.id, State.DELIVERED)
        (_, first), (_, second) = shop.hall.published
        assert first == second


async def test_what_is_nowhere_is_not_published_again_and_that_is_said(workshops: Workshops) -> None:
    async with workshops(keep_audio_days=DAYS) as shop:
        track = await posted(shop)
        async with shop.database.write() as connection:
            await tracks.change(connection, track.id, output_url=None)
        age(shop, track)
        assert await pruned(shop, track)
        shop.hall.without_audio.add(track.message_id or 0)
        await shop.studio.review.withhold(everything_in(1), track.id, ADA, "noise")

        async def taken_down() -> bool:
            return (await shop.track(track.id)).message_id is None

        await eventually(taken_down)
        await shop.studio.review.publish(everything_in(1), track.id, ADA)
        again = await shop.until(track.id, State.WITHHELD)
        assert again.withheld_because == review.NOT_KEPT


async def test_what_a_kill_left_unfinished_goes_after_a_day(workshops: Workshops) -> None:
    async with workshops() as shop:
        track = await posted(shop)
        folder = path_of(shop, track).parent
        left = [folder / f"{track.id}.mp3.part", folder / f"{track.id}.download", folder / "a-jam-1234.zip"]
        young = folder / f"{'y' * 20}.download"
        for path in (*left, young):
            path.write_bytes(b"half")
        then = time.time() - 90_000
        for path in (*left, path_of(shop, track)):
            os.utime(path, (then, then))
        await clear_away(shop.database, shop.settings.data_dir)
        assert not any(path.exists() for path in left)
        assert young.exists()
        assert path_of(shop, track).exists()


async def withheld(shop: Workshop) -> Track:
    """A track whose MP3 is in its message alone, and that a moderator has just decided to take down."""
    track = await posted(shop)
    async with shop.database.write() as connection:
        await tracks.change(connection, track.id, output_url=f"{track.output_url}.gone")
    age(shop, track)
    assert await pruned(shop, track)
    await shop.studio.review.withhold(everything_in(1), track.id, ADA, "noise")
    return track


async def is_down(shop: Workshop, track: Track) -> None:
    """Waits until the message is gone."""

    async def look() -> bool:
        return (track.id, track.message_id) in shop.hall.taken_down

    await eventually(look)


async def test_what_moderators_take_down_does_not_wait_for_a_disk_for_ever(
    workshops: Workshops, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept_audio, "KEEPING", 0.1)
    monkeypatch.setattr(kept_audio, "BETWEEN_TRIES", 0.02)
    monkeypatch.setattr(kept_audio, "write_pieces", full)
    async with workshops(keep_audio_days=DAYS) as shop:
        track = await withheld(shop)
        await is_down(shop, track)
        assert not path_of(shop, track).exists()


@pytest.mark.parametrize(
    "refusals",
    [[AudioGone()] * (kept_audio.GONE_FOR_SURE - 1), [StageUnavailable()] * 9, [OSError(28, "full")] * 9],
    ids=["said to be gone", "away", "full"],
)
async def test_the_only_copy_is_not_taken_down_for_a_moments_trouble(
    workshops: Workshops, monkeypatch: pytest.MonkeyPatch, refusals: list[Exception]
) -> None:
    monkeypatch.setattr(kept_audio, "BETWEEN_TRIES", 0.01)
    monkeypatch.setattr(kept_audio, "BETWEEN_ASKS", 0.01)
    async with workshops(keep_audio_days=DAYS) as shop:
        shop.hall.refusals = list(refusals)
        track = await withheld(shop)
        await is_down(shop, track)
        assert not shop.hall.refusals
        assert path_of(shop, track).read_bytes() == dict(shop.hall.published)[track.id]


async def test_what_moderators_take_down_does_not_wait_for_a_slow_answer(
    workshops: Workshops, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_audio, "KEEPING", 0.1)
    async with workshops(keep_audio_days=DAYS) as shop:
        shop.hall.giving.clear()
        track = await withheld(shop)
        await is_down(shop, track)
        assert not shop.hall.giving.is_set()


async def test_that_the_only_copy_is_gone_is_not_believed_at_once(
    workshops: Workshops, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_audio, "BETWEEN_ASKS", 0.01)
    async with workshops(keep_audio_days=DAYS) as shop:
        track = await posted(shop)
        data = path_of(shop, track).read_bytes()
        age(shop, track)
        assert await pruned(shop, track)
        shop.hall.refusals = [AudioGone()] * kept_audio.GONE_FOR_SURE
        with pytest.raises(AudioGone):
            await shop.studio.audio.get(track)
        shop.hall.refusals = [AudioGone()] * (kept_audio.GONE_FOR_SURE - 1)
        assert (await shop.studio.audio.get(track)).read_bytes() == data


async def test_what_a_read_only_disk_has_is_there(
    workshops: Workshops, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    async with workshops() as shop:
        track = await posted(shop)
        monkeypatch.setattr(kept_audio.os, "utime", read_only)
        assert await shop.studio.audio.get(track) == path_of(shop, track)
        assert shop.hall.asked_for == []


async def test_a_message_that_may_not_be_taken_down_keeps_the_only_copy_and_is_found_again(
    workshops: Workshops,
) -> None:
    """The bot has lost the channel; moderators are asked to delete it. Then it has access again."""
    async with workshops(keep_audio_days=DAYS) as shop:
        shop.hall.may_take_down = False
        shop.hall.refusals = [AudioClosed()]
        track = await withheld(shop)
        async with shop.hall.news:
            await shop.hall.news.wait_for(lambda: ("withheld", track.id) in shop.hall.told)
        assert (await shop.track(track.id)).message_id == track.message_id
        await shop.studio.review.publish(everything_in(1), track.id, ADA)
        await shop.until(track.id, State.DELIVERED)
        (_, first), (_, second) = shop.hall.published
        assert first == second


async def test_what_is_published_while_its_mp3_comes_back_waits_for_it(workshops: Workshops) -> None:
    async with workshops(keep_audio_days=DAYS, fetch_patience=0.05) as shop:
        shop.hall.giving.clear()
        track = await withheld(shop)
        await shop.hall.asked_to_give.wait()
        await shop.studio.review.publish(everything_in(1), track.id, ADA)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await shop.until(track.id, State.WITHHELD)
        shop.hall.giving.set()
        await shop.until(track.id, State.DELIVERED)
        (_, first), (_, second) = shop.hall.published
        assert first == second


async def test_credits_are_written_anew_into_a_pruned_mp3(workshops: Workshops) -> None:
    async with workshops(keep_audio_days=DAYS) as shop:
        track = await posted(shop)
        age(shop, track)
        assert await pruned(shop, track)
        async with shop.database.write() as connection:
            await tracks.change(connection, track.id, member_name="Ada")
        await shop.studio.life.mastering.label_anew(await shop.track(track.id))
        data = path_of(shop, track).read_bytes()
        assert b"Member 7" not in data
        assert "Ada".encode("utf-16-le") in data or b"Ada" in data


async def test_what_is_nowhere_is_said_to_be_gone(workshops: Workshops) -> None:
    async with workshops(keep_audio_days=DAYS) as shop:
        deleted, lost, direct = [await posted(shop, title) for title in ("Deleted", "Lost", "Direct")]
        await shop.studio.delete(everything_in(1), deleted.id, 7, moderator=False)
        async with shop.database.write() as connection:
            await tracks.change(connection, direct.id, message_id=None, message_channel_id=None)
        for track in (lost, direct):
            path_of(shop, track).unlink()
        shop.hall.without_audio.add(lost.message_id or 0)
        for track in (deleted, lost, direct):
            with pytest.raises(AudioGone):
                await shop.studio.audio.get(await shop.track(track.id))
        await shop.studio.life.mastering.label_anew(await shop.track(lost.id))
        assert mp3s_before(shop.settings.data_dir, time.time() + 60) == []


async def test_what_breaks_off_leaves_nothing_and_is_had_later(
    workshops: Workshops, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with workshops(keep_audio_days=DAYS) as shop:
        track = await posted(shop)
        data = path_of(shop, track).read_bytes()
        age(shop, track)
        assert await pruned(shop, track)
        fetch = shop.hall.fetch_audio

        async def half(track: Track) -> Any:
            async for piece in fetch(track):
                yield piece[: len(piece) // 2]
                raise StageUnavailable("broke off")

        with monkeypatch.context() as broken:
            broken.setattr(shop.hall, "fetch_audio", half)
            with pytest.raises(StageUnavailable):
                await shop.studio.audio.get(track)
        assert sorted(one.suffix for one in path_of(shop, track).parent.iterdir()) == [".png"]
        assert (await shop.studio.audio.get(track)).read_bytes() == data


async def test_what_a_kill_left_of_a_deleted_track_goes_too(workshops: Workshops) -> None:
    async with workshops(keep_audio_days=DAYS) as shop:
        track = await posted(shop)
        part = path_of(shop, track).with_name(f"{track.id}.mp3.part")
        await shop.studio.delete(everything_in(1), track.id, 7, moderator=False)
        part.write_bytes(b"half")
        await clear_away(shop.database, shop.settings.data_dir)
        assert not part.exists()


async def test_no_look_reads_all_tracks(workshops: Workshops) -> None:
    async with workshops(keep_audio_days=DAYS) as shop:
        async with shop.database.read() as connection:
            text = str(
                pruning.may_go(["a", "b"]).compile(
                    dialect=connection.dialect, compile_kwargs={"literal_binds": True}
                )
            )
            plan = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")).all()
        assert not [row for row in plan if "SCAN" in row[-1]], plan
