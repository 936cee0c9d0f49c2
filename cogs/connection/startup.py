"""Reaching Discord at the start, for as long as that takes.

The rule: what is not now (a rate limit, Cloudflare's page, an error of Discord's, no connection) is waited
for, and each time a line says so; only what is surely wrong ends the start, with one that names the setting.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import aiohttp
import discord
import structlog
import yarl

from cogs.connection import gateway
from cogs.core.discord_errors import held_for
from services.backoff import Backoff
from services.wavespeed.json_values import mapping
from services.wavespeed.responses import retry_after

if TYPE_CHECKING:
    from cogs.core.client import Jamboree

log = structlog.get_logger(__name__)

T = TypeVar("T")

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds between two tries
LONGEST_OBEYED = 900.0  # seconds that Discord may ask for
PATIENCE = aiohttp.ClientTimeout(total=15)  # seconds for one question
READY_PATIENCE = 60.0  # seconds after which a shard that Discord has not made ready begins anew
WRONG_FOR_GOOD = {4004, 4010, 4011, 4012, 4013}  # the gateway's close codes; 4014 is an exception of its own
HELLO = 10  # the gateway's first word (opcode)


class WrongSetting(Exception):
    """One line that names what is surely wrong, and that no waiting helps."""


class NotNow(Exception):
    """Discord cannot be used at this moment. wait: seconds for which it has asked."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


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
    headers = {"Authorization": f"Bot {token}", "User-Agent": "DiscordBot (Jamboree, 1)"}
    async with aiohttp.ClientSession(headers=headers, timeout=PATIENCE) as session:
        await until(lambda: _look(session, url), "the API")


async def _look(session: aiohttp.ClientSession, url: str) -> None:
    nobody = f"DISCORD_API_URL: no Discord at {url}"
    try:
        async with session.get(f"{url}/users/@me") as response:
            status, headers, text = response.status, response.headers, await response.text(errors="replace")
    except aiohttp.InvalidURL as error:
        raise WrongSetting(f"{nobody} (not an address)") from error
    except (aiohttp.ClientError, OSError) as error:  # OSError: TimeoutError too
        raise NotNow(_no_answer(error)) from error
    if status == 401:
        raise WrongSetting(
            "DISCORD_TOKEN: Discord does not accept it; copy it again from the Developer Portal"
        )
    if status in (403, 408, 429) or status >= 500:
        raise NotNow(_status(status, text), retry_after(headers) or 0.0)
    if status != 200 or not _is_user(text):
        raise WrongSetting(f"{nobody} (it answers {_status(status, text)})")


def _is_user(text: str) -> bool:
    try:
        user: Any = json.loads(text)
    except ValueError:
        return False
    return isinstance(user, dict) and "id" in user


def _status(status: int, text: str) -> str:
    """What an answer is, in a few words."""
    if status == 429 and "1015" in text:
        return "429: Cloudflare, before Discord, turns this address away for a while (error 1015)"
    page = " with a page instead of data" if text.lstrip().startswith("<") else ""
    return f"{status}{page}"


def _no_answer(error: BaseException) -> str:
    return f"no answer ({str(error) or type(error).__name__})"


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
            raise WrongSetting(
                "DISCORD_TOKEN: Discord does not allow this bot what it needs (4014)"
            ) from error
        if isinstance(error, discord.ConnectionClosed) and error.code in WRONG_FOR_GOOD:
            told = f"DISCORD_TOKEN or SHARD_COUNT: Discord's gateway refuses them ({error.code})"
            raise WrongSetting(told) from error
        raise error or RuntimeError("the connection to Discord has ended")


# discord.py on it ---------------------------------------------------------------------------------------


async def log_in(bot: Jamboree, token: str) -> None:
    """Logs in; returns once it is done. Raises WrongSetting."""

    async def attempt() -> None:
        await bot.http.close()  # what an attempt before has opened; discord.py would open it again beside it
        bot.http.connector = bot.new_connector()
        try:
            await _asked(bot.login(token))
        except discord.LoginFailure as error:
            raise WrongSetting("DISCORD_TOKEN: Discord does not accept it any more") from error

    await until(attempt, "the login")


async def find_gateway(bot: Jamboree) -> None:
    """Has the bot use the gateway that the API names, and as many shards as it advises where none are set.

    Waits too where Discord lets no session begin any more for a while (1,000 a day).
    """

    async def attempt() -> tuple[int, str]:
        shards, url, limits = await _asked(bot.http.get_bot_gateway())
        if limits["remaining"] <= 0:
            raise NotNow("no session may begin any more today", limits["reset_after"] / 1000)
        return shards, url

    shards, url = await until(attempt, "the gateway's address")
    gateway.use_gateway(url)
    if bot.settings.shard_count is None:
        bot.shard_count = shards


async def wait_for_gateway(url: yarl.URL) -> None:
    """Returns once the gateway says hello."""
    async with aiohttp.ClientSession() as session:
        await until(lambda: _hear_hello(session, url), "the gateway")


async def _hear_hello(session: aiohttp.ClientSession, url: yarl.URL) -> None:
    closing: Any = aiohttp.ClientWSTimeout(ws_close=1.0)  # pyright: ignore[reportCallIssue]
    try:
        async with asyncio.timeout(PATIENCE.total):
            socket = await session.ws_connect(url.with_query(v=10, encoding="json"), timeout=closing)
            try:
                said = await socket.receive_json()
            finally:
                await socket.close()
    except aiohttp.WSServerHandshakeError as error:
        wait = retry_after(error.headers or {})
        raise NotNow(_status(error.status, ""), wait or 0.0) from error
    except (aiohttp.ClientError, OSError, TypeError, ValueError) as error:  # TypeError: closed
        raise NotNow(_no_answer(error)) from error
    if mapping(said).get("op") != HELLO:
        raise NotNow("it does not say hello")


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
        return NotNow(_status(error.status, error.text or ""), held_for(error) or 0.0)
    return NotNow(_no_answer(error))
