"""/metrics: what is counted of a track, exactly, and that nothing of whom is in it."""

from __future__ import annotations

import re

import aiohttp
import pytest
import sqlalchemy as sa
from asking import Asked, asked
from studio_harness import FakeDelivery, NewStudio
from waiting import eventually

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.metrics import Metrics
from services.monitoring import shared_probe
from services.monitoring.backlog import QUERY, read_backlog
from services.storage.database import Database
from services.tracks.sight import everything_in
from services.wavespeed.client import RateLimited
from services.workers.pool import TookTooLong, WorkerDied

STEPS = ("wait", "submit", "render", "master", "deliver")


@pytest.fixture(autouse=True)
def _always_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_probe, "FRESH", 0.0)


def growth(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """By how much those counts of the bot's own grew that do not depend on when somebody looked."""
    grown = {name: value - before.get(name, 0) for name, value in after.items()}
    by_chance = "jamboree_event_loop", "jamboree_provider_requests_total outcome=ok use=read"
    return {
        name.removeprefix("jamboree_"): round(value, 9)
        for name, value in grown.items()
        if value and re.match(r"jamboree_\w+_(total|count)\b", name) and not name.startswith(by_chance)
    }


async def once_ended(outside: Asked, before: dict[str, float]) -> dict[str, float]:
    """The growth, once a track has ended since."""

    async def known() -> bool:
        return any(name.startswith("tracks_ended") for name in growth(before, await outside.samples()))

    await eventually(known)
    return growth(before, await outside.samples())


async def test_a_delivered_track_is_counted_once_in_each(new_studio: NewStudio) -> None:
    async with new_studio() as harness, asked(harness) as outside:
        before = await outside.samples()
        await harness.compose("Counted")
        assert await once_ended(outside, before) == {
            "tracks_requested_total": 1,
            "tracks_ended_total failure=none outcome=delivered": 1,
            "spent_dollars_total payer=host": 0.001,  # 5 seconds
            "provider_requests_total outcome=ok use=submit": 1,
            "provider_requests_total outcome=ok use=files": 1,
            "render_notice_seconds_count": 1,
            "track_seconds_count": 1,
            **{f"step_seconds_count step={step}": 1 for step in STEPS},
        }


async def test_a_failed_track_is_counted_with_its_reason_and_not_spent(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    wave.faults.add(Fault("render_failed"))
    async with new_studio() as harness, asked(harness) as outside:
        before = await outside.samples()
        await harness.compose("Fails")
        grown = await once_ended(outside, before)
        assert grown["tracks_ended_total failure=render_failed outcome=failed"] == 1
        assert not [name for name in grown if name.startswith(("spent", "track_seconds"))]


async def test_a_429_and_a_cancelled_track_are_counted(new_studio: NewStudio, wave: WaveSpeedStandIn) -> None:
    wave.faults.add(Fault("rate_limited", "submit", times=1))
    async with new_studio() as harness, asked(harness) as outside:
        before = await outside.samples()
        await harness.compose("Refused Once")
        await once_ended(outside, before)
        await harness.studio.queue.pause(9)
        waiting = await harness.compose("Waits", guild=9)
        samples = await outside.samples()
        assert samples["jamboree_tracks_unfinished state=waiting"] == 1
        assert samples["jamboree_queue_oldest_seconds"] > 0
        await harness.studio.queue.cancel(everything_in(9), waiting.id, waiting.member_id, moderator=False)
        grown = growth(before, await outside.samples())
        assert grown["provider_requests_total outcome=rate_limited use=submit"] == 1
        assert grown["provider_requests_total outcome=ok use=submit"] == 1
        assert grown["tracks_ended_total failure=none outcome=cancelled"] == 1
        assert grown["tracks_requested_total"] == 2


ID = 812_345_678_901_234_560  # long enough not to stand in some figure by chance


async def test_no_series_tells_of_whom_and_none_grows_with_guilds(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    delivery = FakeDelivery()
    async with new_studio(delivery) as harness, asked(harness) as outside:
        before = await outside.samples()
        await harness.compose("First")
        await once_ended(outside, before)
        first = await outside.samples()
        for guild in (ID + 1, ID + 2, ID + 3):
            track = await harness.compose(f"In {guild}", guild=guild)
            await harness.settled(track.id)
        _status, said = await outside.text("/metrics")
        assert first.keys() == (await outside.samples()).keys()
        assert str(ID)[:-1] not in said
        assert "In " + str(ID)[:1] not in said
        assert "rehearsal-key" not in said


def test_errors_are_counted_by_their_kind() -> None:
    metrics = Metrics()
    metrics.provider_answered("read", RateLimited("later"))
    metrics.worker_ended(WorkerDied("SIGSEGV"))
    metrics.worker_ended(TookTooLong(1))
    metrics.discord_answered(429)
    value = metrics.registry.get_sample_value
    assert value("jamboree_provider_requests_total", {"use": "read", "outcome": "rate_limited"}) == 1
    assert value("jamboree_worker_deaths_total", {"cause": "died"}) == 1
    assert value("jamboree_worker_deaths_total", {"cause": "took_too_long"}) == 1
    assert value("jamboree_discord_requests_total", {"status": "429"}) == 1
    other = Metrics().registry.get_sample_value
    assert other("jamboree_discord_requests_total", {"status": "429"}) == 0, "each has its own"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/openmetrics-text;version=1.0.0,text/plain;q=0.5", "application/openmetrics-text"),
        ("text/plain;version=0.0.4", "text/plain"),
    ],
)
async def test_prometheus_gets_what_it_asks_for(new_studio: NewStudio, accept: str, kind: str) -> None:
    async with (
        new_studio(launch=False) as harness,
        asked(harness) as outside,
        aiohttp.ClientSession(headers={"Accept": accept}) as session,
        session.get(f"http://127.0.0.1:{outside.port}/metrics") as answer,
    ):
        assert answer.content_type == kind
        lines = (await answer.text()).splitlines()
    assert "jamboree_tracks_requested_total 0.0" in lines
    assert ("# EOF" in lines) is ("openmetrics" in kind)


async def test_what_is_unfinished_is_found_by_its_index(database: Database) -> None:
    """Whatever was ever made: a scrape must not read through it."""
    async with database.read() as connection:
        words = str(QUERY.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))
        if database.sqlite:
            plan = await connection.execute(sa.text(f"EXPLAIN QUERY PLAN {words}"))
        else:
            await connection.execute(sa.text("SET enable_seqscan = off"))  # an empty table is read through
            plan = await connection.execute(sa.text(f"EXPLAIN {words}"))
        said = " ".join(str(row) for row in plan)
    assert "tracks_unfinished" in said
    assert (await read_backlog(database)).oldest is None
