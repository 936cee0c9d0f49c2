"""An album's post: its messages in order and once, its files as they should be, and all kept up to date."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from album_pages import added, album_id, begun, choose, labels, made_id
from album_posts import HERE, IN_A_THREAD, all_there, asked, files, messages_of, names, published, sound
from bot_harness import Harness, below, delete, made, said
from mutagen import id3
from soak.variants import few_of
from waiting import eventually

from cogs.albums.posting import AlbumPosting
from cogs.core.elsewhere import Elsewhere
from cogs.posts import shut_places
from cogs.posts.archives import MARGIN
from cogs.posts.kept_messages import KeptMessages
from rehearsal.discord.entities import FORUM, NEWS
from rehearsal.discord.faults import Fault
from rehearsal.discord.members.member import Answer, Member
from rehearsal.discord.members.reading import text_of, walk
from services.albums.post import Kind, Post
from services.storage.tables import album_posts, album_prints, kept_messages
from services.tracks.sight import Sight

pytestmark = pytest.mark.asyncio(loop_scope="module")

INTERVALS = {AlbumPosting: 0.05, KeptMessages: 0.05}


async def test_its_messages_have_cover_list_tagged_mp3s_archive_and_playlist(harness: Harness) -> None:
    ben = await harness.member("Ben")
    await begun(ben, "Porch Tapes", description="Side A")
    tracks = [await made(ben, title) for title in ("Creak", "Swing", "Rain")]
    for message in tracks:
        await added(ben, message, "Porch Tapes")
    post = await published(harness, ben, "Porch Tapes")
    head, mp3s, archive = await messages_of(harness, ben, post)
    listing = text_of(head)
    for words in (
        "# Porch Tapes",
        "Side A",
        "` 1` **Creak** · 0:05 · <@",
        "` 3` **Rain**",
        "3 tracks · 0:15",
    ):
        assert words in listing
    assert "porch-tapes.m3u8" in names(head)
    assert [one["type"] for one in walk(head["components"])].count(12) == 1
    sent = await files(ben, mp3s)
    assert list(sent) == [f"0{n}-{name}" for n, name in enumerate([names(one)[0] for one in tracks], 1)]
    for number, (data, track) in enumerate(zip(sent.values(), tracks, strict=True), 1):
        original = await ben.attachment(track)
        now_tags, tags = id3.ID3(BytesIO(data)), id3.ID3(BytesIO(original))
        assert str(now_tags["TALB"]) == "Porch Tapes"
        assert str(now_tags["TRCK"]) == f"{number}/3"
        assert sound(data) == sound(original)
        kept = [key for key in tags if key not in ("TALB", "TRCK") and not key.startswith("APIC")]
        assert [repr(now_tags[key]) for key in kept] == [repr(tags[key]) for key in kept]
        pictures = {one.type: one.data for one in now_tags.getall("APIC")}
        before = {one.type: one.data for one in tags.getall("APIC")}
        assert pictures[id3.PictureType.ILLUSTRATION] == before[id3.PictureType.ILLUSTRATION]
        assert pictures[id3.PictureType.COVER_FRONT] != before[id3.PictureType.COVER_FRONT]
    (zipped,) = (await files(ben, archive)).values()
    with zipfile.ZipFile(BytesIO(zipped)) as packed:
        assert packed.namelist() == [*sent, "porch-tapes.m3u8"]
        assert [packed.read(name) for name in sent] == list(sent.values())
        playlist = packed.read("porch-tapes.m3u8").decode()
    assert playlist.startswith("#EXTM3U\n#PLAYLIST:Porch Tapes\n#EXTINF:5,Ben - Creak\n01-creak-")
    assert playlist == (await files(ben, head))["porch-tapes.m3u8"].decode()
    opened = await said(await ben.press(head, "Open the album"), "Porch Tapes")
    assert "Publish …" in labels(opened)
    played = await choose(ben, mp3s, "Play one again …", "Swing")
    await said(played, "swing-")
    assert not list(harness.settings.data_dir.rglob(f"*{post.tag}*"))


async def test_what_disappears_goes_from_all_of_it_and_comes_back(harness: Harness) -> None:
    ben, ada = await harness.member("Ben"), await harness.member("Ada")
    await begun(ben, "Shrinking", "Stays", "Goes", "Last")
    post = await published(harness, ben, "Shrinking")
    goes, last = await made_id(harness, "Goes"), await made_id(harness, "Last")

    async def shows(*numbers: int) -> bool:
        head, mp3s, archive = await messages_of(harness, ada, post)
        listed = [int(one[1:3]) for one in text_of(head).split("\n") if one.startswith("`")]
        in_names = [int(one[:2]) for one in names(mp3s)]
        with zipfile.ZipFile(BytesIO(await ada.attachment(archive))) as packed:
            in_archive = [int(one[:2]) for one in packed.namelist() if one.endswith(".mp3")]
        return listed == in_names == in_archive == list(numbers)

    await eventually(lambda: shows(1, 2, 3))
    form = await ada.press(await said(await ada.slash("queue")), f"review:withhold:{goes}", forged=True)
    await said(await ada.submit(form, reason="Too loud"), "is withheld")
    await eventually(lambda: shows(1, 3))
    ids = [one["id"] for one in await messages_of(harness, ada, post)]
    await said(await ada.press(await said(await ada.slash("queue")), f"review:publish:{goes}", forged=True))
    await eventually(lambda: shows(1, 2, 3))
    question = await ben.press(await said(await ben.slash("queue")), f"track:delete:{last}", forged=True)
    await ben.press(await said(question, "for good"), "Delete it")
    await eventually(lambda: shows(1, 2))
    page = await said(await ben.slash("album show", album="Shrinking"), "2 tracks")
    await said(await ben.press(page, "Edit …"), "What to change")
    one = await said(await choose(ben, page, "Move a track, or take it off …", "Stays"), "number 1")
    await ben.press(one, "Take it off")
    await eventually(lambda: shows(2))
    assert [one["id"] for one in await messages_of(harness, ada, post)] == ids


async def test_it_is_in_as_many_parts_as_the_server_takes_and_is_brought_up_to_date(harness: Harness) -> None:
    ben = await harness.member("Ben")
    await begun(ben, "In Parts", "Part A", "Part B", "Part C")

    async def small(_self: Elsewhere, _guild_id: int) -> int:
        return MARGIN + 300 * 1024

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Elsewhere, "upload_limit", small)
        post = await published(harness, ben, "In Parts")
        assert post.archives == post.sounds > 1
        messages = await messages_of(harness, ben, post)
        with_buttons = [bool(one["components"]) for one in messages]
        assert with_buttons == [*[True] * (1 + post.sounds), *[False] * post.archives]
        packed = [await ben.attachment(one) for one in messages[1 + post.sounds :]]
        inside = [zipfile.ZipFile(BytesIO(one)).namelist() for one in packed]
        assert [name[:2] for part in inside for name in part if name.endswith("mp3")] == ["01", "02", "03"]
        assert ["in-parts.m3u8" in part for part in inside] == [True, *[False] * (post.archives - 1)]
    await added(ben, await made(ben, "Part D"), "In Parts")
    page = await said(await ben.slash("album show", album="In Parts"), "4 tracks")
    again = await said(await ben.press(page, "Publish …"), "is published in")
    await said(await ben.press(again, "Bring it up to date"), "I am bringing")
    post = await all_there(harness, post.album_id)
    head, mp3s, archive = await messages_of(harness, ben, post)
    assert [one[:2] for one in names(mp3s)] == ["01", "02", "03", "04"]
    assert "4 tracks" in text_of(head)
    assert str(id3.ID3(BytesIO(await ben.attachment(mp3s)))["TRCK"]) == "1/4"
    assert "All of it as one archive" in archive["content"]
    await eventually(lambda: gone(ben, messages[2]["id"]))


async def gone(member: Member, message_id: str) -> bool:
    return message_id not in [one["id"] for one in await member.messages()]


@pytest.mark.parametrize("how", few_of(2, [IN_A_THREAD, "As a post in the forum", f"{IN_A_THREAD} of news"]))
async def test_a_thread_has_the_albums_name_and_loses_it_with_the_album(harness: Harness, how: str) -> None:
    ben, world = await harness.member("Ben"), harness.discord.world
    channel = "music"
    if how != IN_A_THREAD:
        channel, kind = ("records", FORUM) if "forum" in how else ("news", NEWS)
        world.add_channel("The Porch", channel, kind=kind)
        await ben.go("music")
    title = f"Placed {how}"
    await begun(ben, title, f"A Song {how}")
    post = await published(harness, ben, title, how=how.removesuffix(" of news"), channel=channel)
    assert post.place_id not in (None, post.channel_id)
    thread = world.channel(str(post.place_id))
    assert (thread.name, thread.parent_id) == (title, str(post.channel_id))
    messages = await messages_of(harness, ben, post)
    assert len(messages) == len(await ben.messages(thread.id)) == 3
    assert (messages[0]["id"] == thread.id) is ("forum" in how)
    page = await said(await ben.slash("album show", album=title), title)
    await said(await ben.press(page, "Edit …"), "What to change")
    form = await ben.press(page, "Title and description …")
    await ben.submit(form, title=f"Renamed {how}", description="")
    await eventually(lambda: named(world, thread.id, f"Renamed {how}"))
    await eventually(lambda: tagged(harness, ben, post, f"Renamed {how}"))
    await said(await ben.press(page, "Delete …"), "gone for good")
    await said(await ben.press(page, "Delete the album"), "was deleted")
    await eventually(lambda: named(world, thread.id, "An album that was taken down"))
    await eventually(lambda: empty(ben, thread.id))


@pytest.mark.parametrize("times", [1, 2])
async def test_a_forums_post_that_discord_says_had_failed_is_there_once(harness: Harness, times: int) -> None:
    """It had not, and discord.py made another by itself, each time."""
    ben, world, title = await harness.member("Ben"), harness.discord.world, f"Doubled {times}"
    forum = world.add_channel("The Porch", f"doubles-{times}", kind=FORUM)
    await ben.go("music")
    await begun(ben, title, f"A Double {times}")
    masked = Fault("masked", "POST", "/channels/*/threads", status=502, times=times)
    harness.discord.faults.add(masked)
    post = await published(harness, ben, title, how="As a post in the forum", channel=forum.name)
    assert masked.hits == times
    twins = [one for one in world.all_channels() if one.parent_id == forum.id and one.archived]
    assert len(twins) == times
    for twin in twins:
        assert twin.id != str(post.place_id)
        assert title not in twin.name
        assert await ben.messages(twin.id) == []
    assert len(await ben.messages(str(post.place_id))) == 3


async def test_a_thread_that_is_shut_when_its_album_goes_loses_its_name_later(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shut_places, "AGAIN", 0.2)
    monkeypatch.setattr(AlbumPosting, "calm", 0.2)
    ben = await harness.member("Ben", channel="music")
    await begun(ben, "Shut In", "A Door")
    post = await published(harness, ben, "Shut In", how=IN_A_THREAD)
    path = f"/channels/{post.place_id}"
    refused = harness.discord.faults.add(Fault("refuse", "*", path, code=50001, times=2))
    page = await said(await ben.slash("album show", album="Shut In"), "Shut In")
    await said(await ben.press(page, "Edit …"), "What to change")
    await said(await ben.press(page, "Delete …"), "gone for good")
    await said(await ben.press(page, "Delete the album"), "was deleted")
    await eventually(lambda: named(harness.discord.world, str(post.place_id), "An album that was taken down"))
    assert refused.hits == 2


async def named(world: Any, channel_id: str, name: str) -> bool:
    return world.channel(channel_id).name == name


async def empty(member: Member, channel_id: str) -> bool:
    return await member.messages(channel_id) == []


async def tagged(harness: Harness, member: Member, post: Post, title: str) -> bool:
    mp3s = (await messages_of(harness, member, post))[1]
    return str(id3.ID3(BytesIO(await member.attachment(mp3s)))["TALB"]) == title


async def test_a_kill_in_the_middle_posts_nothing_twice(harness: Harness) -> None:
    ben = await harness.member("Ben")
    await begun(ben, "Interrupted", "Before", "After")
    question = await said(await asked(ben, "Interrupted"), "in <#")
    assert harness.bot is not None
    own_id = album_id(question)
    for stop_at in range(3):  # before the first message, and before each of the others is written down
        if stop_at == 0:
            await said(await ben.press(question, IN_A_THREAD), "I am publishing")
        else:
            post = await all_there(harness, own_id)
            lost = post.keys[stop_at - 1 :]
            async with harness.bot.studio.database.write() as connection:  # as if killed right after the POST
                first = kept_messages.c.key == lost[0]
                await connection.execute(kept_messages.update().where(first).values(message_id=None, said=0))
                rest = kept_messages.c.key.in_(lost[1:])
                await connection.execute(kept_messages.delete().where(rest))
                own = album_posts.c.album_id == own_id
                await connection.execute(album_posts.update().where(own).values(posted=False))
            for message in (await ben.messages(str(post.place_id)))[stop_at:]:
                found = harness.discord.world.find_message(message["id"])
                assert found is not None
                harness.discord.world.delete_message(found)
        await harness.stop()
        await harness.start()
        post = await all_there(harness, own_id)
        assert len(await ben.messages(str(post.place_id))) == 3, stop_at
    post = await all_there(harness, own_id)
    assert [one[:2] for one in names((await messages_of(harness, ben, post))[1])] == ["01", "02"]


async def test_where_discord_does_not_take_it_its_owner_hears_of_it(harness: Harness) -> None:
    ben, world = await harness.member("Ben"), harness.discord.world
    world.add_channel("The Porch", "stage-door")
    await ben.go("music")
    await begun(ben, "Refused", "Refused Song")
    question = await said(await asked(ben, "Refused", "stage-door"), "in <#")
    world.set_permissions("stage-door", "bot", deny=["attach_files"])
    await below(await ben.press(question, HERE), "I cannot publish", "*Attach Files*")
    world.set_permissions("stage-door", "bot", deny=["send_messages"])
    assert harness.bot is not None
    own_id, place = album_id(question), int(world.channel("stage-door", "The Porch").id)
    sight = Sight(int(ben.guild["id"]), None, int(ben.id))
    await harness.bot.studio.album_posts.publish(sight, own_id, Kind.CHANNEL, place)
    await eventually(lambda: no_post(harness, own_id))
    await below(await ben.slash("queue"), "could not publish your album")


async def renewed(member: Member, title: str) -> Answer:
    page = await said(await member.slash("album show", album=title), title)
    asked_what = await said(await member.press(page, "Publish …"), "is published in")
    return await member.press(asked_what, "Bring it up to date")


async def test_what_was_deleted_of_it_comes_back_where_it_is_brought_up_to_date(harness: Harness) -> None:
    ben, cleo, world = await harness.member("Ben"), await harness.member("Cleo"), harness.discord.world
    await begun(ben, "Swept Tapes", "Swept Song")
    post = await published(harness, ben, "Swept Tapes")
    before = await messages_of(harness, ben, post)
    for message in before:
        delete(harness, message)
    world.set_permissions("music", "Ben", deny=["send_messages"])
    await below(await renewed(ben, "Swept Tapes"), "You may not post in that channel")
    world.set_permissions("music", "Ben")
    await renewed(ben, "Swept Tapes")

    async def back() -> bool:
        return len(await messages_of(harness, cleo, post)) == len(before)

    await eventually(back)


async def test_where_its_place_is_gone_it_is_published_elsewhere(harness: Harness) -> None:
    ben, world = await harness.member("Ben"), harness.discord.world
    await begun(ben, "Torn Tapes", "Torn Song")
    post = await published(harness, ben, "Torn Tapes", IN_A_THREAD)
    world.delete_channel(str(post.place_id))
    await renewed(ben, "Torn Tapes")
    await eventually(lambda: no_post(harness, post.album_id))
    await below(await ben.slash("queue"), "could not publish your album")
    await published(harness, ben, "Torn Tapes")


async def no_post(harness: Harness, own_id: str) -> bool:
    assert harness.bot is not None
    async with harness.bot.studio.database.read() as connection:
        query = sa.select(sa.func.count()).select_from(album_posts).where(album_posts.c.album_id == own_id)
        return await connection.scalar(query) == 0


async def test_nobody_publishes_anothers_or_where_they_may_not_post(harness: Harness) -> None:
    ben, cleo, dora = [await harness.member(*who) for who in (("Ben",), ("Cleo",), ("Dora", "Rooftop"))]
    world = harness.discord.world
    world.add_channel("The Porch", "announcements")
    world.set_permissions("announcements", "everyone", deny=["send_messages"])
    world.set_permissions("announcements", "bot", allow=["send_messages"])
    await ben.go("music")
    page = await begun(ben, "Not Theirs", "Not Their Song")
    own_id, place = album_id(page), world.channel("announcements", "The Porch").id
    prints = f"album:print:{own_id}:channel:{place}"
    await below(await ben.press(page, prints, forged=True), "You may not post in that channel")
    for wrong in (f"forum:{place}", f"channel:{dora.channel['id']}"):
        pressed = await ben.press(page, f"album:print:{own_id}:{wrong}", forged=True)
        await below(pressed, "text channels and forums")
    for member, words in ((cleo, "Only the album's owner"), (dora, "no such album")):
        for custom_id in (
            f"album:publish:{own_id}",
            prints,
            f"album:renew:{own_id}",
            f"album:unpublish:{own_id}",
        ):
            on = await said(await member.slash("queue"), "Queue")
            await below(await member.press(on, custom_id, forged=True), words)
    await below(await ben.press(page, f"album:renew:{own_id}", forged=True), "not published")
    assert await no_post(harness, own_id)


async def test_an_erased_owners_album_is_taken_down_and_an_erased_makers_track_goes(harness: Harness) -> None:
    ben = await harness.member("Ben")
    harness.discord.world.add_member("The Porch", "Finn")
    finn = await harness.member("Finn")
    await begun(finn, "Finn's Words", "Finn's Song")
    alone = await published(harness, finn, "Finn's Words")
    page = await begun(ben, "Both Of Us", "Ben's Song")
    await said(await ben.press(page, "Edit …"), "What to change")
    await ben.press(page, "Share it with …", [finn.id])
    await said(page, "shared with")
    await added(finn, await made(finn, "Another Of Finn's"), "Both Of Us")
    shared = await published(harness, ben, "Both Of Us", how=IN_A_THREAD)
    question = await said(await finn.slash("privacy delete"))
    await finn.press(question, labels(question)[0])
    await eventually(lambda: no_post(harness, alone.album_id))

    async def only_bens() -> bool:
        head, mp3s, archive = await messages_of(harness, ben, shared)
        text = text_of(head)
        return "Another Of" not in text and len(names(mp3s)) == 1 and len(names(archive)) == 1

    await eventually(only_bens)

    async def taken_down() -> bool:
        return not any("Finn's Words" in text_of(one) for one in await ben.messages())

    await eventually(taken_down)
    assert harness.bot is not None
    left = sa.select(sa.func.count()).where(album_prints.c.album_id == alone.album_id)
    async with harness.bot.studio.database.read() as connection:
        assert await connection.scalar(left) == 0
