"""Old audio: what goes from here, what stays, and how it comes back."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from studio_harness import NewStudio, StudioHarness
from test_review import in_review, set_review
from waiting import eventually

from services.delivery import DeliveryUnavailable
from services.pipeline import pruning
from services.storage.audio_store import card_name
from services.storage.files import mp3_path
from services.tracks import tracks
from services.tracks.track import State, Track

ADA = 5
DAYS = 30


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "PAUSE", 0.0)


async def posted(harness: StudioHarness, title: str = "A Track", **given: Any) -> Track:
    return await harness.settled((await harness.compose(title, **given)).id)


def path_of(harness: StudioHarness, track: Track) -> Path:
    return mp3_path(harness.settings.data_dir, track.id)


def age(harness: StudioHarness, *old: Track, days: float = DAYS + 1) -> None:
    """Nobody has used the tracks' MP3s for so many days."""
    for track in old:
        then = time.time() - days * 86400
        os.utime(path_of(harness, track), (then, then))


async def pruned(harness: StudioHarness, *old: Track) -> bool:
    """Looks, and says whether the tracks' MP3s are gone from here."""
    await harness.studio.pruning.prune()
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
        assert harness.delivery.asked_for == [old.id]
        assert path_of(harness, young).exists()
        assert (harness.settings.data_dir / card_name(old.id)).exists()
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
        assert harness.delivery.asked_for == []


async def test_it_looks_by_itself_from_the_start_on(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        track = await posted(harness)
        age(harness, track)
        delivery = harness.delivery
    async with new_studio(delivery, keep_audio_days=DAYS) as harness:

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
        assert harness.delivery.asked_for == []


def _fields(track: Track) -> dict[str, Any]:
    return {name: getattr(track, name) for name in Track.__dataclass_fields__}


@pytest.mark.parametrize("what", ["gone", "another"])
async def test_what_its_message_does_not_have_stays_and_is_not_asked_about_again_at_once(
    new_studio: NewStudio, what: str
) -> None:
    async with new_studio(keep_audio_days=DAYS) as harness:
        track = await posted(harness)
        if what == "gone":
            harness.delivery.without_audio.add(track.message_id or 0)
        else:  # relabelled here, and the message could not be changed
            with path_of(harness, track).open("ab") as file:
                file.write(b"more")
        age(harness, track)
        for _ in range(2):
            assert not await pruned(harness, track)
        assert harness.delivery.asked_for == [track.id]


async def test_while_discord_does_not_answer_nothing_goes_and_it_is_asked_little(
    new_studio: NewStudio,
) -> None:
    async with new_studio(keep_audio_days=DAYS) as harness:
        old = [await posted(harness, f"Number {number}") for number in range(5)]
        age(harness, *old)
        harness.delivery.closed_for = 100
        with pytest.raises(DeliveryUnavailable):
            await harness.studio.pruning.prune()
        assert len(harness.delivery.asked_for) == pruning.MOST_UNANSWERED
        assert all(path_of(harness, track).exists() for track in old)
        harness.delivery.closed_for = 1  # one message alone that cannot be read holds nothing up
        await harness.studio.pruning.prune()
        assert [path_of(harness, track).exists() for track in old].count(True) == 1
        assert await pruned(harness, *old)


async def test_messages_that_cannot_be_read_among_others_end_no_look(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_studio(keep_audio_days=DAYS) as harness:
        old = [await posted(harness, f"Number {number}") for number in range(7)]
        for days, track in enumerate(reversed(old), DAYS + 1):
            age(harness, track, days=days)
        ask, unreadable = harness.delivery.audio_posted, [old[at].id for at in (0, 1, 3, 4)]

        async def some(track: Track) -> int | None:
            if track.id in unreadable:
                raise DeliveryUnavailable
            return await ask(track)

        monkeypatch.setattr(harness.delivery, "audio_posted", some)
        await harness.studio.pruning.prune()
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
        harness.delivery.without_audio.add(old[0].message_id or 0)
        for expected in (old[:2], old[2:4], old[4:]):
            harness.delivery.asked_for.clear()
            await harness.studio.pruning.prune()
            assert harness.delivery.asked_for == [track.id for track in expected]
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
        ask = harness.delivery.audio_posted

        async def used(track: Track) -> int | None:
            os.utime(path_of(harness, track))
            return await ask(track)

        monkeypatch.setattr(harness.delivery, "audio_posted", used)
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
        await harness.studio.pruning.prune()
        assert await asking[0] == data


async def test_one_that_cannot_be_read_stays_and_keeps_no_other(new_studio: NewStudio) -> None:
    async with new_studio(keep_audio_days=DAYS) as harness:
        damaged, old = await posted(harness, "Damaged"), await posted(harness, "Old")
        age(harness, damaged, old)
        async with harness.database.write() as connection:
            await tracks.change(connection, damaged.id, put_off="unheard of")
        assert await pruned(harness, old)
        assert path_of(harness, damaged).exists()
