"""A proxy before Discord that names JSON's charset, which Discord itself does not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import aiohttp
from aiohttp import web
from bot_harness import Harness, made, said

from rehearsal.discord.faults import Fault

HANDED_ON = ("Authorization", "Content-Type")
TOLD = ("Retry-After", "Via", "X-RateLimit-Scope")


@asynccontextmanager
async def naming_charset(url: str) -> AsyncIterator[str]:
    """The address of a server that hands all to that one, and says of its JSON that it is UTF-8."""

    async def hand_on(request: web.Request) -> web.Response:
        sent = {name: request.headers[name] for name in HANDED_ON if name in request.headers}
        answer = session.request(
            request.method, url + request.raw_path, data=await request.read(), headers=sent
        )
        async with answer as got:
            body, told = await got.read(), {name: got.headers[name] for name in TOLD if name in got.headers}
        if got.content_type != "application/json":
            return web.Response(body=body, status=got.status, headers=told, content_type=got.content_type)
        told["Content-Type"] = "application/json; charset=utf-8"
        return web.Response(body=body, status=got.status, headers=told)

    app = web.Application(client_max_size=64 << 20)
    app.router.add_route("*", "/{path:.*}", hand_on)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    async with aiohttp.ClientSession() as session:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_it_starts_and_works_through_it(
    new_harness: Callable[..., AbstractAsyncContextManager[Harness]],
) -> None:
    async with new_harness() as harness, naming_charset(harness.discord.url) as url:
        harness.settings.discord_api_url = f"{url}/api/v10"
        await harness.start()
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
        await harness.stop()
