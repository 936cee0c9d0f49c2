"""Albums as members use them: put together below tracks, ordered, shared, and seen as far as one may."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from album_pages import added, album_id, begun, choose, in_order, labels, made_id
from bot_harness import TIMEOUT, Harness, below, made, press_more, said, shut
from PIL import Image

from rehearsal.discord.members.member import Answer, Member

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def cover_of(page: Answer) -> bytes:
    """The cover on an album's page."""
    assert page.message
    return await thumbnail(page.member, page.message)


async def thumbnail(member: Member, message: dict[str, Any]) -> bytes:
    """The small picture in the message's embed, which no longer stands among its attachments."""
    return await member.attachment({"attachments": [message["embeds"][0]["thumbnail"]]})


async def test_it_is_put_together_below_tracks_and_played(harness: Harness) -> None:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    page = await begun(ben, "Evenings", "First Light", "Second Wind", description="What *we* made")
    assert (await in_order(page, "First Light", "Second Wind")).count("0:05") == 2
    assert "2 tracks · 0:10" in page.text
    assert r"What \*we\* made" in page.text
    cover = await cover_of(page)
    with Image.open(BytesIO(cover)) as picture:
        assert picture.size == (600, 600)
    seen = await said(await cleo.slash("album show", album="evenings"), "First Light")
    assert "Edit …" not in labels(seen)
    played = await choose(cleo, seen, "Play one again …", "Second Wind")
    await said(played, "second-wind-2.mp3")
    listed = await said(await cleo.slash("album list"), "“Evenings”", "2 tracks")
    await said(await choose(cleo, listed, "Open one …", "Evenings"), "First Light")
    suggested = await cleo.suggest("album show", "album", album="even")
    assert [one["name"] for one in suggested] == ["Evenings"]


async def test_a_new_one_begins_with_a_track(harness: Harness) -> None:
    ben = await harness.member("Ben")
    asked = await press_more(ben, await made(ben, "Seed Of It"), "Add to album")
    form = await ben.press(await said(asked, "on an album"), "New album …")
    page = await said(await ben.submit(form, title="Grown", description=""), "is there, with", "Seed Of It")
    assert "1 track · 0:05" in page.text


async def test_the_order_is_chosen_and_a_track_taken_off(harness: Harness) -> None:
    ben = await harness.member("Ben")
    page = await begun(ben, "Ordered", "Uno", "Dos", "Tres")
    edit = await said(await ben.press(page, "Edit …"), "What to change")
    one = await said(await choose(ben, edit, "Move a track, or take it off …", "Tres"), "number 3 of 3")
    await choose(ben, one, "Move it …", "To the top")
    await in_order(one, "Tres", "Uno", "Dos")
    await choose(ben, one, "Move it …", "Down")
    await in_order(one, "Uno", "Tres", "Dos")
    await choose(ben, one, "Move it …", "Down")
    await in_order(one, "Uno", "Dos", "Tres")
    await ben.press(one, "Take it off")
    await said(one, "is off", "2 tracks")
    assert "`" in one.text
    assert "3 · Tres" not in str(one.message)


async def test_its_cover_is_drawn_or_one_of_its_tracks(harness: Harness) -> None:
    ben = await harness.member("Ben")
    page = await begun(ben, "Covered")
    track = await made(ben, "Faces")
    await added(ben, track, "Covered")
    page = await said(await ben.slash("album show", album="Covered"), "Faces")
    drawn = await cover_of(page)
    edit = await said(await ben.press(page, "Edit …"), "What to change")
    one = await said(await choose(ben, edit, "Move a track, or take it off …", "Faces"), "number 1 of 1")
    await ben.press(one, "Use its cover")
    await one.until(lambda now: "Use its cover" not in labels(now), TIMEOUT)
    assert await cover_of(one) == await thumbnail(ben, track)
    await ben.press(one, "Back")
    await one.until(lambda now: "Draw a cover" in labels(now), TIMEOUT)
    await ben.press(one, "Draw a cover")
    await one.until(lambda now: "Draw a cover" not in labels(now), TIMEOUT)
    assert await cover_of(one) == drawn


async def test_it_is_renamed_shared_and_deleted_by_whom_it_belongs_to(harness: Harness) -> None:
    ben, cleo, ada = [await harness.member(name) for name in ("Ben", "Cleo", "Ada")]
    page = await begun(ben, "Working Title", "Ours")
    await said(await ben.press(page, "Edit …"), "What to change")
    form = await ben.press(page, "Title and description …")
    await ben.submit(form, title="Better Title", description="Now with words")
    await said(page, "Better Title", "Now with words")
    message = await made(cleo, "Hers")
    alone = await said(await press_more(cleo, message, "Add to album"), "on an album")
    assert "Better Title" not in str(alone.message)
    await ben.press(page, "Share it with …", [cleo.id])
    await said(page, f"shared with <@{cleo.id}>")
    await added(cleo, message, "Better Title")
    hers = await said(await cleo.slash("album show", album="Better Title"), "Ours", "Hers")
    await said(await cleo.press(hers, "Edit …"), "What to change")
    assert {"Title and description …", "Delete …"}.isdisjoint(labels(hers))
    own_id = album_id(page)
    await said(await cleo.press(hers, f"album:rename:{own_id}", forged=True), "Only the album's owner")
    for forged in (f"album:delete:{own_id}", f"album:deletenow:{own_id}"):
        await below(await cleo.press(hers, forged, forged=True), "Only the album's owner")
    as_moderator = await said(await ada.slash("album show", album="Better Title"), "Hers")
    await said(await ada.press(as_moderator, "Edit …"), "What to change")
    await said(await ada.press(as_moderator, "Delete …"), "gone for good")
    await said(await ada.press(as_moderator, "Delete the album"), "was deleted")
    await said(await ben.slash("album show", album=own_id), "no such album")
    log = await ada.slash("moderation log")
    await log.until(lambda now: f"deleted an album of <@{ben.id}>" in now.text, TIMEOUT)


async def test_forged_presses_and_other_servers_change_nothing(harness: Harness) -> None:
    ben, cleo, dora = [await harness.member(*who) for who in (("Ben",), ("Cleo",), ("Dora", "Rooftop"))]
    page = await begun(ben, "Hands Off", "Mine Alone")
    own_id, track_id = album_id(page), (await made_id(harness, "Mine Alone"))
    presses: dict[str, list[str]] = {
        f"album:edit:{own_id}:0": [],
        f"album:track:{own_id}": [track_id],
        f"album:move:{own_id}:{track_id}": ["0"],
        f"album:off:{own_id}:{track_id}": [],
        f"album:cover:{own_id}:{track_id}": [],
        f"album:draw:{own_id}": [],
        f"album:share:{own_id}": [cleo.id],
        f"album:deletenow:{own_id}": [],
    }
    for member, words in ((cleo, "Only the album's owner"), (dora, "no such album")):
        for custom_id, values in presses.items():
            on = await said(await member.slash("queue"), "Queue")
            await below(await member.press(on, custom_id, values, forged=True), words)
    await said(await dora.slash("album show", album=own_id), "no such album")
    await said(await dora.slash("album list"), "no album here")
    await said(await ben.slash("album show", album=own_id), "Mine Alone")


async def test_what_one_does_not_see_is_not_on_it_and_withheld_music_leaves(harness: Harness) -> None:
    ben, cleo, ada = [await harness.member(name) for name in ("Ben", "Cleo", "Ada")]
    harness.discord.world.add_channel("The Porch", "cellar")
    await shut(harness, "cellar", "Ben")
    await begun(ben, "Half Seen", "Out Loud")
    await ben.go("cellar")
    await added(ben, await made(ben, "Down Below"), "Half Seen")
    await ben.go("music")
    await said(await ben.slash("album show", album="Half Seen"), "Out Loud", "Down Below")
    hers = await said(await cleo.slash("album show", album="Half Seen"), "Out Loud", "1 track ")
    assert "Down Below" not in str(hers.message)
    track_id = await made_id(harness, "Out Loud")
    form = await ada.press(await said(await ada.slash("queue")), f"review:withhold:{track_id}", forged=True)
    await said(await ada.submit(form, reason="Too loud"), "is withheld")
    await said(await cleo.slash("album show", album="Half Seen"), "no such album")
    his = await said(await ben.slash("album show", album="Half Seen"), "Down Below", "1 track ")
    assert "Out Loud" not in str(his.message)
    await said(
        await ada.press(await said(await ada.slash("queue")), f"review:publish:{track_id}", forged=True)
    )
    back = await ben.slash("album show", album="Half Seen")
    await in_order(await said(back, "2 tracks"), "Out Loud", "Down Below")


async def test_words_that_must_not_be_said_are_given_back(harness: Harness) -> None:
    ben = await harness.member("Ben")
    refused = await ben.slash("album new", title="Hidden\u202eone", description="Kept for you")
    await said(refused, "could not take these words", "Kept for you")
    listed = await ben.slash("album list")
    await listed.until(lambda now: now.text, TIMEOUT)
    assert "Hidden" not in listed.text


async def test_who_is_banned_is_asked_for_no_album(harness: Harness) -> None:
    cleo, bot = await harness.member("Cleo"), harness.bot
    assert bot is not None
    message = await made(cleo, "Before the Ban")
    offered = await said(await press_more(cleo, message, "Add to album"), "on an album")
    guild, member = int(cleo.guild["id"]), int(cleo.id)
    await bot.studio.bans.ban(guild, 1, member, until=None, reason="Too loud")
    try:
        await said(await press_more(cleo, message, "Add to album"), "Too loud")
        form = await said(await cleo.press(offered, "New album"), "Too loud")
        assert form.modal is None
    finally:
        await bot.studio.bans.pardon(guild, 1, member)
