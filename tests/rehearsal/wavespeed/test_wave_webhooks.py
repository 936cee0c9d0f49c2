"""Webhooks are signed as the provider signs them, tried again, and never leave this machine."""

import hashlib
import hmac

import pytest
from aiohttp import web

ACE = "/api/v3/wavespeed-ai/ace-step"


@pytest.fixture
async def receiver():
    """A server that refuses the first delivery and takes the next."""
    seen: list[tuple[dict[str, str], bytes]] = []

    async def take(request: web.Request) -> web.Response:
        seen.append((dict(request.headers), await request.read()))
        return web.Response(status=503 if len(seen) == 1 else 204)

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook", seen
    await runner.cleanup()


async def test_the_end_of_a_task_is_told_signed_and_told_again_when_nobody_took_it(
    wave, wire, receiver, monkeypatch
):
    monkeypatch.setattr("rehearsal.wavespeed.webhooks.PAUSES", (0.0, 0.01))
    url, seen = receiver
    created = await wire.post(f"{ACE}?webhook={url}", tags="funk")
    await wave.until(lambda: len(wave.webhooks.delivered) == 2)
    assert wave.webhooks.delivered == [(created["id"], 503), (created["id"], 204)]
    secret = (await wire.get("/api/v3/webhook/secret"))["secret"]
    assert secret.startswith("whsec_")
    for headers, body in seen:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        wanted = hmac.new(secret.removeprefix("whsec_").encode(), signed, hashlib.sha256).hexdigest()
        assert headers["webhook-signature"] == f"v3,{wanted}"
        assert created["id"].encode() in body
        assert b'"completed"' in body


@pytest.mark.parametrize(
    "url", ["https://example.com/hook", "http://10.0.0.1/", "ftp://127.0.0.1/", "nonsense", "http://"]
)
async def test_no_webhook_leaves_this_machine(wave, wire, url):
    envelope = await wire.refused(400, f"{ACE}?webhook={url}", tags="funk")
    assert "loopback" in envelope["message"]
    assert not wave.predictions
