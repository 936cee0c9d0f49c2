"""Lists on pages: none that is not there, and buttons to those that are."""

from __future__ import annotations

import pytest

from cogs.core.pages import Page, cut, fetched


@pytest.mark.parametrize(
    ("number", "count", "shown", "last"),
    [(0, 0, 0, 0), (3, 0, 0, 0), (0, 10, 0, 0), (1, 10, 0, 0), (1, 11, 1, 1), (9999, 25, 2, 2)],
)
async def test_a_page_that_is_not_there_is_the_last(number: int, count: int, shown: int, last: int) -> None:
    everything = list(range(count))
    asked: list[int] = []

    async def fetch(*, offset: int, limit: int) -> tuple[list[int], int]:
        asked.append(offset)
        return everything[offset : offset + limit], count

    page, found, total = await fetched(fetch, number, 10)
    assert page == Page(shown, last) == Page.of(number, count, 10)
    assert (page, found) == cut(everything, number, 10)
    assert (found, total) == (everything[shown * 10 : shown * 10 + 10], count)
    assert len(asked) == 1 + (number > last), "a page that is there is read once"
    assert page.said == f"Page {shown + 1} of {last + 1}"


@pytest.mark.parametrize(
    ("page", "newest_first", "buttons"),
    [
        (Page(0, 0), False, []),
        (Page(0, 2), False, [("Next", "x:1")]),
        (Page(1, 2), False, [("Previous", "x:0"), ("Next", "x:2")]),
        (Page(2, 2), False, [("Previous", "x:1")]),
        (Page(0, 2), True, [("Older", "x:1")]),
        (Page(1, 2), True, [("Newer", "x:0"), ("Older", "x:2")]),
        (Page(2, 2), True, [("Newer", "x:1")]),
    ],
)
def test_buttons_lead_to_the_pages_that_are_there(
    page: Page, newest_first: bool, buttons: list[tuple[str, str]]
) -> None:
    made = page.buttons("x:{}".format, newest_first=newest_first)
    assert [(one.label, one.custom_id) for one in made] == buttons
