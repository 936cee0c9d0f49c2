"""The stand-in as a process of its own, steered over HTTP."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

KEY = {"Authorization": "Bearer another-key"}
TIMEOUT = 60.0  # seconds
ACE = "/api/v3/wavespeed-ai/ace-step"


@asynccontextmanager
async def process(*options: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "rehearsal.wavespeed", "--port", "0", *options,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert running.stdout
    assert running.stderr
    try:
        async with asyncio.timeout(TIMEOUT):
            line = (await running.stdout.readline()).decode()
        assert line.startswith("WaveSpeed rehearsal on http://127.0.0.1:"), (
            await running.stderr.read()
        ).decode()
        yield running, line.split()[-1]
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()


async def test_it_runs_alone_is_steered_over_http_and_ends_on_a_signal():
    async with process("--key", "another-key", "--render-seconds", "0.05") as (running, url):
        async with aiohttp.ClientSession(url, headers=KEY) as session:
            async with session.post(
                "/rehearsal/faults", json=[{"kind": "hold", "seed": 4}, {"kind": "nsfw"}]
            ) as answer:
                hold, _ = await answer.json()
                assert answer.status == 201
            asked = asyncio.create_task(session.post(ACE, json={"tags": "funk", "seed": 4}))
            async with session.get("/rehearsal/wait?endpoint=submit&timeout=60") as answer:
                assert (await answer.json())["json"] == {"tags": "funk", "seed": 4}
            async with session.post(f"/rehearsal/faults/{hold['id']}/release") as answer:
                assert answer.status == 204
            created = (await (await asked).json())["data"]
            async with session.get("/rehearsal/state") as answer:
                state = await answer.json()
            assert state["submits"] == {"4": 1}
            assert [prediction["id"] for prediction in state["predictions"]] == [created["id"]]
            assert state["predictions"][0]["nsfw"]
            assert state["bill"][0]["micro"] == 12_000
            assert [fault["hits"] for fault in state["faults"]] == [1, 1]
            async with session.post("/rehearsal/faults", json={"kind": "earthquake"}) as answer:
                assert answer.status == 400
                assert "earthquake" in (await answer.json())["error"]
            async with session.delete("/rehearsal/faults") as answer:
                assert answer.status == 204
            async with session.get("/rehearsal/faults") as answer:
                assert await answer.json() == []
        running.send_signal(signal.SIGTERM)
        async with asyncio.timeout(TIMEOUT):
            assert await running.wait() == 0
        assert running.stderr
        assert await running.stderr.read() == b""


async def test_faults_come_at_a_rate_and_state_outlives_a_restart(tmp_path):
    options = ("--key", "another-key", "--state", str(tmp_path / "wave.json"), "--render-seconds", "600")
    async with process(*options, "--fault", "down:balance=1") as (running, url):
        async with aiohttp.ClientSession(url, headers=KEY) as session:
            async with session.get("/api/v3/balance") as answer:
                assert answer.status == 503
            async with session.post(ACE, json={"tags": "funk", "seed": 4}) as answer:
                created = (await answer.json())["data"]
        running.send_signal(signal.SIGINT)
        async with asyncio.timeout(TIMEOUT):
            assert await running.wait() == 0
    async with process(*options) as (_, url), aiohttp.ClientSession(url, headers=KEY) as session:
        async with session.get(f"/api/v3/predictions/{created['id']}/result") as answer:
            assert (await answer.json())["data"]["status"] in ("created", "processing")
        async with session.get("/api/v3/balance") as answer:
            assert (await answer.json())["data"]["balance"] == 99.988
