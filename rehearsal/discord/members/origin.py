"""Who may ask the members' side: the room's own page, and programs on this machine."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

FOREIGN = "The rehearsal answers only its own page."


def is_foreign(request: web.Request) -> bool:
    """Whether another site's page asks: any page in a browser on this machine can reach loopback."""
    addresses = [f"http://{request.host}", request.headers.get("Origin", "http://localhost")]
    return any(urlsplit(address).hostname not in ("127.0.0.1", "localhost", "::1") for address in addresses)
