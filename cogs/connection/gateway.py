"""Where Discord is. By default at discord.com; DISCORD_API_URL can name an API proxy or the rehearsal room.

discord.py has the API's address as a constant of a class, and falls back to a fixed gateway when a session is
invalid or the number of shards is given. Both are pointed here, before anything is asked for.
"""

from __future__ import annotations

import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route


def use_api(url: str) -> None:
    """Sends every later request to that API (…/api/v10)."""
    Route.BASE = url.rstrip("/")


def use_gateway(url: str) -> None:
    """Connects there, the first time and after an invalid session."""
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(url)
