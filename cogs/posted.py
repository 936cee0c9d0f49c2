"""What the bot has posted already: found again after a kill between a message and the note of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import discord

CLOCKS_APART = timedelta(minutes=2)  # by how much Discord's clock and ours may differ
SEARCHED = 500  # messages after the first attempt; what is looked for was among the first of them


async def posted_since(
    channel: discord.PartialMessageable, since: datetime, is_it: Callable[[discord.Message], bool]
) -> discord.Message | None:
    """The first message from that moment on that is the one; None too where the channel may not be read.

    A bot may be allowed to post where it may not read; who calls then posts and trusts the nonce.
    """
    after = since - CLOCKS_APART
    try:
        async for message in channel.history(limit=SEARCHED, after=after, oldest_first=True):
            if is_it(message):
                return message
    except (discord.Forbidden, discord.NotFound):
        return None
    return None


def custom_ids(message: discord.Message) -> list[str]:
    """Those of the message's buttons and selects."""
    return [getattr(item, "custom_id", None) or "" for item in _within(message.components)]


def _within(components: Iterable[Any]) -> Iterator[Any]:
    """The components, and those in rows and containers among them."""
    for component in components:
        yield component
        yield from _within(getattr(component, "children", ()))
