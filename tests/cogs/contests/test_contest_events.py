"""The scheduled event by which a contest is announced: every member of the server is shown it."""

from __future__ import annotations

from typing import Any

import pytest
from bot_harness import Harness, shut
from contesting import of, started
from waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_what_not_everybody_sees_no_event_tells_everybody(harness: Harness) -> None:
    ada, world = await harness.member("Ada"), harness.discord.world
    world.add_channel("The Porch", "attic")
    world.add_channel("The Porch", "landing")
    await shut(harness, "attic", "Ada")
    hidden = await started(await ada.go("attic"), "Behind the beam")
    shown = await started(await ada.go("landing"), "On the stairs")
    porch = world.guild("The Porch")

    def planned(theme: str) -> list[Any]:
        return [one for one in porch.scheduled_events.values() if theme in one["name"]]

    async def looked_at() -> bool:
        return None not in [(await of(harness, one)).event_id for one in (hidden, shown)]

    await eventually(looked_at)
    assert planned("Behind the beam") == []
    (event,) = planned("On the stairs")
    await shut(harness, "landing", "Ada")

    async def is_cancelled() -> bool:
        return event["status"] == 4

    await eventually(is_cancelled)
