"""Pauses between tries: within their bounds, never in step, as long as is asked for, until patience ends."""

from __future__ import annotations

import asyncio
import time

import pytest

from services.backoff import Backoff


@pytest.fixture(autouse=True)
def as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Backoff, "pace", 1.0)


def test_pauses_double_up_to_the_longest_and_are_shorter_by_half_at_most() -> None:
    found = [[backoff.pause() for _ in range(8)] for backoff in (Backoff(1.0, 30.0) for _ in range(200))]
    for number, pauses in enumerate(zip(*found, strict=True)):
        most = min(2.0**number, 30.0)
        assert most / 2 <= min(pauses) <= max(pauses) <= most
        assert max(pauses) - min(pauses) > most / 4, "those who failed together come back apart"


def test_a_first_pause_is_no_longer_than_the_longest() -> None:
    assert Backoff(10.0, 1.0).pause() <= 1.0


def test_what_is_asked_for_comes_on_top() -> None:
    pauses = [Backoff(1.0, 30.0).pause(20.0) for _ in range(100)]
    assert 20.5 <= min(pauses) < max(pauses) <= 21.0


def test_after_a_success_pauses_are_short_again() -> None:
    backoff = Backoff(1.0, 30.0)
    for _ in range(6):
        backoff.pause()
    backoff.reset()
    assert backoff.pause() <= 1.0


async def test_patience_ends_with_a_pause_that_would_outlast_it() -> None:
    backoff, began, tries = Backoff(0.05, 0.1, patience=0.4), time.monotonic(), 0
    while await backoff.wait():
        tries += 1
    assert 4 <= tries <= 12
    assert 0.25 <= time.monotonic() - began < 0.6
    assert not await Backoff(patience=0.1).wait()


async def test_what_is_asked_for_ends_no_patience() -> None:
    backoff, began = Backoff(0.01, patience=0.2), time.monotonic()
    assert await backoff.wait(3600.0), "there is one more try when patience ends"
    assert 0.19 <= time.monotonic() - began < 0.6
    assert not await backoff.wait(3600.0)


async def test_a_wait_can_be_cancelled() -> None:
    waiting = asyncio.create_task(Backoff(60.0, 60.0).wait())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
