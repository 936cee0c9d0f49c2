"""From a render's end to knowing it, beside the provider's own SDK with the same renders at the same time."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from statistics import mean
from typing import Any

from bench import look_policy
from bench.figures import Figure, percentile
from bench.harness import KEY, ROOT, Harness, make_harness
from rehearsal.wavespeed.predictions import Prediction

SDK_KEY = "sdk-key"
PREDICTABLE, ANYTHING = "wavespeed-ai/ace-step", "wavespeed-ai/ace-step-1.5"
NAMES = {PREDICTABLE: "predictable within 15 %", ANYTHING: "anything from 3 to 40 s"}
LEARNING, MEASURED = 50, 80  # tracks of each model, by each of both
PROVING, TOLD = 15, 45  # tracks with webhooks: those that are asked for too, and all
PAUSE = 0.7  # seconds between two requests of each model, each
MEMBERS = 5
PATIENCE = 180.0  # seconds for the last to end


async def measure() -> list[Figure]:
    """The policy alone, then the whole bot, asking and being told."""
    figures = look_policy.played(look_policy.predictable) + look_policy.played(look_policy.anything)
    return figures + look_policy.after_a_slow_one() + await _asking() + await _told()


def takes(model: str, seconds: float, seed: int) -> float:
    """Seconds that a render takes: the same for whoever asks for that seed."""
    chance = random.Random(seed)
    return (look_policy.predictable if model == PREDICTABLE else look_policy.anything)(chance, seconds)


async def _asking() -> list[Figure]:
    async with _bot() as harness, _sdk(harness) as sdk:
        chance = random.Random(1)
        for number in range(LEARNING + MEASURED):
            for model in NAMES:
                inputs = {
                    "tags": "slow burn",
                    "duration": chance.randint(5, 240),
                    "seed": chance.getrandbits(31),
                }
                await _compose(harness, number, model, inputs)
                sdk.stdin.write(json.dumps({"model": model, "input": inputs}).encode() + b"\n")
            await asyncio.sleep(PAUSE)
        every = 2 * len(NAMES) * (LEARNING + MEASURED)
        await harness.wave.finished(every, PATIENCE)
        await asyncio.sleep(5)  # until all know
        figures: list[Figure] = []
        for model, name in NAMES.items():
            for what, part in (("first", slice(LEARNING)), ("then", slice(LEARNING, None))):
                for key, who in ((KEY, "we"), (SDK_KEY, "SDK")):
                    figures += _seen(f"{name}, {what}: {who}", harness, _of(harness, model, key)[part])
    return figures


async def _told() -> list[Figure]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    async with _bot(WEBHOOK_URL=f"http://{address}", WEBHOOK_ADDRESS=address) as harness:
        chance = random.Random(2)
        for number in range(TOLD):
            await _compose(harness, number, PREDICTABLE, _inputs(chance))
            await asyncio.sleep(PAUSE)
        await harness.wave.finished(TOLD, PATIENCE)
        await harness.wave.until(lambda: len(harness.wave.webhooks.taken_at) == TOLD, PATIENCE)
        every = _of(harness, PREDICTABLE, KEY)
        first = _seen("with webhooks, first: we", harness, every[:PROVING])
        return first + _seen("with webhooks, then: we", harness, every[PROVING:])


def _seen(what: str, harness: Harness, predictions: Sequence[Prediction]) -> list[Figure]:
    """Lag from its end until the first look that came later, or until its webhook was taken; and requests."""
    clock = time.time() - time.monotonic()
    ends = {one.id: one.ends_at - clock for one in predictions}
    known = dict(harness.wave.webhooks.taken_at)
    asked: Counter[str] = Counter()
    for request in harness.wave.requests:
        if request.endpoint != "result" or (name := request.path.split("/")[-2]) not in ends:
            continue
        asked[name] += 1
        if request.at >= ends[name]:
            known[name] = min(request.at, known.get(name, request.at))
    lags = [known[name] - end for name, end in ends.items()]
    return [
        Figure(f"{what}, mean lag of {len(lags)}", mean(lags) * 1000, "ms"),
        Figure(f"{what}, p99", percentile(lags, 0.99) * 1000, "ms"),
        Figure(f"{what}, requests with the POST", 1 + asked.total() / len(lags), "a track"),
    ]


def _of(harness: Harness, model: str, key: str) -> list[Prediction]:
    """An account's, oldest first."""
    return [one for one in harness.wave.predictions.values() if one.model == model and one.key == key]


@asynccontextmanager
async def _bot(**settings: str) -> AsyncGenerator[Harness]:
    with tempfile.TemporaryDirectory(prefix="jamboree-bench-") as folder:
        async with make_harness(
            Path(folder),
            MEMBERS,
            lambda *_: _music(),
            render_seconds=takes,
            keys=(KEY, SDK_KEY),
            **settings,
        ) as harness:
            yield harness


@asynccontextmanager
async def _sdk(harness: Harness) -> AsyncGenerator[Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.sdk_clients",
        harness.wave.url,
        SDK_KEY,
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


def _inputs(chance: random.Random) -> dict[str, Any]:
    return {"tags": "slow burn", "duration": chance.randint(5, 240), "seed": chance.getrandbits(31)}


async def _compose(harness: Harness, number: int, model: str, inputs: dict[str, Any]) -> None:
    member = harness.members[number % MEMBERS]
    await member.slash("compose", **inputs, model=model.rpartition("/")[2])


@cache
def _music() -> bytes:
    """Five seconds, whatever was asked for: what mastering costs is measured elsewhere."""
    from rehearsal import music

    return music.render("funk, brass", "", 5, 1)
