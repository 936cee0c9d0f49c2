"""The host's key is not accepted (any more): everything waits, nothing fails, the host hears of it once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from reworking import original, rework
from scripted_server import ScriptedServer, failing, refusal, send
from studio_harness import NewStudio, StudioHarness
from waiting import PATIENCE

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.delivery import KeyBack, KeyRefused
from services.money.key_check import check_key
from services.pipeline import sources
from services.prompts.rework import Kind
from services.storage.host_state import Value
from services.tracks.sight import everything_in
from services.tracks.track import State
from services.wavespeed.client import BadKey, TurnedAway, WaveSpeed


async def told(harness: StudioHarness, count: int = 1) -> None:
    async with asyncio.timeout(PATIENCE), harness.delivery.news:
        await harness.delivery.news.wait_for(lambda: len(harness.delivery.host) >= count)


@pytest.mark.parametrize("where", ["submit", "*"])
async def test_a_revoked_key_holds_the_queue_and_it_goes_on_by_itself(
    new_studio: NewStudio, wave: WaveSpeedStandIn, where: str
) -> None:
    async with new_studio(balance_interval=3600) as harness:
        await harness.studio.watch.check_host_key()
        revoked = wave.faults.add(Fault("bad_key", where, times=None))
        tracks = [(await harness.compose(f"Track {number}")) for number in range(3)]
        await told(harness)
        assert (await harness.studio.queue.view(everything_in(1))).stopped is Value.BAD_KEY
        for track in tracks:
            await harness.until(track.id, State.WAITING)
            assert await harness.kinds(track.id) == ["reserve"]
        wave.faults.remove(revoked)
        await harness.studio.watch.check_host_key()
        for track in tracks:
            assert (await harness.settled(track.id)).state is State.DELIVERED
            assert wave.predictions[(await harness.track(track.id)).prediction_id or ""]
        await harness.studio.watch.check_host_key()
        assert [type(news) for news in harness.delivery.host] == [KeyRefused, KeyBack]


async def test_a_key_revoked_during_the_render_loses_nothing(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    held = wave.faults.add(Fault("render_held", times=None))
    async with new_studio(balance_interval=3600) as harness:
        track = await harness.compose()
        await harness.until(track.id, State.RENDERING)
        revoked = wave.faults.add(Fault("bad_key", "result", times=None))
        held.release()
        await wave.wait_for("result", wave.count("result") + 2)
        wave.faults.remove(revoked)
        assert (await harness.settled(track.id)).state is State.DELIVERED


async def test_a_look_finds_it_without_a_track_and_tells_once(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio(launch=False) as harness:
        wave.faults.add(Fault("bad_key", "*", times=None))
        for _ in range(3):
            await harness.studio.watch.check_host_key()
        assert [type(news) for news in harness.delivery.host] == [KeyRefused]
        assert (await harness.studio.queue.view(everything_in(1))).stopped is Value.BAD_KEY


async def test_a_key_that_may_not_submit_is_tried_and_told_of_once(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    wave.faults.add(Fault("bad_key", "submit", times=None))
    async with new_studio(balance_interval=3600) as harness:
        await harness.compose()
        await told(harness)
        for tries in (2, 3):
            await harness.studio.watch.check_host_key()
            await wave.wait_for("submit", tries, answered=True)

            async def held() -> bool:
                return (await harness.studio.queue.view(everything_in(1))).stopped is Value.BAD_KEY

            await harness.database.until(held)
        assert [type(news) for news in harness.delivery.host] == [KeyRefused]


@pytest.mark.parametrize("answer", ["missing", "down", "garbage"])
async def test_a_provider_that_does_not_say_holds_nothing(
    new_studio: NewStudio, wave: WaveSpeedStandIn, answer: str
) -> None:
    wave.faults.add(Fault(answer, "balance", times=None))
    async with new_studio(launch=False) as harness:
        await harness.studio.watch.check_host_key()
        assert harness.delivery.host == []
        assert (await harness.studio.queue.view(everything_in(1))).stopped is None


async def test_an_upload_with_a_refused_key_waits_as_well(
    new_studio: NewStudio, wave: WaveSpeedStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_studio(balance_interval=3600) as harness:
        source = await original(harness)
        monkeypatch.setattr(sources, "KEPT", timedelta(0))  # so that the sound has to be uploaded
        revoked = wave.faults.add(Fault("bad_key", "upload", times=None))
        track = await rework(harness, Kind.EXTEND, source)
        await told(harness)
        await harness.until(track.id, State.WAITING)
        wave.faults.remove(revoked)
        await harness.studio.watch.check_host_key()
        assert (await harness.settled(track.id)).state is State.DELIVERED


# the question itself ------------------------------------------------------------------------------------


async def test_a_key_that_may_not_see_the_balance_is_accepted(
    wire: ScriptedServer, client: WaveSpeed
) -> None:
    wire.answers = [refusal(403), refusal(404)]
    await check_key(client)


async def test_a_wrong_key_is_refused_at_both(wire: ScriptedServer, client: WaveSpeed) -> None:
    wire.answers = [refusal(401)]
    async with failing(BadKey):
        await check_key(client)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405])
async def test_a_page_before_wavespeed_says_nothing_of_the_key(
    wire: ScriptedServer, client: WaveSpeed, status: int
) -> None:
    wire.answers = [send(status, b"<html>blocked</html>")]
    async with failing(TurnedAway):
        await check_key(client)
