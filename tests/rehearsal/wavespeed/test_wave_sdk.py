"""The provider's own SDK composes here, so the contract is theirs, not ours. It blocks, hence threads."""

import asyncio
import io

import av
import numpy as np
import pytest
from recordings import encoded, tune
from wavespeed.api import Client

from rehearsal.wavespeed import Fault

MODEL = "wavespeed-ai/ace-step"
INPUTS = {"tags": "funk, brass", "lyrics": "[verse]\nOh what a night", "duration": 6, "seed": 11}


def client(wave, key="rehearsal-key", **options):
    return Client(key, wave.url, **{"retry_interval": 0.01, **options})


def run(wave, model, inputs, **options):
    return asyncio.to_thread(client(wave).run, model, inputs, **{"poll_interval": 0.02, **options})


def compose(wave, inputs=INPUTS, **options):
    return run(wave, MODEL, inputs, **options)


def seconds_of(data: bytes) -> float:
    with av.open(io.BytesIO(data), "r") as container:
        (stream,) = container.streams.audio
        frames = list(container.decode(stream))
        rate = stream.rate
    samples = np.concatenate([frame.to_ndarray() for frame in frames], axis=1)
    full = 1 if np.issubdtype(samples.dtype, np.floating) else np.iinfo(samples.dtype.name).max
    assert np.abs(samples / full).max() > 0.05
    return sum(frame.samples for frame in frames) / rate  # WAV comes packed: one row for both sides


async def test_the_sdk_composes_and_downloads_an_mp3_that_sounds(start, connect):
    wave = await start(render=None)
    result = await compose(wave)
    data = await connect(wave).bytes(result["outputs"][0])
    assert seconds_of(data) == pytest.approx(6, abs=0.1)
    names = {name for name in wave.requests[0].headers if name.startswith("X-Client")}
    assert names == {"X-Client-Name", "X-Client-Version", "X-Client-OS"}
    again = await compose(wave)
    assert await connect(wave).bytes(again["outputs"][0]) == data


@pytest.mark.parametrize(
    ("model", "inputs"),
    [
        ("wavespeed-ai/ace-step-1.5", INPUTS),
        ("wavespeed-ai/ace-step/prompt-to-audio", {"prompt": "a funk song about rain", "duration": 6}),
    ],
)
async def test_the_sdk_composes_with_the_relatives(start, connect, model, inputs):
    wave = await start(render=None)
    result = await run(wave, model, inputs)
    assert seconds_of(await connect(wave).bytes(result["outputs"][0])) == pytest.approx(6, abs=0.1)


@pytest.mark.parametrize(
    ("model", "inputs", "seconds"),
    [
        ("audio-to-audio", {"original_tags": "pop", "edit_mode": "remix"}, 6),
        ("audio-inpaint", {"start_time": 1, "end_time": 4, "lyrics": "[verse]\nOh what a night"}, 6),
        ("audio-outpaint", {"extend_before_duration": 1, "extend_after_duration": 2}, 9),
    ],
)
async def test_the_sdk_uploads_a_file_and_has_it_reworked(start, connect, model, inputs, seconds):
    wave = await start(render=None)
    mine = io.BytesIO(encoded(tune(6), "mp3"))
    mine.name = "mine.mp3"
    asked = inputs | {"audio": await asyncio.to_thread(client(wave).upload, mine), "tags": "funk", "seed": 1}
    result = await run(wave, f"{MODEL}/{model}", asked)
    assert result["outputs"][0].startswith(wave.url)
    assert seconds_of(await connect(wave).bytes(result["outputs"][0])) == pytest.approx(seconds, abs=0.1)
    with pytest.raises(RuntimeError, match=r"HTTP 400.*could not be fetched"):
        await run(wave, f"{MODEL}/{model}", asked | {"audio": f"{wave.url}/outputs/none.mp3"})


async def test_an_output_that_is_wav_is_the_same_music(start, connect):
    wave = await start(render=None)
    wave.faults.add(Fault("wav"))
    url = (await compose(wave))["outputs"][0]
    assert url.endswith(".wav")
    data = await connect(wave).bytes(url)
    assert data.startswith(b"RIFF")
    assert seconds_of(data) == pytest.approx(6, abs=0.1)


async def test_the_sdk_composes_in_sync_mode(wave):
    assert len((await compose(wave, enable_sync_mode=True))["outputs"]) == 1


async def test_the_sdk_uploads_a_file_and_reads_it_at_the_address(wave, wire):
    address = await asyncio.to_thread(client(wave).upload, io.BytesIO(b"a little music" * 1000))
    assert await wire.bytes(address) == b"a little music" * 1000


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("bad_key", "submit"), "HTTP 401.*Invalid API key"),
        (Fault("no_balance"), "HTTP 402.*Insufficient balance"),
        (Fault("rate_limited", "submit"), "HTTP 429.*Too many requests"),
        (Fault("refused", message="No polka."), "HTTP 400.*No polka"),
        (Fault("lost_after"), "may already have been created"),
        (Fault("render_failed"), "Prediction failed .*could not generate"),
        (Fault("cancelled"), "Prediction cancelled .*was cancelled"),
        (Fault("timeout"), "Prediction timeout .*timed out"),
        (Fault("deleted"), "Prediction deleted .*was deleted"),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
async def test_the_sdk_tells_each_error_and_submits_once(wave, fault, words):
    wave.faults.add(fault)
    with pytest.raises(RuntimeError, match=words):
        await compose(wave)
    assert wave.submits == {11: 1}


async def test_the_sdk_gets_past_a_provider_that_stumbles_while_it_is_asked_for_the_result(wave):
    for kind in ("down", "rate_limited", "lost_before"):
        wave.faults.add(Fault(kind, "result"))
    assert (await compose(wave))["outputs"]
    assert wave.counts["result"] >= 4


async def test_an_account_at_its_limit_is_told_so(start):
    wave = await start(level="bronze")
    for seed in (1, 2):
        await compose(wave, INPUTS | {"seed": seed})
    with pytest.raises(RuntimeError, match=r"HTTP 429.*bronze accounts may start 2 a minute"):
        await compose(wave, INPUTS | {"seed": 3})
