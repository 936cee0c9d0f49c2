"""Albums' posts on either database: what is in which message, and what is touched when something changes."""

from __future__ import annotations

import asyncio

import pytest
from kept_track import a_track

from services.albums import post_storage, privacy
from services.albums.album import NotYourAlbum, Shown
from services.albums.playlist import playlist
from services.albums.post import MOST_FILES, AlreadyPublished, Kind, NotPublished, Post, Print, planned
from services.albums.posts import AlbumPosts
from services.albums.service import Albums
from services.messages.kept_messages import KeptMessages
from services.storage.database import Database
from services.tracks.sight import Sight

BEN, CLEO, DORA = 7, 8, 9
HALL = 2


def sight(member_id: int) -> Sight:
    return Sight(1, frozenset({HALL}), member_id)


def test_tracks_go_into_as_few_messages_as_hold_them_in_order() -> None:
    sizes: list[tuple[str, int | None]] = [
        ("a", 4),
        ("b", 5),
        ("c", 2),
        ("lost", None),
        ("big", 11),
        ("d", 8),
    ]
    assert planned(sizes, 10) == [
        Print("a", 1, 1, 1),
        Print("b", 2, 1, 1),
        Print("c", 3, 2, 2),
        Print("lost", 4, None, None),
        Print("big", 5, None, None),
        Print("d", 6, 2, 2),
    ]
    many = planned([(str(number), 1) for number in range(MOST_FILES + 1)], 100)
    assert [one.sound for one in many] == [*[1] * MOST_FILES, 2]
    assert {one.archive for one in many} == {1}


def test_a_playlist_has_one_line_for_each_name() -> None:
    made = playlist("Two\nlines", [("01-a.mp3", 65.4, "Ben", "A\rB"), ("02-b.mp3", 5, "", "B")])
    assert made == ("#EXTM3U\n#PLAYLIST:Two lines\n#EXTINF:65,Ben - A B\n01-a.mp3\n#EXTINF:5,B\n02-b.mp3\n")


async def published(database: Database, kind: Kind = Kind.CHANNEL) -> tuple[AlbumPosts, Shown, Post]:
    """An album of Ben's with two tracks, each with messages of its own, all of them posted."""
    albums, posts, messages = Albums(database), AlbumPosts(database), KeptMessages(database)
    shown = await albums.create(sight(BEN), "Evenings")
    for member_id in (BEN, CLEO):
        track = await a_track(database, title=f"By {member_id}", member_id=member_id)
        shown = await albums.put(sight(BEN), shown.album.id, track.id)
    await posts.publish(sight(BEN), shown.album.id, kind, HALL)
    post = await posts.find(shown.album.id)
    assert post is not None
    post = await posts.placed(post, 99)
    post = await posts.counted(post, planned([(track.id, 6) for track in shown.tracks], 10))
    for number, key in enumerate(post.keys, 1):
        await posts.begin(post, key)
        kept = await messages.get(key)
        assert kept is not None
        await messages.says(await messages.posted(await messages.intend(kept), 1000 + number))
    await posts.posted(post)
    return posts, shown, post


async def due(database: Database, post: Post) -> list[str]:
    """What of its messages is to be brought up to date, by the end of its key; and that it is no more."""
    messages, found = KeptMessages(database), list[str]()
    for kept in await messages.due():
        found.append(kept.key.replace(post.tag, "").replace(post.album_id, ""))
        await messages.says(kept)
    return sorted(found)


async def test_a_post_is_asked_for_once_by_whom_the_album_belongs_to(database: Database) -> None:
    albums, posts = Albums(database), AlbumPosts(database)
    own_id = (await albums.create(sight(BEN), "Evenings")).album.id
    await albums.put(sight(BEN), own_id, (await a_track(database)).id)
    for refused in (posts.publish(sight(CLEO), own_id, Kind.CHANNEL, HALL), posts.renew(sight(CLEO), own_id)):
        with pytest.raises(NotYourAlbum):
            await refused
    with pytest.raises(NotPublished):
        await posts.take_down(sight(BEN), own_id)
    at_once = [posts.publish(sight(BEN), own_id, Kind.CHANNEL, HALL) for _ in range(3)]
    done = await asyncio.gather(*at_once, return_exceptions=True)
    assert [type(one) for one in done if one is not None] == [AlreadyPublished] * 2
    assert [one.album_id for one in await posts.pending()] == [own_id]


async def test_what_changes_touches_the_messages_that_show_it(database: Database) -> None:
    _posts, shown, post = await published(database)
    albums, (first, second) = Albums(database), shown.tracks
    own_id = shown.album.id
    assert await due(database, post) == []
    async with database.write() as connection:
        await post_storage.touch_track(connection, second.id)
    assert await due(database, post) == ["album-archive:-z02", "album-sound:-s02", "album:"]
    await albums.move(sight(BEN), own_id, first.id, 1)
    assert await due(database, post) == []
    everything = [
        "album-archive:-z01",
        "album-archive:-z02",
        "album-sound:-s01",
        "album-sound:-s02",
        "album:",
    ]
    await albums.name(sight(BEN), own_id, "Another", "")
    assert await due(database, post) == everything
    await albums.cover(sight(BEN), own_id, first.id)
    assert await due(database, post) == everything
    async with database.write() as connection:
        await post_storage.touch_track(connection, first.id)  # whose cover is in all of its files
    assert await due(database, post) == everything
    await albums.remove(sight(BEN), own_id, second.id)
    assert await due(database, post) == ["album-archive:-z02", "album-sound:-s02", "album:"]


async def test_a_post_that_is_renewed_loses_the_messages_that_it_needs_no_more(database: Database) -> None:
    posts, shown, post = await published(database)
    messages = KeptMessages(database)
    await posts.renew(sight(BEN), shown.album.id)
    (pending,) = await posts.pending()
    assert not pending.counted
    await posts.counted(pending, planned([(track.id, 5) for track in shown.tracks], 10))
    gone = {kept.key: kept.gone for kept in await messages.due()}
    assert [key for key in post.keys if gone[key]] == [post.sound(2), post.archive(2)]


@pytest.mark.parametrize("kind", Kind)
async def test_with_the_album_its_messages_go_and_its_thread_after_them(
    database: Database, kind: Kind
) -> None:
    posts, shown, post = await published(database, kind)
    await Albums(database).delete(sight(BEN), shown.album.id)
    assert {kept.key for kept in await KeptMessages(database).due() if kept.gone} == set(post.keys)
    assert await posts.find(shown.album.id) is None
    left = [one.place_id for one in await posts.pending()]
    assert left == ([] if kind is Kind.CHANNEL else [99])
    await posts.dropped(post)
    assert await posts.pending() == []


async def test_who_is_erased_leaves_posts(database: Database) -> None:
    posts, shown, post = await published(database, Kind.THREAD)
    await Albums(database).share(sight(BEN), shown.album.id, [CLEO])
    async with database.write() as connection:
        await privacy.erase(connection, BEN, -77)
    assert len(await due(database, post)) == len(post.keys)  # the title that was Ben's is on all of them
    await posts.named(post, shown.album.title)  # which was on its way to Discord
    (pending,) = await posts.pending()
    assert (pending.renamed, pending.member_id) == (True, -77)
    await posts.named(post, "")
    assert not any(one.renamed for one in await posts.pending())
    async with database.write() as connection:
        await privacy.erase(connection, CLEO, -88)
    assert {kept.key for kept in await KeptMessages(database).due() if kept.gone} == set(post.keys)


async def test_who_shared_an_album_and_is_erased_is_named_in_its_post_no_more(database: Database) -> None:
    _posts, shown, post = await published(database, Kind.THREAD)
    await Albums(database).share(sight(BEN), shown.album.id, [DORA])
    assert await due(database, post)
    async with database.write() as connection:
        assert await privacy.guilds_of(connection, DORA) == {1}
        await privacy.erase(connection, DORA, -77)
    assert "album:" in await due(database, post)
