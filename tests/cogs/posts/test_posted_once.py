"""Whatever the bot posts stands there once, though Discord's answer to it is lost half of the time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from bot_harness import TIMEOUT, Harness, made, said, track_of
from jamming import ends, panel_of, recap_of, start

from cogs.jams.panels import JamPanels
from cogs.moderating.log_channel import LogChannel
from rehearsal.discord.faults import Fault
from rehearsal.discord.members.reading import text_of
from services.guilds.rules import change_rules

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]


async def test_tracks_votes_panels_recaps_reviews_and_records(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(JamPanels, "interval", 0.2)
    monkeypatch.setattr(LogChannel, "interval", 0.2)
    async with new_harness() as harness:
        bot = await harness.start()
        ada, ben = await harness.member("Ada", channel="lounge"), await harness.member("Ben")
        porch, lounge = int(ben.guild["id"]), int(harness.discord.world.channel("lounge", "The Porch").id)
        lost = harness.discord.faults.add(Fault("lost", "POST", "/channels/*/messages", rate=0.5, times=None))
        async with bot.studio.database.write() as connection:
            await change_rules(connection, porch, int(ada.id), log_channel_id=lounge, longest=60)
        await made(ben, "Posted")
        question = await said(await ben.slash("rework variations", track="Posted", count=2), "Make 2")
        await ben.press(question, "Make 2 for $0.002")
        await ben.wait_message(lambda one: "Which one?" in one["content"], TIMEOUT)
        await start(ben, "Once", tags="ska", duration=5)
        await ben.press(await panel_of(ben, "Once"), "Make it now")
        await track_of(ben, "Once")
        await ends(ben, "Once")
        await recap_of(ben, "Once")
        async with bot.studio.database.write() as connection:
            await change_rules(connection, porch, int(ada.id), review_channel_id=lounge)
        await said(await ben.slash("compose", tags="ska", duration=5, title="Heard"), "listens first")
        await said(await ada.press(await track_of(ada, "Heard"), "Publish"), "on its way")
        await track_of(ben, "Heard")
        await ada.wait_message(lambda one: "published **#" in one["content"], TIMEOUT)

        assert lost.hits > 5
        messages = [one for member in (ada, ben) for one in await member.messages() if not one["ephemeral"]]
        assert len(messages) >= 12
        twice = [text for text, count in Counter(map(text_of, messages)).items() if count > 1]
        assert twice == []
