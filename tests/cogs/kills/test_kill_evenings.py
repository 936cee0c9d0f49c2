"""`kill -9` as a contest ends, an album is published, a relay's song is asked for: nothing comes twice."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from bot_harness import TIMEOUT, Harness, said
from contesting import entries, started
from crashing import crashing_bot, opened

from rehearsal.discord.members.member import Member
from rehearsal.discord.members.reading import text_of


@asynccontextmanager
async def killed(harness: Harness, point: str, what: str = "") -> AsyncIterator[None]:
    """A bot that will die there, by the end of what is done with it."""
    async with crashing_bot(harness, point, what) as process:
        await opened(harness)
        yield
        assert await asyncio.wait_for(process.wait(), TIMEOUT) == -signal.SIGKILL, point


async def sees(member: Member, *words: str) -> dict[str, Any]:
    return await member.wait_message(lambda one: all(word in text_of(one) for word in words), TIMEOUT)


async def ends(member: Member) -> None:
    await said(await member.press(await said(await member.slash("contest end")), "End it now"))


async def publishes(member: Member, result: dict[str, Any], channel: str) -> None:
    """Makes an album of the contest, and has it published in the channel."""
    page = await said(await member.press(result, "As an album"), "Night")
    where = await said(await member.press(page, "Publish …"), "playlist")
    place = next(one["id"] for one in member.guild["channels"] if one["name"] == channel)
    question = await said(await member.press(where, "Where to?", [place]), "in <#")
    await member.press(question, "In the channel itself")


async def writes(member: Member, line: str) -> None:
    form = await member.press(await sees(member, f"<@{member.id}>, it is your line"), "Write my line")
    await said(await member.submit(form, line=line), "is written")


async def test_after_a_kill_in_each_nothing_is_posted_or_paid_twice(
    new_harness: Callable[..., AbstractAsyncContextManager[Harness]],
) -> None:
    async with new_harness() as harness:
        ada, ben = [await harness.member(name, channel="music") for name in ("Ada", "Ben")]
        async with killed(harness, "before note", "podium"):
            post = await started(ben, "Night")
            await entries([ada, ben], post, "Night")
            await ends(ben)
            await sees(ben, "The vote is open")
            await ends(ben)
        async with killed(harness, "before note", "album-sound"):
            await ben.go("Contest: Night")
            await publishes(ben, await sees(ben, "The result: Night"), "lounge")
        async with killed(harness, "before asked_for"):
            for member in (ada, ben):
                await member.go("lounge")
            await sees(ben, ".zip")
            await said(await ben.slash("relay start", theme="Kept", seats=2, rounds=1), "is open")
            await ada.press(await sees(ada, "A line each: Kept"), "Take a seat / Leave")
            for member in (ben, ada):
                await writes(member, f"{member.name} sings")
            await ben.press(await sees(ben, "What does it sound like?"), "Sing it now")
        await harness.start()
        await sees(ben, "A line each: Kept", "listen")

        there = [text_of(one) for one in await ben.messages() if not one["ephemeral"]]
        files = ("(night.m3u8)", "(01-night-of-", ".zip)", "A line each: Kept", "(kept-3.mp3)")
        assert [sum(file in text for text in there) for file in files] == [1] * len(there)
        assert [line.micro for line in harness.wave.bill] == [1000, 1000, 5000]
        await ben.go("Contest: Night")
        assert sum("The result: Night" in text_of(one) for one in await ben.messages()) == 1
