"""Audio in an object store: any machine plays and packs what one made, and the host is told what is wrong."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from bot_harness import TIMEOUT, Harness, between, forked_bot, made, said
from jamming import ends, panel_of, recap_of, start
from postgresql import new_postgresql
from s3_server import KEY, stored
from structlog.testing import capture_logs
from tcp_proxy import Proxy
from test_front_door import started

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]


async def test_another_machine_plays_and_packs_what_one_made(new_harness: NewHarness, tmp_path: Path) -> None:
    async with new_harness(database_url=new_postgresql(), **stored()) as harness:
        await harness.start()
        ben = await harness.member("Ben")
        await made(ben, "Far Away")
        panel = await start(ben, "Moving", tags="folk", duration=5)
        await ben.press(panel, "Lock in / Unlock")
        await panel_of(ben, "Moving", "Listen, and vote")
        await harness.stop()
        harness.settings = harness.settings.model_copy(update={"data_dir": tmp_path / "another"})
        with capture_logs() as logs:
            await harness.start()
            answer = await said(await ben.slash("library track", track="Far Away"), "Far Away")
            assert answer.message is not None
            (played,), (shown,) = answer.message["attachments"], answer.message["embeds"]
            await ends(ben, "Moving")
            recap = await recap_of(ben, "Moving")
        assert played["filename"].endswith(".mp3")
        assert shown["image"], "its card"
        (index,) = [at for at, file in enumerate(recap["attachments"]) if file["filename"].endswith(".zip")]
        with zipfile.ZipFile(io.BytesIO(await ben.attachment(recap, index))) as packed:
            assert packed.testzip() is None
            assert len(packed.namelist()) == 1
        assert "audio brought back from its message" not in [entry["event"] for entry in logs]


async def test_a_bucket_that_is_not_there_ends_the_start_with_one_line(new_harness: NewHarness) -> None:
    async with new_harness(**stored() | {"storage_url": "s3://nobodys-bucket/bot"}) as harness:
        line = await started(harness)
        assert line.startswith("STORAGE_URL: s3://nobodys-bucket/bot cannot be written to (NoSuchBucket")
        assert "docs/storage.md" in line


async def test_a_store_that_is_away_is_said_once_and_started_without(new_harness: NewHarness) -> None:
    way = Proxy(0)
    way.cut()
    try:
        async with new_harness(**stored(f"http://127.0.0.1:{way.port}")) as harness:
            with capture_logs() as logs:
                bot = await harness.start()
            assert bot.open
            assert len([entry for entry in logs if "the store does not answer" in entry["event"]]) == 1
            assert all(key not in str(logs) for key in KEY.values())
    finally:
        way.close()


async def test_no_key_is_in_a_log_whatever_the_store_says(new_harness: NewHarness, tmp_path: Path) -> None:
    """The answer repeats what was sent, as Amazon's does of a key that it does not know."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sent = (await reader.readuntil(b"\r\n\r\n")).decode()
        body = f"<Error><Code>InvalidAccessKeyId</Code><Message>{sent}</Message></Error>"
        head = f"HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: {len(body)}"
        writer.write(f"{head}\r\n\r\n{body}".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with new_harness() as harness:
        given = {name.upper(): value for name, value in KEY.items()}
        given |= {"STORAGE_URL": "s3://ours", "AWS_ENDPOINT_URL": url, "LOG_LEVEL": "DEBUG"}
        bot = await forked_bot(tmp_path, **between(harness, tmp_path / "data"), **given)
        out, err = await asyncio.wait_for(bot.communicate(), TIMEOUT)
    server.close()
    assert bot.returncode == 2
    assert b"Jamboree cannot start: STORAGE_URL" in err
    assert all(key not in (out + err).decode() for key in KEY.values())
