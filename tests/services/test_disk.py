"""The disk: the host is told before it is full, and what is deleted does not stay on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from full_disk import fill, small_disk
from pydantic import SecretStr
from sqlalchemy.exc import OperationalError
from studio_harness import FakeDelivery, NewStudio, make_studio

from cogs.texts.outcomes import host_sentence
from rehearsal.wavespeed import WaveSpeedStandIn
from services.delivery import DiskLow, HostNews
from services.messages.announcements import Announcements
from services.storage import disk
from services.storage.database import Database
from services.storage.files import mp3_path
from services.tracks.sight import everything_in


async def test_the_host_is_told_once_before_the_disk_is_full(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_studio(launch=False) as harness:
        look = harness.studio.watch.check_disk
        monkeypatch.setattr(disk, "LEAST_FREE", 2**60)
        await look()
        await look()
        (news,) = harness.delivery.host
        assert isinstance(news, DiskLow)
        assert "MiB left" in host_sentence(news)
        monkeypatch.setattr(disk, "LEAST_FREE", 1)
        await look()
        assert harness.delivery.host == [news]
        monkeypatch.setattr(disk, "LEAST_FREE", 2**60)
        await look()
        assert len(harness.delivery.host) == 2


class Careful(FakeDelivery):
    """Writes down what it is about to tell, as delivery does."""

    def __init__(self, announcements: Announcements) -> None:
        super().__init__()
        self._announcements = announcements

    async def tell_host(self, news: HostNews, occasion: str | None) -> None:
        if occasion is not None:
            await self._announcements.begin(occasion, "")
        await super().tell_host(news, occasion)


async def test_the_host_is_told_once_of_a_disk_that_is_full_already(
    wave: WaveSpeedStandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(disk, "LEAST_FREE", 2**20)
    with small_disk(tmp_path) as place:
        database = Database(f"sqlite:///{place / 'jamboree.sqlite'}")
        delivery = Careful(Announcements(database))
        async with make_studio(place, wave, delivery, launch=False) as harness:
            look = harness.studio.watch.check_disk
            await look()
            assert not delivery.host
            fill(place / "filler")
            await look()
            with pytest.raises(OperationalError, match="full"):  # it is noted as soon as there is room
                await look()
            assert [type(one) for one in delivery.host] == [DiskLow]
            (place / "filler").unlink()
            monkeypatch.setattr(disk, "LEAST_FREE", 2**60)  # there is some, and not enough
            await look()
            await look()
            assert len(delivery.host) == 1
            monkeypatch.setattr(disk, "LEAST_FREE", 1)
            await look()
            monkeypatch.setattr(disk, "LEAST_FREE", 2**60)
            await look()
            assert len(delivery.host) == 2
        await database.close()


async def test_the_disk_that_the_database_is_on_counts_too(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(disk, "LEAST_FREE", 2**24)
    with small_disk(tmp_path) as elsewhere:
        async with new_studio(launch=False) as harness:
            url = SecretStr(f"sqlite:///{elsewhere / 'jamboree.sqlite'}")
            harness.studio.watch.settings = harness.settings.model_copy(update={"database_url": url})
            await harness.studio.watch.check_disk()
            (news,) = harness.delivery.host
            assert isinstance(news, DiskLow)
            assert f"`{elsewhere}` is on has 12 MiB left" in host_sentence(news)


async def test_a_disk_that_has_room_and_takes_few_more_files_is_told_of_too(
    wave: WaveSpeedStandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(disk, "LEAST_FREE", 2**20)
    with small_disk(tmp_path, files=50) as place:
        async with make_studio(place, wave, launch=False) as harness:
            look = harness.studio.watch.check_disk
            await look()
            (news,) = harness.delivery.host
            assert isinstance(news, DiskLow)
            assert f"room for {news.room.files} more files" in host_sentence(news)
            monkeypatch.setattr(disk, "LEAST_FILES", 10)
            await look()
            monkeypatch.setattr(disk, "LEAST_FILES", 2_000)
            await look()
            assert len(harness.delivery.host) == 2


async def test_what_could_not_be_deleted_at_once_is_deleted_later(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_studio() as harness:
        kept, deleted = [(await harness.compose(title)) for title in ("Kept", "Deleted")]
        for track in (kept, deleted):
            await harness.settled(track.id)

        def away(*_: object, **__: object) -> None:
            raise OSError(5, "Input/output error")

        with monkeypatch.context() as disk:
            disk.setattr(Path, "unlink", away)
            await harness.studio.delete(
                everything_in(deleted.guild_id), deleted.id, deleted.member_id, moderator=False
            )
        left = mp3_path(harness.settings.data_dir, deleted.id)
        assert left.exists()
        await harness.studio.watch.clear_away()
        assert not left.exists()
        assert mp3_path(harness.settings.data_dir, kept.id).exists()
