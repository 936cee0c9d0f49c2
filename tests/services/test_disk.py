"""The disk: the host is told before it is full, and what is deleted does not stay on it."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from full_disk import fill, small_disk
from pydantic import SecretStr
from sqlalchemy.exc import OperationalError
from studio_harness import FakeDelivery, NewStudio, make_studio

from cogs.texts.outcomes import host_sentence
from rehearsal.wavespeed import WaveSpeedStandIn
from services import watch
from services.delivery import DiskLow, HostNews
from services.messages.announcements import Announcements
from services.storage.database import Database
from services.storage.files import mp3_path
from services.tracks.sight import everything_in


async def test_the_host_is_told_once_before_the_disk_is_full(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_studio(launch=False) as harness:
        look = harness.studio.watch.check_disk
        monkeypatch.setattr(watch, "LEAST_FREE", 2**60)
        await look()
        await look()
        (news,) = harness.delivery.host
        assert isinstance(news, DiskLow)
        assert "MiB left" in host_sentence(news)
        monkeypatch.setattr(watch, "LEAST_FREE", 1)
        await look()
        assert harness.delivery.host == [news]
        monkeypatch.setattr(watch, "LEAST_FREE", 2**60)
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
    monkeypatch.setattr(watch, "LEAST_FREE", 2**20)
    with small_disk(tmp_path) as disk:
        database = Database(f"sqlite:///{disk / 'jamboree.sqlite'}")
        delivery = Careful(Announcements(database))
        async with make_studio(disk, wave, delivery, launch=False) as harness:
            look = harness.studio.watch.check_disk
            await look()
            assert not delivery.host
            fill(disk / "filler")
            await look()
            with pytest.raises(OperationalError, match="full"):  # it is noted as soon as there is room
                await look()
            assert [type(one) for one in delivery.host] == [DiskLow]
            (disk / "filler").unlink()
            monkeypatch.setattr(watch, "LEAST_FREE", 2**60)  # there is some, and not enough
            await look()
            await look()
            assert len(delivery.host) == 1
            monkeypatch.setattr(watch, "LEAST_FREE", 1)
            await look()
            monkeypatch.setattr(watch, "LEAST_FREE", 2**60)
            await look()
            assert len(delivery.host) == 2
        await database.close()


async def test_the_disk_that_the_database_is_on_counts_too(
    new_studio: NewStudio, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    async with new_studio(launch=False) as harness:
        url = SecretStr(f"sqlite:///{elsewhere / 'jamboree.sqlite'}")
        harness.studio.watch.settings = harness.settings.model_copy(update={"database_url": url})

        def usage(folder: Path) -> SimpleNamespace:
            return SimpleNamespace(free=1 if folder == elsewhere else 2**60)

        monkeypatch.setattr(shutil, "disk_usage", usage)
        await harness.studio.watch.check_disk()
        (news,) = harness.delivery.host
        assert isinstance(news, DiskLow)
        assert f"`{elsewhere}` is on has 0 MiB left" in host_sentence(news)


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
