"""Numbers that somebody typed: what is read fits into a database."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.text.numbers import LARGEST_COUNT, LARGEST_ID, whole


@given(st.integers(min_value=0, max_value=2**70))
def test_what_fits_is_read_and_nothing_else(number: int) -> None:
    assert whole(str(number)) == (number if number <= LARGEST_ID else None)
    assert whole(f"00{number}", LARGEST_COUNT) == (number if number <= LARGEST_COUNT else None)


@pytest.mark.parametrize("text", ["", " ", "-1", "1.0", "1e9", "٣", "²", "0x1", "1 2", "9" * 5000, "one"])
def test_what_is_no_whole_number_in_figures(text: str) -> None:
    assert whole(text) is None


@given(st.text(max_size=30))
def test_whatever_is_typed_is_read_or_not(text: str) -> None:
    number = whole(text)
    assert number is None or 0 <= number <= LARGEST_ID
