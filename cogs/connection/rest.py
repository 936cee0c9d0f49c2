"""Discord's API, asked without a client: before there is one, and for whoever sets the bot up.

The rule: what is surely wrong is told from what is not now (a rate limit, Cloudflare's page, an error of
Discord's, no connection), by Discord's published answers alone.
"""

from __future__ import annotations

import json
from typing import Any

import aiohttp

from cogs.core.discord_errors import is_discords
from services.clocks import OtherClock
from services.wavespeed.responses import retry_after

PATIENCE = aiohttp.ClientTimeout(total=15)  # seconds for one question


class WrongSetting(Exception):
    """One line that names what is surely wrong, and that no waiting helps."""


class BadToken(WrongSetting):
    """It is the token."""


class NotNow(Exception):
    """Discord cannot be used at this moment. wait: seconds for which it has asked."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


class NotAllowed(NotNow):
    """Discord itself says that this bot may not see that; it may once somebody has let it."""


def session(token: str, clock: OtherClock | None = None) -> aiohttp.ClientSession:
    """For `get`, by that bot. Raises nothing; to be closed. clock: Discord's, which hears what it shows."""
    traces = [clock.trace()] if clock is not None else []
    headers = {"Authorization": f"Bot {token}", "User-Agent": "DiscordBot (Jamboree, 1)"}
    return aiohttp.ClientSession(headers=headers, timeout=PATIENCE, trace_configs=traces)


async def get(session: aiohttp.ClientSession, api: str, path: str) -> Any:
    """What the API at that address (…/api/v10) answers: decoded JSON. Raises WrongSetting, NotNow."""
    nobody = f"DISCORD_API_URL: no Discord at {api}"
    try:
        async with session.get(f"{api}{path}") as response:
            status, headers, text = response.status, response.headers, await response.text(errors="replace")
    except aiohttp.InvalidURL as error:
        raise WrongSetting(f"{nobody} (not an address)") from error
    except (aiohttp.ClientError, OSError) as error:  # OSError: TimeoutError too
        raise NotNow(no_answer(error)) from error
    is_json, answer = _decoded(text)
    if status == 401:
        raise BadToken("DISCORD_TOKEN: Discord does not accept it; copy it again from the Developer Portal")
    if status == 403 and is_discords(answer):
        raise NotAllowed(describe(status, text))
    if status in (403, 408, 429) or status >= 500:
        raise NotNow(describe(status, text), retry_after(headers) or 0.0)
    if status != 200 or not is_json:
        raise WrongSetting(f"{nobody} (it answers {describe(status, text)})")
    return answer


def describe(status: int, text: str) -> str:
    """What an answer is, in a few words."""
    if status == 429 and "1015" in text:
        return "429: Cloudflare, before Discord, turns this address away for a while (error 1015)"
    page = " with a page instead of data" if text.lstrip().startswith("<") else ""
    return f"{status}{page}"


def no_answer(error: BaseException) -> str:
    """What it is that there is none, in a few words."""
    return f"no answer ({str(error) or type(error).__name__})"


def printable(name: object) -> str:
    """A name, as others may have chosen it, without what a terminal would obey."""
    return "".join(filter(str.isprintable, str(name)))


def _decoded(text: str) -> tuple[bool, Any]:
    """Whether it is JSON, and what it says."""
    try:
        return True, json.loads(text)
    except ValueError:
        return False, None
