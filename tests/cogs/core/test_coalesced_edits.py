"""One edit of a message at a time, none in between that nobody needs, none lost to what Discord answers."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import Any

import pytest
import sqlalchemy.exc
from structlog.contextvars import bound_contextvars, get_contextvars
from structlog.testing import capture_logs
from waiting import eventually

from cogs.core import coalesced_edits
from cogs.core.coalesced_edits import CoalescedEdits
from services.delivery import DeliveryUnavailable


class Board:
    """A message that shows what is true when its edit is made; some edits fail."""

    def __init__(self, *failures: Exception) -> None:
        self.true = 0
        self.shown: list[int] = []
        self.failures = list(failures)
        self.underway = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def bring(self) -> None:
        self.underway += 1
        assert self.underway == 1
        try:
            value = self.true
            await self.gate.wait()
            if self.failures:
                raise self.failures.pop(0)
            self.shown.append(value)
        finally:
            self.underway -= 1

    async def until(self, value: int) -> None:
        async def there() -> bool:
            return self.shown[-1:] == [value]

        await eventually(there)


def folding(interval: float = 0.01) -> CoalescedEdits:
    made = CoalescedEdits()
    made.interval = interval
    return made


async def test_whoever_waits_for_an_edit_goes_on_once_it_was_tried() -> None:
    board, fold = Board(DeliveryUnavailable("not now")), folding()
    board.gate.clear()
    fold.touch("board", board.bring)
    await asyncio.sleep(0)
    board.true = 1
    waits = asyncio.create_task(fold.brought("board", board.bring, 10.0))
    await asyncio.sleep(0)
    board.gate.set()
    await waits
    assert board.shown == [1]  # and not when the edit ended that was under way, which did not know of it
    board.gate.clear()
    await fold.brought("board", board.bring, 0.01)  # nobody waits for long


async def test_touches_during_an_edit_become_one_more() -> None:
    board, fold = Board(), folding()
    board.gate.clear()
    for number in range(1, 51):
        board.true = number
        fold.touch("board", board.bring)
        await asyncio.sleep(0)
    board.gate.set()
    await board.until(50)
    assert board.shown == [1, 50]


async def test_the_next_edit_waits_for_the_pace_and_other_messages_do_not() -> None:
    first, second, fold = Board(), Board(), folding(interval=3600)
    fold.touch("first", first.bring)
    await first.until(0)
    first.true = second.true = 1
    fold.touch("first", first.bring)
    fold.touch("second", second.bring)
    await second.until(1)
    assert first.shown == [0]
    await fold.close(0)


async def test_what_can_wait_waits_until_somebody_cannot() -> None:
    board, fold = Board(), folding()
    fold.touch("board", board.bring, within=3600)
    await asyncio.sleep(0)
    board.true = 1
    fold.touch("board", board.bring, within=3600)
    await asyncio.sleep(0)
    assert board.shown == []
    fold.touch("board", board.bring)
    await board.until(1)
    assert board.shown == [1]
    board.true = 2
    fold.touch("other", board.bring, within=0.01)
    await board.until(2)
    board.true = 3
    fold.touch("third", board.bring, within=3600)
    await fold.close(10)
    assert board.shown == [1, 2, 3]


async def test_an_edit_that_discord_does_not_take_now_is_made_later() -> None:
    board, fold = Board(DeliveryUnavailable("429"), TimeoutError(), ConnectionResetError()), folding()
    board.true = 7
    fold.touch("board", board.bring)
    await board.until(7)
    assert board.failures == []


async def test_an_edit_waits_for_as_long_as_something_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coalesced_edits, "LONGEST_PAUSE", 0.01)
    board, fold = Board(*(DeliveryUnavailable("503") for _ in range(30))), folding()
    fold.touch("board", board.bring)
    await board.until(0)
    assert board.failures == []


async def test_what_breaks_is_in_the_log_and_ends_nothing() -> None:
    board, fold = Board(ZeroDivisionError("broken")), folding()
    with capture_logs() as logs:
        fold.touch("board", board.bring)
        await eventually(lambda: _done(board))
    assert [entry["log_level"] for entry in logs] == ["error"]
    board.true = 1
    fold.touch("board", board.bring)
    await board.until(1)


async def test_in_the_log_an_edit_is_not_whose_touch_was_first() -> None:
    known: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def bring() -> None:
        known.put_nowait(get_contextvars())

    with bound_contextvars(track="the first"):
        folding().touch("board", bring)
    assert await known.get() == {}


async def _done(board: Board) -> bool:
    return not board.failures


@pytest.mark.parametrize("touched", [False, True])
async def test_closing_makes_what_is_still_to_be_made(touched: bool) -> None:
    board, fold = Board(), folding(interval=0.2)
    fold.touch("board", board.bring)
    await board.until(0)
    board.true = 1
    if touched:
        fold.touch("board", board.bring)
    await fold.close(10)
    assert board.shown == ([0, 1] if touched else [0])


async def test_an_edit_waits_for_the_database_that_it_reads_and_a_broken_one_is_let_go() -> None:
    away = sqlalchemy.exc.OperationalError("SELECT 1", {}, sqlite3.OperationalError("disk I/O error"))
    board, broken, fold = Board(away, away), Board(KeyError("a fault")), folding()
    fold.touch("board", board.bring)
    fold.touch("broken", broken.bring)
    await board.until(0)
    await fold.close(10)
    assert broken.shown == []
