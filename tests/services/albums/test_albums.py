"""Albums on either database: order, rights, limits, and nothing on them that is not to be seen."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from kept_track import a_track

from services.albums import album as values
from services.albums import privacy
from services.albums.album import (
    AlbumFull,
    AmbiguousAlbum,
    Collection,
    NoSuchAlbum,
    NothingToCollect,
    NotOnAlbum,
    NotShared,
    NotYourAlbum,
    Shown,
    TooManyAlbums,
    TooManySharers,
    moved,
)
from services.albums.service import Albums
from services.guilds.audit import Action, records
from services.guilds.bans import Banned, Bans
from services.storage.database import Database, now
from services.tracks import tracks
from services.tracks.sight import Sight
from services.tracks.track import HeldBack, NoSuchTrack, State, Track

BEN, CLEO, ADA, DORA = 7, 8, 5, 9
HALL, CELLAR = 2, 3  # channels; the cellar is for Ada alone


def sight(member_id: int, *, guild_id: int = 1, moderator: bool = False) -> Sight:
    seen = {HALL, CELLAR} if member_id == ADA else {HALL}
    return Sight(guild_id, frozenset(seen), member_id, moderator)


def titles(shown: Shown) -> list[str]:
    return [track.title for track in shown.tracks]


async def filled(
    database: Database, *names: str, title: str = "Evenings", **given: Any
) -> tuple[Albums, Shown]:
    """An album of Ben's with tracks of these names."""
    albums = Albums(database)
    shown = await albums.create(sight(BEN), title)
    for name in names:
        track = await a_track(database, title=name, **given)
        shown = await albums.put(sight(BEN), shown.album.id, track.id)
    return albums, shown


async def changed(database: Database, track: Track, **given: Any) -> None:
    async with database.write() as connection:
        await tracks.change(connection, track.id, **given)


@pytest.mark.parametrize(
    ("track", "to", "after"),
    [
        ("a", 1, "bacd"),
        ("a", 9, "bcda"),
        ("d", 0, "dabc"),
        ("c", 1, "acbd"),
        ("b", 1, "abcd"),
        ("b", -3, "bacd"),
    ],
)
def test_a_track_moves_to_the_place_that_is_named(track: str, to: int, after: str) -> None:
    assert "".join(moved("abcd", "abcd", track, to)) == after


def test_what_somebody_does_not_see_keeps_its_neighbours() -> None:
    assert "".join(moved("aXbYc", "abc", "c", 0)) == "caXbY"
    assert "".join(moved("aXbYc", "abc", "a", 1)) == "XbaYc"
    with pytest.raises(NotOnAlbum):
        moved("aXb", "ab", "X", 0)


async def test_tracks_stand_in_the_order_in_which_they_were_put_and_moved(database: Database) -> None:
    albums, shown = await filled(database, "One", "Two", "Three")
    again = await albums.put(sight(BEN), shown.album.id, shown.tracks[0].id)
    assert titles(again) == ["One", "Two", "Three"]
    moved_up = await albums.move(sight(BEN), shown.album.id, shown.tracks[2].id, 0)
    assert titles(moved_up) == ["Three", "One", "Two"]
    taken = await albums.remove(sight(BEN), shown.album.id, shown.tracks[0].id)
    assert titles(taken) == ["Three", "Two"]
    with pytest.raises(NotOnAlbum):
        await albums.remove(sight(BEN), shown.album.id, shown.tracks[0].id)
    assert titles(await albums.find(sight(CLEO), "evenings")) == ["Three", "Two"]


async def test_the_owner_decides_sharers_fill_it_and_others_look(database: Database) -> None:
    albums, shown = await filled(database, "One", "Two")
    own_id, one = shown.album.id, shown.tracks[0].id
    for act in (
        albums.put(sight(CLEO), own_id, one),
        albums.remove(sight(CLEO), own_id, one),
        albums.move(sight(CLEO), own_id, one, 1),
        albums.cover(sight(CLEO), own_id, one),
    ):
        with pytest.raises(NotShared):
            await act
    await albums.share(sight(BEN), own_id, [CLEO, BEN, CLEO])
    assert (await albums.move(sight(CLEO), own_id, one, 1)).album.sharers == (CLEO,)
    assert (await albums.cover(sight(CLEO), own_id, one)).cover is not None
    for act in (
        albums.name(sight(CLEO), own_id, "Mine now", ""),
        albums.share(sight(CLEO), own_id, []),
        albums.to_decide(sight(CLEO), own_id),
        albums.delete(sight(CLEO), own_id),
    ):
        with pytest.raises(NotYourAlbum):
            await act
    await albums.share(sight(BEN), own_id, [])
    with pytest.raises(NotShared):
        await albums.move(sight(CLEO), own_id, one, 0)
    assert (await albums.name(sight(ADA, moderator=True), own_id, "Decent", "")).album.title_by == ADA
    await albums.delete(sight(ADA, moderator=True), own_id)
    with pytest.raises(NoSuchAlbum):
        await albums.find(sight(BEN), own_id)
    async with database.read() as connection:
        (entry, *_), _count = await records(connection, 1, offset=0, limit=5)
    assert (entry.action, entry.actor_id, entry.subject) == (Action.DELETE_ALBUM, ADA, str(BEN))


async def test_what_is_not_seen_is_not_on_it_and_an_album_of_nothing_is_not_there(database: Database) -> None:
    albums, shown = await filled(database, "Open")
    own_id = shown.album.id
    secret = await a_track(database, title="Secret", channel_id=CELLAR, member_id=ADA)
    with pytest.raises(NoSuchTrack):
        await albums.put(sight(BEN), own_id, secret.id)
    await albums.share(sight(BEN), own_id, [ADA])
    assert titles(await albums.put(sight(ADA), own_id, secret.id)) == ["Open", "Secret"]
    assert titles(await albums.find(sight(BEN), own_id)) == ["Open"]
    await albums.remove(sight(BEN), own_id, shown.tracks[0].id)
    assert titles(await albums.find(sight(BEN), own_id)) == []
    for member_id, guild_id in ((CLEO, 1), (ADA, 2)):
        elsewhere = sight(member_id, guild_id=guild_id, moderator=True)
        with pytest.raises(NoSuchAlbum):
            await albums.find(elsewhere, own_id)
        with pytest.raises(NoSuchAlbum):
            await albums.delete(elsewhere, own_id)
        assert await albums.page(elsewhere, offset=0, limit=5) == ([], 0)
        assert await albums.search(elsewhere, "even") == []


@pytest.mark.parametrize(
    "held", [{"state": State.WITHHELD, "withheld_because": "why"}, {"state": State.IN_REVIEW}]
)
async def test_what_is_held_back_is_gone_and_comes_back_to_its_place(database: Database, held: Any) -> None:
    albums, shown = await filled(database, "One", "Two", "Three", member_id=BEN)
    two = shown.tracks[1]
    await albums.cover(sight(BEN), shown.album.id, two.id)
    await changed(database, two, **held)
    for looks in (sight(BEN), sight(ADA, moderator=True)):
        now_shown = await albums.find(looks, shown.album.id)
        assert (titles(now_shown), now_shown.cover) == (["One", "Three"], None)
    other = await albums.create(sight(BEN), "Another")
    with pytest.raises(HeldBack):
        await albums.put(sight(BEN), other.album.id, two.id)
    await changed(database, two, state=State.DELIVERED, withheld_because=None)
    back = await albums.find(sight(CLEO), shown.album.id)
    assert (titles(back), back.cover and back.cover.id) == (["One", "Two", "Three"], two.id)
    await changed(database, two, deleted_at=now())
    assert titles(await albums.find(sight(BEN), shown.album.id)) == ["One", "Three"]


async def test_as_many_tracks_albums_and_sharers_as_there_may_be(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.albums import service

    for name in ("MOST_TRACKS", "MOST_ALBUMS", "MOST_SHARERS"):
        assert getattr(service, name) == getattr(values, name)
        monkeypatch.setattr(service, name, 2)
    albums, shown = await filled(database, "One", "Two")
    third = await a_track(database)
    with pytest.raises(AlbumFull):
        await albums.put(sight(BEN), shown.album.id, third.id)
    await changed(database, shown.tracks[0], deleted_at=now())  # leaves its place to another
    after = await albums.put(sight(BEN), shown.album.id, third.id)
    assert [one.id for one in after.tracks] == [shown.tracks[1].id, third.id]
    with pytest.raises(TooManySharers):
        await albums.share(sight(BEN), shown.album.id, [CLEO, ADA, DORA])
    made = await asyncio.gather(
        *(albums.create(sight(BEN), f"At once {n}") for n in range(4)), return_exceptions=True
    )
    assert sum(isinstance(one, Shown) for one in made) == 1
    assert sum(isinstance(one, TooManyAlbums) for one in made) == 3
    await albums.create(sight(CLEO), "Cleo's")


async def test_two_who_put_at_once_both_have_put(database: Database) -> None:
    albums, shown = await filled(database)
    added = [await a_track(database, title=f"T{n}") for n in range(6)]
    await asyncio.gather(*(albums.put(sight(BEN), shown.album.id, one.id) for one in added))
    assert sorted(titles(await albums.find(sight(BEN), shown.album.id))) == [f"T{n}" for n in range(6)]


async def test_who_is_banned_changes_nothing(database: Database) -> None:
    albums, shown = await filled(database, "One")
    await Bans(database).ban(1, ADA, BEN, until=None, reason="enough")
    for act in (
        albums.check_may_fill(sight(BEN)),
        albums.create(sight(BEN), "More"),
        albums.put(sight(BEN), shown.album.id, shown.tracks[0].id),
        albums.name(sight(BEN), shown.album.id, "Worse", ""),
        albums.to_decide(sight(BEN), shown.album.id),
    ):
        with pytest.raises(Banned):
            await act
    await albums.delete(sight(BEN), shown.album.id)


async def test_one_press_makes_one_album_and_the_next_finds_it(database: Database) -> None:
    albums = Albums(database)
    rounds = [await a_track(database, title=f"Round {n}") for n in (1, 2)]
    gone = await a_track(database, deleted_at=now())
    collection = Collection("jam:x", "Harbour", CLEO, [gone.id, rounds[1].id, rounds[0].id, rounds[1].id])
    made = await asyncio.gather(*(albums.collect(sight(who), collection) for who in (BEN, CLEO)))
    assert made[0].album.id == made[1].album.id
    assert titles(made[0]) == ["Round 2", "Round 1"]
    assert (made[0].album.title, made[0].album.title_by) == ("Harbour", CLEO)
    with pytest.raises(NothingToCollect):
        await albums.collect(sight(BEN), Collection("jam:y", "Nothing", CLEO, [gone.id]))


async def test_what_was_collected_and_became_something_hidden_is_collected_anew(database: Database) -> None:
    albums, round_ = Albums(database), await a_track(database, title="Harbour")
    cellar = await a_track(database, title="Cellar", channel_id=CELLAR, member_id=ADA)
    collection = Collection("jam:z", "Harbour", CLEO, [round_.id])
    hers = (await albums.collect(sight(ADA), collection)).album.id
    await albums.put(sight(ADA), hers, cellar.id)
    assert (await albums.collect(sight(BEN), collection)).album.id == hers
    await albums.remove(sight(ADA), hers, round_.id)
    await albums.name(sight(ADA), hers, "Down there", "For nobody else")
    anew = await albums.collect(sight(BEN), collection)
    assert (anew.album.title, titles(anew)) == ("Harbour", ["Harbour"])
    assert (await albums.collect(sight(CLEO), collection)).album.id == anew.album.id
    assert titles(await albums.find(sight(ADA), hers)) == ["Cellar"]


async def test_two_albums_of_one_title_are_told_apart_by_their_ids(database: Database) -> None:
    albums, shown = await filled(database, "One")
    await albums.create(sight(BEN), "EVENINGS")
    with pytest.raises(AmbiguousAlbum):
        await albums.find(sight(BEN), "evenings")
    assert (await albums.find(sight(BEN), shown.album.id)).album.id == shown.album.id
    found, count = await albums.page(sight(BEN), offset=0, limit=5)
    assert ([one.album.title for one in found], count) == (["EVENINGS", "Evenings"], 2)
    assert (await albums.page(sight(CLEO), offset=0, limit=5))[1] == 1
    assert [one.title for one in await albums.fillable(sight(BEN))] == ["EVENINGS", "Evenings"]


# privacy --------------------------------------------------------------------------------------------------


async def erased(database: Database, member_id: int) -> None:
    async with database.write() as connection:
        await privacy.erase(connection, member_id, -77)


async def test_an_album_that_is_shared_passes_on_without_the_erased_words(database: Database) -> None:
    albums, shown = await filled(database, "One")
    own_id = shown.album.id
    await albums.name(sight(BEN), own_id, "Ben's words", "And more of them")
    await albums.share(sight(BEN), own_id, [CLEO, DORA])
    await erased(database, BEN)
    after = (await albums.find(sight(CLEO), own_id)).album
    assert (after.owner_id, after.sharers) == (CLEO, (DORA,))
    assert (after.title, after.title_by, after.description) == ("", -77, "")
    await albums.name(sight(CLEO), own_id, "Cleo's words", "")
    await erased(database, DORA)
    after = (await albums.find(sight(CLEO), own_id)).album
    assert (after.title, after.sharers) == ("Cleo's words", ())
    await erased(database, CLEO)
    with pytest.raises(NoSuchAlbum):
        await albums.find(sight(ADA), own_id)


async def test_words_on_anothers_album_go_too(database: Database) -> None:
    albums, round_ = Albums(database), await a_track(database)
    made = await albums.collect(sight(BEN), Collection("jam:x", "Cleo's theme", CLEO, [round_.id]))
    async with database.read() as connection:
        assert await privacy.guilds_of(connection, CLEO) == {1}
        (handed_out,) = await privacy.export(connection, CLEO)
        assert (handed_out["title"], handed_out["yours"]) == ("Cleo's theme", False)
        (own,) = await privacy.export(connection, BEN)
        assert (own["title"], own["yours"], own["tracks"]) == (None, True, 1)
    await erased(database, CLEO)
    assert (await albums.find(sight(BEN), made.album.id)).album.title == ""
