"""Files to and from WaveSpeed: outputs that are downloaded, sound that is uploaded to be reworked.

The rule: both can be tried again and again, because neither costs anything. The key goes along with neither:
they are public or signed addresses, mostly of other hosts.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from services.wavespeed.json_values import LONGEST_ADDRESS, mapping
from services.wavespeed.predictions import (
    NoAddress,
    NotFound,
    ProviderDown,
    RateLimited,
    TooLarge,
    TooSlow,
    Unavailable,
)
from services.wavespeed.public_addresses import NotPublic, check_address
from services.wavespeed.responses import UNCERTAIN, retry_after
from services.wavespeed.transport import BROKE_OFF, Transport, kind_of

CHUNK = 256 * 1024  # bytes of a file kept in memory
PART = 2**20  # bytes that are to come within their time
MOST_REDIRECTS = 5  # one after the other
_REDIRECTS = (301, 302, 303, 307, 308)
_UPLOAD_HEADERS = ("content-type", "content-md5", "content-disposition", "cache-control")
_STORAGE_HEADERS = ("x-amz-", "x-goog-", "x-ms-", "x-oss-", "x-cos-", "x-tos-", "x-obs-")
_QUOTED = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*")  # RFC 3986
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,100}")


class Transfers(Transport):
    """What can be done with files."""

    async def download(self, url: str, target: Path, *, max_bytes: int, patience: float = 60.0) -> int:
        """Writes an output to `target`, which appears only when it is whole. Returns its size in bytes.

        patience: seconds for each MiB. The key is not sent: outputs are public addresses, mostly of other
        hosts. Raises TooLarge, TooSlow; after all attempts NotFound (NoAddress where the address is none
        that we connect to), RateLimited, ProviderDown; OSError of the disk.
        """
        part = target.with_name(target.name + ".part")

        async def once() -> int:
            with self._noted("files"):
                limit = asyncio.timeout(patience)
                try:
                    async with limit, self._opened("GET", url) as response:
                        _check_download(response, max_bytes)
                        return await _write(response, part, max_bytes, partial(_put_off, limit, patience))
                except BROKE_OFF as error:
                    failure = ProviderDown(f"the download broke off: {kind_of(error)}")
                    if limit.expired():
                        failure = TooSlow(f"less than a MiB came in {patience:g} s")
                except NotPublic as error:
                    failure = NoAddress(f"the output is nowhere to be fetched from: {error}")
                raise failure

        try:
            # Also after a 404: what was finished a moment ago may not have reached each edge of a CDN.
            size = await self._repeat(once, also=(NotFound,))
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return size

    async def upload(
        self, source: Path | bytes, name: str, content_type: str, *, patience: float = 60.0
    ) -> str:
        """Puts a file where models can hear it; returns its address there, which is good for some days.

        source: the file, or all of it where it is on no disk. patience: seconds for each MiB and the answer.

        Raises Unavailable where that call is not as we know it; after all attempts BadKey, NotFound,
        RateLimited, ProviderDown; OSError of the disk.
        """
        size = len(source) if isinstance(source, bytes) else (await asyncio.to_thread(source.stat)).st_size

        async def once() -> str:
            wanted = {"filename": name, "size": size, "content_type": content_type}
            ticket = await self._ask("POST", "/api/v3/media/uploads", wanted)
            url, headers, address = _read_ticket(ticket)
            data = source if isinstance(source, bytes) else _chunks(source)
            sent = {"data": data, "headers": {**headers, "Content-Length": str(size)}}
            limits = self._limits(patience * (size / PART + 1))
            with self._noted("files"):
                try:
                    async with self._opened("PUT", url, timeout=limits, **sent) as response:
                        if response.status >= 300:
                            wait = retry_after(response.headers)
                            raise ProviderDown(
                                f"{response.status}: the upload was not taken", retry_after=wait
                            )
                        return address
                except BROKE_OFF as error:
                    failure = ProviderDown(f"the upload broke off: {kind_of(error)}")
                except NotPublic as error:
                    failure = Unavailable(f"the upload is to go nowhere that we connect to: {error}")
                raise failure

        return await self._repeat(once)

    @asynccontextmanager
    async def _opened(self, method: str, url: str, **sent: Any) -> AsyncGenerator[aiohttp.ClientResponse]:
        """The answer from an address that a stranger named; only a GET follows redirects, to good addresses.

        Raises NotPublic for an address to which we do not connect.
        """
        at = _address(url)
        session = self._session("files")
        try:
            for _hop in range(MOST_REDIRECTS + 1):
                check_address(at, loopback=self._here)
                async with session.request(method, at, allow_redirects=False, **sent) as response:
                    if method != "GET" or response.status not in _REDIRECTS:
                        yield response
                        return
                    at = at.join(_address(response.headers.get("Location", "")))
        except aiohttp.InvalidURL:
            raise NotPublic("no address") from None
        except aiohttp.ClientConnectorDNSError as error:
            if isinstance(error.os_error, NotPublic):
                raise error.os_error from None
            raise
        raise NotPublic(f"it redirects more than {MOST_REDIRECTS} times")


def _address(url: str) -> URL:
    """The address as it is written, because one that is signed may be good in these very letters only.

    Where something in it must be quoted to be sent, it is. Raises NotPublic where it is none.
    """
    try:
        quoted = URL(url)  # which looks at host and port, too
        return URL(url, encoded=True) if _QUOTED.fullmatch(url) else quoted
    except ValueError:
        raise NotPublic("no address") from None


def _read_ticket(ticket: Mapping[str, Any]) -> tuple[str, Mapping[str, str], str]:
    """Where to put the file, with which headers, and where it is read from then. Raises Unavailable."""
    upload = mapping(ticket.get("upload"))
    url, address = upload.get("url"), ticket.get("download_url")
    if not (
        isinstance(url, str) and isinstance(address, str) and 0 < len(address) <= LONGEST_ADDRESS and url
    ):
        raise Unavailable("the answer does not say where to upload to")
    if str(upload.get("method") or "PUT").upper() != "PUT":
        raise Unavailable("the upload is no PUT")
    given = mapping(upload.get("headers")).items()
    return url, {name: value for name, value in given if _may_be_sent(name, value)}, address


def _may_be_sent(name: str, value: object) -> bool:
    """Whether that header of a ticket is one that storage asks for, and nothing else is in it."""
    known = name.lower() in _UPLOAD_HEADERS or name.lower().startswith(_STORAGE_HEADERS)
    plain = isinstance(value, str) and value.isascii() and value.isprintable()
    return known and plain and bool(_HEADER_NAME.fullmatch(name))


async def _chunks(source: Path) -> AsyncGenerator[bytes]:
    file = await asyncio.to_thread(source.open, "rb")
    try:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk
    finally:
        await asyncio.to_thread(file.close)


def _check_download(response: aiohttp.ClientResponse, max_bytes: int) -> None:
    if 400 <= response.status < 500 and response.status not in (*UNCERTAIN, 429):
        # Storage says 403 for what is not there, and 400 for an address that was signed too long ago.
        raise NotFound(f"{response.status}: no such file")
    if 200 < response.status < 400:
        raise NotFound(f"{response.status}: not the file")
    if response.status != 200:
        kind = RateLimited if response.status == 429 else ProviderDown
        raise kind(f"{response.status}: no file", retry_after=retry_after(response.headers))
    if (response.content_length or 0) > max_bytes:
        raise TooLarge(f"{response.content_length} bytes where {max_bytes} are allowed")


async def _write(
    response: aiohttp.ClientResponse, part: Path, max_bytes: int, comes_on: Callable[[], None]
) -> int:
    size = 0
    file = await asyncio.to_thread(part.open, "wb")
    try:
        async for chunk in response.content.iter_chunked(CHUNK):  # raises where Content-Length is not met
            before, size = size, size + len(chunk)
            if size > max_bytes:
                raise TooLarge(f"more than the {max_bytes} bytes that are allowed")
            await asyncio.to_thread(file.write, chunk)
            if size // PART > before // PART:
                comes_on()
    finally:
        await asyncio.to_thread(file.close)
    if not size:
        raise NotFound("the file is empty")
    return size


def _put_off(limit: asyncio.Timeout, seconds: float) -> None:
    limit.reschedule(asyncio.get_running_loop().time() + seconds)
