"""Money as people read it."""

from __future__ import annotations

import pytest

from cogs.texts.formatting import exact, money, remaining


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
    assert (money(micro), remaining(micro), exact(micro)) == (costs, left, kept)
