"""Where finished audio is kept: files and an object store do the same; and what only the latter has to."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from full_disk import small_disk
from pydantic import SecretStr
from s3_server import KEY, s3_server, stored
from tcp_proxy import Proxy

from services import logs
from services.settings import Settings
from services.storage import audio_cache, object_store
from services.storage.audio_store import AudioStore, FolderStore, StoreAway, StoreRefuses, mp3_name
from services.storage.object_store import ObjectStore, open_store
from services.storage.outages import is_away

SONG = mp3_name("a" * 20)


def settings_of(folder: Path, **given: Any) -> Settings:
    token, key = SecretStr("token"), SecretStr("key")
    return Settings(_env_file=None, discord_token=token, wavespeed_api_key=key, data_dir=folder, **given)  # pyright: ignore[reportCallIssue]


@pytest.fixture(params=["files", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> AudioStore:
    given = stored() if request.param == "bucket" else {}
    return open_store(settings_of(tmp_path, **given))


@pytest.fixture
def way() -> Iterator[Proxy]:
    """To the S3 server; it can be closed."""
    proxy = Proxy(s3_server().port)
    yield proxy
    proxy.close()


async def keep(store: AudioStore, data: bytes, name: str = SONG) -> None:
    def made() -> Path:
        store.scratch.mkdir(parents=True, exist_ok=True)
        path = store.scratch / "made.download"
        path.write_bytes(data)
        return path

    await store.keep(name, await asyncio.to_thread(made))


async def read(store: AudioStore, name: str = SONG) -> bytes:
    return await asyncio.to_thread((await store.fetch(name)).read_bytes)


async def test_what_was_kept_is_there_until_it_is_deleted(store: AudioStore) -> None:
    await store.check()
    assert not await store.has(SONG)
    with pytest.raises(FileNotFoundError):
        await store.fetch(SONG)
    await keep(store, b"first")
    assert not (store.scratch / "made.download").exists()
    assert await read(store) == b"first"
    await keep(store, b"second")
    assert await read(store) == b"second"
    assert await store.has(SONG)
    await store.delete([SONG, "tracks/never-there.png"])
    assert not await store.has(SONG)
    with pytest.raises(FileNotFoundError):
        await store.fetch(SONG)
    await store.delete([])


async def test_of_old_ones_only_the_very_file_goes_that_its_message_has(store: AudioStore) -> None:
    track_id = "a" * 20
    await keep(store, b"song")
    await keep(store, b"card", f"tracks/{track_id}.png")
    soon = time.time() + 60
    assert await store.mp3s_before(time.time() - 60) == []
    assert await store.mp3s_before(soon) == [track_id]
    assert not await store.prune(track_id, time.time() - 60, 4)
    assert not await store.prune(track_id, soon, 5), "another file"
    assert await read(store) == b"song"
    assert await store.prune(track_id, soon, 4)
    assert not await store.has(SONG)
    assert await store.has(f"tracks/{track_id}.png")
    assert await store.prune(track_id, soon, 4), "it is gone"


async def test_readers_at_once_have_all_of_it(store: AudioStore) -> None:
    await keep(store, b"x" * 3_000_000)
    found = await asyncio.gather(*(read(store) for _ in range(8)))
    assert {len(data) for data in found} == {3_000_000}


# what only an object store has to -----------------------------------------------------------------------


def bucket(folder: Path, **given: Any) -> ObjectStore:
    return ObjectStore(settings_of(folder, **given))


async def test_what_one_machine_kept_another_has_and_hears_of_every_change(tmp_path: Path) -> None:
    given = stored()
    one, other = bucket(tmp_path / "one", **given), bucket(tmp_path / "other", **given)
    await keep(one, b"as it was")
    assert await read(other) == b"as it was"
    await keep(one, b"as it is")  # such as with other credits
    assert await read(other) == b"as it is"
    await one.delete([SONG])
    with pytest.raises(FileNotFoundError):
        await other.fetch(SONG)
    assert [path for path in (tmp_path / "other").rglob("*") if path.is_file()] == []


async def test_a_copy_spares_the_second_download(tmp_path: Path, way: Proxy) -> None:
    store = bucket(tmp_path, **stored(f"http://127.0.0.1:{way.port}"))
    await keep(store, b"song")
    path = await store.fetch(SONG)
    there = path.stat().st_ino
    assert (await store.fetch(SONG)).stat().st_ino == there
    path.unlink()  # whoever clears the folder away harms nothing
    assert await read(store) == b"song"


async def test_copies_take_so_much_room_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = bucket(tmp_path, **stored(), storage_cache_mib=1)
    names = [mp3_name(f"{number:020}") for number in range(5)]

    def copies() -> list[bool]:
        return [(tmp_path / "cache-0" / name).exists() for name in names]

    for name in names[:3]:
        await keep(store, b"x" * 600_000, name)
    assert copies() == [True, True, True, False, False], "what is in use stays"
    monkeypatch.setattr(audio_cache, "IN_USE", 0.0)
    await store.fetch(names[0])
    await keep(store, b"x" * 400_000, names[3])
    assert copies() == [True, False, False, True, False]
    assert len(await read(store, names[1])) == 600_000
    monkeypatch.setattr(audio_cache, "UNUSED", 0.0)
    await store.tidy()
    assert not any(copies())
    assert all([await store.has(name) for name in names[:4]])


async def test_what_an_earlier_process_left_is_not_believed(tmp_path: Path) -> None:
    given = stored()
    await keep(bucket(tmp_path, **given), b"song")
    left = tmp_path / "cache-0" / SONG
    left.write_bytes(b"half a so")
    store = bucket(tmp_path, **given)
    assert await read(store) == b"song"
    left.with_name("older").write_bytes(b"")
    await bucket(tmp_path, **given).tidy()
    assert not left.with_name("older").exists()


async def test_what_an_earlier_process_left_takes_nothing_new_away(tmp_path: Path) -> None:
    given, names = stored(), [mp3_name(f"{number:020}") for number in range(8)]
    for name in names:
        await keep(bucket(tmp_path / "other", **given), b"song", name)
    left = [tmp_path / "cache-0" / mp3_name(f"{number:020}") for number in range(2000)]
    left[0].parent.mkdir(parents=True)
    for path in left:
        path.write_bytes(b"half a so")
    store = bucket(tmp_path, **given)
    await asyncio.gather(*map(store.fetch, names))
    assert [path.read_bytes() for path in left if path.exists()] == [b"song"] * len(names)


async def test_what_lies_in_data_dir_alone_is_found_and_moved_up(tmp_path: Path) -> None:
    files = FolderStore(tmp_path)
    names = [mp3_name(letter * 20) for letter in "abc"]
    for name in names:
        await keep(files, name.encode(), name)
    half = tmp_path / "tracks" / f"{'d' * 20}.mp3.part"
    half.write_bytes(b"half")
    given = stored()
    store, other = bucket(tmp_path, **given), bucket(tmp_path / "other", **given)
    assert await store.has(names[0])
    assert await read(store, names[0]) == names[0].encode()
    assert await read(other, names[0]) == names[0].encode()
    with pytest.raises(FileNotFoundError):
        await other.fetch(names[1])
    await keep(other, b"newer", names[2])  # what the store has counts more
    await store.tidy()
    assert await read(other, names[1]) == names[1].encode()
    assert await read(store, names[2]) == b"newer"
    assert os.listdir(tmp_path / "tracks") == [half.name]


async def test_a_store_that_is_away_is_waited_for_and_nothing_is_lost(tmp_path: Path, way: Proxy) -> None:
    store = bucket(tmp_path, **stored(f"http://127.0.0.1:{way.port}"))
    await keep(store, b"song")
    way.cut()
    for act in (store.fetch(SONG), store.has(SONG), keep(store, b"new"), store.delete([SONG]), store.check()):
        with pytest.raises(StoreAway) as away:
            await act
        assert is_away(away.value)
    assert (store.scratch / "made.download").read_bytes() == b"new", "what was made is still there"
    way.open = True
    assert await read(store) == b"song"


async def test_a_slow_line_is_waited_for(tmp_path: Path, way: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_store, "ANSWERING", timedelta(seconds=0.3))
    monkeypatch.setattr(object_store, "RETRIES", 0)
    given = stored(f"http://127.0.0.1:{way.port}")
    song = os.urandom(2**19)
    way.pace = 0.1  # 0.8 s for all of it
    await keep(bucket(tmp_path / "one", **given), song)
    assert await read(bucket(tmp_path / "other", **given)) == song


async def test_a_line_that_has_broken_off_is_told(
    tmp_path: Path, way: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_store, "ANSWERING", timedelta(seconds=0.2))
    monkeypatch.setattr(object_store, "UPLOADING", 0.1)
    store = bucket(tmp_path, **stored(f"http://127.0.0.1:{way.port}"))
    await keep(store, b"song")
    way.deaf = True
    for act in (store.fetch(SONG), keep(store, b"x" * 2**20)):
        with pytest.raises(StoreAway):
            await act
    assert store.trouble


async def test_a_bucket_that_is_gone_is_away_and_not_a_sound_that_is_not_kept(tmp_path: Path) -> None:
    store = bucket(tmp_path, **stored() | {"storage_url": "s3://nobodys-bucket"})
    for act in (store.fetch(SONG), store.has(SONG), keep(store, b"new"), store.mp3s_before(0)):
        with pytest.raises(StoreAway, match="NoSuchBucket"):
            await act
    with pytest.raises(StoreRefuses, match="nobodys-bucket cannot be written to"):
        await store.check()


@pytest.mark.parametrize("answer", ["403 Forbidden", "301 Moved Permanently", "400 Bad Request"])
async def test_a_store_that_refuses_is_told_of_without_the_key(
    tmp_path: Path, answer: str, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[bytes] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        body = f"<Error><Code>Wrong</Code><Message>Not you</Message><Id>{asked[-1].decode()}</Id></Error>"
        writer.write(
            f"HTTP/1.1 {answer}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        )
        writer.write(body.encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    given = KEY | {"storage_url": "s3://ours", "aws_endpoint_url": url}
    store = bucket(tmp_path, **given)
    with caplog.at_level(logging.DEBUG), pytest.raises(StoreRefuses) as refused:
        await store.check()
    with pytest.raises(StoreAway) as away:
        await keep(store, b"new")
    server.close()
    assert asked
    for error in (refused.value, away.value):
        assert all(key not in f"{error!r}{error.__cause__!r}" for key in KEY.values())
        assert error.__suppress_context__
    assert all(key not in f"{caplog.text}{store!r}{vars(store)}" for key in KEY.values())
    assert "(Wrong)" in str(refused.value) or answer.startswith("301")


async def test_no_environment_changes_whom_it_asks_and_as_whom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """obstore reads it by itself, and would ask at the machine's metadata address."""
    for name, value in {
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9",
        "AWS_SKIP_SIGNATURE": "true",
        "AWS_SESSION_TOKEN": "somebody-elses",
        "AWS_METADATA_ENDPOINT": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
        "all_proxy": "http://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(name, value)
    store = bucket(tmp_path, **stored())
    await keep(store, b"song")
    assert await read(store) == b"song"


async def test_a_large_file_goes_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_store, "PART", 5 * 2**20)
    given = stored()
    await keep(bucket(tmp_path, **given), b"x" * 12_000_000)
    assert len(await read(bucket(tmp_path / "other", **given))) == 12_000_000


def test_its_keys_are_in_no_log(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, **stored())
    assert set(KEY.values()) <= set(settings.secrets)
    line = logs.Redactor(settings.secrets)(f"signed with {KEY['aws_secret_access_key']}")
    assert line == "signed with [secret]"
    assert all(key not in repr(settings) for key in KEY.values())


async def test_what_the_disk_does_not_take_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some disks say only here that there was no room: those of a network, and those that write late."""

    def full(_descriptor: int) -> None:
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    files, made = FolderStore(tmp_path), tmp_path / "made.part"
    made.write_bytes(b"sound")
    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="quota"):
            await files.keep(SONG, made)
        assert not await files.has(SONG)
    await files.keep(SONG, made)
    assert (await files.fetch(SONG)).read_bytes() == b"sound"


async def test_copies_go_before_they_fill_a_small_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audio_cache, "IN_USE", 0.0)
    names = [mp3_name(letter * 20) for letter in "abcdef"]
    with small_disk(tmp_path) as disk:
        store = bucket(disk, **stored())
        for name in names:
            await keep(store, b"x" * 3_000_000, name)
        for name in names:
            assert len(await read(store, name)) == 3_000_000


async def test_half_a_copy_for_which_there_was_no_room_goes(tmp_path: Path) -> None:
    given = stored()
    await keep(bucket(tmp_path / "other", **given), b"x" * 20_000_000)
    with small_disk(tmp_path) as disk:
        with pytest.raises(OSError, match="No space"):
            await bucket(disk, **given).fetch(SONG)
        assert not [one for one in disk.rglob("*") if one.is_file()]
