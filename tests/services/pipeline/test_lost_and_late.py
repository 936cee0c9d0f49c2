"""A submission without an answer that turns up after it was given up: it is delivered, and POSTed once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from workshop import Workshop, Workshops

from cogs.texts.outcomes import failure_sentence
from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.settings import Settings
from services.storage.database import now
from services.tracks import tracks
from services.tracks.fetchable import KEPT
from services.tracks.track import Failure, State, Track

BOTH_SHAPES = True
PRICE = 5 * 200  # micro-dollars


async def looked(shop: Workshop, track: Track) -> None:
    """Its time has come, and it is looked for."""
    async with shop.database.write() as connection:
        await tracks.change(connection, track.id, fetch_at=now())
    await shop.studio.refetching.look()


async def test_what_the_history_tells_too_late_is_delivered_and_charged_then(
    workshops: Workshops, wave: WaveSpeedStandIn
) -> None:
    wave.faults.add(Fault("lost_after"))
    wave.faults.add(Fault("history_late", seconds=3600))
    async with workshops() as shop:
        track = await shop.settled((await shop.compose()).track.id)
        assert track.failure is Failure.ANSWER_LOST
        assert await shop.kinds(track.id) == ["reserve", "release"]
        assert "Nothing was charged" in failure_sentence(track)
        assert "for 7 days" in failure_sentence(track)
        await looked(shop, track)
        assert (await shop.track(track.id)).state is State.FAILED
        assert (await shop.track(track.id)).fetch_at is not None
        (made,) = wave.predictions.values()
        made.listed_at = 0
        await looked(shop, track)
        assert (await shop.until(track.id, State.DELIVERED)).prediction_id == made.id
        assert await shop.kinds(track.id) == ["reserve", "release", "correct"]
        assert (await shop.money())["host day"] == (0, PRICE)
        assert wave.submits[track.seed] == 1


async def test_what_the_history_could_not_tell_counts_as_spent_and_is_delivered_later(
    workshops: Workshops, wave: WaveSpeedStandIn
) -> None:
    wave.faults.add(Fault("lost_after"))
    blind = wave.faults.add(Fault("history_missing", times=None))
    async with workshops() as shop:
        track = await shop.settled((await shop.compose()).track.id)
        assert track.failure is Failure.ANSWER_UNKNOWN
        assert "Nothing was charged" not in failure_sentence(track)
        await looked(shop, track)
        assert (await shop.track(track.id)).state is State.FAILED
        wave.faults.remove(blind)
        await looked(shop, track)
        await shop.until(track.id, State.DELIVERED)
        assert await shop.kinds(track.id) == ["reserve", "spend"]
        assert (await shop.money())["host day"] == (0, PRICE)
        assert wave.submits[track.seed] == 1


async def test_what_turns_up_late_passes_no_limit_and_waits_for_the_host(
    workshops: Workshops, wave: WaveSpeedStandIn
) -> None:
    wave.faults.add(Fault("lost_after"))
    wave.faults.add(Fault("history_late", seconds=3600, times=1))
    async with workshops(guild_daily_limit=PRICE / 1e6, member_daily_limit=PRICE / 1e6) as shop:
        late = await shop.settled((await shop.compose()).track.id)
        assert late.failure is Failure.ANSWER_LOST
        other = (await shop.compose("Another")).track
        await shop.settled(other.id)
        (lost,) = [one for one in wave.predictions.values() if one.listed_at]
        lost.listed_at = 0
        await looked(shop, late)
        assert (await shop.track(late.id)).state is State.FAILED
        assert (await shop.track(late.id)).fetch_at is not None
        assert (await shop.money())["guild:1 day"] == (0, PRICE)
        books = shop.studio.books
        await books.correct((await books.reconcile()).differences)
        await looked(shop, late)
        await shop.until(late.id, State.DELIVERED)
        assert await shop.kinds(late.id) == ["reserve", "release", "correct"]


async def test_what_turns_up_late_and_fails_after_all_is_given_back(
    workshops: Workshops, wave: WaveSpeedStandIn
) -> None:
    wave.faults.add(Fault("lost_after"))
    wave.faults.add(Fault("render_failed"))
    wave.faults.add(Fault("history_late", seconds=3600))
    async with workshops() as shop:
        track = await shop.settled((await shop.compose()).track.id)
        (made,) = wave.predictions.values()
        made.listed_at = 0
        await looked(shop, track)
        failed = await shop.until(track.id, State.FAILED)
        await shop.database.until(lambda: _gave_back(shop, track))
        assert failed.failure is Failure.RENDER_FAILED
        assert await shop.kinds(track.id) == ["reserve", "release", "correct", "correct"]
        assert (await shop.money())["host day"] == (0, 0)


async def _gave_back(shop: Workshop, track: Track) -> bool:
    return len(await shop.kinds(track.id)) == 4


async def test_what_nobody_can_tell_apart_is_nobodys(workshops: Workshops, wave: WaveSpeedStandIn) -> None:
    wave.faults.add(Fault("without_inputs", times=None))
    wave.faults.add(Fault("lost_after"))
    wave.faults.add(Fault("history_late", seconds=3600))
    async with workshops() as shop:
        track = await shop.settled((await shop.compose()).track.id)
        for made in wave.predictions.values():
            made.listed_at = 0
        await looked(shop, track)
        assert (await shop.track(track.id)).prediction_id is None
        assert wave.submits[track.seed] == 1


def test_the_patience_is_longer_than_a_history_may_lag() -> None:
    assert Settings.model_fields["lost_answer_patience"].default >= 600


@pytest.mark.parametrize(("fault", "failure"), [("rate_limited", Failure.BUSY), ("refused", Failure.REFUSED)])
async def test_what_was_refused_before_it_was_made_is_not_looked_for(
    workshops: Workshops, wave: WaveSpeedStandIn, fault: str, failure: Failure
) -> None:
    wave.faults.add(Fault(fault, "submit", times=None))
    async with workshops(provider_patience=0.5) as shop:
        track = await shop.settled((await shop.compose()).track.id)
        assert (track.failure, track.fetch_at) == (failure, None)


async def test_what_was_sent_before_the_history_begins_counts_as_spent(
    workshops: Workshops, wave: WaveSpeedStandIn
) -> None:
    """A bot that comes back after more days than WaveSpeed keeps its history for: it knows of no task, and
    that says nothing."""
    async with workshops(launch=False) as shop:
        track = (await shop.compose()).track
        async with shop.database.write() as connection:
            sent = {"state": State.SUBMITTING, "intent_at": now() - KEPT - timedelta(hours=1)}
            await tracks.change(connection, track.id, **sent)
    async with workshops() as shop:
        ended = await shop.settled(track.id)
        assert ended.failure is Failure.ANSWER_UNKNOWN
        assert await shop.kinds(track.id) == ["reserve", "spend"]
        assert wave.count("submit") == 0
