"""The WaveSpeed client against the stand-in: what became of a submission is found out, not sent again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from waiting import PATIENCE

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.audio import sound
from services.wavespeed.client import (
    AnswerLost,
    BadKey,
    NoBalance,
    NotFound,
    Prediction,
    ProviderDown,
    RateLimited,
    RefusedInput,
    Unavailable,
    WaveSpeed,
    WaveSpeedError,
)

KEY = "rehearsal-key"
MODEL = "wavespeed-ai/ace-step"
INPUTS: dict[str, Any] = {"tags": "funk, brass", "lyrics": "[verse]\nhello", "duration": 5, "seed": 7}


@pytest.fixture(scope="module")
def tune(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("tune") / "tune.mp3"
    time = np.arange(5 * 44_100, dtype=np.float32) / 44_100
    sound.encode([np.sin(2 * np.pi * 220 * time)[None].astype(np.float32)], 44_100, path, 128)
    return path.read_bytes()


@pytest.fixture
async def wave(tune: bytes) -> AsyncIterator[WaveSpeedStandIn]:
    async with WaveSpeedStandIn(keys=(KEY,), render_seconds=0.02, render=lambda *_: tune) as wave:
        yield wave


@pytest.fixture
async def client(wave: WaveSpeedStandIn) -> AsyncIterator[WaveSpeed]:
    async with WaveSpeed(wave.url, KEY, timeout=30, attempts=3, backoff=0.01) as client:
        yield client


def since() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=5)


async def ended(client: WaveSpeed, made: Prediction) -> Prediction:
    async with asyncio.timeout(PATIENCE):
        while True:
            prediction = await client.result(made.id)
            if prediction.done:
                return prediction
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("spelling", ["", "output_object"])
async def test_from_a_submission_to_its_file(
    wave: WaveSpeedStandIn, client: WaveSpeed, tmp_path: Path, tune: bytes, spelling: str
) -> None:
    if spelling:
        wave.faults.add(Fault(spelling))
    wave.faults.add(Fault("cut_download"))
    wave.faults.add(Fault("down", "result", times=2))
    before = await client.balance()
    quoted = await client.price(MODEL, INPUTS)
    result = await ended(client, await client.submit(MODEL, INPUTS))
    assert result.succeeded
    assert not any(result.nsfw)
    size = await client.download(result.outputs[0], tmp_path / "song", max_bytes=10**6)
    assert (size, (tmp_path / "song").read_bytes()) == (len(tune), tune)
    assert before - await client.balance() == quoted == 1000
    assert wave.count("download") == 2


@pytest.mark.parametrize(
    ("fault", "made"),
    [
        (Fault("lost_after"), True),
        (Fault("hang", when="after"), True),
        (Fault("down", "submit", status=502, when="after"), True),
        (Fault("garbage", "submit"), True),
        (Fault("lost_before"), False),
        (Fault("hang"), False),
        (Fault("down", "submit", status=504), False),
        (Fault("error_in_200"), False),
    ],
    ids=lambda value: f"{value.kind}-{value.when}" if isinstance(value, Fault) else str(value),
)
async def test_a_lost_answer_is_found_in_the_history_if_the_task_was_made(
    wave: WaveSpeedStandIn, client: WaveSpeed, fault: Fault, made: bool
) -> None:
    for seed in (1, 2):
        await client.submit(MODEL, {**INPUTS, "seed": seed})
    wave.faults.add(fault)
    began = since()
    async with WaveSpeed(wave.url, KEY, timeout=1 if fault.kind == "hang" else 30) as other:
        with pytest.raises(AnswerLost):
            await other.submit(MODEL, INPUTS)
    found = await client.find(MODEL, INPUTS, began)
    assert wave.submits[7] == 1
    assert [entry.id for entry in wave.predictions.values() if entry.inputs["seed"] == 7] == (
        [found.id] if found else []
    )
    assert (found is not None) == made
    if found:
        assert (await ended(client, found)).succeeded
        assert await client.find(MODEL, INPUTS, began, taken={found.id}) is None


async def test_it_is_found_among_hundreds(wave: WaveSpeedStandIn, client: WaveSpeed) -> None:
    began = since()
    wave.faults.add(Fault("lost_after", seed=7))
    with pytest.raises(AnswerLost):
        await client.submit(MODEL, INPUTS)
    for start in range(100, 350, 50):
        others = [{**INPUTS, "seed": seed} for seed in range(start, start + 50)]
        await asyncio.gather(*(client.submit(MODEL, inputs) for inputs in others))
    found = await client.find(MODEL, INPUTS, began)
    assert found is not None
    assert wave.count("history") == 3  # newest first, 100 on a page


@pytest.mark.parametrize("kind", ["without_inputs", "history_missing"])
async def test_a_history_that_cannot_tell(wave: WaveSpeedStandIn, client: WaveSpeed, kind: str) -> None:
    await client.submit(MODEL, INPUTS)
    wave.faults.add(Fault(kind, times=None))
    with pytest.raises(Unavailable):
        await client.find(MODEL, INPUTS, since())


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("bad_key", BadKey),
        ("no_balance", NoBalance),
        ("rate_limited", RateLimited),
        ("refused", RefusedInput),
    ],
)
async def test_a_refusal_makes_nothing(
    wave: WaveSpeedStandIn, client: WaveSpeed, kind: str, error: type[WaveSpeedError]
) -> None:
    wave.faults.add(Fault(kind, "submit", retry_after=7))
    with pytest.raises(error) as caught:
        await client.submit(MODEL, INPUTS)
    assert caught.value.retry_after == (7 if error is RateLimited else None)
    assert not wave.predictions
    assert wave.count("submit") == 1


async def test_refusals_that_the_provider_really_makes(wave: WaveSpeedStandIn, client: WaveSpeed) -> None:
    with pytest.raises(RefusedInput):
        await client.submit(MODEL, {**INPUTS, "duration": 500})
    with pytest.raises(NotFound):
        await client.result("no-such-prediction")
    async with WaveSpeed(wave.url, "another-key") as stranger:
        with pytest.raises(BadKey):
            await stranger.submit(MODEL, INPUTS)


@pytest.mark.parametrize("kind", ["render_failed", "cancelled", "timeout"])
async def test_a_render_that_ends_badly_is_an_end(
    wave: WaveSpeedStandIn, client: WaveSpeed, kind: str
) -> None:
    wave.faults.add(Fault(kind))
    result = await ended(client, await client.submit(MODEL, INPUTS))
    assert not result.succeeded
    assert result.outputs == ()
    assert result.error


async def test_a_provider_that_is_gone_was_sent_nothing(wave: WaveSpeedStandIn, client: WaveSpeed) -> None:
    await client.balance()
    await wave.__aexit__(None, None, None)
    with pytest.raises(ProviderDown):
        await client.submit(MODEL, INPUTS)
