"""`kill -9` while a moderator's decision is carried out: published once, or gone and its maker told."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, as_read, said, track_of
from crashing import crashing_bot, opened
from waiting import eventually

from rehearsal.discord.members.member import Member
from services.guilds.rules import change_rules

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]


async def in_review(harness: Harness, ada: Member, ben: Member, title: str) -> dict[str, Any]:
    """A track that waits for a moderator, made by a bot that has stopped since."""
    bot = await harness.start()
    guild = harness.discord.world.guild("The Porch")
    lounge = int(harness.discord.world.channel("lounge", guild.id).id)
    async with bot.studio.database.write() as connection:
        await change_rules(connection, int(guild.id), 0, review_channel_id=lounge)
    await said(await ben.slash("compose", tags="ska", duration=5, title=title), "listens first")
    shown = await track_of(ada, title)
    await stop(harness)
    return shown


async def stop(harness: Harness) -> None:
    await harness.stop()
    (harness.settings.data_dir / "health").unlink(missing_ok=True)


def playing(messages: list[dict[str, Any]], title: str) -> list[dict[str, Any]]:
    return [one for one in messages if one["embeds"] and as_read(one["embeds"][0].get("title", "")) == title]


@pytest.mark.parametrize("point", ["before publish", "after publish"])
async def test_a_publication_that_was_killed_is_there_once(new_harness: NewHarness, point: str) -> None:
    async with new_harness() as harness:
        ada, ben = await harness.member("Ada", channel="lounge"), await harness.member("Ben")
        shown = await in_review(harness, ada, ben, "Reviewed")
        async with crashing_bot(harness, point, "Reviewed") as process:
            await opened(harness)
            pressing = asyncio.create_task(ada.press(shown, "Publish"))
            assert await asyncio.wait_for(process.wait(), TIMEOUT) == -signal.SIGKILL
            await pressing
        await harness.start()
        await track_of(ben, "Reviewed")
        await ada.wait_message(
            lambda one: one["id"] == shown["id"] and "was published by" in one["content"], TIMEOUT
        )
        assert len(playing(await ben.messages(), "Reviewed")) == 1


async def test_a_review_whose_message_was_not_written_down_is_decided_on_it_and_shown_once(
    new_harness: NewHarness,
) -> None:
    async with new_harness() as harness:
        ada, ben = await harness.member("Ada", channel="lounge"), await harness.member("Ben")
        await in_review(harness, ada, ben, "The First")
        async with crashing_bot(harness, "after show", "Cut Short") as process:
            await opened(harness)
            asking = asyncio.create_task(ben.slash("compose", tags="ska", duration=5, title="Cut Short"))
            assert await asyncio.wait_for(process.wait(), TIMEOUT) == -signal.SIGKILL
            await asking
        shown = await track_of(ada, "Cut Short")
        await harness.start()
        await said(await ada.press(shown, "Publish"), "on its way")
        await track_of(ben, "Cut Short")
        await ada.wait_message(
            lambda one: one["id"] == shown["id"] and "was published by" in one["content"], TIMEOUT
        )
        assert len(playing(await ada.messages("lounge"), "Cut Short")) == 1
        assert len(playing(await ben.messages(), "Cut Short")) == 1


@pytest.mark.parametrize("point", ["before take_down", "after take_down"])
async def test_a_withholding_that_was_killed_takes_the_message_down_and_tells_its_maker(
    new_harness: NewHarness, point: str
) -> None:
    async with new_harness() as harness:
        ada, ben = await harness.member("Ada"), await harness.member("Ben")
        await harness.start()
        answer = await ben.slash("compose", tags="ska", duration=5, title="Regretted")
        await said(answer, "is finished: ")
        message = await track_of(ben, "Regretted")
        await stop(harness)
        async with crashing_bot(harness, point, "Regretted") as process:
            await opened(harness)
            form = await ada.context("Withhold track", message)
            sending = asyncio.create_task(ada.submit(form, reason="Off topic"))
            assert await asyncio.wait_for(process.wait(), TIMEOUT) == -signal.SIGKILL
            await sending
        await harness.start()
        await said(answer, "withheld by a moderator", "Off topic")

        async def gone() -> bool:
            return playing(await ben.messages(), "Regretted") == []

        await eventually(gone)
