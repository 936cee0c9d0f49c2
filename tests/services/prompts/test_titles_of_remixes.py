"""What a remix is called whose member says nothing."""

from __future__ import annotations

import pytest

from services.prompts.titles import MAX_TITLE, title_of_remix


@pytest.mark.parametrize(
    ("title", "remix"),
    [
        ("Porch Light", "Porch Light (remix)"),
        ("Porch Light (remix)", "Porch Light (remix 2)"),
        ("Porch Light (remix 9)", "Porch Light (remix 10)"),
        ("(remix)", "(remix) (remix)"),
        ("", ""),
    ],
)
def test_each_remix_has_a_title_of_its_own(title: str, remix: str) -> None:
    assert title_of_remix(title) == remix


def test_a_long_title_makes_room() -> None:
    long = title_of_remix("x" * MAX_TITLE)
    assert len(long) == MAX_TITLE
    assert long.endswith("x (remix)")
    assert title_of_remix(long).endswith("x (remix 2)")
    assert len(title_of_remix(long)) <= MAX_TITLE
