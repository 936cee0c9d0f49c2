"""Bans, reports and erasure on either database, and what happens when two do it at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from studio_harness import FakeDelivery, no_files

from services.guilds import audit
from services.guilds.audit import Action
from services.guilds.bans import Bans
from services.guilds.settings import next_number, read_guild
from services.money.ledger import Ledger
from services.money.limits import Limits
from services.pipeline.kept_audio import KeptAudio
from services.privacy.erasure import Privacy
from services.privacy.export import export
from services.privacy.rows import finish_days
from services.storage.audio_store import FolderStore
from services.storage.database import Database, now
from services.storage.tables import bans as ban_table
from services.storage.tables import postings, sums
from services.storage.tables import reports as report_table
from services.tracks import mentions, tracks
from services.tracks.reports import AlreadyReported, Reports
from services.tracks.sight import everything_in
from services.tracks.track import State, Track

BEN, ADA, CLEO = 700_000_000_000_000_007, 700_000_000_000_000_005, 700_000_000_000_000_008
LIMITS = Limits(10**9, 10**9, 10**9, 10**9, 10**9, 10**9, "UTC")


async def a_track(database: Database, member_id: int = BEN) -> Track:
    """A track that was delivered and paid for."""
    ledger = Ledger(LIMITS)
    async with database.write() as connection:
        number, _guild = await next_number(connection, 1)
        track = await tracks.add(
            connection, id=tracks.new_id(), guild_id=1, number=number, guild_name="Guild", channel_id=2,
            member_id=member_id, member_name="Ben", model="m", title="Diary", tags="hush", lyrics="me",
            duration=5, seed=1, price=1000, turn=0, state=State.DELIVERED, created_at=now(),
            message_channel_id=2, message_id=3, withheld_because=None,
        )  # fmt: skip
        guild = await read_guild(connection, 1)
        await ledger.reserve(connection, track_id=track.id, guild=guild, members=[member_id], price=1000)
        await ledger.settle(connection, track.id)
    return track


async def test_two_moderators_ban_the_same_member_at_once(database: Database) -> None:
    bans = Bans(database)
    await asyncio.gather(
        *(bans.ban(1, ADA, BEN, until=None, reason=f"reason {number}") for number in range(5))
    )
    async with database.read() as connection:
        assert len((await connection.execute(ban_table.select())).all()) == 1


async def test_two_reports_of_one_member_at_once_are_one(database: Database) -> None:
    track, reports = await a_track(database), Reports(database)
    results = await asyncio.gather(
        *(reports.report(everything_in(1), track.id, CLEO, "rude") for _ in range(4)), return_exceptions=True
    )
    assert [type(one) for one in results if isinstance(one, Exception)] == [AlreadyReported] * 3
    (waiting,) = await reports.open(everything_in(1))
    assert len(waiting.reports) == 1
    assert len((await reports.dismiss(everything_in(1), track.id, ADA)).reports) == 1
    assert await reports.open(everything_in(1)) == []


async def test_erasure_renames_every_account_and_keeps_its_sums(database: Database, tmp_path: Path) -> None:
    delivery = FakeDelivery()
    track, other = await a_track(database), await a_track(database, CLEO)
    await Reports(database).report(everything_in(1), other.id, BEN, "mine")
    store = FolderStore(tmp_path)
    own = Privacy(database, store, delivery, no_files, KeptAudio(delivery, store))
    async with database.read() as connection:
        assert len((await export(connection, BEN))["money"]) == 2
    assert (await own.holdings(BEN)).tracks == 1
    assert await own.erase(BEN) == 1
    assert await own.clean()
    assert delivery.taken_down == [(track.id, 3)]
    async with database.write() as connection:
        await finish_days(connection, now() + timedelta(days=3))
    assert await own.erase(ADA) == 0
    async with database.read() as connection:
        erased = await tracks.get(connection, track.id)
        assert erased is not None
        assert erased.member_id < 0
        assert (erased.title, erased.tags, erased.lyrics, erased.member_name) == ("", "", "", "")
        accounts = set(await connection.scalars(sa.select(sums.c.account)))
        assert accounts == set(await connection.scalars(sa.select(postings.c.account)))
        assert {f"member:1:{erased.member_id} day", f"member:1:{CLEO} day"} < accounts
        assert await connection.scalar(sa.select(sa.func.sum(sums.c.spent))) == 8000
        assert await connection.scalar(sa.select(report_table.c.member_id)) == erased.member_id


async def test_messages_that_name_the_erased_are_marked_and_no_others(
    database: Database, tmp_path: Path
) -> None:
    delivery, bans, reports = FakeDelivery(), Bans(database), Reports(database)
    diary, poster, other = [await a_track(database, member) for member in (BEN, CLEO, CLEO)]
    await reports.report(everything_in(1), poster.id, BEN, "ugly")
    await bans.ban(1, ADA, BEN, until=None, reason="spam")
    await bans.ban(1, ADA, CLEO, until=None, reason="spam")
    async with database.write() as connection:
        for message, track in ((11, diary), (12, poster), (13, other)):
            place = {"guild_id": 1, "channel_id": 9, "message_id": message}
            await mentions.note_track(connection, **place, track_id=track.id)
        await audit.record(connection, 1, ADA, Action.DELETE, subject=f"#{diary.number} Diary")
        await audit.record(connection, 2, ADA, Action.DELETE, subject=f"#{diary.number} Another Guild's")
        changes, _count = await audit.records(connection, 1)
        (abroad,), _count = await audit.records(connection, 2)
        for message, change in zip((21, 22, 23, 24), (*changes, abroad), strict=True):
            await mentions.note_change(connection, channel_id=9, message_id=message, change=change)
        assert await mentions.marked(connection) == []
    store = FolderStore(tmp_path)
    eraser = Privacy(database, store, delivery, no_files, KeptAudio(delivery, store))
    await eraser.erase(BEN)
    delivery.closed_for = 1
    assert await eraser.clean() is False
    assert await eraser.clean()
    assert await eraser.clean()
    assert sorted(delivery.unsaid) == [11, 12]  # one does not wait for the other
    assert {message: (change.subject, change.action) for message, change in delivery.retold} == {
        21: (f"#{diary.number}", "delete"),
        23: (str((await erased_track(database, diary.id)).member_id), "ban"),
    }
    async with database.write() as connection:  # posted as it was read before, noted after it
        await mentions.note_change(connection, channel_id=9, message_id=25, change=changes[0])
        await mentions.note_track(connection, guild_id=1, channel_id=9, message_id=14, track_id=diary.id)
    delivery.unsaid.clear()
    delivery.retold.clear()
    assert await eraser.clean()
    assert delivery.unsaid == [14]
    assert [message for message, _change in delivery.retold] == [25]


async def erased_track(database: Database, track_id: str) -> Track:
    async with database.read() as connection:
        track = await tracks.get(connection, track_id)
    assert track is not None
    return track
