"""A track's message that somebody deleted is linked nowhere, whether the bot was told of it or not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from bot_harness import Harness, made, said, track_of
from jamming import ends, two_rounds
from waiting import eventually

from rehearsal.discord.members.reading import text_of
from services.tracks.sight import everything_in
from services.tracks.track import Track

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]
module = pytest.mark.asyncio(loop_scope="module")


def address(message: dict[str, Any]) -> str:
    return f"/{message['channel_id']}/{message['id']}"


async def delete(harness: Harness, *messages: dict[str, Any]) -> None:
    ada = await harness.member("Ada")
    for message in messages:
        path = f"channels/{message['channel_id']}/messages/{message['id']}"
        await ada.ask("DELETE", f"{path}?member={ada.id}")


async def kept(harness: Harness, title: str) -> Track:
    assert harness.bot is not None
    guild_id = int(harness.discord.world.guild("The Porch").id)
    (track,) = await harness.bot.studio.search(everything_in(guild_id), title)
    return track


async def forgotten(harness: Harness, title: str) -> None:
    async def is_forgotten() -> bool:
        return (await kept(harness, title)).message_id is None

    await eventually(is_forgotten)


@module
async def test_what_is_deleted_while_the_bot_listens_is_linked_no_more(harness: Harness) -> None:
    ben = await harness.member("Ben")
    message = await made(ben, "Swept Away")
    await said(await ben.slash("tracks", text="swept"), address(message))
    await delete(harness, message)
    await forgotten(harness, "Swept Away")
    assert "[listen]" not in (await said(await ben.slash("tracks", text="swept"), "Swept Away")).text
    shown = await said(await ben.slash("track", track="Swept Away"), "is not in the channel", ".mp3")
    await said(await ben.submit(await ben.press(shown, "Remix seed"), tags="polka"), "is finished")
    remix = await track_of(ben, "Swept Away (remix)")
    assert "Swept Away" in remix["embeds"][0]["description"]
    assert address(message) not in text_of(remix)


@module
async def test_a_jams_rounds_lose_their_addresses(harness: Harness) -> None:
    ben = await harness.member("Ben")
    first, second = await two_rounds(ben, "Half Gone")
    await delete(harness, first)

    async def only_the_second() -> bool:
        panel = next(m for m in await ben.messages() if "## Jam “Half Gone”" in text_of(m))
        return address(first) not in text_of(panel) and address(second) in text_of(panel)

    await eventually(only_the_second)
    await ends(ben, "Half Gone")


@module
async def test_all_that_was_in_a_channel_that_is_gone(harness: Harness) -> None:
    harness.discord.world.add_channel("The Porch", "for-a-while")
    ben = await harness.member("Ben", channel="for-a-while")
    for number in range(2):
        await made(ben, f"For A While {number}")
    harness.discord.world.delete_channel("for-a-while")
    await ben.go("music")
    for number in range(2):
        await forgotten(harness, f"For A While {number}")


async def test_what_was_deleted_meanwhile_is_found_out_before_it_is_linked(new_harness: NewHarness) -> None:
    async with new_harness() as harness:
        await harness.start()
        ben = await harness.member("Ben")
        message, other = await made(ben, "Missed"), await made(ben, "Still There")
        await harness.stop()
        await delete(harness, message)
        await harness.start()

        def looked_for() -> int:
            return sum(f"/messages/{other['id']}" in one.path for one in harness.discord.requests)

        assert address(message) not in (await said(await ben.slash("track", track="Missed"), "Missed")).text
        assert "[listen]" not in (await said(await ben.slash("tracks", text="missed"), "Missed")).text
        for _ in range(2):
            await said(await ben.slash("track", track="Still There"), address(other))
            assert looked_for() == 1  # once, of what was posted before


async def test_a_vote_on_what_was_deleted_meanwhile_finds_it_out(new_harness: NewHarness) -> None:
    async with new_harness() as harness:
        await harness.start()
        ben = await harness.member("Ben")
        message = await made(ben, "Voted Away")
        shown = await said(await ben.slash("track", track="Voted Away"), address(message))
        await harness.stop()
        await delete(harness, message)
        await harness.start()
        await ben.press(shown, "♥ Vote")
        await forgotten(harness, "Voted Away")
