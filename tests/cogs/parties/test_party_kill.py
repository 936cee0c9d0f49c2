"""`kill -9` in the middle of a party: the next process goes on at the track, and nearly at the place."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from bot_harness import TIMEOUT, Harness, made, said
from crash_bot import NOTED
from crashing import crashing_bot, opened
from partying import ROOM, packets, panel, track_id

from services.parties.party import Ended
from services.parties.service import Parties
from services.storage.database import Database

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
            await said(await ben.slash("party skip"), "Skipped")
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


async def test_a_panel_that_was_not_noted_is_found_and_brought_up_to_date(
    new_harness: Callable[..., AbstractAsyncContextManager[Harness]],
) -> None:
    """Its party is over by then: nothing can be pressed on it any more."""
    async with new_harness() as harness:
        ben = await harness.member("Ben")
        await ben.join_voice()
        async with crashing_bot(harness, "before note", "party") as process:
            await opened(harness)
            await made(ben, "Long", duration=60)
            await ben.slash("party start", play="Long")
            await process.wait()
        await ben.go(ROOM)
        await panel(ben, "**Long**")
        database = Database(harness.settings.tracks_database_url)
        try:
            [party] = await Parties(database).going_on()
            await Parties(database).end(party.id, Ended.STOPPED)
        finally:
            await database.close()
        await harness.start()
        shown = await panel(ben, "The party was stopped")
        assert "party:" not in str(shown["components"])
        assert len([one for one in await ben.messages() if "Listening together" in str(one)]) == 1
