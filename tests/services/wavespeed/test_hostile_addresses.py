"""Addresses that a hostile provider names: nothing is fetched from, or put into, a private network."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from scripted_server import KEY, ScriptedServer, data, failing, send
from yarl import URL

from services.wavespeed import transport as wires_module
from services.wavespeed.client import NoAddress, Unavailable, WaveSpeed
from services.wavespeed.public_addresses import NotPublic, PublicResolver, check_address

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "0.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1",
    "::1", "::", "fc00::1", "fd12::1", "fe80::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:c0a8:101::",
    "2001:db8::1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]


def at(address: str, scheme: str = "https") -> str:
    return f"{scheme}://{f'[{address}]' if ':' in address else address}/song.mp3"


class Names(AbstractResolver):
    """Answers with the next of the lists; the last one stays."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        kind = socket.AF_INET
        return [
            ResolveResult(hostname=host, host=one, port=port, family=kind, proto=0, flags=0) for one in found
        ]

    async def close(self) -> None:
        pass


@pytest.fixture
async def outside(wire: ScriptedServer) -> AsyncIterator[WaveSpeed]:
    """A client of the real provider, as far as it knows."""
    async with WaveSpeed("https://api.wavespeed.ai", KEY, timeout=2, attempts=2, backoff=0.01) as client:
        yield client


@pytest.mark.parametrize("address", PRIVATE)
async def test_a_private_address_is_refused_written_or_resolved(address: str) -> None:
    with pytest.raises(NotPublic):
        check_address(URL(at(address)), loopback=False)
    with pytest.raises(NotPublic):
        await PublicResolver(loopback=False, resolver=Names([address])).resolve("cdn.example")


@pytest.mark.parametrize("address", PUBLIC)
async def test_a_public_address_is_taken_over_https_alone(address: str) -> None:
    check_address(URL(at(address)), loopback=False)
    for scheme in ("http", "ftp", "file", "ws"):
        with pytest.raises(NotPublic):
            check_address(URL(at(address, scheme)), loopback=False)
    found = await PublicResolver(loopback=False, resolver=Names([address, "10.0.0.1"])).resolve("cdn.example")
    assert [one["host"] for one in found] == [address]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "localhost", "10.0.0.1", "192.168.1.1"])
def test_in_a_rehearsal_this_machine_is_good_and_no_other_private_one(address: str) -> None:
    url = URL(at(address, "http"))
    if address in ("127.0.0.1", "::1", "localhost"):
        check_address(url, loopback=True)
    else:
        with pytest.raises(NotPublic):
            check_address(url, loopback=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/x",
        "https://127.0.0.1:{port}/x",
        "http://localhost:{port}/x",
        "https://localhost:{port}/x",
        "https://127.1:{port}/x",
        "https://2130706433:{port}/x",
        "https://[::ffff:127.0.0.1]:{port}/x",
        "file:///etc/passwd",
        "//x",
        "",
        "https://[",
        "https://h:99999/x",
    ],
)
async def test_nothing_of_this_machine_is_fetched(
    wire: ScriptedServer, outside: WaveSpeed, tmp_path: Path, url: str
) -> None:
    wire.answers = [send(200, b"secret")]
    async with failing(NoAddress):
        await outside.download(url.format(port=wire.port), tmp_path / "song", max_bytes=100)
    assert wire.connections == 0
    assert not (tmp_path / "song").exists()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "to", [at(one) for one in PRIVATE[3:7]] + ["http://1.1.1.1/x", "file:///x", "https://["]
)
async def test_a_redirect_into_a_private_network_is_not_followed(
    wire: ScriptedServer, client: WaveSpeed, tmp_path: Path, status: int, to: str
) -> None:
    wire.answers = [send(status, b"", headers={"Location": to})]
    async with failing(NoAddress):
        await client.download(f"{wire.url}/x", tmp_path / "song", max_bytes=100)


async def test_a_redirect_to_a_good_address_is_followed_and_not_for_ever(
    wire: ScriptedServer, client: WaveSpeed, tmp_path: Path
) -> None:
    wire.answers = [send(302, b"", headers={"Location": "/there"}), send(200, b"song")]
    assert await client.download(f"{wire.url}/x", tmp_path / "song", max_bytes=100) == 4
    assert [seen.path for seen in wire.seen] == ["/x", "/there"]
    wire.answers = [send(302, b"", headers={"Location": "/again"})]
    async with failing(NoAddress):
        await client.download(f"{wire.url}/x", tmp_path / "song", max_bytes=100)


async def test_a_name_that_changes_is_connected_to_as_it_was_looked_at(
    wire: ScriptedServer, client: WaveSpeed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    monkeypatch.setattr(wires_module, "PublicResolver", lambda **more: PublicResolver(**more, resolver=names))
    wire.answers = [send(200, b"song")]
    url = f"http://localhost:{wire.port}/x"
    assert await client.download(url, tmp_path / "song", max_bytes=100) == 4
    assert names.asked == 1
    assert wire.connections == 1


# uploads ------------------------------------------------------------------------------------------------


def ticket(wire: ScriptedServer, **upload: Any) -> Any:
    told = {"method": "PUT", "url": f"{wire.url}/put", "headers": {}} | upload
    return data({"upload": told, "download_url": "https://cdn.example/x"})


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "sound.mp3"
    path.write_bytes(b"sound")
    return path


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE", "PATCH", "CONNECT", "put /x HTTP/1.1\r\nA:", 7])
async def test_an_upload_is_a_put_or_nothing(
    wire: ScriptedServer, client: WaveSpeed, source: Path, method: object
) -> None:
    wire.answers = [ticket(wire, method=method), send(200)]
    async with failing(Unavailable):
        await client.upload(source, "sound.mp3", "audio/mpeg")
    assert [seen.path for seen in wire.seen] == ["/api/v3/media/uploads"]


async def test_only_what_storage_asks_for_is_sent_along(
    wire: ScriptedServer, client: WaveSpeed, source: Path
) -> None:
    asked = {
        "Content-Type": "audio/mpeg",
        "x-amz-acl": "private",
        "Host": "metadata.internal",
        "Authorization": "Bearer other",
        "Cookie": "a=b",
        "Transfer-Encoding": "chunked",
        "Content-Length": "1",
        "X-Forwarded-For": "127.0.0.1",
        "x-amz-meta": "a\r\nEvil: 1",
        "x-amz-\r\nEvil": "1",
        "x-amz-number": 7,
        "x-amz-list": [],
    }
    wire.answers = [ticket(wire, headers=asked), send(200)]
    assert await client.upload(source, "sound.mp3", "audio/mpeg") == "https://cdn.example/x"
    put = wire.seen[1]
    assert (put.method, put.body) == ("PUT", b"sound")
    assert put.headers["content-type"] == "audio/mpeg"
    assert put.headers["x-amz-acl"] == "private"
    assert put.headers["content-length"] == "5"
    assert put.headers["host"] == f"127.0.0.1:{wire.port}"
    unasked = {"authorization", "cookie", "transfer-encoding", "x-forwarded-for", "evil", "x-amz-meta"}
    assert not unasked & put.headers.keys()


async def test_nothing_is_put_into_a_private_network(
    wire: ScriptedServer, client: WaveSpeed, source: Path
) -> None:
    wire.answers = [ticket(wire, url=at("10.0.0.1")), send(200)]
    async with failing(Unavailable):
        await client.upload(source, "sound.mp3", "audio/mpeg")


async def test_an_upload_is_not_redirected(wire: ScriptedServer, client: WaveSpeed, source: Path) -> None:
    wire.answers = [ticket(wire), send(307, b"", headers={"Location": f"{wire.url}/else"})] * 5
    with pytest.raises(Exception, match="307"):
        await client.upload(source, "sound.mp3", "audio/mpeg")
    assert "/else" not in [seen.path for seen in wire.seen]
