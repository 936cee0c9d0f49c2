"""A track as it is written down for the first time."""

from __future__ import annotations

from typing import Any

import pytest

from services.prompts.rework import Kind, Rework
from services.storage.database import Database, now
from services.tracks import tracks
from services.tracks.track import State

EXTENDED = Rework(Kind.EXTEND, length=30, after=20, old_tags="ska", old_lyrics="la la")


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"rework": EXTENDED.kept, "parent_id": None, "idea": "a walk"},
        {"reply_token": "token", "reply_at": now(), "reply_language": "de"},
    ],
)
async def test_it_is_returned_as_it_is_kept(database: Database, more: dict[str, Any]) -> None:
    async with database.write() as connection:
        added = await tracks.add(
            connection, id=tracks.new_id(), guild_id=1, number=1, guild_name="Guild", channel_id=2,
            member_id=7, member_name="Ben", model="m", title="Diary", tags="hush", lyrics="me",
            duration=5, seed=1, price=1000, turn=0, state=State.WAITING, created_at=now(), **more,
        )  # fmt: skip
        assert await tracks.get(connection, added.id) == added
