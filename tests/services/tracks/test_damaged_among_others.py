"""A row that is damaged, or that another version wrote, hides no other where several are shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from kept_track import a_track

from services.albums.service import Albums
from services.storage.database import Database
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
