"""What others wrote, and discord.py cannot read, stands in the way of nothing that the bot looks for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bot_harness import Harness, made, said
from jamming import ends

from cogs.core import history
from rehearsal.discord.faults import Fault

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "FRESH", timedelta(0))  # so that the channel is looked into


async def test_a_track_is_posted_beside_a_message(harness: Harness) -> None:
    ben = await harness.member("Ben")
    written: dict[str, Any] = await ben.say("Something of a new kind")
    message = harness.discord.world.find_message(written["id"])
    assert message is not None
    message.data["reactions"] = [{"new": True}]
    turned_away = Fault("cloudflare", "POST", "/channels/*/messages", status=403, retry_after=0)
    harness.discord.faults.add(turned_away)
    await made(ben, "Beside It")
    assert turned_away.hits == 1


async def test_a_jam_gets_its_thread_beside_one(harness: Harness) -> None:
    ben, world = await harness.member("Ben"), harness.discord.world
    other = world.add_thread(world.channel("music", "The Porch"), "Nobody's", world.bot.id)
    other.owner_id = None
    lost = harness.discord.faults.add(Fault("lost", "POST", "/channels/*/threads", times=1))
    await said(await ben.slash("jam start", theme="Beside", tags="ska", thread=True), "is open")
    assert lost.hits == 1
    opened = next(one for one in world.all_channels() if one.is_thread and one.name == "Beside")
    await ben.go(opened.id)
    await ends(ben, "Beside")
