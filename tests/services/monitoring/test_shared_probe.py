"""A look at what may be away holds nobody up, and is taken once for all who ask."""

from __future__ import annotations

import asyncio

import pytest

from services.monitoring import shared_probe
from services.monitoring.shared_probe import SharedProbe


async def test_nobody_waits_for_what_does_not_answer_and_it_is_asked_once() -> None:
    began, answers = 0, asyncio.Event()

    async def take() -> int:
        nonlocal began
        began += 1
        await answers.wait()
        return began

    one = SharedProbe(take)
    async with asyncio.timeout(60):  # it would be for ever
        for _ in range(3):
            with pytest.raises(TimeoutError):
                await one.newest(0.01)
        answers.set()
        assert await asyncio.gather(one.newest(60), one.newest(60)) == [1, 1]
    await one.close()


@pytest.mark.parametrize(("fresh", "looks"), [(60.0, 1), (0.0, 2)])
async def test_what_was_found_just_now_serves_again(
    monkeypatch: pytest.MonkeyPatch, fresh: float, looks: int
) -> None:
    monkeypatch.setattr(shared_probe, "FRESH", fresh)
    began = 0

    async def take() -> None:
        nonlocal began
        began += 1
        raise ConnectionError

    one = SharedProbe(take)
    for _ in range(2):
        with pytest.raises(ConnectionError):
            await one.newest(60)
    assert began == looks
