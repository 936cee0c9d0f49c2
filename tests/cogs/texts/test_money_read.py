"""Money as people read it."""

from __future__ import annotations

from datetime import date

import pytest

from cogs.texts.budget import month_in_words, on_month
from cogs.texts.formatting import money, remaining
from cogs.texts.translation import dollars
from services.pictures.spending_bars import Day


@pytest.mark.parametrize(
    ("micro", "costs", "left", "kept"),
    [
        (0, "$0.00", "$0.00", "$0.00"),
        (200, "$0.001", "$0.00", "$0.0002"),
        (4002, "$0.005", "$0.004", "$0.004002"),
        (12_000, "$0.012", "$0.012", "$0.012"),
        (999_999, "$1.00", "$0.999", "$0.999999"),
        (1_234_567_890, "$1,234.568", "$1,234.567", "$1,234.56789"),
        (-4002, "-$0.004", "-$0.005", "-$0.004002"),
    ],
)
def test_a_price_is_rounded_up_and_what_is_left_down(micro: int, costs: str, left: str, kept: str) -> None:
    assert (money(micro), remaining(micro), dollars(micro)) == (costs, left, kept)


def test_the_months_picture_is_told_in_words() -> None:
    line = "Spending by day this month; the daily limit of $2 is a dashed line."
    assert month_in_words([Day(date(2026, 11, 3), 0, 100)], 2_000_000) == f"{line} Nothing was spent yet."
    one = [Day(date(2026, 11, 3), 4000, 0), Day(date(2026, 11, 4), 0, 0)]
    assert month_in_words(one, 2_000_000) == f"{line} $0.004 on 1 day; most on day 3: $0.004."
    two = [*one, Day(date(2026, 11, 7), 500_000, 0)]
    assert month_in_words(two, 2_000_000) == f"{line} $0.50 on 2 days; most on day 7: $0.50."
    assert on_month(2_000_000).limit == "$2"
