"""What it means that Discord does not do something: not now, or no; and by which code.

Source: https://discord.com/developers/docs/topics/opcodes-and-status-codes
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
import discord

from services.delivery import DeliveryUnavailable
from services.wavespeed.json_values import mapping
from services.wavespeed.responses import LONGEST_RETRY_AFTER, retry_after

GONE = {10003, 10004}  # Discord's codes: unknown channel, unknown guild
NO_MORE = {10003, 10008}  # unknown channel, unknown message: a guild's comes back with the bot
TOO_LARGE = {40005}
NOT_ALLOWED = {50001, 50013}  # missing access, missing permissions
UNANSWERED = 10015  # unknown webhook: that of an interaction which Discord holds no answer of
MODERATED = {200000, 200001}  # blocked by the server's AutoMod
# Too much at once in a channel, in a server, in direct messages; sending, or something else, switched off
# for a while; turned away by Cloudflare, which stands before Discord; overloaded. Whatever the status.
BUSY = {20028, 20029, 40003, 40004, 40006, 40333, 130000}
BAD_TOKEN = {0, 40001}  # with status 401; that of an interaction's webhook has a code of its own (50027)

GENERAL, LEAST = 0, 10_000  # what has no code of its own; all others have five digits or more


@asynccontextmanager
async def answering() -> AsyncGenerator[None]:
    """Tells "not now" (DeliveryUnavailable) from "no" (discord.HTTPException)."""
    try:
        yield
    except (discord.HTTPException, discord.RateLimited) as error:
        if (wait := held_for(error)) is not None:
            raise DeliveryUnavailable(f"Discord asks for a pause of {wait:g} s", wait) from error
        if isinstance(error, discord.HTTPException) and is_not_now(error):
            raise DeliveryUnavailable(f"Discord answers {error.status}") from error
        raise
    except (aiohttp.ClientError, OSError) as error:  # OSError: TimeoutError too
        raise DeliveryUnavailable(type(error).__name__) from error


def is_not_now(error: discord.HTTPException) -> bool:
    """Whether it may be done later: Discord has too much to do or broke, or it was not Discord that answered,
    or it knows the bot no more, whose host has to bring another token.

    Its own "no" is JSON with a code of its own, and anything else is of what stands before it; that a file is
    too large, either may say.
    """
    if error.status in (408, 429) or error.status >= 500 or error.code in BUSY:
        return True
    if error.status == 401 and error.code in BAD_TOKEN:
        return True
    return error.status != 413 and not _is_discords_own(error)


def is_discords(said: object) -> bool:
    """Whether decoded JSON is an error of Discord's: it has a code of theirs and a message.

    A gateway's may have its status as a code, or none. Source: the OpenAPI specification, ErrorResponse.
    """
    error = mapping(said)
    code = error.get("code")
    return type(code) is int and (code == GENERAL or code >= LEAST) and isinstance(error.get("message"), str)


def _is_discords_own(error: discord.HTTPException) -> bool:
    """A 400 in any JSON counts as its own, or what it refuses for its form would be sent again and again."""
    is_json = "json" in error.response.headers.get("Content-Type", "")
    if is_json and error.status == 400:
        return True
    body = getattr(error.response, "_body", None)  # discord.py notes 0 also where there is no code
    try:
        return is_discords(json.loads(body or error.text))
    except ValueError:
        return is_json


def held_for(error: discord.HTTPException | discord.RateLimited) -> float | None:
    """Seconds for which Discord does not want to be asked that again; None where that is not what it said.

    Who names more than minutes is asked again after that all the same: see `retry_after`.
    """
    if isinstance(error, discord.RateLimited):
        return min(error.retry_after, LONGEST_RETRY_AFTER)
    if error.status != 429:
        return None
    return retry_after(error.response.headers) or 0.0
