"""What starts tracks sleeps until it is woken, and ends when it is stopped, whatever comes at once."""

from __future__ import annotations

import asyncio

import pytest

from services.pipeline.turns.wakeup import Wakeup


@pytest.mark.parametrize("later", range(6))
async def test_a_stop_that_comes_as_it_is_woken_ends_it(later: int) -> None:
    """In steps of the loop; Python 3.11's `wait_for` forgets a cancellation at one of them."""
    wakeup = Wakeup()
    starting = asyncio.create_task(wakeup.due(60.0))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    wakeup.wake()
    for _ in range(later):
        await asyncio.sleep(0)
    if starting.cancel():
        await asyncio.wait([starting])
        assert starting.cancelled()
