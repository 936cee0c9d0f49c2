"""Albums as members put them together, for the tests of what is done with them."""

from __future__ import annotations

import re
from typing import Any

from bot_harness import TIMEOUT, Harness, made, press_more, said

from rehearsal.discord.members.member import Answer, Json, Member
from rehearsal.discord.members.reading import walk
from services.tracks.sight import everything_in


async def begun(member: Member, title: str, *tracks: str, **given: Any) -> Answer:
    """An album of the member's, with new tracks of these titles; its page."""
    page = await said(await member.slash("album new", title=title, **given), title, "is there")
    for name in tracks:
        await added(member, await made(member, name), title)
    return await said(await member.slash("album show", album=title), *tracks) if tracks else page


async def added(member: Member, message: dict[str, Any], title: str, *words: str) -> Answer:
    """Puts the message's track on the album, from below the track."""
    asked = await said(await press_more(member, message, "Add to album"), "on an album")
    return await said(await choose(member, asked, "On which album?", title), *(words or ("is number",)))


async def choose(member: Member, on: Answer | Json, placeholder: str, option: str) -> Answer:
    """Chooses what has those words in it."""
    message = on.message if isinstance(on, Answer) else on
    assert message
    menu = next(one for one in walk(message["components"]) if one.get("placeholder") == placeholder)
    value = next(one["value"] for one in menu["options"] if option in one["label"])
    return await member.press(on, menu["custom_id"], [value])


def labels(answer: Answer) -> list[str]:
    assert answer.message
    return [one["label"] for one in walk(answer.message["components"]) if one.get("label")]


async def in_order(answer: Answer, *titles: str) -> str:
    """Waits until the page lists these tracks, one after the other."""

    def listed(now: Answer) -> bool:
        listing = now.message["embeds"][0]["description"] if now.message and now.message["embeds"] else ""
        places = [listing.find(f"“{title}”") for title in titles]
        return -1 not in places and places == sorted(places)

    await answer.until(listed, TIMEOUT)
    return answer.text


def album_id(page: Answer) -> str:
    """The id of the album that the page's buttons name."""
    assert page.message
    ids = [one["custom_id"] for one in walk(page.message["components"]) if one.get("custom_id")]
    return next(match[1] for one in ids if (match := re.match(r"album:[a-z]+:([0-9a-z]{20})", one)))


async def made_id(harness: Harness, title: str) -> str:
    """The id of the track with that title."""
    assert harness.bot is not None
    guild_id = int(harness.discord.world.guild("The Porch").id)
    (track,) = await harness.bot.studio.search(everything_in(guild_id), title)
    return track.id
