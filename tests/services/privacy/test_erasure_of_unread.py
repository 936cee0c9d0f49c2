"""What another version wrote and this one cannot read keeps nobody from having their data deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import sqlalchemy as sa
from studio_harness import NewStudio, StudioHarness

from services.albums.post import Kind
from services.contests.contest import EntryRules, Voting
from services.contests.service import Start as ContestStart
from services.jams import contributions, jams
from services.jams.service import Start as JamStart
from services.jams.storage import Session
from services.relays.service import Start as RelayStart
from services.storage.database import now
from services.storage.tables import album_posts, kept_messages, mentions
from services.storage.tables import contests as contest_table
from services.storage.tables import jams as jam_table
from services.storage.tables import relays as relay_table
from services.tracks.sight import everything_in

BEN, CLEO = 700_000_000_000_000_007, 700_000_000_000_000_008
ALL = everything_in(1)
SIGHT = replace(ALL, member_id=BEN)


async def opened(harness: StudioHarness, starter_id: int, channel: int = 51) -> Session:
    given = {"starter_name": "Ben", "theme": "Bens theme", "tags": ("folk",), "duration": 60, "share": 100}
    return await harness.studio.jams.start(JamStart(1, channel, starter_id, **given))


async def left_of(harness: StudioHarness, table: sa.Table) -> str:
    async with harness.database.read() as connection:
        return str([tuple(row) for row in await connection.execute(table.select())])


async def test_a_jam(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        session = await opened(harness, BEN)
        join = partial(jams.join, member_id=CLEO, name="Cleo")
        await harness.studio.jams.act(ALL, session.id, CLEO, join)
        for member_id, words in ((BEN, "Bens line"), (CLEO, "Cleos line")):
            write = partial(contributions.write_new, member_id=member_id, heading="[verse]", text=words)
            await harness.studio.jams.act(ALL, session.id, member_id, write)
        await harness.studio.jams.place(session.id, message_id=77)
        async with harness.database.write() as connection:
            newer = (await connection.scalars(sa.select(jam_table.c.state))).one() | {
                "phase": "dancing",
                "steps": [{"by": BEN, "how": "Bens step"}, {"by": CLEO}],
            }
            await connection.execute(jam_table.update().values(state=newer, phase="dancing"))
        await harness.studio.privacy.erase(BEN)
        left = await left_of(harness, jam_table)
        assert "Cleos line" in left
        assert "dancing" in left
        for gone in (str(BEN), "Bens", "'Ben'"):
            assert gone not in left
        assert "77" in await left_of(harness, mentions)


async def test_a_relay(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        relays = harness.studio.relays
        given = {"theme": "Bens theme", "most": 2, "rounds": 1, "minutes": 10, "place_id": None}
        relay = await relays.start(RelayStart(1, 52, starter_id=BEN, starter_name="Ben", **given))
        await relays.sit(replace(ALL, member_id=CLEO), relay.id, CLEO, "Cleo")
        await relays.write(SIGHT, relay.id, BEN, "Bens line", 0)
        async with harness.database.write() as connection:
            await connection.execute(relay_table.update().values(phase="dancing"))
        await harness.studio.privacy.erase(BEN)
        left = await left_of(harness, relay_table) + await left_of(harness, kept_messages)
        assert "dancing" in left
        for gone in (str(BEN), "Bens", "'Ben'"):
            assert gone not in left
        due = await harness.studio.kept_messages.due()
        assert {one.key: one.gone for one in due}[f"relay:{relay.id}"]


async def test_a_contest(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        rules = EntryRules(tags=("bensong",))
        started = ContestStart(1, 2, BEN, "Bens theme", timedelta(hours=1), 60, Voting.RANKING, rules)
        contest = await harness.studio.contests.start(started)
        async with harness.database.write() as connection:
            await connection.execute(contest_table.update().values(phase="dancing", created_at=now()))
        await harness.studio.privacy.erase(BEN)
        left = await left_of(harness, contest_table)
        assert "dancing" in left
        for gone in (str(BEN), "Bens", "bensong"):
            assert gone not in left
        due = await harness.studio.kept_messages.due()
        assert {one.key: one.gone for one in due}[f"contest:{contest.id}"]


async def test_an_albums_post_of_another_kind(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        track = await harness.settled((await harness.compose("Diary", member=BEN)).id)
        shown = await harness.studio.albums.create(SIGHT, "Bens album", track_id=track.id)
        await harness.studio.album_posts.publish(SIGHT, shown.album.id, Kind.THREAD, 51)
        async with harness.database.write() as connection:
            await connection.execute(album_posts.update().values(kind="hologram"))
        await harness.studio.privacy.erase(BEN)
        left = await left_of(harness, album_posts)
        assert "hologram" in left  # whoever can read it closes its thread
        assert str(BEN) not in left
        assert await harness.studio.album_posts.pending() == []


async def test_of_a_moderator_who_ended_others_jam_nothing_is_left(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        session = await opened(harness, CLEO)
        session = await harness.studio.jams.end(ALL, session.id, BEN, moderator=True)
        await harness.studio.jams.recap_posted(session, 78)
        await harness.studio.privacy.erase(BEN)
        (left,) = await harness.studio.jams.without_recap()  # it is told anew, without them
        assert (left.id, left.ended_by is not None and left.ended_by < 0) == (session.id, True)
