"""A track's message that somebody deleted is linked nowhere, whether the bot was told of it or not."""

from __future__ import annotations

from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, made, rule, said, track_of
from jamming import ends, two_rounds
from waiting import eventually

from rehearsal.discord.members.reading import text_of
from services.tracks.sight import everything_in
from services.tracks.track import State, Track

pytestmark = pytest.mark.asyncio(loop_scope="module")


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


async def test_what_is_deleted_while_the_bot_listens_is_linked_no_more(harness: Harness) -> None:
    ben = await harness.member("Ben")
    message = await made(ben, "Swept Away")
    await said(await ben.slash("library tracks", text="swept"), address(message))
    await delete(harness, message)
    await forgotten(harness, "Swept Away")
    assert "[listen]" not in (await said(await ben.slash("library tracks", text="swept"), "Swept Away")).text
    shown = await said(await ben.slash("library track", track="Swept Away"), "is not in the channel", ".mp3")
    assert "/library track" not in shown.text, "it is what was typed"
    await said(await ben.submit(await ben.press(shown, "Remix seed"), tags="polka"), "is finished")
    remix = await track_of(ben, "Swept Away (remix)")
    assert "Swept Away" in remix["embeds"][0]["description"]
    assert address(message) not in text_of(remix)


async def test_a_jams_rounds_lose_their_addresses(harness: Harness) -> None:
    ben = await harness.member("Ben")
    first, second = await two_rounds(ben, "Half Gone")
    await delete(harness, first)

    async def only_the_second() -> bool:
        panel = next(m for m in await ben.messages() if "## Jam “Half Gone”" in text_of(m))
        return address(first) not in text_of(panel) and address(second) in text_of(panel)

    await eventually(only_the_second)
    await ends(ben, "Half Gone")


async def test_all_that_was_in_a_channel_that_is_gone(harness: Harness) -> None:
    harness.discord.world.add_channel("The Porch", "for-a-while")
    ben = await harness.member("Ben", channel="for-a-while")
    for number in range(2):
        await made(ben, f"For A While {number}")
    harness.discord.world.delete_channel("for-a-while")
    await ben.go("music")
    for number in range(2):
        await forgotten(harness, f"For A While {number}")


async def waits(harness: Harness, title: str) -> bool:
    """Whether there is a message in which moderators hear that track."""
    track = await kept(harness, title)
    return track.state is State.IN_REVIEW and track.review_message_id is not None


async def test_a_review_that_was_deleted_while_nobody_listened_is_linked_no_more(harness: Harness) -> None:
    lounge = harness.discord.world.channel("lounge", "The Porch")
    await rule(harness, review_channel_id=int(lounge.id))
    try:
        ada, ben = await harness.member("Ada", channel="lounge"), await harness.member("Ben")
        await said(await ben.slash("compose", tags="ska", duration=5, title="Unheard"), "Unheard")
        review = await ada.wait_message(lambda one: "review:publish" in str(one), TIMEOUT)
        await eventually(lambda: waits(harness, "Unheard"))
        await said(await ada.slash("moderation reviews"), "Unheard", address(review))
        await harness.stop()
        await delete(harness, review)
        await harness.start()

        async def is_forgotten() -> bool:
            return not await waits(harness, "Unheard")

        await eventually(is_forgotten)
        listed = await said(await ada.slash("moderation reviews"), "Unheard")
        assert address(review) not in listed.text
    finally:
        await rule(harness, review_channel_id=None)
