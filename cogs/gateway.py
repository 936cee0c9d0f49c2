"""Where Discord is. By default at discord.com; DISCORD_API_URL can name an API proxy or the rehearsal room.

discord.py has the API's address as a constant of a class, and falls back to a fixed gateway when a session is
invalid or the number of shards is given. Both are pointed here, before anything is asked for.
"""

from __future__ import annotations

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route


def use_api(url: str) -> None:
    """Sends every later request to that API (…/api/v10)."""
    Route.BASE = url.rstrip("/")


async def use_its_gateway(client: discord.Client) -> None:
    """Takes the gateway that the API names, for first connections and for those after an invalid session."""
    _shards, url, _limits = await client.http.get_bot_gateway()
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url)
