"""What one submission is answered holds the queue only where the account itself says so."""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path

import pytest
from reworking import original, rework
from sounds import tone
from studio_harness import NewStudio, StudioHarness, make_studio

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.money.account_faults import BELIEVED
from services.money.accounts import Hold
from services.pipeline import patience, sources
from services.prompts.rework import Kind
from services.tracks.sight import everything_in
from services.tracks.track import Failure, State, Track

OWN = "the-porch-own-key"
CULPRIT = "cursed, recharge"
REFUSALS = {
    "a refusal that a firewall could have made": Fault("garbage", "submit", status=403, tags="cursed"),
    "the provider's own 403": Fault("refused", status=403, message="This is not allowed.", tags="cursed"),
    "a tag that is repeated": Fault("refused", message="tags not accepted: 'recharge'", tags="cursed"),
    "the same in a 403": Fault("refused", status=403, message="no 'recharge' in tags", tags="cursed"),
    "a firewall's 401": Fault("garbage", "submit", status=401, tags="cursed"),
    "a firewall's 400": Fault("garbage", "submit", status=400, tags="cursed"),
}


def forever(fault: Fault, **changes: object) -> Fault:
    given = {name: getattr(fault, name) for name in ("kind", "endpoint", "status", "message", "tags")}
    return Fault(**{**given, "times": None, **changes})  # pyright: ignore[reportArgumentType]


async def culprit(harness: StudioHarness) -> Track:
    return await harness.settled((await harness.compose("Cursed", tags=CULPRIT)).id)


async def stopped(harness: StudioHarness) -> object:
    return (await harness.studio.queue.view(everything_in(1))).stopped


@pytest.mark.parametrize("fault", REFUSALS.values(), ids=REFUSALS)
@pytest.mark.parametrize("payer", ["host", "guild"])
async def test_one_tracks_refusal_is_its_own(
    tmp_path: Path, fault: Fault, payer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "TURNED_AWAY", 0)
    async with (
        WaveSpeedStandIn(
            keys=("rehearsal-key", OWN),
            render_seconds=0.02,
            level="ultra",
            render=lambda _tags, _lyrics, seconds, _seed: tone(seconds),
        ) as wave,
        make_studio(
            tmp_path,
            wave,
            balance_interval=3600,
            guild_keys_secret=base64.urlsafe_b64encode(bytes(range(32))).decode(),
        ) as harness,
    ):
        if payer == "guild":
            await harness.studio.bring_key(1, 5, OWN, "gold")
        wave.faults.add(forever(fault))
        track = await culprit(harness)
        assert (track.state, track.failure) == (State.FAILED, Failure.REFUSED)
        assert await harness.kinds(track.id) == ["reserve", "release"]
        assert wave.submits[track.seed] == 1
        assert await stopped(harness) is None
        assert (await harness.settled((await harness.compose("Next")).id)).state is State.DELIVERED
        assert (harness.delivery.host, harness.delivery.held) == ([], [])


async def test_what_turns_submissions_away_for_a_while_fails_no_track(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    """A page of a gateway that finds nothing behind it is no word of WaveSpeed's."""
    away = (400, 401, 403, 404, 405)
    for status in away:
        wave.faults.add(Fault("garbage", "submit", status=status, tags=f"page {status}"))
    async with new_studio(balance_interval=3600) as harness:
        asked = [await harness.compose(tags=f"page {status}") for status in away]
        made = [await harness.settled(track.id) for track in asked]
        assert [(track.state, track.failure) for track in made] == [(State.DELIVERED, None)] * len(away)
        assert len(wave.predictions) == len(away)
        assert await stopped(harness) is None


async def test_while_the_account_does_not_answer_either_no_track_is_turned_away_for_good(
    new_studio: NewStudio, wave: WaveSpeedStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "TURNED_AWAY", 3)
    wave.faults.add(Fault("garbage", "submit", status=404, times=2))
    async with new_studio(balance_interval=3600, provider_patience=60) as harness:
        await wave.wait_for("balance", 2, answered=True)  # the watch's first looks
        track = await harness.compose()
        await wave.wait_for("balance", 3, answered=True)  # a part of the gateway is there, and then none
        silent = [
            wave.faults.add(Fault("garbage", endpoint, status=404, times=None))
            for endpoint in ("balance", "result")
        ]
        await wave.wait_for("balance", 7, answered=True)
        for page in silent:
            wave.faults.remove(page)
        made = await harness.settled(track.id)
        assert (made.state, made.failure, wave.submits[made.seed]) == (State.DELIVERED, None, 3)


@pytest.mark.parametrize(("kind", "status"), [("down", 503), ("garbage", 403), ("garbage", 404)])
async def test_an_account_that_cannot_be_asked_is_asked_again_and_nobody_is_told(
    new_studio: NewStudio, wave: WaveSpeedStandIn, kind: str, status: int
) -> None:
    wave.faults.add(forever(REFUSALS["the provider's own 403"]))
    async with new_studio(balance_interval=3600, provider_patience=60) as harness:
        await wave.wait_for("balance", 2, answered=True)  # the watch's first looks
        silent = [
            wave.faults.add(Fault(kind, endpoint, status=status, times=None))
            for endpoint in ("balance", "result")
        ]
        asked = wave.count("balance")
        waiting = await harness.compose("Cursed", tags=CULPRIT)
        await wave.wait_for("balance", asked + 3, answered=True)
        assert (await harness.track(waiting.id)).state is State.SUBMITTING
        assert await stopped(harness) is None
        for fault in silent:
            wave.faults.remove(fault)
        assert (await harness.settled(waiting.id)).failure is Failure.REFUSED
        assert (harness.delivery.host, wave.submits[waiting.seed]) == ([], 1)


@pytest.mark.parametrize(
    ("kind", "hold", "failure"),
    [("no_balance", Hold.NO_BALANCE, Failure.NOT_PAID), ("bad_key", Hold.REFUSED, Failure.BAD_KEY)],
)
async def test_what_the_account_contradicts_holds_it_so_often_and_not_for_ever(
    new_studio: NewStudio, wave: WaveSpeedStandIn, kind: str, hold: Hold, failure: Failure
) -> None:
    wave.faults.add(Fault(kind, "submit", tags="cursed", times=None))
    async with new_studio(balance_interval=3600) as harness:
        track = await harness.compose("Cursed", tags=CULPRIT)
        for time in range(1, BELIEVED + 1):
            await wave.wait_for("submit", time, answered=True)

            async def held() -> bool:
                return await stopped(harness) is not None

            await harness.database.until(held)
            await harness.studio.watch.check_balance()
            await harness.studio.watch.check_host_key()
        assert (await harness.settled(track.id)).failure is failure
        assert await harness.kinds(track.id) == ["reserve", "release"]
        assert await stopped(harness) is None
        assert (await harness.settled((await harness.compose("Next")).id)).state is State.DELIVERED


async def test_an_upload_that_something_between_turns_away_is_its_tracks_own(
    new_studio: NewStudio, wave: WaveSpeedStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_studio(balance_interval=3600) as harness:
        source = await original(harness)
        monkeypatch.setattr(sources, "KEPT", timedelta(0))  # so that the sound has to be uploaded
        monkeypatch.setattr(patience, "TURNED_AWAY", 0)
        wave.faults.add(Fault("garbage", "upload", status=403, times=None))
        track = await harness.settled((await rework(harness, Kind.EXTEND, source)).id)
        assert (track.state, track.failure) == (State.FAILED, Failure.NOT_UPLOADED)
        assert await stopped(harness) is None
        assert harness.delivery.host == []


@pytest.mark.parametrize("status", [403, 404])
async def test_an_upload_that_is_turned_away_for_a_while_fails_no_track(
    new_studio: NewStudio, wave: WaveSpeedStandIn, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    async with new_studio(balance_interval=3600) as harness:
        source = await original(harness)
        monkeypatch.setattr(sources, "KEPT", timedelta(0))
        page = wave.faults.add(Fault("garbage", "upload", status=status))
        track = await harness.settled((await rework(harness, Kind.EXTEND, source)).id)
        assert (track.state, track.failure, page.hits) == (State.DELIVERED, None, 1)


@pytest.mark.parametrize("status", [403, 404])
async def test_a_gateway_that_finds_nothing_behind_it_fails_no_rework_however_long(
    new_studio: NewStudio, wave: WaveSpeedStandIn, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    async with new_studio(balance_interval=3600, provider_patience=60) as harness:
        source = await original(harness)
        monkeypatch.setattr(sources, "KEPT", timedelta(0))
        monkeypatch.setattr(patience, "TURNED_AWAY", 1)
        away = [
            wave.faults.add(Fault("garbage", endpoint, status=status, times=None))
            for endpoint in ("upload", "balance", "result")
        ]
        track = await rework(harness, Kind.EXTEND, source)
        await wave.wait_for("balance", wave.count("balance") + 4, answered=True)
        for page in away:
            wave.faults.remove(page)
        made = await harness.settled(track.id)
        assert (made.state, made.failure, away[0].hits) == (State.DELIVERED, None, 1)
