"""Evenings together in the rehearsal room's page: played by the demo's members, and looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack

import pytest
from playwright.sync_api import Page, expect
from room_page import PHONE, picture, violations

from rehearsal.demo import jam, voices
from rehearsal.demo.album import an_album
from rehearsal.demo.contest import a_contest
from rehearsal.demo.evening import Evening
from rehearsal.demo.relay import a_relay
from rehearsal.demo.script import two_songs
from rehearsal.demo.transcript import Transcript
from rehearsal.discord.members.member import Member
from rehearsal.wavespeed import WaveSpeedStandIn

Open = Callable[..., Page]
SONG, SHORTEST_SUNG = 10, 16  # seconds


def play(room: str, acts: Callable[[Evening], Awaitable[None]]) -> None:
    """Has Ada, Ben and Cleo play that in #music, beside the page: the browser has this thread's loop."""

    async def played() -> list[str]:
        async with AsyncExitStack() as stack:
            ada, ben, cleo = [
                await stack.enter_async_context(await Member.join(room, guild="The Porch", name=name))
                for name in ("Ada", "Ben", "Cleo")
            ]
            none = WaveSpeedStandIn()  # the room has its own, and no act here lays a hand on it
            evening = Evening(ada, ben, cleo, none, Transcript(colour=False))
            await acts(evening)
            return evening.faults

    with ThreadPoolExecutor(1) as beside:
        assert beside.submit(asyncio.run, played()).result() == []


async def together(evening: Evening) -> None:
    """A contest, an album, and a relay until all have voted on what it sounds like."""
    first, second = await two_songs(evening, SONG)
    await a_contest(evening, first, second)
    await an_album(evening, first, second)
    await a_relay(evening)


async def lending(evening: Evening) -> None:
    """A jam in whose second round Ada's voice is lent to it."""
    ada, ben = evening.ada, evening.ben
    await voices.switch_on(evening)
    await voices.give(evening, ada, await asyncio.to_thread(voices.spoken, "female"))
    await evening.types(ben, "jam start", theme=jam.THEME, tags=jam.TAGS, duration=SHORTEST_SUNG)
    await evening.presses(ada, await evening.sees(ben, "Round 1", "In (1)"), "Join / Leave")
    panel = await jam.write(evening, await evening.sees(ben, "In (2)"))
    await evening.presses(ben, panel, "Make it now")
    await jam.lend(evening, await evening.sees(ben, "Listen, and vote"))


@pytest.mark.soak  # the demo plays the same in `make test`; this one looks at it
def test_what_three_do_together_is_seen_as_it_is_done(opened: Open, room: str) -> None:
    page = opened(viewport=PHONE, channel="music", member="Cleo")
    play(room, together)
    album = page.locator(".message", has_text="put together by").last
    expect(album.locator("img").first).to_be_visible()
    picture(album.locator(".container"), "album")
    relay = page.locator(".message", has_text="A line each: Gutter Song").last
    expect(relay).to_contain_text("And the cat conducts from under the chairs")
    picture(relay.locator(".container"), "relay")
    play(room, lending)
    panel = page.locator(".message", has_text="Take the voice back").last
    expect(panel).to_contain_text("Sung with the voice of @Ada")
    picture(panel.locator(".container"), "lending")
    page.locator("#menu").click()
    page.get_by_role("button", name="Contest: Music for a Porch").click()
    result = page.locator(".message", has_text="The result").last
    expect(result.locator("img").first).to_be_visible()
    assert violations(page) == []
    picture(result.locator(".container"), "contest")
