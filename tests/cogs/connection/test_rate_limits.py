"""Requests to Discord's API wait as long as its limits ask, and are never refused what it takes."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import discord as dpy
import pytest

from cogs.connection import gateway, rate_limits
from cogs.core.discord_errors import held_for
from rehearsal.discord import DiscordStandIn
from services.wavespeed.responses import LONGEST_RETRY_AFTER

POST, DELETE = "/channels/{channel_id}/messages", "/channels/{channel_id}/messages/{message_id}"
Limit = tuple[int, float]


class Room:
    """A bot's client, logged in and not connected, and the channel in which it posts."""

    def __init__(self, discord: DiscordStandIn, client: dpy.Client) -> None:
        self.discord = discord
        place = discord.world.channel("music", "The Porch")
        self.channel = client.get_partial_messageable(int(place.id), guild_id=int(place.guild_id or 0))

    def asked(self, method: str) -> int:
        """Requests of that method that Discord got."""
        return sum(request.method == method for request in self.discord.requests)


@asynccontextmanager
async def room(post: Limit = (1000, 1.0), delete: Limit = (1000, 1.0)) -> AsyncIterator[Room]:
    limits = {("POST", POST): post, ("DELETE", DELETE): delete}
    async with DiscordStandIn(rate_limits=limits) as discord:
        gateway.use_api(discord.api_url)
        async with dpy.Client(intents=dpy.Intents.none()) as client:
            rate_limits.use_in(client.http)
            await client.login(discord.token)
            yield Room(discord, client)


@pytest.mark.parametrize("at_once", [False, True])
async def test_what_a_long_window_still_takes_is_sent(at_once: bool) -> None:
    async with room(delete=(30, 120.0)) as here:
        messages = [await here.channel.send(str(one)) for one in range(10)]
        if at_once:
            await asyncio.gather(*(one.delete() for one in messages))
        else:
            for one in messages:
                await one.delete()
        assert [one async for one in here.channel.history()] == []
        assert here.asked("DELETE") == 10


@pytest.mark.parametrize("at_once", [False, True])
async def test_what_it_takes_only_later_is_refused_unsent(at_once: bool) -> None:
    async with room(delete=(3, 120.0)) as here:
        messages = [await here.channel.send(str(one)) for one in range(8)]
        if at_once:
            ends = await asyncio.gather(*(one.delete() for one in messages), return_exceptions=True)
        else:
            ends = [(await asyncio.gather(one.delete(), return_exceptions=True))[0] for one in messages]
        assert ends[:3] == [None] * 3
        waits = [end.retry_after for end in ends if isinstance(end, dpy.RateLimited)]
        assert len(waits) == 5
        assert all(rate_limits.LONGEST_HOLD < wait <= 120 for wait in waits)
        assert here.asked("DELETE") == 3


async def test_what_is_refused_is_told_to_whoever_asked_and_to_nobody_else() -> None:
    unheard: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: unheard.append(context))
    async with room(delete=(3, 120.0)) as here:
        messages = [await here.channel.send(str(one)) for one in range(8)]
        await asyncio.gather(*(one.delete() for one in messages), return_exceptions=True)
    gc.collect()  # a future with an exception that nobody took says so as it goes
    assert not unheard


async def test_a_short_window_is_waited_for_and_nobody_is_turned_away() -> None:
    async with room(post=(2, 0.3)) as here:
        await here.channel.send("first")
        await asyncio.gather(*(here.channel.send(str(one)) for one in range(7)))
        assert len([one async for one in here.channel.history()]) == 8
        assert here.asked("POST") == 8  # so none was answered with 429


async def test_the_answer_to_a_windows_last_request_waits_for_nothing() -> None:
    async with room(post=(1, 2.0)) as here:
        began = asyncio.get_running_loop().time()
        await here.channel.send("the last")
        second = asyncio.create_task(here.channel.send("the next"))
        answered = asyncio.get_running_loop().time()
        await second
        assert asyncio.get_running_loop().time() - answered > answered - began  # it is the next that waited


async def test_a_request_that_broke_keeps_no_place() -> None:
    async with room(delete=(1, 0.1)) as here:
        for _ in range(2):
            with pytest.raises(dpy.NotFound):
                await here.channel.get_partial_message(1).delete()
        sent = [await here.channel.send(one) for one in ("here", "there")]
        deleting = [asyncio.create_task(one.delete()) for one in sent]
        await asyncio.sleep(0)
        deleting[0].cancel()
        await deleting[1]
        with suppress(dpy.NotFound):  # it may have been on its way before it was cancelled
            await sent[0].delete()


def test_nobody_waits_for_ever_because_a_limit_says_so() -> None:
    assert held_for(dpy.RateLimited(20.0)) == 20.0
    assert held_for(dpy.RateLimited(1e12)) == LONGEST_RETRY_AFTER
