"""The disk: the host is told before it is full, and what is deleted does not stay on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from workshop import Workshops

from cogs.outcomes import host_sentence
from services import watch
from services.shelf import mp3_path
from services.sight import everything_in
from services.stage import DiskLow


async def test_the_host_is_told_once_before_the_disk_is_full(
    workshops: Workshops, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with workshops(launch=False) as shop:
        look = shop.studio.watch.look_at_disk
        monkeypatch.setattr(watch, "LEAST_FREE", 2**60)
        await look()
        await look()
        (news,) = shop.hall.host
        assert isinstance(news, DiskLow)
        assert "MiB left" in host_sentence(news)
        monkeypatch.setattr(watch, "LEAST_FREE", 1)
        await look()
        assert shop.hall.host == [news]
        monkeypatch.setattr(watch, "LEAST_FREE", 2**60)
        await look()
        assert len(shop.hall.host) == 2


async def test_what_could_not_be_deleted_at_once_is_deleted_later(
    workshops: Workshops, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with workshops() as shop:
        kept, deleted = [(await shop.compose(title)).track for title in ("Kept", "Deleted")]
        for track in (kept, deleted):
            await shop.settled(track.id)

        def away(*_: object, **__: object) -> None:
            raise OSError(5, "Input/output error")

        with monkeypatch.context() as disk:
            disk.setattr(Path, "unlink", away)
            await shop.studio.delete(
                everything_in(deleted.guild_id), deleted.id, deleted.member_id, moderator=False
            )
        left = mp3_path(shop.settings.data_dir, deleted.id)
        assert left.exists()
        await shop.studio.watch.clear_away()
        assert not left.exists()
        assert mp3_path(shop.settings.data_dir, kept.id).exists()
