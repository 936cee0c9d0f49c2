"""From a render's end to knowing it, beside the provider's own SDK with the same renders at the same time."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from statistics import mean
from typing import Any

from bench import look_policy
from bench.measuring.figures import Figure, percentile
from bench.measuring.harness import KEY, ROOT, Harness, make_harness
from rehearsal.wavespeed.predictions import Prediction

SDK_KEY = "sdk-key"
PREDICTABLE, ANYTHING = "wavespeed-ai/ace-step", "wavespeed-ai/ace-step-1.5"
NAMES = {PREDICTABLE: "predictable within 15 %", ANYTHING: "anything from 3 to 40 s"}
LEARNING, MEASURED = 50, 100  # tracks of each model, by each of both
PROVING, TOLD = 15, 45  # tracks with webhooks: those that are asked for too, and all
PAUSE = 0.5  # seconds between two requests of each model, each
MEMBERS = 5
PATIENCE = 120.0  # seconds for the last to end, and to be known
SLOW, SLOW_SEED = 30.0, 1  # seconds of one render among those that take some four, and its seed
USUAL = 10  # seconds of audio of those
NEXT = (10, 30, 60)  # seconds of audio of those after it
DOWN = 20.0  # seconds


async def measure() -> list[Figure]:
    """The policy alone; then the whole bot three times side by side: asking, told, and disturbed."""
    figures = look_policy.played(look_policy.predictable) + look_policy.played(look_policy.anything)
    figures += look_policy.after_a_slow_one()
    for part in await asyncio.gather(_asking(), _told(), _disturbed()):
        figures += part
    return figures


def takes(model: str, seconds: float, seed: int) -> float:
    """Seconds that a render takes: the same for whoever asks for that seed."""
    if seed == SLOW_SEED:
        return SLOW
    chance = random.Random(seed)
    return (look_policy.predictable if model == PREDICTABLE else look_policy.anything)(chance, seconds)


async def _asking() -> list[Figure]:
    async with _bot() as harness, _sdk(harness) as sdk:
        chance, began = random.Random(1), time.monotonic()
        for number in range(LEARNING + MEASURED):
            await asyncio.sleep(began + number * PAUSE - time.monotonic())
            for model in NAMES:
                inputs = _inputs(chance)
                await _compose(harness, number, model, inputs)
                sdk.stdin.write(json.dumps({"model": model, "input": inputs}).encode() + b"\n")
        every = 2 * len(NAMES) * (LEARNING + MEASURED)
        await harness.wave.finished(every, PATIENCE)
        await _known(harness, list(harness.wave.predictions.values()))
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


async def _disturbed() -> list[Figure]:
    """One slow render among quick ones, then a bot that is killed and away for a while: what comes after."""
    chance = random.Random(3)

    async def known(lengths: Sequence[int], **inputs: Any) -> list[Prediction]:
        """The renders of tracks that are asked for at once, when the bot knows that they have ended."""
        before = len(harness.wave.predictions)
        for number, length in enumerate(lengths):
            given = _inputs(chance) | {"duration": length, **inputs}
            await _compose(harness, number, PREDICTABLE, given)
        await harness.wave.until(lambda: len(harness.wave.predictions) == before + len(lengths), PATIENCE)
        found = list(harness.wave.predictions.values())[before:]
        await harness.wave.until(lambda: all(one.done for one in found), PATIENCE)
        await _known(harness, found)
        return found

    async with _bot() as harness:
        for _ in range(3):
            await known([USUAL] * MEMBERS)
        await known([USUAL], seed=SLOW_SEED)
        after_slow = _lags(harness, await known(NEXT))
        await harness.kill()
        await asyncio.sleep(DOWN)
        await harness.start_again()
        after_downtime = _lags(harness, await known(NEXT))
        said = f"after one render of {SLOW:.0f} s among those of 4 s, the next {len(NEXT)}: worst lag"
        return [
            Figure(said, max(after_slow) * 1000, "ms"),
            Figure(f"after {DOWN:.0f} s of downtime, the same", max(after_downtime) * 1000, "ms"),
        ]


def _seen(what: str, harness: Harness, predictions: Sequence[Prediction]) -> list[Figure]:
    """Lag from its end until the first look that came later, or until its webhook was taken; and requests."""
    lags = _lags(harness, predictions)
    ids = {one.id for one in predictions}
    asked = sum(name in ids for name, _ in _looks(harness))
    return [
        Figure(f"{what}, mean lag", mean(lags) * 1000, "ms", percentile(lags, 0.99) * 1000, len(lags)),
        Figure(f"{what}, requests with the POST", 1 + asked / len(lags), "a track"),
    ]


def _lags(harness: Harness, predictions: Sequence[Prediction]) -> list[float]:
    """Of those that are known, in seconds."""
    clock = time.time() - time.monotonic()
    ends = {one.id: one.ends_at - clock for one in predictions}
    known = dict(harness.wave.webhooks.taken_at)
    for name, at in _looks(harness):
        if name in ends and at >= ends[name]:
            known[name] = min(at, known.get(name, at))
    return [known[name] - end for name, end in ends.items() if name in known]


def _looks(harness: Harness) -> list[tuple[str, float]]:
    """Which were asked for, and when."""
    asked = (one for one in harness.wave.requests if one.endpoint == "result")
    return [(one.path.split("/")[-2], one.at) for one in asked]


async def _known(harness: Harness, predictions: Sequence[Prediction]) -> None:
    """Waits until whoever asked for them knows that they have ended; raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while len(_lags(harness, predictions)) < len(predictions):  # noqa: ASYNC110
            await asyncio.sleep(0.5)


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
            settings={"SHUTDOWN_GRACE": "1", **settings},
        ) as harness:
            yield harness


@asynccontextmanager
async def _sdk(harness: Harness) -> AsyncGenerator[Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.programs.sdk_clients",
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
