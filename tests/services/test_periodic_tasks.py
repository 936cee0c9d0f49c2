"""What repeats, repeats for each of many: one with which it fails keeps no other waiting."""

from __future__ import annotations

from structlog.testing import capture_logs

from services.delivery import DeliveryUnavailable
from services.periodic_tasks import each


async def test_one_that_fails_keeps_no_other_waiting_and_is_told_of() -> None:
    done: list[int] = []

    async def act(number: int) -> None:
        if number == 1:
            raise ValueError("damaged")
        if number == 2:
            raise DeliveryUnavailable("away")
        done.append(number)

    with capture_logs() as said:
        assert await each([1, 2, 3, 4], act) == [1, 2]
    assert done == [3, 4]
    assert [(one["log_level"], one["about"]) for one in said] == [("error", "1"), ("info", "2")]
