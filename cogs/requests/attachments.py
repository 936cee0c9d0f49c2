"""Files that members attach: who may give one, and how it is fetched.

The rule: of whoever is refused anyway nothing is fetched, and of nobody more than is allowed, whatever size
Discord says it has; from Discord's own address alone.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

import aiohttp
import discord
from yarl import URL

DISCORDS = ("cdn.discordapp.com", "media.discordapp.net")  # (Discord: CDN; attachments of interactions)
PIECE = 64 * 1024  # bytes
PATIENCE = aiohttp.ClientTimeout(total=600, sock_connect=10, sock_read=15)  # seconds; a line may be slow


class NotFetched(Exception):
    """The file could not be had from Discord."""


class NotDiscords(NotFetched):
    """It is somewhere else than where Discord keeps files."""


class FileTooLarge(Exception):
    """It has more bytes than are allowed."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that a member sent, where Discord's library has no more of it. size: bytes, as Discord says."""

    url: str
    size: int


async def fetch(api: str, file: discord.Attachment | Sent, most: int) -> AsyncGenerator[bytes]:
    """The file, piece by piece, of at most so many bytes. Raises FileTooLarge, NotFetched.

    api: the address of Discord's API.
    """
    if file.size > most:
        raise FileTooLarge
    if not _is_discords(file.url, api):
        raise NotDiscords
    fetched = 0
    try:
        async with (
            aiohttp.ClientSession(timeout=PATIENCE, auto_decompress=False) as session,
            session.get(
                URL(file.url, encoded=True), allow_redirects=False, headers={"Accept-Encoding": "identity"}
            ) as response,
        ):
            if response.status != 200 or "Content-Encoding" in response.headers:
                raise NotFetched
            async for piece in response.content.iter_chunked(PIECE):
                fetched += len(piece)
                if fetched > most:
                    raise FileTooLarge
                yield piece
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise NotFetched from error


def _is_discords(address: str, api: str) -> bool:
    """Whether the address is Discord's for files, or of the same host as the stand-in's API."""
    given, ours = URL(address), URL(api)
    if ours.host == "discord.com":
        return given.scheme == "https" and given.host in DISCORDS
    return given.host in (ours.host, *DISCORDS)
