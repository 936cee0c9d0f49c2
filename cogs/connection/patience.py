"""How long a request to Discord's API may take: for as long as something of it arrives.

The rule: what goes on is not given up, because it would begin anew: a file that a slow line carries for
longer than aiohttp's five minutes, or several that share the line, would never be posted.
"""

from __future__ import annotations

from functools import partial

import aiohttp
from discord.http import HTTPClient

QUIET = aiohttp.ClientTimeout(total=None, sock_connect=30, sock_read=300)  # seconds


def use_in(http: HTTPClient) -> None:
    """From now on, for all requests of that client; `services.sockets` ends what no longer arrives."""
    http.request = partial(http.request, timeout=QUIET)
