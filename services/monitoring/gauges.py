"""What holds at the moment of a scrape, beside what is counted. What could not be read is left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from services.monitoring.health import Report
from services.storage.database import now
from services.workers.pool import Workers


class Gauges(Collector):
    """A collector of Prometheus' client."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._busy = self._idle = 0
        self._report: Report | None = None

    def update(self, report: Report) -> None:
        """What is to be told from now on. On the event loop's thread: workers come and go there."""
        self._report = report
        self._idle = self._workers.idle
        self._busy = max(0, len(self._workers.pids) - self._idle)

    def describe(self) -> Iterable[Metric]:
        """Names nothing beforehand, because that would be to look."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """All of it, as it is exposed."""
        report = self._report
        if report is None:
            return
        workers = {"busy": self._busy, "idle": self._idle}
        yield _by("jamboree_workers", "Worker processes.", "state", workers)
        well = {finding.part: float(not finding.wrong) for finding in report.findings}
        yield _by("jamboree_healthy", "Whether /healthz finds nothing wrong with that part.", "part", well)
        gateway = report.gateway
        yield _one("jamboree_gateway_shards", "Shards that this process connects.", gateway.shards)
        connected = "Of them, those that are connected now."
        yield _one("jamboree_gateway_connected_shards", connected, gateway.connected)
        latency = "Of the slowest shard's heartbeat, until it was answered."
        yield _one("jamboree_gateway_latency_seconds", latency, gateway.latency)
        backlog, room = report.backlog, report.room
        if backlog is not None:
            unfinished = "Tracks in the database that have not ended, of all clusters."
            yield _by("jamboree_tracks_unfinished", unfinished, "state", backlog.tracks)
            waited = (now() - backlog.oldest).total_seconds() if backlog.oldest else 0.0
            oldest = "How long the track that waits longest has been in line, of all clusters."
            yield _one("jamboree_queue_oldest_seconds", oldest, max(0.0, waited))
        free = "What is left on the fullest disk that the bot writes to."
        yield _one("jamboree_disk_free_bytes", free, None if room is None else room.free)


def _one(name: str, help_: str, value: float | None) -> Metric:
    return GaugeMetricFamily(name, help_, value=value)


def _by(name: str, help_: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, help_, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
