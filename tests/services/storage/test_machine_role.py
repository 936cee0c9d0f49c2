"""The key to the store that the machine tells, in place of one in the settings."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from s3_server import s3_server
from test_audio_store import keep, read, settings_of

from services.storage.audio_store import StoreAway
from services.storage.object_store import open_store

TOKEN, ROLE, SECRET = "for a minute", "jamboree", "a-secret-of-the-role"


class Metadata:
    """A machine's metadata (IMDSv2): its role's key, good for `hours`."""

    def __init__(self) -> None:
        self.url = ""
        self.hours = 6.0
        self.told = 0

    async def token(self, request: web.Request) -> web.Response:
        assert request.headers["X-aws-ec2-metadata-token-ttl-seconds"]
        return web.Response(text=TOKEN)

    async def role(self, request: web.Request) -> web.Response:
        self._check(request)
        return web.Response(text=ROLE)

    async def key(self, request: web.Request) -> web.Response:
        self._check(request)
        self.told += 1
        ends = datetime.now(UTC) + timedelta(hours=self.hours)
        key = {"AccessKeyId": "role-key", "SecretAccessKey": SECRET, "Token": "token-of-the-role"}
        return web.json_response(key | {"Code": "Success", "Expiration": f"{ends:%Y-%m-%dT%H:%M:%SZ}"})

    def _check(self, request: web.Request) -> None:
        if request.headers.get("X-aws-ec2-metadata-token") != TOKEN:
            raise web.HTTPUnauthorized


@pytest.fixture
async def machine() -> AsyncIterator[Metadata]:
    told = Metadata()
    app = web.Application()
    app.router.add_put("/latest/api/token", told.token)
    app.router.add_get("/latest/meta-data/iam/security-credentials/", told.role)
    app.router.add_get(f"/latest/meta-data/iam/security-credentials/{ROLE}", told.key)
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    told.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield told
    await runner.cleanup()


def stored(machine: Metadata) -> dict[str, Any]:
    server = s3_server()
    return {
        "storage_url": f"s3://{server.new_bucket()}/audio",
        "aws_endpoint_url": server.url,
        "aws_metadata_url": machine.url,
    }


async def test_the_store_is_used_with_the_key_of_the_machines_role(
    tmp_path: Path, machine: Metadata, caplog: pytest.LogCaptureFixture
) -> None:
    store = open_store(settings_of(tmp_path, **stored(machine)))
    with caplog.at_level(logging.DEBUG):
        await store.check()
        await keep(store, b"song")
    assert await read(store) == b"song"
    assert machine.told == 1, "it is good for hours"
    assert SECRET not in f"{caplog.text}{store!r}{vars(store)}"


async def test_the_next_key_is_asked_for_before_one_ends(tmp_path: Path, machine: Metadata) -> None:
    machine.hours = 0.05
    store = open_store(settings_of(tmp_path, **stored(machine)))
    await keep(store, b"song")
    await read(store)
    assert machine.told > 1


async def test_a_machine_that_tells_no_key_is_a_store_that_is_away(tmp_path: Path, machine: Metadata) -> None:
    given = stored(machine)
    store = open_store(settings_of(tmp_path, **given | {"aws_metadata_url": "http://127.0.0.1:9"}))
    with pytest.raises(StoreAway):
        await keep(store, b"song")
