"""Where Discord is, and what comes from there. By default at discord.com; DISCORD_API_URL can name an API
proxy or the rehearsal room.

discord.py has the API's address as a constant of a class, and falls back to a fixed gateway when a session is
invalid or the number of shards is given. Both are pointed here, before anything is asked for.

The rule: what one guild's event holds ends nobody's connection. discord.py lets an event that it cannot read,
because Discord has come to say something else, end the connection of all shards for good.
"""

from __future__ import annotations

from typing import Any

import structlog
import yarl
from discord import http
from discord.gateway import DiscordWebSocket
from discord.http import Route
from discord.webhook import async_

from cogs.connection import guilds, interactions, messages, threads
from cogs.core.webhooks import decoded

log = structlog.get_logger(__name__)

_receive = DiscordWebSocket.received_message


def use_api(url: str) -> None:
    """Sends every later request to that API (…/api/v10), and reads its answers."""
    Route.BASE = url.rstrip("/")
    http.json_or_text = decoded
    async_.json_or_text = decoded  # pyright: ignore[reportPrivateImportUsage]


def use_gateway(url: str) -> None:
    """Connects there, the first time and after an invalid session."""
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url)


def drop_unreadable() -> None:
    """From now on an event that cannot be read is dropped, and the log says so.

    Members wait for an answer to an interaction, so of that is read what can be.
    """
    guilds.use()
    interactions.use()
    messages.use()
    threads.use()
    DiscordWebSocket.received_message = _received


async def _received(socket: DiscordWebSocket, message: Any, /) -> None:
    try:
        await _receive(socket, message)
    except interactions.UNREADABLE:
        log.exception("an event of Discord's cannot be read", shard=socket.shard_id)
