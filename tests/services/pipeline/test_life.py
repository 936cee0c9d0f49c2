"""The life of a track, with everything that can go wrong on its way: what is made, told and charged."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from pathlib import Path

import av
import pytest
from mutagen.id3 import ID3
from sounds import RATE
from studio_harness import FakeDelivery, NewStudio, StudioHarness, make_studio
from waiting import PATIENCE

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.delivery import BalanceBack, BalanceLow
from services.storage.audio_store import card_name
from services.storage.host_state import Value
from services.tracks import tracks
from services.tracks.sight import everything_in
from services.tracks.track import Failure, State, Track

EITHER_SHAPE = True
PRICE = 5 * 200  # micro-dollars


async def made(harness: StudioHarness, title: str = "A Track", **given: object) -> Track:
    track = await harness.compose(title, **given)  # pyright: ignore[reportArgumentType]
    return await harness.settled(track.id)


def billed(wave: WaveSpeedStandIn) -> int:
    """Micro-dollars that the provider's bill holds."""
    return sum(entry.micro if entry.billing_type == "deduct" else -entry.micro for entry in wave.bill)


async def test_a_track_is_made_tagged_published_and_paid_for(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    async with new_studio() as harness:
        track = await made(harness, "Porch Light", lyrics="Verse 1:\nMoths around the porch light")
        assert track.state is State.DELIVERED
        assert (track.message_channel_id, track.message_id) == (51, 1001)
        assert track.seconds == pytest.approx(5, abs=0.1)
        ((track_id, mp3),) = harness.delivery.published
        assert track_id == track.id
        tags = ID3(io.BytesIO(mp3))
        assert str(tags["TIT2"]) == "Porch Light"
        assert "Moths around the porch light" in str(tags.getall("USLT")[0])
        assert str(track.seed) in str([str(frame) for frame in tags.values()])
        assert tags.getall("APIC")
        with av.open(io.BytesIO(mp3), "r") as container:
            assert sum(frame.samples for frame in container.decode(audio=0)) / RATE == pytest.approx(
                5, abs=0.1
            )
        assert await harness.kinds(track.id) == ["reserve", "spend"]
        assert (await harness.money())["guild:1 day"] == (0, PRICE)
        assert billed(wave) == PRICE


async def test_credits_can_be_written_anew_and_the_sound_stays(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        track = await harness.compose("Together")
        await harness.settled(track.id)
        before = ID3(io.BytesIO(harness.delivery.published[0][1]))
        async with harness.database.write() as connection:
            await tracks.change(connection, track.id, member_name="Ada and Ben")
        await harness.studio.steps.mastering.label_anew(await harness.track(track.id))
        path = harness.mp3(track)
        assert path is not None
        data = await asyncio.to_thread(path.read_bytes)
        after = ID3(io.BytesIO(data))
        assert str(after["TPE1"]) == "Ada and Ben"
        assert "by Ada and Ben, track 1" in str(after["TXXX:card"])
        assert data[after.size :] == harness.delivery.published[0][1][before.size :]


async def test_credits_written_anew_twice_at_once_leave_a_whole_file(new_studio: NewStudio) -> None:
    """Two looks at what was erased may meet."""
    async with new_studio() as harness:
        track = await made(harness, "Together")
        async with harness.database.write() as connection:
            await tracks.change(connection, track.id, member_name="Ada")
        fresh = await harness.track(track.id)
        await asyncio.gather(*(harness.studio.steps.mastering.label_anew(fresh) for _ in range(3)))
        path = harness.mp3(track)
        assert path is not None
        data = await asyncio.to_thread(path.read_bytes)
        assert str(ID3(io.BytesIO(data))["TPE1"]) == "Ada"
        published = harness.delivery.published[0][1]
        assert data.endswith(published[ID3(io.BytesIO(published)).size :])


@pytest.mark.parametrize(
    ("fault", "failure", "charged"),
    [
        (Fault("refused", times=None), Failure.REFUSED, False),
        (Fault("rate_limited", "submit", times=None), Failure.BUSY, False),
        (Fault("lost_before", times=None), Failure.ANSWER_LOST, False),
        (Fault("render_failed"), Failure.RENDER_FAILED, False),
        (Fault("deleted"), Failure.GONE, True),
        (Fault("no_output"), Failure.NO_OUTPUT, True),
        (Fault("elsewhere", value="http://10.0.0.1/song.mp3"), Failure.NO_OUTPUT, True),
        (Fault("not_audio"), Failure.NOT_AUDIO, True),
        (Fault("render_held", times=None), Failure.RENDER_TIMEOUT, True),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else str(value),
)
async def test_a_failure_is_told_and_costs_what_the_provider_may_keep(
    new_studio: NewStudio, wave: WaveSpeedStandIn, fault: Fault, failure: Failure, charged: bool
) -> None:
    fault = wave.faults.add(replace(fault))  # a parameter serves several tests
    async with new_studio(provider_patience=1.5, render_patience=1) as harness:
        track = await made(harness)
        assert (track.state, track.failure) == (State.FAILED, failure)
        assert await harness.kinds(track.id) == ["reserve", "spend" if charged else "release"]
        async with asyncio.timeout(PATIENCE), harness.delivery.news:
            await harness.delivery.news.wait_for(lambda: ("failed", track.id) in harness.delivery.told)
        assert harness.delivery.published == []
        assert (await harness.money())["host day"] == (0, PRICE if charged else 0)
        wave.faults.clear()


@pytest.mark.parametrize(
    "fault",
    [
        Fault("lost_after"),
        Fault("hang", when="after"),
        Fault("garbage", "submit"),
        Fault("down", "submit", when="after"),
        Fault("cut_download", times=2),
        Fault("down", "result", times=3),
        Fault("rate_limited", "result", times=2, retry_after=0.1),
        Fault("wav"),
        Fault("output_object"),
        Fault("slow", "submit", seconds=0.5),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.endpoint}",
)
async def test_what_passes_costs_nothing_twice(
    new_studio: NewStudio, wave: WaveSpeedStandIn, fault: Fault
) -> None:
    fault = wave.faults.add(replace(fault))  # a parameter serves several tests
    async with new_studio(
        lost_answer_patience=30, request_timeout=3 if fault.kind == "hang" else 30
    ) as harness:
        track = await made(harness)
        assert track.state is State.DELIVERED
        assert fault.hits
        assert wave.submits[track.seed] == 1
        assert billed(wave) == (await harness.money())["guild:1 day"][1] == PRICE


async def test_a_submission_is_tried_again_only_where_nothing_was_created(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    wave.faults.add(Fault("rate_limited", "submit", times=1, retry_after=0.1))
    async with new_studio(provider_patience=20) as harness:
        track = await made(harness)
        assert track.state is State.DELIVERED
        assert wave.submits[track.seed] == 2
        assert billed(wave) == PRICE


async def test_a_history_that_cannot_tell_counts_as_spent(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    wave.faults.add(Fault("lost_after"))
    wave.faults.add(Fault("history_missing", times=None))
    async with new_studio() as harness:
        track = await made(harness)
        assert track.failure is Failure.ANSWER_UNKNOWN
        assert await harness.kinds(track.id) == ["reserve", "spend"]
        assert wave.submits[track.seed] == 1


async def test_two_of_the_same_whose_answers_are_lost_find_one_each(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    wave.faults.add(Fault("lost_after", times=2))
    async with new_studio(lost_answer_patience=30) as harness:
        both = [(await harness.compose(seed=77, guild=guild)) for guild in (1, 2)]
        ended = [await harness.settled(track.id) for track in both]
        assert [track.state for track in ended] == [State.DELIVERED] * 2
        assert len({track.prediction_id for track in ended}) == 2
        assert wave.submits[77] == 2
        assert billed(wave) == 2 * PRICE


@pytest.mark.parametrize("lost", [1, 2])
async def test_without_inputs_a_lost_answer_among_many_is_found_and_nobody_takes_anothers(
    new_studio: NewStudio, wave: WaveSpeedStandIn, lost: int
) -> None:
    wave.faults.add(Fault("without_inputs", times=None))
    for seed in range(lost):
        wave.faults.add(Fault("lost_after", seed=seed))
    async with new_studio(lost_answer_patience=30 if lost == 1 else 1) as harness:
        asked = await asyncio.gather(*(harness.compose(f"Song {seed}", seed=seed) for seed in range(6)))
        ended = [await harness.settled(queued.id) for queued in asked]
        for track in ended:
            if lost == 1 or track.seed >= lost:
                assert track.failure is None
            assert track.failure in (None, Failure.ANSWER_UNKNOWN), "of two at once neither may be certain"
            assert wave.submits[track.seed] == 1
            if track.prediction_id is not None:
                assert wave.predictions[track.prediction_id].inputs["seed"] == track.seed
        assert billed(wave) == (await harness.money())["host day"][1] == 6 * PRICE


@pytest.mark.parametrize("what", ["POST", "message"])
async def test_nothing_goes_out_before_the_place_is_sure(
    new_studio: NewStudio, wave: WaveSpeedStandIn, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """A cluster whose lease may have run out waits until it surely holds it."""
    asked, sure = asyncio.Event(), asyncio.Event()

    async def ensure_place() -> None:
        asked.set()
        await sure.wait()

    held = wave.faults.add(Fault("render_held", times=None))
    async with new_studio() as harness:
        if what == "POST":
            monkeypatch.setattr(harness.database, "ensure_place", ensure_place)
        track = await harness.compose()
        if what == "message":
            await harness.until(track.id, State.RENDERING)
            monkeypatch.setattr(harness.database, "ensure_place", ensure_place)
            held.release()
        await asyncio.wait_for(asked.wait(), PATIENCE)
        assert not (wave.submits if what == "POST" else harness.delivery.asked_at)
        sure.set()
        held.release()
        assert (await harness.settled(track.id)).state is State.DELIVERED


async def test_explicit_tracks_are_kept_and_told_of(new_studio: NewStudio, wave: WaveSpeedStandIn) -> None:
    wave.faults.add(Fault("nsfw"))
    async with new_studio() as harness:
        track = await made(harness)
        assert track.state is State.WITHHELD
        assert harness.delivery.published == []
        assert harness.mp3(track) is not None
        assert await harness.kinds(track.id) == ["reserve", "spend"]
        async with asyncio.timeout(PATIENCE), harness.delivery.news:
            await harness.delivery.news.wait_for(lambda: ("withheld", track.id) in harness.delivery.told)


async def test_explicit_tracks_are_posted_among_adults(new_studio: NewStudio, wave: WaveSpeedStandIn) -> None:
    wave.faults.add(Fault("nsfw"))
    async with new_studio(FakeDelivery(adult=True)) as harness:
        assert (await made(harness)).state is State.DELIVERED


async def test_a_small_upload_limit_lowers_the_bitrate(new_studio: NewStudio) -> None:
    async with new_studio(FakeDelivery(limit=64 * 1024 + 130_000)) as harness:
        track = await made(harness, seed=1)  # whose cover leaves room for sound
        assert track.state is State.DELIVERED
        assert track.lowered
        card = (harness.settings.data_dir / card_name(track.id)).stat().st_size
        assert 5_000 < card < 40_000
        assert len(harness.delivery.published[0][1]) + card <= 130_000


async def test_what_fits_at_no_bitrate_is_told_and_was_paid(new_studio: NewStudio) -> None:
    async with new_studio(FakeDelivery(limit=64 * 1024 + 2_000)) as harness:
        track = await made(harness)
        assert (track.state, track.failure) == (State.FAILED, Failure.TOO_LARGE)
        assert await harness.kinds(track.id) == ["reserve", "spend"]


async def test_a_platform_that_is_away_for_a_while_gets_the_track_later(new_studio: NewStudio) -> None:
    async with new_studio(FakeDelivery(closed_for=1, asks_for=2.5)) as harness:
        track = await made(harness)
        assert track.state is State.DELIVERED
        assert track.message_id == 1001
        assert len(harness.delivery.published) == 1
        first, second = harness.delivery.asked_at
        assert second - first >= 2.5, "it had asked not to be asked again before"


async def test_what_a_render_took_is_learnt(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        assert not harness.studio.steps.render_times.measured
        await made(harness)
        assert harness.studio.steps.render_times.measured


async def test_no_money_at_the_provider_holds_tracks_instead_of_failing_them(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    refusal = wave.faults.add(Fault("no_balance", times=None))
    async with new_studio(balance_interval=60) as harness:
        first = await harness.compose("First")
        async with asyncio.timeout(PATIENCE), harness.delivery.news:
            await harness.delivery.news.wait_for(lambda: harness.delivery.host)
        (news,) = harness.delivery.host
        assert isinstance(news, BalanceLow)
        assert news.held
        second = await harness.compose("Second")
        assert (await harness.studio.queue.view(everything_in(1))).stopped is Value.LOW_BALANCE
        assert [(await harness.track(one.id)).state for one in (first, second)] == [State.WAITING] * 2
        assert (await harness.money())["guild:1 day"] == (2 * PRICE, 0)
        wave.faults.remove(refusal)
        await harness.studio.watch.check_balance()
        for one in (first, second):
            assert (await harness.settled(one.id)).state is State.DELIVERED
        assert billed(wave) == 2 * PRICE
        assert isinstance(harness.delivery.host[-1], BalanceBack)


# what the provider's file is ----------------------------------------------------------------------------


async def test_one_tracks_bytes_are_nothing_to_the_others(tmp_path: Path) -> None:
    """Outputs from the field, all at a time: each is posted, or fails of its own causes."""
    reports = {path.stem: path.read_bytes() for path in (Path(__file__).parents[1] / "reports").iterdir()}
    async with (
        WaveSpeedStandIn(
            render_seconds=0.02, level="ultra", render=lambda tags, _lyrics, _seconds, _seed: reports[tags]
        ) as wave,
        make_studio(tmp_path, wave) as harness,
    ):
        asked = {name: (await harness.compose(name, tags=name)) for name in reports}
        for name, one in asked.items():
            track = await harness.settled(one.id)
            if name == "one-nan-sample":
                assert (track.state, track.failure) == (State.FAILED, Failure.NOT_AUDIO)
            else:
                assert track.state is State.DELIVERED, name
                assert track.seconds == pytest.approx(6, abs=0.6)
            assert track.worker_deaths == 0
            assert await harness.kinds(track.id) == ["reserve", "spend"]
