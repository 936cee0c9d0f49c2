"""A proxy before Discord that gives its answers in another form that HTTP or Discord's description allows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web
from bot_harness import Harness, gone, made, press_more, said, track_of

from cogs.core import history
from cogs.core.webhooks import decoded
from rehearsal.discord.faults import Fault

HANDED_ON = ("Authorization", "Content-Type")
TOLD = ("Retry-After", "Via", "X-RateLimit-Scope")
PAGE = "<h1>Passerelle d\u00e9faillante</h1>".encode("latin-1")

Change = Callable[[web.Request, aiohttp.ClientResponse, bytes], web.Response | None]
"""What is answered in place of that; None: that."""

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]


@asynccontextmanager
async def proxy(url: str, change: Change) -> AsyncIterator[str]:
    """The address of a server that hands all to that one, and its answers back, changed."""

    async def hand_on(request: web.Request) -> web.Response:
        sent = {name: request.headers[name] for name in HANDED_ON if name in request.headers}
        answer = session.request(
            request.method, url + request.raw_path, data=await request.read(), headers=sent
        )
        async with answer as got:
            body, told = await got.read(), {name: got.headers[name] for name in TOLD if name in got.headers}
        if changed := change(request, got, body):
            changed.headers.update(told)
            return changed
        return web.Response(body=body, status=got.status, headers=told, content_type=got.content_type)

    app = web.Application(client_max_size=64 << 20)
    app.router.add_route("*", "/{path:.*}", hand_on)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    async with aiohttp.ClientSession() as session:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        await runner.cleanup()


@asynccontextmanager
async def behind(new_harness: NewHarness, change: Change) -> AsyncIterator[Harness]:
    """A bot that reaches Discord by such a proxy."""
    async with new_harness() as harness, proxy(harness.discord.url, change) as url:
        harness.settings.discord_api_url = f"{url}/api/v10"
        await harness.start()
        yield harness


async def test_it_starts_and_works_where_the_charset_is_named(new_harness: NewHarness) -> None:
    def change(_: web.Request, got: aiohttp.ClientResponse, body: bytes) -> web.Response | None:
        if got.content_type != "application/json":
            return None
        named = {"Content-Type": "application/json; charset=utf-8"}
        return web.Response(body=body, status=got.status, headers=named)

    async with behind(new_harness, change) as harness:
        ben = await harness.member("Ben")
        await made(ben, "By proxy")
        # A refusal's code, which says that it is no fault of the moment.
        harness.discord.faults.add(Fault("refuse", "POST", "/channels/*/messages", code=50013))
        answer = await ben.slash("compose", tags="funk", duration=5, title="Refused")
        await said(answer, "I am not allowed to post it")
        # A pause, which is kept.
        pause = harness.discord.faults.add(Fault("rate_limited", "PATCH", "/webhooks/*", retry_after=0.3))
        await made(ben, "After a pause")
        assert pause.hits == 1


async def test_lists_of_nothing_that_are_told_as_null(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Discord's OpenAPI description says of most lists that they may be null."""
    monkeypatch.setattr(history, "FRESH", timedelta(0))  # so that the channel is looked into

    def change(_: web.Request, got: aiohttp.ClientResponse, body: bytes) -> web.Response | None:
        if body.strip() != b"[]":
            return None
        return web.Response(body=b"null", status=got.status, content_type="application/json")

    async with behind(new_harness, change) as harness:
        harness.discord.world.add_channel("The Porch", "empty")
        ben = await harness.member("Ben", channel="empty")
        harness.discord.faults.add(Fault("down", "POST", "/channels/*/messages", status=502, times=6))
        await said(await ben.slash("compose", tags="funk", duration=5, title="The First"), "is finished")
        await track_of(ben, "The First")


async def test_an_answer_without_data_that_is_called_json(new_harness: NewHarness) -> None:
    def change(_: web.Request, got: aiohttp.ClientResponse, _body: bytes) -> web.Response | None:
        return web.Response(status=204, content_type="application/json") if got.status == 204 else None

    async with behind(new_harness, change) as harness:
        ben = await harness.member("Ben")
        message = await made(ben, "Not Meant")
        question = await said(await press_more(ben, message, "Delete"), "for everybody?")
        await said(await ben.press(question, "Delete it"), "was deleted")
        await gone(ben, message)


async def test_an_error_in_another_charset_is_read(new_harness: NewHarness) -> None:
    def change(_: web.Request, _got: aiohttp.ClientResponse, _body: bytes) -> web.Response | None:
        return web.Response(body=PAGE, status=502, content_type="text/html")

    async with (
        new_harness() as harness,
        proxy(harness.discord.url, change) as url,
        aiohttp.ClientSession() as session,
        session.get(url) as response,
    ):
        assert "<h1>Passerelle" in await decoded(response)
