"""What the bot has posted already: found again after a kill between a message and the note of it.

The rule: every message that the bot posts by itself has a nonce of its occasion's, by which Discord knows it
for some minutes; later the channel itself tells. What others wrote there is never read: Discord may have come
to say it in a way that discord.py cannot read, and then nothing in that channel would be found or posted.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import discord

from cogs.core.discord_errors import NO_MORE, is_not_now
from services.clocks import OtherClock
from services.messages.announcements import Announcement

FRESH = timedelta(seconds=5)  # of the few minutes for which Discord knows a nonce
SEARCHED = 500  # messages after the first attempt; what is looked for was among the first of them
PAGE = 100  # messages that Discord gives at once

Place = discord.PartialMessageable | discord.DMChannel


def fresh(first: datetime | None) -> bool:
    """Whether the first attempt at a message is so recent that the nonce alone finds it."""
    return first is None or discord.utils.utcnow() - first < FRESH


async def own_messages(
    channel: Place, after: datetime | None = None, most: int = SEARCHED
) -> AsyncGenerator[discord.Message]:
    """The bot's own among so many messages: of those after that moment, the oldest first; or of the newest.

    Only their words, files, buttons and selects are read. Raises discord.HTTPException.
    """
    state = channel._state  # pyright: ignore[reportPrivateUsage]
    mark = None if after is None else discord.utils.time_snowflake(after, high=True)
    while most > 0:
        way, asked = {"before" if after is None else "after": mark}, min(most, PAGE)
        told: list[Any] = list(await state.http.logs_from(channel.id, asked, **way))
        told.sort(key=lambda one: int(one["id"]), reverse=after is None)
        for one in told:
            if int(one["author"]["id"]) == state.self_id:
                yield state.create_message(channel=channel, data=one)
        if len(told) < asked:
            return
        mark, most = int(told[-1]["id"]), most - asked


async def posted_since(
    channel: Place,
    since: datetime,
    is_it: Callable[[discord.Message], bool],
    *,
    to_be_gone: bool = False,
) -> discord.Message | None:
    """The bot's first message since then that is the one; None too where the channel may not be read.

    A bot may be allowed to post where it may not read; who calls then posts and trusts the nonce.
    since: by our clock. to_be_gone: who calls wants it to be there no more, and that it may not be read is
    raised. Raises discord.HTTPException where Discord does not answer now.
    """
    try:
        async for message in own_messages(channel, _clock(channel).not_after(since)):
            if is_it(message):
                return message
    except (discord.Forbidden, discord.NotFound) as error:
        if is_not_now(error) or (to_be_gone and error.code not in NO_MORE):
            raise
    return None


def _clock(channel: Place) -> OtherClock:
    state = channel._state  # pyright: ignore[reportPrivateUsage]
    bot: Any = state._get_client()  # pyright: ignore[reportPrivateUsage]
    return bot.clock


async def say_once(
    channel: Place,
    said: Announcement,
    text: str | None = None,
    **parts: Any,
) -> discord.Message:
    """Posts what is to be said, or finds the message in which an earlier attempt did.

    text: where there is more than the announcement's own words; parts: the message's other parts.
    """

    if not fresh(said.began_at):
        found = await said_before(channel, said)
        if found is not None:
            return found
    return await channel.send(text or said.text, nonce=said.nonce, **parts)


async def said_before(
    channel: Place, said: Announcement, *, to_be_gone: bool = False
) -> discord.Message | None:
    """The message in which an earlier attempt said it; the rest is as `posted_since` has it."""

    def is_it(message: discord.Message) -> bool:
        return said.text in message.content

    return await posted_since(channel, said.began_at, is_it, to_be_gone=to_be_gone)


def custom_ids(message: discord.Message) -> list[str]:
    """The custom_ids of the message's buttons and selects."""
    return [getattr(item, "custom_id", None) or "" for item in _within(message.components)]


def _within(components: Iterable[Any]) -> Iterator[Any]:
    """The components, and those in rows and containers among them."""
    for component in components:
        yield component
        yield from _within(getattr(component, "children", ()))
