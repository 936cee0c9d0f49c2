"""Finished audio in an object store that speaks S3, and copies of it on this machine (`audio_cache`).

The rule: nothing is kept that the store has not taken. What lies in DATA_DIR alone, from before there was a
store, is found by whoever asks for it here, and moved up; what the store has by that name counts more.
"""

from __future__ import annotations

import asyncio
import heapq
import re
import time
from collections.abc import AsyncGenerator, Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import structlog
from obstore.exceptions import BaseError, NotModifiedError
from obstore.store import S3Store

from services.settings import Settings
from services.storage.audio_cache import AudioCache
from services.storage.audio_store import AudioStore, FolderStore, StoreAway, StoreRefuses, mp3_name
from services.storage.files import finished
from services.storage.machine_role import MachineRole
from services.storage.outages import done_later
from services.storage.private_files import write_pieces

if TYPE_CHECKING:  # obstore has them as types alone
    from obstore import GetResult, ListStream, ObjectMeta
    from obstore.store import S3Credential, S3CredentialProvider

log = structlog.get_logger(__name__)

CONNECTING = timedelta(seconds=5)
ANSWERING = timedelta(seconds=60)  # in which something of an answer has to come
UPLOADING = 60.0  # seconds for each MiB of a file, and for the answer
LONGEST = timedelta(days=1)  # for a request in all
RETRIES, RETRYING = 2, timedelta(seconds=20)  # after which whoever asked waits, and asks again
PART = 16 * 2**20  # bytes; what is larger goes in parts, so that no more of it is in memory
PARTS_AT_ONCE = 2  # of one file
LISTING = 86400.0  # seconds for which it is remembered what is old there
MOST_OLD = 100_000  # of it, the oldest
REFUSED = re.compile(r"status code: (3\d\d|40[0-7]|409)|incorrectly configured region")


def open_store(settings: Settings) -> AudioStore:
    """Where these settings say that finished audio is kept. Nothing is asked yet."""
    return ObjectStore(settings) if settings.storage_url else FolderStore(settings.data_dir)


class ObjectStore:
    """A bucket, or what begins with a prefix in it. An MP3 is as old as its object."""

    def __init__(self, settings: Settings) -> None:
        self._place = settings.storage_url or ""
        key = _key(settings)
        self._bucket = _bucket(settings, key, ANSWERING)
        self._uploads = _bucket(settings, key, LONGEST)  # sending counts as silence
        self._data_dir = settings.data_dir
        self._folder = FolderStore(settings.data_dir)
        self._cluster = settings.cluster_id
        self._cache = AudioCache(
            settings.data_dir / f"cache-{settings.cluster_id}", settings.storage_cache_mib * 2**20
        )
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._old: dict[str, float] = {}  # tracks (ids), and when their MP3s came (seconds since 1970)
        self._listed_at: float | None = None
        self._trouble = ""

    @property
    def trouble(self) -> str:
        """See `AudioStore`."""
        return self._trouble

    @property
    def scratch(self) -> Path:
        """See `AudioStore`."""
        return self._folder.scratch

    async def check(self) -> None:
        """Puts, deletes and asks for an empty object: for that, all is needed that is needed later."""
        name = f".writable-{self._cluster}"
        with self._answering():
            try:
                await self._bucket.put_async(name, b"")
                await self._bucket.delete_async([name])
                with suppress(FileNotFoundError):  # who may not list is told that it is forbidden
                    await self._bucket.get_async(name)
            except (BaseError, FileNotFoundError) as error:
                if REFUSED.search(str(error)):
                    raise StoreRefuses(f"{self._place} cannot be written to ({_said(error)})") from None
                raise

    async def fetch(self, name: str) -> Path:
        """See `AudioStore`."""
        async with self._lock(name):
            version = await self._cache.version(name)
            try:
                with self._answering():
                    found = await self._bucket.get_async(
                        name, options={"if_none_match": version} if version else {}
                    )
            except NotModifiedError:
                return self._cache.path(name)
            except FileNotFoundError:
                await self._cache.drop([name])
                return await self._take_up(name)
            return await self._download(name, found)

    async def has(self, name: str) -> bool:
        """See `AudioStore`."""
        return await self._has(name) or await self._folder.has(name)

    async def keep(self, name: str, made: Path) -> None:
        """See `AudioStore`."""
        async with self._lock(name):
            await self._upload(name, made)
        with done_later():  # by `tidy`
            await self._folder.delete([name])

    async def delete(self, names: Iterable[str]) -> None:
        """See `AudioStore`; where the store is away, it is gone from this machine at least."""
        gone = list(names)
        await self._cache.drop(gone)
        await self._folder.delete(gone)
        with self._answering():
            await self._bucket.delete_async(gone)

    async def mp3s_before(self, moment: float) -> list[str]:
        """See `AudioStore`. All objects are listed for it once a day."""
        if self._listed_at is None or time.monotonic() - self._listed_at > LISTING:
            with self._answering():
                old = await self._mp3s_before(moment + LISTING)
            self._old = dict(heapq.nsmallest(MOST_OLD, old, key=lambda one: one[1]))
            self._listed_at = time.monotonic()
        return [track_id for track_id, came in self._old.items() if came < moment]

    async def prune(self, track_id: str, before: float, size: int | None) -> bool:
        """See `AudioStore`. A copy on this machine stays for as long as it is used."""
        name = mp3_name(track_id)
        try:
            with self._answering():
                there = await self._bucket.head_async(name)
        except FileNotFoundError:
            self._old.pop(track_id, None)
            return True
        if there["last_modified"].timestamp() >= before:
            return False
        if there["size"] == size:
            with self._answering():
                await self._bucket.delete_async([name])
        else:
            await self.keep(name, await self.fetch(name))
        self._old.pop(track_id, None)
        return there["size"] == size

    async def tidy(self) -> None:
        """See `AudioStore`."""
        await self._cache.begin()
        await self._cache.drop_unused()
        for name in await asyncio.to_thread(finished, self._data_dir):
            async with self._lock(name):
                if await self._has(name):
                    await self._folder.delete([name])
                    continue
                with suppress(FileNotFoundError):  # another cluster was quicker
                    await self._take_up(name)

    async def _has(self, name: str) -> bool:
        try:
            with self._answering():
                await self._bucket.get_async(name)  # a HEAD does not tell a bucket that is not there
        except FileNotFoundError:
            return False
        return True

    @contextmanager
    def _answering(self) -> Generator[None]:
        """Says of what goes wrong whether the store is away, or has nothing by that name.

        Raises StoreAway, FileNotFoundError, NotModifiedError.
        """
        try:
            yield
        except TimeoutError:
            self._trouble = "an upload took too long"
            raise StoreAway(self._trouble) from None
        except BaseError as error:
            if not isinstance(error, NotModifiedError):
                self._trouble = _said(error)
                raise StoreAway(self._trouble) from None
            self._trouble = ""
            raise
        except FileNotFoundError as error:
            self._trouble = _said(error) if "NoSuchBucket" in str(error) else ""
            if self._trouble:
                raise StoreAway(self._trouble) from None
            raise
        self._trouble = ""

    def _lock(self, name: str) -> asyncio.Lock:
        return self._locks.setdefault(name, asyncio.Lock())

    async def _download(self, name: str, found: GetResult) -> Path:
        await self._cache.begin()
        part = self._cache.path(f"{name}.part")

        async def pieces() -> AsyncGenerator[bytes]:
            async for piece in found.stream():
                yield bytes(piece)

        try:
            with self._answering():
                await write_pieces(part, pieces())
            return await self._cache.add(name, found.meta["e_tag"] or "", part)
        finally:  # half a copy keeps a full disk full
            await asyncio.to_thread(part.unlink, missing_ok=True)

    async def _upload(self, name: str, made: Path) -> Path:
        size = await asyncio.to_thread(lambda: made.stat().st_size)
        with self._answering():
            async with asyncio.timeout(UPLOADING * (1 + size / 2**20)):
                put = await self._uploads.put_async(
                    name, made, chunk_size=PART, max_concurrency=PARTS_AT_ONCE
                )
        return await self._cache.add(name, put["e_tag"] or "", made)

    async def _take_up(self, name: str) -> Path:
        """Moves what lies in DATA_DIR alone into the store. Raises FileNotFoundError."""
        made = self._data_dir / name
        await asyncio.to_thread(made.stat)
        log.info("moving audio into the store", name=name)
        return await self._upload(name, made)

    async def _mp3s_before(self, moment: float) -> list[tuple[str, float]]:
        found: list[tuple[str, float]] = []
        listing: ListStream[Sequence[ObjectMeta]] = self._bucket.list("tracks", return_arrow=False)  # pyright: ignore[reportUnknownMemberType]
        async for some in listing:
            for one in some:
                track_id, _, ending = one["path"].removeprefix("tracks/").partition(".")
                came = one["last_modified"].timestamp()
                if ending == "mp3" and came < moment:
                    found.append((track_id, came))
        return found


def _bucket(settings: Settings, key: S3CredentialProvider, silence: timedelta) -> S3Store:
    """The bucket with its key; without, obstore looks into the environment and at the metadata address.

    silence: for how long nothing may come of an answer, from the request's beginning on.
    """
    bucket, _, prefix = (settings.storage_url or "").removeprefix("s3://").partition("/")
    endpoint = settings.aws_endpoint_url or f"https://s3.{settings.aws_region}.amazonaws.com"
    return S3Store(
        bucket,
        prefix=prefix or None,
        credential_provider=key,
        region=settings.aws_region,
        endpoint=endpoint,
        aws_endpoint_url_s3=endpoint,  # else the environment's would win
        skip_signature=False,
        client_options={
            "allow_http": endpoint.startswith("http://"),
            "connect_timeout": CONNECTING,
            "read_timeout": silence,
            "timeout": LONGEST,
            "proxy_url": endpoint,  # none at all: else the environment's would be asked
            "proxy_excludes": "*",
        },
        retry_config={"max_retries": RETRIES, "retry_timeout": RETRYING},
    )


def _key(settings: Settings) -> S3CredentialProvider:
    if settings.aws_metadata_url is not None:
        return MachineRole(settings.aws_metadata_url)
    key_id, secret = settings.aws_access_key_id, settings.aws_secret_access_key
    assert key_id is not None
    assert secret is not None
    key: S3Credential = {
        "access_key_id": key_id.get_secret_value(),
        "secret_access_key": secret.get_secret_value(),
        "expires_at": None,
    }
    return lambda: key


def _said(error: Exception) -> str:
    """The store's own word for it, or what the line did; no address, and no key that an answer repeats."""
    said = str(error)
    word = re.search(r"<Code>(\w+)</Code>", said) or re.search(r"status code: (\d+)", said)
    return word[1] if word else (said.splitlines() or [type(error).__name__])[0].rpartition(" - ")[2]
