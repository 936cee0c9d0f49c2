"""Bodies that break off, lie about their length, drip, do not end, or unpack to more than was sent."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import random
import tracemalloc
import zlib
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from scripted_server import INPUTS, KEY, MODEL, Answer, ScriptedServer, failing, prediction, send
from waiting import PATIENCE

from services.wavespeed.client import (
    AnswerLost,
    ProviderDown,
    RefusedInput,
    TooLarge,
    TooSlow,
    WaveSpeed,
    WaveSpeedError,
)
from services.wavespeed.transport import LARGEST_REPLY

MADE = json.dumps({"code": 200, "data": prediction(status="completed")}).encode()
LIMIT = 2**20


def packed(body: bytes, packing: str = "gzip") -> Answer:
    return send(200, body, headers={"Content-Encoding": packing})


def raw(head: bytes, body: bytes = b"") -> Answer:
    return whole(head + b"\r\n\r\n" + body)


def whole(sent: bytes) -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        await writer.drain()
        writer.close()

    return answer


def bomb(window: int, packing: str) -> Answer:
    """450 KiB that are 100 MiB, made when they are asked for and piece by piece, as memory is measured."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        packer, piece = zlib.compressobj(1, wbits=window), bytes(2**16)
        body = b"".join(packer.compress(piece) for _ in range(1600)) + packer.flush()
        await packed(body, packing)(writer)

    return answer


GZIP_BOMB = bomb(zlib.MAX_WBITS + 16, "gzip")


async def endless(writer: asyncio.StreamWriter) -> None:
    """A body without a length that goes on for as long as anybody reads."""
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n{")
    while True:
        writer.write(b" " * 2**18)
        await writer.drain()


async def dripping(writer: asyncio.StreamWriter, head: bytes = b"Content-Length: 100000\r\n\r\n") -> None:
    """A byte now and then: each one in time, all of them never."""
    writer.write(b"HTTP/1.1 200 OK\r\n" + head)
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def dripping_headers(writer: asyncio.StreamWriter) -> None:
    """The same, of an answer that never comes to its body."""
    await dripping(writer, b"X-More: ")


async def only_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-More: " + b"x" * 1000 + b"\r\n")
        await writer.drain()


async def never_final(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"HTTP/1.1 102 Processing\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


BROKEN = {
    "longer than it is": send(200, MADE, length=len(MADE) + 1),
    "shorter than it is": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 30", MADE),
    "less than nothing": raw(b"HTTP/1.1 200 OK\r\nContent-Length: -5", MADE),
    "no number": raw(b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000, MADE),
    "a chunk of no size": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", b"zz\r\n" + MADE),
    "chunks that end early": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", b"ffff\r\n" + MADE),
    "no HTTP": raw(b"220 smtp ready"),
    "no status": raw(b"HTTP/1.1 banana OK", MADE),
    "not packed": packed(MADE),
    "packed in half": packed(gzip.compress(MADE)[:-40]),
    "packed wrongly": packed(gzip.compress(MADE)[:20] + b"garbage" * 9),
    "packed as was not asked for": packed(MADE, "br"),
    "packed twice": packed(gzip.compress(gzip.compress(MADE))),
    "a bomb": GZIP_BOMB,
    "a bomb of zlib": bomb(zlib.MAX_WBITS, "deflate"),
    "endless": endless,
    "dripping": dripping,
    "headers without end": only_headers,
    "never the final answer": never_final,
}


@pytest.fixture
async def hasty(wire: ScriptedServer) -> AsyncIterator[WaveSpeed]:
    """Waits little: some of these answers never end."""
    async with WaveSpeed(wire.url, KEY, timeout=1, attempts=1) as client:
        yield client


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN.keys())
async def test_a_broken_body_is_an_answer_lost_in_bounded_time_and_memory(
    wire: ScriptedServer, hasty: WaveSpeed, answer: Answer
) -> None:
    wire.answers = [answer]
    tracemalloc.start()
    try:
        async with asyncio.timeout(PATIENCE):
            async with failing(AnswerLost):
                await hasty.submit(MODEL, INPUTS)
            async with failing(ProviderDown):
                await hasty.result("p1")
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert wire.posts == 1
    assert peak < 4 * LARGEST_REPLY


@pytest.mark.parametrize(
    "answer",
    [
        packed(gzip.compress(MADE)),
        packed(zlib.compress(MADE), "deflate"),
    ],
)
async def test_what_is_packed_is_unpacked(wire: ScriptedServer, client: WaveSpeed, answer: Answer) -> None:
    wire.answers = [answer]
    assert (await client.submit(MODEL, INPUTS)).succeeded


async def test_what_unpacks_in_many_pieces_is_whole(wire: ScriptedServer, client: WaveSpeed) -> None:
    noise = random.Random(3)
    words = "".join(noise.choices("abcdefgh ", k=2**20))
    wire.answers = [
        packed(gzip.compress(json.dumps({"data": prediction(inputs={"lyrics": words})}).encode()))
    ]
    found = await client.result("p1")
    assert found.inputs == {"lyrics": words}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (GZIP_BOMB, TooLarge),
        (endless, TooLarge),
        (dripping, TooSlow),
        (dripping_headers, TooSlow),
        (packed(b"\xff" * 500), ProviderDown),
        (send(200, b"x" * 500, length=501), ProviderDown),
    ],
)
async def test_a_file_is_bounded_however_it_is_sent(
    wire: ScriptedServer,
    tmp_path: Path,
    answer: Answer,
    kind: type[WaveSpeedError],
) -> None:
    wire.answers = [answer]
    async with WaveSpeed(wire.url, "key", timeout=1, attempts=1) as client:
        tracemalloc.start()
        try:
            async with asyncio.timeout(PATIENCE), failing(kind):
                await client.download(f"{wire.url}/x", tmp_path / "song", max_bytes=LIMIT, patience=3)
            _now, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 8 * LIMIT
    assert not os.listdir(tmp_path)


async def test_a_file_is_asked_for_unpacked_and_taken_packed(
    wire: ScriptedServer, client: WaveSpeed, tmp_path: Path
) -> None:
    song = bytes(range(256)) * 4000
    wire.answers = [packed(gzip.compress(song))]
    assert await client.download(f"{wire.url}/x", tmp_path / "song", max_bytes=LIMIT) == len(song)
    assert (tmp_path / "song").read_bytes() == song
    assert wire.seen[0].headers["accept-encoding"] == "identity"


async def test_after_a_random_answer_nothing_is_sent_again(wire: ScriptedServer) -> None:
    chance = random.Random(9)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(MADE)
    async with WaveSpeed(wire.url, "key", timeout=10, attempts=1) as client:
        for _ in range(60):
            answer = bytearray(head + MADE)
            for _ in range(3):
                place = chance.randrange(90)
                answer[place : place + chance.randint(0, 4)] = chance.randbytes(chance.randint(0, 4))
            wire.answers = [whole(bytes(answer))]
            with suppress(AnswerLost, RefusedInput):
                await client.submit(MODEL, INPUTS)
    assert wire.posts == 60
