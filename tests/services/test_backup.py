"""What a backup that is put back makes of the tables, on either database."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from services import backup, house, tracks
from services.database import Database, now
from services.house import Value
from services.tracks import Reply, State, Track


async def a_track(database: Database, number: int, **values: Any) -> Track:
    given = {"state": State.WAITING, "created_at": now() - timedelta(minutes=number), **values}
    async with database.write() as connection:
        return await tracks.add(
            connection, id=tracks.new_id(), guild_id=1, number=number, guild_name="Guild", channel_id=2,
            member_id=7, member_name="Ben", model="m", title="Diary", tags="hush", lyrics="me",
            duration=5, seed=number, price=1000, turn=0, **given,
        )  # fmt: skip


async def again(database: Database, track: Track) -> Track:
    async with database.read() as connection:
        found = await tracks.get(connection, track.id)
    assert found is not None
    return found


async def test_what_may_have_been_sent_or_posted_since_is_marked(database: Database) -> None:
    newest, oldest = await a_track(database, 1), await a_track(database, 9)
    sent_at = now() - timedelta(minutes=3)
    sent = await a_track(database, 4, state=State.SUBMITTING, intent_at=sent_at)
    rendered = await a_track(database, 5, state=State.RENDERING, prediction_id="p5")
    ended = await a_track(database, 6, state=State.DELIVERED, prediction_id="p6")
    url = database.url.render_as_string(hide_password=False).replace("+aiosqlite", "")
    await asyncio.to_thread(backup._distrust, url)  # pyright: ignore[reportPrivateUsage]
    for track in (newest, oldest):
        assert (await again(database, track)).intent_at == oldest.created_at
    assert (await again(database, sent)).intent_at == sent_at
    assert (await again(database, rendered)).intent_at is None
    for track in (newest, oldest, sent, rendered):
        long_ago = track.created_at - timedelta(microseconds=backup.BEFORE)
        assert (await again(database, track)).publish_intent_at == long_ago
    assert (await again(database, ended)).publish_intent_at is None
    async with database.read() as connection:
        assert await house.read(connection, Value.RESTORED) is not None


async def test_tokens_go_when_they_are_of_no_use(database: Database) -> None:
    late = now() - timedelta(minutes=16)
    kept = [
        await a_track(database, 1, reply_token="a", reply_at=now()),
        await a_track(database, 2, reply_token="b", reply_at=now(), state=State.DELIVERED, finished_at=late),
        await a_track(database, 3, reply_token="c", reply_at=now(), state=State.FAILED, finished_at=now()),
    ]
    gone = [
        await a_track(database, 4, reply_token="d", reply_at=late),
        await a_track(database, 5, reply_token="e", reply_at=now(), state=State.FAILED, finished_at=late),
        await a_track(database, 6, reply_token="f", reply_at=now(), state=State.CANCELLED, finished_at=late),
    ]
    async with database.write() as connection:
        await tracks.forget_tokens(connection, timedelta(minutes=15))
    assert [(await again(database, track)).reply for track in gone] == [None] * 3
    for track in kept:
        assert (await again(database, track)).reply == track.reply
        assert isinstance(track.reply, Reply)
