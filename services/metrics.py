"""What this process counts, for Prometheus: from its start on, in memory, at no statement's cost.

The rule: no label tells a guild, a member, a track or a key, so that there are as many series in a year as on
the first day. Names follow https://prometheus.io/docs/practices/naming: base units, `_total` for counters.
What each means to whoever hosts the bot is in docs/metrics.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)

STEPS = ("wait", "submit", "render", "master", "deliver")
USES = ("submit", "read", "files")
ANSWERED = "ok"
NO_FAILURE = "none"
NO_ANSWER = "none"
DEATHS = ("died", "took_too_long")
MICRO = 1_000_000
WORK = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 120, 300, 900, 3600)  # seconds
DELAYS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)  # seconds


class Metrics:
    """One in a process, handed to whatever has something to count. `registry` is what a scrape reads."""

    def __init__(self) -> None:
        disable_created_metrics()  # a second series for each, which nobody asks for
        self.registry = registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=registry)
        self._requested = Counter("jamboree_tracks_requested", "Tracks asked for.", registry=registry)
        self._ended = Counter(
            "jamboree_tracks_ended",
            "Tracks that came to their end, and of what those failed that did.",
            ("outcome", "failure"),
            registry=registry,
        )
        self._steps = Histogram(
            "jamboree_step_seconds",
            "How long a track took for each step of its life.",
            ("step",),
            buckets=WORK,
            registry=registry,
        )
        self._notice = Histogram(
            "jamboree_render_notice_seconds",
            "From the end of a render until the bot knew, at most.",
            buckets=DELAYS,
            registry=registry,
        )
        self._track = Histogram(
            "jamboree_track_seconds",
            "From the request of a delivered track until it was in its channel.",
            buckets=WORK,
            registry=registry,
        )
        self._spent = Counter(
            "jamboree_spent_dollars",
            "US dollars spent on tracks, by who pays: the host, or a guild with a key of its own.",
            ("payer",),
            registry=registry,
        )
        self._provider = Counter(
            "jamboree_provider_requests",
            "Requests to WaveSpeed, and how they were answered: ok, or the kind of error.",
            ("use", "outcome"),
            registry=registry,
        )
        self._discord = Counter(
            "jamboree_discord_requests",
            "Requests to Discord's API, by the HTTP status of the answer.",
            ("status",),
            registry=registry,
        )
        self._deaths = Counter(
            "jamboree_worker_deaths",
            "Worker processes that a job ended, or that were ended with it.",
            ("cause",),
            registry=registry,
        )
        self._lag = Histogram(
            "jamboree_event_loop_lag_seconds",
            "How much later than asked for the event loop came back to a task that slept.",
            buckets=DELAYS,
            registry=registry,
        )
        self._show_all()

    def _show_all(self) -> None:
        """Has what can be foreseen stand at 0 from the start, so that the first of it is an increase."""
        for outcome in ("delivered", "in_review", "withheld", "cancelled"):
            self._ended.labels(outcome, NO_FAILURE)
        for step in STEPS:
            self._steps.labels(step)
        for payer in ("host", "guild"):
            self._spent.labels(payer)
        for use in USES:
            for outcome in (ANSWERED, "rate_limited", "provider_down"):
                self._provider.labels(use, outcome)
        for status in ("200", "429"):
            self._discord.labels(status)
        for cause in DEATHS:
            self._deaths.labels(cause)

    def foresee(self, failures: Iterable[str]) -> None:
        """Has these reasons, of which tracks may fail, stand at 0."""
        for failure in failures:
            self._ended.labels("failed", failure)

    # tracks ---------------------------------------------------------------------------------------

    def requested(self, tracks: int) -> None:
        """So many were reserved and written down."""
        self._requested.inc(tracks)

    def took(self, step: str, seconds: float) -> None:
        """A track has one of STEPS behind it."""
        self._steps.labels(step).observe(max(0.0, seconds))

    def noticed(self, seconds: float) -> None:
        """A render's end was known at most so long after it."""
        self._notice.observe(max(0.0, seconds))

    def ended(self, outcome: str, failure: str = NO_FAILURE) -> None:
        """A track came to that end; failure: of what, where it failed."""
        self._ended.labels(outcome, failure).inc()

    def delivered_after(self, seconds: float) -> None:
        """A track is in its channel, so long after it was asked for."""
        self._track.observe(max(0.0, seconds))

    def spent(self, amount: int, *, by_host: bool) -> None:
        """A reservation became spending. amount: micro-dollars."""
        self._spent.labels("host" if by_host else "guild").inc(amount / MICRO)

    # who is asked, and what works -----------------------------------------------------------------

    def provider_answered(self, use: str, error: Exception | None) -> None:
        """A request to WaveSpeed (one of USES) was answered, or came to that error."""
        self._provider.labels(use, ANSWERED if error is None else _kind(type(error))).inc()

    def discord_answered(self, status: int | None) -> None:
        """A request to Discord was answered with that HTTP status; None: it was not answered."""
        self._discord.labels(NO_ANSWER if status is None else str(status)).inc()

    def worker_ended(self, error: Exception) -> None:
        """A job ended its worker."""
        self._deaths.labels(_kind(type(error)).removeprefix("worker_")).inc()

    def loop_lagged(self, seconds: float) -> None:
        """The event loop came back so much later than it was asked to."""
        self._lag.observe(max(0.0, seconds))


@cache
def _kind(error: type[Exception]) -> str:
    """An error's name as a label: RateLimited is rate_limited."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", error.__name__).lower()
