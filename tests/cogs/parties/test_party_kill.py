"""`kill -9` in the middle of a party: the next process goes on at the track, and nearly at the place."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from bot_harness import TIMEOUT, Harness, made, said
from crashing import crashing_bot, opened
from partying import ROOM, packets, panel, track_id

from cogs.parties.player import NOTED

FRAMES_A_SECOND = 50


async def test_after_a_kill_it_goes_on_nearly_where_it_was(
    new_harness: Callable[..., AbstractAsyncContextManager[Harness]],
) -> None:
    async with new_harness() as harness:
        ben = await harness.member("Ben")
        await ben.join_voice()
        async with crashing_bot(harness, "before nothing", "") as process:
            await opened(harness)
            for title in ("Before", "Long"):
                await made(ben, title, duration=5 if title == "Before" else 60)
            await said(await ben.slash("party start", play="Before"), "I am coming")
            await said(await ben.slash("party add", play="Long"), "in the queue")
            await ben.go(ROOM)
            await panel(ben, "**Long**", "nothing yet")
            already = len((await ben.heard(1, TIMEOUT)).opus)
            again = round((NOTED + 1) * FRAMES_A_SECOND)  # as many may be heard twice
            await ben.heard(already + again + 100, TIMEOUT)
            process.kill()
            await process.wait()
        before = (await ben.heard(1, TIMEOUT)).opus
        await harness.start()
        sent = packets(harness, await track_id(harness, "Long"))
        last = sent.index(before[-1])
        after = (await ben.heard(len(before) + 20, TIMEOUT)).opus[len(before) + 5 :][:10]
        place = next((at for at in range(len(sent)) if sent[at : at + len(after)] == after), -1)
        assert last - again <= place <= last + 50
        assert len([one for one in await ben.messages() if "Listening together" in str(one)]) == 1
        await said(await ben.slash("party stop"), "over")
