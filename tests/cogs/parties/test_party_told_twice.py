"""What the gateway says of voice twice, as it may, is heard once: the party plays, and a stop is in time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager

import pytest
from bot_harness import TIMEOUT, Harness, made, said
from structlog.testing import capture_logs

from rehearsal.discord.entities import Event

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]


@pytest.mark.parametrize(
    "twice", [["VOICE_STATE_UPDATE"], ["VOICE_SERVER_UPDATE"], ["VOICE_STATE_UPDATE", "VOICE_SERVER_UPDATE"]]
)
async def test_a_stop_in_the_middle_is_in_time(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch, twice: Collection[str]
) -> None:
    async with new_harness() as harness:
        world = harness.discord.world
        tell = world.tell

        def told(event: Event) -> None:
            for _ in range(1 + (event.name in twice)):
                tell(event)

        monkeypatch.setattr(world, "tell", told)
        await harness.start()
        ben = await harness.member("Ben")
        await ben.join_voice()
        await made(ben, "Long", duration=60)
        await said(await ben.slash("party start", play="Long"), "I am coming")
        await ben.heard(50, TIMEOUT)
        with capture_logs() as logs:
            await harness.stop()
        assert [one for one in logs if one["event"] == "not closed in time"] == []
        waiting = [one for one in asyncio.all_tasks() if "PartyPlayers" in repr(one)]
        assert waiting == []
