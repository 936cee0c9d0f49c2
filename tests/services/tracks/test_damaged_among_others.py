"""A row that is damaged, or that another version wrote, hides no other where several are shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa
from kept_track import a_track

from services.albums.post import Kind
from services.albums.posts import AlbumPosts
from services.albums.service import Albums
from services.contests.contest import EntryRules, Voting
from services.contests.service import Contests
from services.contests.service import Start as ContestStart
from services.relays.relay import NoSuchRelay
from services.relays.service import Relays
from services.relays.service import Start as RelayStart
from services.storage.database import Database, now
from services.storage.tables import album_posts, contests, relays
from services.tracks import tracks
from services.tracks.browse import Music, Wanted
from services.tracks.charts import Charts
from services.tracks.families import Families
from services.tracks.sight import Sight
from services.tracks.track import Track
from services.tracks.votes import Votes

BEN, HALL = 7, 2
SIGHT = Sight(1, frozenset({HALL}), BEN)


async def in_search(database: Database, _first: Track) -> list[Track]:
    async with database.read() as connection:
        return await tracks.search(connection, SIGHT, "")


async def in_a_list(database: Database, _first: Track) -> list[Track]:
    async with database.read() as connection:
        return (await tracks.listed(connection, SIGHT, tracks.tracks.c.number > 0, offset=0, limit=9))[0]


async def by_seed(database: Database, first: Track) -> list[Track]:
    async with database.read() as connection:
        return [first, *await tracks.made_from(connection, SIGHT, first.id, 1)]


async def in_tracks(database: Database, _first: Track) -> list[Track]:
    return [one.track for one in (await Music(database).page(SIGHT, Wanted(), 0, 9)).listed]


async def in_charts(database: Database, _first: Track) -> list[Track]:
    return [one.track for one in (await Charts(database, "UTC").chart(SIGHT)).tracks]


async def voted_last(database: Database, _first: Track) -> list[Track]:
    return await Votes(database).last_voted(3600)


async def in_the_family(database: Database, first: Track) -> list[Track]:
    family = await Families(database).family(first, SIGHT, lambda _track: True, 9)
    return [one.track for one in family.relatives]


async def on_an_album(database: Database, _first: Track) -> list[Track]:
    albums, _total = await Albums(database).page(SIGHT, offset=0, limit=1)
    return list(albums[0].tracks)


@pytest.mark.parametrize(
    "shown",
    [in_search, in_a_list, by_seed, in_tracks, in_charts, voted_last, in_the_family, on_an_album],
)
async def test_all_others_are_shown(
    database: Database, shown: Callable[[Database, Track], Awaitable[list[Track]]]
) -> None:
    first = await a_track(database, title="First", channel_id=HALL)
    others = [
        await a_track(database, title=title, channel_id=HALL, parent_id=first.id, seed=1)
        for title in ("Damaged", "Second", "Third")
    ]
    album = (await Albums(database).create(SIGHT, "Evenings")).album
    for track in (first, *others):
        await Votes(database).press(SIGHT, track.id, 9)
        await Albums(database).put(SIGHT, album.id, track.id)
    async with database.write() as connection:
        await tracks.change(connection, others[0].id, rework={"kind": "unheard of"})
    assert {track.title for track in await shown(database, first)} == {"First", "Second", "Third"}


async def relays_due(database: Database) -> Sequence[str]:
    return [one.id for one in await Relays(database).due()]


async def contests_due(database: Database) -> Sequence[str]:
    return [one.id for one in await Contests(database, lambda _guild: None).without_thread()]


async def posts_due(database: Database) -> Sequence[str]:
    return [one.album_id for one in await AlbumPosts(database).pending()]


async def two_of_each(database: Database) -> None:
    for channel in (HALL, HALL + 1):
        sight = Sight(1, frozenset({channel}), BEN)
        place = {"channel_id": channel, "place_id": None}
        given = {"theme": "Rain", "most": 3, "rounds": 1, "minutes": 10}
        relay = RelayStart(guild_id=1, starter_id=BEN, starter_name="Ben", **place, **given)
        await Relays(database).start(relay)
        rules = EntryRules()
        start = ContestStart(1, channel, BEN, "Rain", timedelta(hours=1), 60, Voting.RANKING, rules)
        await Contests(database, lambda _guild: None).start(start)
        shown = await Albums(database).create(sight, "Rain", track_id=(await a_track(database)).id)
        await AlbumPosts(database).publish(sight, shown.album.id, Kind.CHANNEL, channel)
    async with database.write() as connection:
        await connection.execute(relays.update().values(due_at=now() - timedelta(seconds=1)))


@pytest.mark.parametrize(
    ("due", "own_id", "unknown"),
    [
        (relays_due, relays.c.id, {"phase": "of tomorrow"}),
        (contests_due, contests.c.id, {"voting": "of tomorrow"}),
        (posts_due, album_posts.c.album_id, {"kind": "of tomorrow"}),
    ],
)
async def test_what_another_version_wrote_keeps_nothing_else_from_going_on(
    database: Database,
    due: Callable[[Database], Awaitable[Sequence[str]]],
    own_id: sa.Column[str],
    unknown: dict[str, str],
) -> None:
    await two_of_each(database)
    first, other = sorted(await due(database))
    async with database.write() as connection:
        await connection.execute(own_id.table.update().where(own_id == first).values(unknown))
    assert await due(database) == [other]


async def test_a_relay_that_another_version_wrote_is_there_for_nobody(database: Database) -> None:
    await two_of_each(database)
    first = (await relays_due(database))[0]
    async with database.write() as connection:
        await connection.execute(relays.update().where(relays.c.id == first).values(phase="of tomorrow"))
    with pytest.raises(NoSuchRelay):
        await Relays(database).to_write(SIGHT, first, BEN)
