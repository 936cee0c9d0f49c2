"""Downloads over real sockets: bounded, tried again, and without the key."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from scripted_server import (
    Answer,
    ScriptedServer,
    failing,
    hold,
    refusal,
    reset,
    send,
)

from services.wavespeed.client import (
    NoAddress,
    NotFound,
    ProviderDown,
    RateLimited,
    TooLarge,
    TooSlow,
    WaveSpeed,
    WaveSpeedError,
)

# download -----------------------------------------------------------------------------------------

SONG = bytes(range(256)) * 4000


async def test_a_download_that_is_cut_off_is_tried_again(
    wire: ScriptedServer, client: WaveSpeed, tmp_path: Path
) -> None:
    wire.answers = [
        send(200, SONG[:5000], length=len(SONG)),
        refusal(404),
        send(200, SONG),
    ]
    target = tmp_path / "song.mp3"
    assert await client.download(f"{wire.url}/out/song.mp3", target, max_bytes=2**21) == len(SONG)
    assert target.read_bytes() == SONG
    assert os.listdir(tmp_path) == ["song.mp3"]


async def test_a_download_does_not_carry_the_key(
    wire: ScriptedServer, client: WaveSpeed, tmp_path: Path
) -> None:
    wire.answers = [send(302, b"", headers={"Location": f"http://localhost:{wire.port}/b"}), send(200, SONG)]
    await client.download(f"{wire.url}/a", tmp_path / "song", max_bytes=2**21)
    assert [request.path for request in wire.seen] == ["/a", "/b"]
    assert all("authorization" not in request.headers for request in wire.seen)


SIGNED = "/a%2Fb/(1)%28%7E.mp3?Policy=%7B%22a%22%3A1%7D&Signature=a%2Fb%2Bc%3D%3D&x=a+b'"


@pytest.mark.parametrize("written", ["{url}" + SIGNED, SIGNED])
async def test_a_signed_address_is_asked_for_in_its_own_letters(
    wire: ScriptedServer, client: WaveSpeed, tmp_path: Path, written: str
) -> None:
    wire.answers = [
        send(302, b"", headers={"Location": written.format(url=wire.url)}),
        send(200, SONG),
    ]
    await client.download(wire.url + SIGNED, tmp_path / "song", max_bytes=2**21)
    assert [request.path for request in wire.seen] == [SIGNED, SIGNED]


async def test_an_address_that_is_not_quoted_is_quoted(
    wire: ScriptedServer, client: WaveSpeed, tmp_path: Path
) -> None:
    wire.answers = [send(200, SONG)]
    await client.download(f"{wire.url}/ä b.mp3?q=100%", tmp_path / "song", max_bytes=2**21)
    assert [request.path for request in wire.seen] == ["/%C3%A4%20b.mp3?q=100%25"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (send(200, SONG[:100], length=len(SONG) - 1), ProviderDown),
        (send(200, b""), NotFound),
        (send(204, b""), NotFound),
        (send(206, SONG[:100]), NotFound),
        (send(304, b""), NotFound),
        (hold, ProviderDown),
        (reset, ProviderDown),
        (refusal(500), ProviderDown),
        (refusal(429), RateLimited),
        (refusal(404), NotFound),
        (refusal(403), NotFound),
        (refusal(400), NotFound),  # as some storage says that an address was signed too long ago
        (refusal(408), ProviderDown),
        (send(200, SONG), TooLarge),
        (send(200, SONG[:100], length=len(SONG)), TooLarge),  # as it says, before it is read
        (send(302, b"", headers={"Location": "file:///etc/passwd"}), NoAddress),
    ],
)
async def test_a_download_that_fails_leaves_nothing(
    wire: ScriptedServer, client: WaveSpeed, tmp_path: Path, answer: Answer, kind: type[WaveSpeedError]
) -> None:
    wire.answers = [answer]
    async with failing(kind):
        await client.download(f"{wire.url}/x", tmp_path / "song", max_bytes=len(SONG) - 1)
    assert not os.listdir(tmp_path)


async def test_a_download_without_a_length_is_bounded_too(
    wire: ScriptedServer, client: WaveSpeed, tmp_path: Path
) -> None:
    async def chunked(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(20):
            writer.write(b"1000\r\n" + SONG[:4096] + b"\r\n")
        writer.write(b"0\r\n\r\n")

    wire.answers = [chunked]
    async with failing(TooLarge):
        await client.download(f"{wire.url}/x", tmp_path / "song", max_bytes=50_000)
    assert await client.download(f"{wire.url}/x", tmp_path / "song", max_bytes=100_000) == 20 * 4096


@pytest.mark.parametrize("length", [None, len(SONG)])
async def test_a_download_that_trickles_is_given_up(
    wire: ScriptedServer, client: WaveSpeed, tmp_path: Path, length: int | None
) -> None:
    async def trickle(writer: asyncio.StreamWriter) -> None:
        told = "Connection: close" if length is None else f"Content-Length: {length}"
        writer.write(f"HTTP/1.1 200 OK\r\n{told}\r\n\r\n".encode())
        while not writer.is_closing():
            writer.write(SONG[:1])
            await asyncio.sleep(0.01)

    wire.answers = [trickle]
    async with failing(TooSlow):
        await client.download(f"{wire.url}/x", tmp_path / "song", max_bytes=2**21, patience=0.3)
    assert not os.listdir(tmp_path)


async def test_a_long_download_that_comes_on_is_not(
    wire: ScriptedServer, client: WaveSpeed, tmp_path: Path
) -> None:
    async def steadily(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {5 * 2**20}\r\n\r\n".encode())
        for _ in range(5):
            writer.write(bytes(2**20))
            await writer.drain()
            await asyncio.sleep(0.3)

    wire.answers = [steadily]
    size = await client.download(f"{wire.url}/x", tmp_path / "song", max_bytes=2**23, patience=0.9)
    assert size == 5 * 2**20
