"""Lists that are shown a page at a time: which page it is, what is said of it, and the buttons to the others.

The rule: a page that is not there any more is the last one; a list that fits a page has no buttons.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import discord

from cogs.core.component_router import button
from cogs.texts import general

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """Where a list is open. number: of this page, from 0; last: of the last one."""

    number: int
    last: int

    @classmethod
    def of(cls, number: int, count: int, size: int = 1) -> Page:
        """That page of a list of so many, or its last one; size: how many are on one."""
        last = max(0, count - 1) // size
        return cls(min(number, last), last)

    @property
    def said(self) -> str:
        """ "Page 2 of 3"."""
        return general.page(self.number, self.last)

    def buttons(
        self, custom_id: Callable[[int], str], *, newest_first: bool = False
    ) -> list[discord.ui.Button[Any]]:
        """To the pages before and after this one, as far as there are such."""
        back, on = (general.NEWER, general.OLDER) if newest_first else (general.PREVIOUS, general.NEXT)
        sides = ((back, self.number - 1), (on, self.number + 1))
        return [button(label, custom_id(number)) for label, number in sides if 0 <= number <= self.last]


def cut(items: Sequence[T], number: int, size: int) -> tuple[Page, Sequence[T]]:
    """That page of `items`, or the last one, and what is on it."""
    page = Page.of(number, len(items), size)
    return page, items[page.number * size : (page.number + 1) * size]


async def fetched(
    fetch: Callable[..., Awaitable[tuple[T, int]]], number: int, size: int
) -> tuple[Page, T, int]:
    """That page, or the last one, of a list read by offset and limit; what is on it; how many there are."""
    found, count = await fetch(offset=number * size, limit=size)
    page = Page.of(number, count, size)
    if page.number != number:
        found, count = await fetch(offset=page.number * size, limit=size)
    return page, found, count
