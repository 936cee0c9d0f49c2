"""Files to and from WaveSpeed: outputs that are downloaded, sound that is uploaded to be reworked.

The rule: both can be tried again and again, because neither costs anything. The key goes along with neither:
they are public or signed addresses, mostly of other hosts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any, cast

import aiohttp

from services.predictions import NotFound, ProviderDown, RateLimited, TooLarge, Unavailable
from services.responses import retry_after
from services.wire import BROKE_OFF, Wire, kind_of

CHUNK = 256 * 1024  # bytes of a file kept in memory


class Transfers(Wire):
    """What can be done with files."""

    async def download(self, url: str, target: Path, *, max_bytes: int) -> int:
        """Writes an output to `target`, which appears only when it is whole. Returns its size in bytes.

        The key is not sent: outputs are public addresses, mostly of other hosts.
        Raises TooLarge; after all attempts NotFound, RateLimited, ProviderDown; OSError of the disk.
        """
        part = target.with_name(target.name + ".part")

        async def once() -> int:
            try:
                async with self._session("files").get(url) as response:
                    _check_download(response, max_bytes)
                    return await _write(response, part, max_bytes)
            except BROKE_OFF as error:
                failure = ProviderDown(f"the download broke off: {kind_of(error)}")
            raise failure

        try:
            # Also after a 404: what was finished a moment ago may not have reached each edge of a CDN.
            size = await self._repeat(once, also=(NotFound,))
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return size

    async def upload(self, source: Path, name: str, content_type: str) -> str:
        """Puts a file where models can hear it; returns its address there, which is good for some days.

        Raises Unavailable where that call is not as we know it; after all attempts BadKey, NotFound,
        RateLimited, ProviderDown; OSError of the disk.
        """
        size = (await asyncio.to_thread(source.stat)).st_size

        async def once() -> str:
            wanted = {"filename": name, "size": size, "content_type": content_type}
            ticket = await self._ask("POST", "/api/v3/media/uploads", wanted)
            method, url, headers, address = _read_ticket(ticket)
            try:
                async with self._session("files").request(
                    method, url, data=_chunks(source), headers={**headers, "Content-Length": str(size)}
                ) as response:
                    if response.status >= 400:
                        wait = retry_after(response.headers)
                        raise ProviderDown(f"{response.status}: the upload was not taken", retry_after=wait)
                    return address
            except BROKE_OFF as error:
                failure = ProviderDown(f"the upload broke off: {kind_of(error)}")
            raise failure

        return await self._repeat(once)


def _read_ticket(ticket: Mapping[str, Any]) -> tuple[str, str, Mapping[str, str], str]:
    """How and where to put the file, and where it is read from then. Raises Unavailable."""
    upload = _object(ticket.get("upload"))
    url, address, headers = upload.get("url"), ticket.get("download_url"), _object(upload.get("headers"))
    if not (isinstance(url, str) and isinstance(address, str) and url and address):
        raise Unavailable("the answer does not say where to upload to")
    given = {name: str(value) for name, value in headers.items()}
    return str(upload.get("method") or "PUT"), url, given, address


def _object(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


async def _chunks(source: Path) -> AsyncGenerator[bytes]:
    file = await asyncio.to_thread(source.open, "rb")
    try:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk
    finally:
        await asyncio.to_thread(file.close)


def _check_download(response: aiohttp.ClientResponse, max_bytes: int) -> None:
    if response.status in (403, 404, 410):  # storage behind a CDN says 403 for what is not there
        raise NotFound(f"{response.status}: no such file")
    if response.status != 200:
        kind = RateLimited if response.status == 429 else ProviderDown
        raise kind(f"{response.status}: no file", retry_after=retry_after(response.headers))
    if (response.content_length or 0) > max_bytes:
        raise TooLarge(f"{response.content_length} bytes where {max_bytes} are allowed")


async def _write(response: aiohttp.ClientResponse, part: Path, max_bytes: int) -> int:
    size = 0
    file = await asyncio.to_thread(part.open, "wb")
    try:
        async for chunk in response.content.iter_chunked(CHUNK):  # raises where Content-Length is not met
            size += len(chunk)
            if size > max_bytes:
                raise TooLarge(f"more than the {max_bytes} bytes that are allowed")
            await asyncio.to_thread(file.write, chunk)
    finally:
        await asyncio.to_thread(file.close)
    if not size:
        raise ProviderDown("the file is empty")
    return size
