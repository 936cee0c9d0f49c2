"""A track in the tables, for tests of what is done with tracks that are there."""

from __future__ import annotations

from typing import Any

from services.guilds.settings import next_number
from services.storage.database import Database, now
from services.tracks import tracks
from services.tracks.track import State, Track


async def a_track(database: Database, **values: Any) -> Track:
    guild_id = values.pop("guild_id", 1)
    async with database.write() as connection:
        number, _guild = await next_number(connection, guild_id)
        given: dict[str, Any] = {
            "id": tracks.new_id(), "guild_id": guild_id, "number": number, "guild_name": "Guild",
            "channel_id": 2, "member_id": 7, "member_name": "Ben", "model": "m", "title": "Song",
            "tags": "funk", "lyrics": "", "duration": 5, "seed": 1, "price": 1000, "turn": 0,
            "state": State.DELIVERED, "created_at": now(),
        }  # fmt: skip
        return await tracks.add(connection, **given | values)
