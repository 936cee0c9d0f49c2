"""Sockets for HTTP, by which it is told whether a line is slow or dead.

The rule: what is sent goes on for as long as something of it arrives, however slow the line is; where nothing
does for a while, it has broken off. aiohttp's own limits know neither: `total` ends what goes on, and
`sock_read` begins to count once all was handed to the system.
"""

from __future__ import annotations

import socket
from typing import Any

DEAD = 60.0  # seconds in which nothing of what was sent arrives, after which the connection is ended
AHEAD = 128 * 1024  # bytes that the system takes beyond those that are on their way


def new_socket(address: tuple[Any, ...]) -> socket.socket:
    """One for `aiohttp.TCPConnector(socket_factory=…)`. address: as `getaddrinfo` gives it."""
    family, kind, protocol, *_ = address
    made = socket.socket(family, kind, protocol)
    options = {"TCP_USER_TIMEOUT": round(DEAD * 1000), "TCP_NOTSENT_LOWAT": AHEAD}  # Linux's: tcp(7)
    for option, value in options.items():
        if hasattr(socket, option):
            made.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    return made
