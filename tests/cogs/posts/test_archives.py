"""Archives in parts: each within the limit, all files in order, none in two."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cogs.posts.archives import parts_within


@given(st.lists(st.integers(1, 50), max_size=30), st.integers(50, 120))
def test_every_file_is_in_one_part_in_order_and_no_part_is_too_large(sizes: list[int], limit: int) -> None:
    parts = parts_within(sizes, limit)
    assert [at for part in parts for at in part] == list(range(len(sizes)))
    assert all(sum(sizes[at] for at in part) <= limit for part in parts)
    smallest = -(-sum(sizes) // limit)
    assert smallest <= len(parts) <= max(2 * smallest, smallest)


def test_a_file_that_is_too_large_alone_fits_no_part() -> None:
    assert parts_within([10, 60, 10], 50) == []
    assert parts_within([], 50) == []
