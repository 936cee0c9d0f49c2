"""Reaching Discord at the start, for as long as that takes.

The rule: what is not now (a rate limit, Cloudflare's page, an error of Discord's, no connection) is waited
for, and each time a line says so; only what is surely wrong ends the start, with one that names the setting.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import aiohttp
import discord
import structlog
import yarl

from cogs.connection import gateway, rest
from cogs.connection.rest import NotNow, WrongSetting
from cogs.core.client import Jamboree
from cogs.core.discord_errors import held_for
from services.backoff import Backoff
from services.wavespeed.json_values import mapping
from services.wavespeed.responses import retry_after

log = structlog.get_logger(__name__)

T = TypeVar("T")

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds between two tries
LONGEST_OBEYED = 900.0  # seconds that Discord may ask for
READY_PATIENCE = 60.0  # seconds after which a shard that Discord has not made ready begins anew
WRONG_FOR_GOOD = {4004, 4010, 4011, 4012, 4013}  # the gateway's close codes; 4014 is an exception of its own
INTENTS_REFUSED = 4014
NOT_ALLOWED = "DISCORD_TOKEN: Discord does not allow this bot what it needs (4014)"
IDENTIFY, INVALID_SESSION, HELLO = 2, 9, 10  # the gateway's opcodes


async def until(ask: Callable[[], Awaitable[T]], what: str) -> T:
    """Asks until there is an answer. what: names it in the log. Raises what `ask` does, but for NotNow."""
    backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
    while True:
        try:
            return await ask()
        except NotNow as reason:
            wait = backoff.pause(min(reason.wait, LONGEST_OBEYED))
            log.warning("waiting for Discord", at=what, reason=str(reason), again_in=round(wait, 1))
        await asyncio.sleep(wait)


# the API ------------------------------------------------------------------------------------------------


async def wait_for_api(url: str, token: str) -> None:
    """Returns once the API at that address takes the token. Raises WrongSetting."""

    async def look() -> None:
        user = await rest.get(session, url, "/users/@me")
        if "id" not in mapping(user):
            raise WrongSetting(f"DISCORD_API_URL: no Discord at {url} (it answers something else)")

    async with rest.session(token) as session:
        await until(look, "the API")


# being ready --------------------------------------------------------------------------------------------


async def until_ready(bot: Jamboree) -> None:
    """Connects every shard; returns once all are ready. Raises WrongSetting, or what ended the connection."""
    bot.connection = asyncio.create_task(bot.connect())
    ready = asyncio.create_task(bot.wait_until_ready())
    patience = READY_PATIENCE
    try:
        while not ready.done() and not bot.connection.done():
            silent = [info for number, info in bot.shards.items() if number not in bot.connected]
            await asyncio.wait({ready, bot.connection}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            silent = [info for info in silent if info.id not in bot.connected]
            if silent and not ready.done() and not bot.connection.done():
                log.warning("waiting for Discord", at="the gateway", reason="it does not make shards ready")
                patience = min(2 * patience, LONGEST_OBEYED)
                await asyncio.gather(*(info.reconnect() for info in silent))
    finally:
        ready.cancel()
    if bot.connection.done():
        error = bot.connection.exception()
        if isinstance(error, discord.PrivilegedIntentsRequired):
            raise WrongSetting(NOT_ALLOWED) from error
        if isinstance(error, discord.ConnectionClosed) and error.code in WRONG_FOR_GOOD:
            raise WrongSetting(_refused(error.code)) from error
        raise error or RuntimeError("the connection to Discord has ended")


# discord.py on it ---------------------------------------------------------------------------------------


async def log_in(bot: Jamboree, token: str) -> None:
    """Logs in; returns once it is done. Raises WrongSetting."""

    async def attempt() -> None:
        await bot.http.close()  # what an attempt before has opened; discord.py would open it again beside it
        bot.http.connector = bot.new_connector()
        try:
            await _asked(bot.login(token))
            if bot.clock.far:
                ahead = -bot.clock.difference.total_seconds()
                log.warning("this machine's clock is wrong", ahead=f"{ahead:.0f} s")
        except discord.LoginFailure as error:
            raise WrongSetting("DISCORD_TOKEN: Discord does not accept it any more") from error

    await until(attempt, "the login")


def check_shards(count: int | None, limits: Mapping[str, Any]) -> None:
    """Raises WrongSetting where they are more than Discord lets begin a day: it would reset the token."""
    most = limits.get("total")
    if count is not None and isinstance(most, int) and count > most:
        raise WrongSetting(f"SHARD_COUNT: Discord lets {most:,} shards begin a day, and not {count:,}")


async def find_gateway(bot: Jamboree) -> None:
    """Has the bot use the gateway that the API names, and as many shards as it advises where none are set.

    Raises WrongSetting where they are too many.

    Waits too where Discord lets no session begin any more for a while (1,000 a day).
    """

    async def attempt() -> tuple[int, str]:
        shards, url, limits = await _asked(bot.http.get_bot_gateway())
        check_shards(bot.settings.shard_count, limits)
        if limits["remaining"] <= 0:
            raise NotNow("no session may begin any more today", limits["reset_after"] / 1000)
        return shards, url

    shards, url = await until(attempt, "the gateway's address")
    gateway.use_gateway(url)
    if bot.settings.shard_count is None:
        bot.shard_count = shards


async def wait_for_gateway(url: yarl.URL) -> None:
    """Returns once the gateway says hello."""

    async def hear_hello() -> None:
        async with greeted(url):
            pass

    await until(hear_hello, "the gateway")


@asynccontextmanager
async def greeted(url: yarl.URL) -> AsyncGenerator[aiohttp.ClientWebSocketResponse]:
    """A socket on which the gateway has said hello. Raises NotNow, also for what goes wrong on it later."""
    closing: Any = aiohttp.ClientWSTimeout(ws_close=1.0)  # pyright: ignore[reportCallIssue]
    try:
        async with (
            asyncio.timeout(rest.PATIENCE.total),
            aiohttp.ClientSession() as session,
            session.ws_connect(
                url.with_query(v=10, encoding="json"), timeout=closing, max_msg_size=0
            ) as socket,
        ):
            if mapping(await socket.receive_json()).get("op") != HELLO:
                raise NotNow("it does not say hello")
            yield socket
    except aiohttp.WSServerHandshakeError as error:
        wait = retry_after(error.headers or {})
        raise NotNow(rest.describe(error.status, ""), wait or 0.0) from error
    except (aiohttp.ClientError, OSError, TypeError, ValueError) as error:  # TypeError: closed
        raise NotNow(rest.no_answer(error)) from error


async def try_gateway(url: yarl.URL, token: str, shards: int, intents: int) -> None:
    """Begins a session as a bot does, and ends it at once; one that runs already goes on beside it.

    shards: of the bot in all. Raises WrongSetting where the gateway refuses the token or the intents; NotNow.
    """
    properties = {"os": sys.platform, "browser": "Jamboree", "device": "Jamboree"}
    who = {"token": token, "intents": intents, "properties": properties, "shard": [0, shards]}
    async with greeted(url) as socket:
        await socket.send_json({"op": IDENTIFY, "d": who})
        while True:
            said = await socket.receive()
            if said.type is not aiohttp.WSMsgType.TEXT:
                break
            event = mapping(json.loads(said.data))
            if event.get("t") == "READY":
                return
            if event.get("op") == INVALID_SESSION:
                raise NotNow("it begins no session now")
        if socket.close_code == INTENTS_REFUSED:
            raise WrongSetting(NOT_ALLOWED)
        if socket.close_code in WRONG_FOR_GOOD:
            raise WrongSetting(_refused(socket.close_code or 0))
        raise NotNow(f"it closes the connection ({socket.close_code})")


def _refused(code: int) -> str:
    return f"DISCORD_TOKEN or SHARD_COUNT: Discord's gateway refuses them ({code})"


async def _asked(question: Awaitable[T]) -> T:
    """What discord.py answers. Raises NotNow, and LoginFailure."""
    try:
        return await question
    except discord.LoginFailure:
        raise
    except discord.GatewayNotFound as error:
        raise _not_now(error.__cause__ or error) from error
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        raise _not_now(error) from error
    except (KeyError, TypeError, ValueError) as error:  # the API was there a moment ago
        raise NotNow("it answers something else than Discord does") from error


def _not_now(error: BaseException) -> NotNow:
    if isinstance(error, discord.RateLimited):
        return NotNow("429", error.retry_after)
    if isinstance(error, discord.HTTPException):
        return NotNow(rest.describe(error.status, error.text or ""), held_for(error) or 0.0)
    return NotNow(rest.no_answer(error))
