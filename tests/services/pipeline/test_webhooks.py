"""Webhooks over real HTTP: what is believed, what is refused, and what happens where none comes."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import hmac
import json
import socket
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from keyed_studio import OWN
from keyed_studio import SECRET as SEAL
from studio_harness import FakeDelivery, StudioHarness, make_studio

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.listener import CannotListen
from services.pipeline.render_time import ENOUGH
from services.pipeline.webhooks import LARGEST_BODY
from services.tracks.track import Failure, State, Track

SECRET = "whsec_" + hashlib.sha256(b"webhook rehearsal-key").hexdigest()  # as the stand-in has it


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@asynccontextmanager
async def listening(
    folder: Path, wave: WaveSpeedStandIn, port: int | None = None, **changes: Any
) -> AsyncIterator[StudioHarness]:
    """A studio that looks only where it must: after half a minute, unless it is told."""
    port = port or free_port()
    here = f"127.0.0.1:{port}"
    values: dict[str, Any] = {
        "webhook_url": f"http://{here}/hooks",
        "webhook_address": here,
        "poll_interval": 30,
    }
    values |= changes
    async with make_studio(folder, wave, FakeDelivery(), **values) as harness:
        yield harness


@pytest.fixture
async def http() -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def signed(body: bytes, *, at: float | None = None, secret: str = SECRET, name: str = "m1") -> dict[str, str]:
    timestamp = str(int(time.time() if at is None else at))
    message = f"{name}.{timestamp}.".encode() + body
    signature = hmac.new(secret.removeprefix("whsec_").encode(), message, hashlib.sha256).hexdigest()
    return {"webhook-id": name, "webhook-timestamp": timestamp, "webhook-signature": f"v3,{signature}"}


async def rendering(harness: StudioHarness, **request: Any) -> Track:
    """A track whose render is held, so that nothing comes of it by itself."""
    harness.wave.faults.add(Fault("render_held", times=1))
    return await harness.until((await harness.compose(**request)).id, State.RENDERING)


def end_of(harness: StudioHarness, track: Track, **changes: Any) -> bytes:
    """What the provider would POST of the track; its sound is there as soon as it is asked for."""
    prediction = harness.wave.predictions[track.prediction_id or ""]
    told = prediction.show(harness.wave.url) | {"status": "completed"}
    told["outputs"] = [f"{harness.wave.url}/outputs/{prediction.file}"]
    return json.dumps(told | changes).encode()


async def post(
    http: aiohttp.ClientSession, harness: StudioHarness, track_id: str, body: bytes, headers: dict[str, str]
) -> int:
    url = f"{harness.settings.webhook_url}/0/{track_id}"
    async with http.post(url, data=body, headers=headers) as answer:
        assert not await answer.read()
        return answer.status


def looks(wave: WaveSpeedStandIn) -> int:
    return wave.count("result")


async def test_a_track_is_made_without_being_asked_for(tmp_path: Path, wave: WaveSpeedStandIn) -> None:
    async with listening(tmp_path, wave) as harness:
        tracks = [await harness.compose(), await harness.compose()]
        for track in tracks:
            assert (await harness.settled(track.id)).state is State.DELIVERED
        assert wave.counts.get("result", 0) == 0
        assert wave.count("webhook_secret") == 1
        assert wave.count("submit") == 2
        assert harness.studio.steps.render_times.measured


async def test_one_that_failed_is_told_and_given_back(tmp_path: Path, wave: WaveSpeedStandIn) -> None:
    wave.faults.add(Fault("moderated"))
    async with listening(tmp_path, wave) as harness:
        track = await harness.settled((await harness.compose()).id)
        assert (track.state, track.failure) == (State.FAILED, Failure.MODERATED)
        assert await harness.kinds(track.id) == ["reserve", "release"]
        assert looks(wave) == 0


@pytest.mark.parametrize("wrong", ["signature", "nothing", "old", "future", "no time", "other key", "other"])
async def test_what_the_account_did_not_sign_just_now_of_this_track_is_refused(
    tmp_path: Path, wave: WaveSpeedStandIn, http: aiohttp.ClientSession, wrong: str
) -> None:
    async with listening(tmp_path, wave) as harness:
        track = await rendering(harness)
        body = end_of(harness, track)
        headers = signed(body)
        if wrong == "signature":
            body = body.replace(b"completed", b"failed   ")
        elif wrong == "nothing":
            headers = {}
        elif wrong in ("old", "future"):
            headers = signed(body, at=time.time() + (-301 if wrong == "old" else 301))
        elif wrong == "no time":
            headers["webhook-timestamp"] = "now"
        elif wrong == "other key":
            headers = signed(body, secret="whsec_another")
        else:
            body = end_of(harness, track, id="another")
            headers = signed(body)
        assert await post(http, harness, track.id, body, headers) == 404
        assert (await harness.track(track.id)).state is State.RENDERING
        right = end_of(harness, track)
        assert await post(http, harness, track.id, right, signed(right)) == 204
        assert (await harness.until(track.id, State.MASTERING, State.DELIVERED)).output_url


@pytest.mark.parametrize(
    "body", [b"", b"not JSON", b"[]", b"{}", b'{"id": "x", "status": "processing"}', b"\xff\xfe", b"[" * 9999]
)
async def test_what_is_no_end_of_a_prediction_is_refused(
    tmp_path: Path, wave: WaveSpeedStandIn, http: aiohttp.ClientSession, body: bytes
) -> None:
    async with listening(tmp_path, wave) as harness:
        track = await rendering(harness)
        assert await post(http, harness, track.id, body, signed(body)) == 404
        assert (await harness.track(track.id)).state is State.RENDERING


async def test_a_body_is_bounded(tmp_path: Path, wave: WaveSpeedStandIn, http: aiohttp.ClientSession) -> None:
    async with listening(tmp_path, wave) as harness:
        track = await rendering(harness)
        body = end_of(harness, track, error="x" * LARGEST_BODY)
        assert await post(http, harness, track.id, body, signed(body)) == 404
        assert (await harness.track(track.id)).state is State.RENDERING


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
async def test_a_body_is_not_unpacked(
    tmp_path: Path, wave: WaveSpeedStandIn, http: aiohttp.ClientSession, encoding: str
) -> None:
    async with listening(tmp_path, wave) as harness:
        track = await rendering(harness)
        right = end_of(harness, track)
        headers = {**signed(right), "Content-Encoding": encoding}
        for body in (right, gzip.compress(right)):  # what was signed, which is no gzip at all, and packed
            status = await post(http, harness, track.id, body, headers)
            assert status == (204 if body == right else 404)


async def test_the_same_one_counts_once(
    tmp_path: Path, wave: WaveSpeedStandIn, http: aiohttp.ClientSession
) -> None:
    async with listening(tmp_path, wave) as harness:
        track, other = await rendering(harness), await rendering(harness)
        body = end_of(harness, track)
        headers = signed(body)
        assert await post(http, harness, other.id, body, headers) == 404, "it is another's"
        assert await post(http, harness, track.id, body, headers) == 204
        assert await post(http, harness, track.id, body, headers) == 404
        for fault in wave.faults:
            fault.release()
        assert (await harness.settled(track.id)).state is State.DELIVERED
        late = signed(body, name="m2")
        assert await post(http, harness, track.id, body, late) == 204, "the provider tells it again"
        await harness.settled(other.id)
        assert await harness.kinds(track.id) == ["reserve", "spend"]
        assert sorted(one for one, _ in harness.delivery.published) == sorted([track.id, other.id])


async def test_what_nobody_waits_for_is_not_there(
    tmp_path: Path, wave: WaveSpeedStandIn, http: aiohttp.ClientSession
) -> None:
    async with listening(tmp_path, wave) as harness:
        base = str(harness.settings.webhook_url)
        for path in ("", "/0/", "/0/00000000000000000000", "/../../etc/passwd"):
            async with http.get(f"{base}{path}") as answer:
                assert (answer.status, await answer.read()) == (404, b"")
        body = b"{}"
        assert await post(http, harness, "00000000000000000000", body, signed(body)) == 404
        assert wave.count("webhook_secret") == 0, "a stranger makes us ask nothing"


async def test_one_that_comes_before_the_posts_answer_is_not_lost(
    tmp_path: Path, wave: WaveSpeedStandIn
) -> None:
    held = wave.faults.add(Fault("hold", "submit", when="after"))
    async with listening(tmp_path, wave) as harness:
        track = await harness.compose()
        await wave.until(lambda: wave.webhooks.delivered)
        held.release()
        assert (await harness.settled(track.id)).state is State.DELIVERED
        assert looks(wave) == 0


async def test_the_id_of_a_submission_whose_answer_was_lost_is_told(
    tmp_path: Path, wave: WaveSpeedStandIn
) -> None:
    wave.faults.add(Fault("lost_after"))
    wave.faults.add(Fault("history_missing", times=None))
    async with listening(tmp_path, wave, lost_answer_patience=20) as harness:
        track = await harness.settled((await harness.compose()).id)
        assert track.state is State.DELIVERED
        assert wave.submits[track.seed] == 1


async def test_one_that_never_comes_is_made_up_for(tmp_path: Path, wave: WaveSpeedStandIn) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    async with listening(tmp_path, wave, webhook_url=nobody, poll_interval=0.05) as harness:
        assert (await harness.settled((await harness.compose()).id)).state is State.DELIVERED
        assert looks(wave) >= 1
        assert not harness.studio.steps.webhooks.relied_on


async def test_after_some_that_came_one_that_never_comes_is_made_up_for(
    tmp_path: Path, wave: WaveSpeedStandIn
) -> None:
    async with listening(tmp_path, wave, poll_interval=0.05) as harness:
        first = await harness.settled((await harness.compose()).id)
        for _ in range(ENOUGH):
            harness.studio.steps.render_times.learn(first.duration, 0.02, first.model)
        assert harness.studio.steps.webhooks.relied_on
        asked = looks(wave)
        await harness.studio.steps.webhooks.close()  # the proxy is gone, and the bot does not know
        track = await rendering(harness)
        assert looks(wave) == asked
        wave.faults.rules[-1].release()
        assert (await harness.settled(track.id)).state is State.DELIVERED
        assert not harness.studio.steps.webhooks.relied_on


async def test_after_a_restart_it_is_believed_all_the_same(
    tmp_path: Path, wave: WaveSpeedStandIn, http: aiohttp.ClientSession
) -> None:
    port = free_port()
    async with listening(tmp_path, wave, port) as harness:
        track = await rendering(harness)
        body = end_of(harness, track)
    async with listening(tmp_path, wave, port) as harness:
        await wave.wait_for("result")
        while await post(http, harness, track.id, body, signed(body, name=str(time.time()))) != 204:
            await wave.until(lambda: True)
        assert (await harness.until(track.id, State.MASTERING, State.DELIVERED)).output_url


async def test_a_secret_that_was_changed_is_asked_for_again(
    tmp_path: Path, wave: WaveSpeedStandIn, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.pipeline.webhooks.SECRET_FRESH", -1.0)
    async with listening(tmp_path, wave) as harness:
        await harness.settled((await harness.compose()).id)
        track = await rendering(harness)
        changed = "whsec_" + "0" * 32
        monkeypatch.setattr("rehearsal.wavespeed.accounts.Account.webhook_secret", changed)
        body = end_of(harness, track)
        assert await post(http, harness, track.id, body, signed(body, secret=changed)) == 204
        assert wave.count("webhook_secret") == 2


async def test_without_a_secret_it_may_come_again(
    tmp_path: Path, wave: WaveSpeedStandIn, http: aiohttp.ClientSession
) -> None:
    wave.faults.add(Fault("missing", "webhook_secret", times=1))
    async with listening(tmp_path, wave) as harness:
        track = await rendering(harness)
        body = end_of(harness, track)
        assert await post(http, harness, track.id, body, signed(body)) == 503
        assert await post(http, harness, track.id, body, signed(body)) == 204


async def test_an_account_that_does_not_tell_its_secret_holds_up_no_other(
    tmp_path: Path, wave: WaveSpeedStandIn, http: aiohttp.ClientSession
) -> None:
    async with listening(tmp_path, wave, guild_keys_secret=SEAL) as harness:
        await harness.studio.bring_key(1, 5, OWN, "bronze")
        theirs, hosts = await rendering(harness), await rendering(harness, guild=2)
        silent = wave.faults.add(Fault("hang", "webhook_secret", key=OWN))
        body = end_of(harness, theirs)
        waits = asyncio.create_task(post(http, harness, theirs.id, body, signed(body)))
        await wave.until(lambda: silent.hits)
        body = end_of(harness, hosts)
        assert await post(http, harness, hosts.id, body, signed(body)) == 204
        assert not waits.done()
        waits.cancel()


async def test_a_provider_that_refuses_the_address_makes_the_track_all_the_same(
    tmp_path: Path, wave: WaveSpeedStandIn
) -> None:
    elsewhere = "https://bot.example/hooks"  # which the stand-in does not take
    async with listening(tmp_path, wave, webhook_url=elsewhere, poll_interval=0.05) as harness:
        for submissions in (2, 3):
            assert (await harness.settled((await harness.compose()).id)).state is State.DELIVERED
            assert wave.count("submit") == submissions, "from then on without it"
        assert len(wave.predictions) == 2


async def test_an_input_that_is_refused_is_refused_with_and_without_it(
    tmp_path: Path, wave: WaveSpeedStandIn
) -> None:
    refused = wave.faults.add(Fault("refused", times=2))
    async with listening(tmp_path, wave) as harness:
        track = await harness.settled((await harness.compose()).id)
        assert (track.state, track.failure) == (State.FAILED, Failure.REFUSED)
        assert refused.hits == 2
        assert (await harness.settled((await harness.compose()).id)).state is State.DELIVERED
        assert looks(wave) == 0, "the address was not at fault"


async def test_an_address_that_is_refused_with_a_failed_tasks_code_is_given_up_as_well(
    tmp_path: Path, wave: WaveSpeedStandIn
) -> None:
    wave.faults.add(Fault("error_in_200", status=1401, times=1))
    async with listening(tmp_path, wave, poll_interval=0.05) as harness:
        assert (await harness.settled((await harness.compose()).id)).state is State.DELIVERED
        assert (len(wave.predictions), wave.count("submit")) == (1, 2)


async def test_what_may_have_been_made_is_not_sent_again_without_the_address(
    tmp_path: Path, wave: WaveSpeedStandIn
) -> None:
    """It was refused with a failed task's code, and the history does not tell whether it was made."""
    wave.faults.add(Fault("error_in_200", status=1400, when="after"))
    wave.faults.add(Fault("history_missing", times=None))
    nobody = f"http://127.0.0.1:{free_port()}"
    async with listening(tmp_path, wave, webhook_url=nobody) as harness:
        track = await harness.settled((await harness.compose()).id)
        assert (track.failure, wave.count("submit")) == (Failure.NOT_ACCEPTED, 1)
        assert await harness.kinds(track.id) == ["reserve", "spend"]


async def test_a_port_that_is_taken_is_told(tmp_path: Path, wave: WaveSpeedStandIn) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match="WEBHOOK_ADDRESS"):
            async with listening(tmp_path, wave, port):
                pass


async def test_the_secret_is_in_no_log(
    tmp_path: Path,
    wave: WaveSpeedStandIn,
    http: aiohttp.ClientSession,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with listening(tmp_path, wave) as harness:
        track = await rendering(harness)
        body = end_of(harness, track, error=SECRET)
        assert await post(http, harness, track.id, body, {}) == 404
        assert await post(http, harness, track.id, body, signed(body)) == 204
        await asyncio.gather(harness.until(track.id, State.MASTERING, State.DELIVERED))
    shown = "".join(capsys.readouterr())
    assert "refused" in shown
    assert SECRET.removeprefix("whsec_") not in shown
