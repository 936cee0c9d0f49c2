"""Chance in the tests: `make test` draws the same every time, `make soak` anew from a seed that it prints.

And what spares time that no test is about.
"""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any
from zlib import crc32

import compiled_statements  # noqa: F401
import kept_workers
import preloaded
import pytest
import structlog
from dbos import _scheduler, _workflow_commands
from hypothesis import HealthCheck, settings
from soak.seed import soak_seed

from rehearsal.discord.voice import certificate
from rehearsal.wavespeed.server import SHAPES
from services import studio
from services.settings_source import NAMES

for name in [one for one in os.environ if one.upper() in NAMES]:  # that of a bot that runs, its database too
    del os.environ[name]

ASIDE = "jamboree-tests-"
if not Path(tempfile.gettempdir()).name.startswith(ASIDE):  # in the process that starts all others
    # What tests put aside goes with it, also where who made it was killed; pytest's own stays, to be read.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())
    aside = tempfile.TemporaryDirectory(prefix=ASIDE, ignore_cleanup_errors=True)
    os.chmod(aside.name, 0o711)  # noqa: S103  # where root runs them, PostgreSQL is somebody else
    os.environ["TMPDIR"] = tempfile.tempdir = aside.name

gc.disable()  # what is imported stays: see pytest_collection_finish
os.environ["OPENBLAS_NUM_THREADS"] = "1"  # more would be begun with NumPy, and look for work for a while

# Neither the day's seed nor a busy machine may fail the suite.
settings.register_profile(
    "suite",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
settings.register_profile("soak", settings.get_profile("suite"), derandomize=False, print_blob=True)
settings.load_profile("suite")

studio.Workers = kept_workers.KeptWorkers
# Bots in this process, and those that are started or forked from here, trust the voice of the stand-in's.
certificate.trust()
os.environ["SSL_CERT_FILE"] = str(certificate.certificate())
# As the bot's own: to draw one in boxes and colours takes a tenth of a second.
structlog.dev.ConsoleRenderer.get_active().exception_formatter = structlog.dev.plain_traceback

# Seconds. It enqueues workflows that were delayed and ends those with a deadline: ours have neither. And it
# looks for schedules, of which we have none: each second in a bot's first minute.
_workflow_commands._BACKGROUND_JOBS_INTERVAL_SEC = 10.0  # pyright: ignore[reportPrivateUsage]
_scheduler._STARTUP_FAST_POLL_INTERVAL_SEC = 30.0  # pyright: ignore[reportPrivateUsage]

LONG = {  # files that take from 20 to 100 seconds, most of which they wait
    "test_acknowledged.py", "test_album_post.py", "test_check.py", "test_clusters.py",
    "test_contest_night.py", "test_contest_places.py", "test_contest_restarts.py", "test_forgery.py",
    "test_front_door.py", "test_jam_panels.py", "test_jam_refusals.py", "test_jam_twenty.py",
    "test_jam_voice.py", "test_kept_messages.py", "test_kill.py", "test_kill_evenings.py",
    "test_leases.py", "test_lent_voices.py", "test_life.py", "test_lost_and_late.py",
    "test_moderators.py", "test_outages.py", "test_own_voices.py", "test_party.py",
    "test_party_faults.py", "test_party_kill.py", "test_pruned.py", "test_rehearsal_demo.py",
    "test_rehearsal_run.py", "test_relay.py", "test_reworks.py", "test_rights.py", "test_room.py",
    "test_room_evenings.py", "test_said_once.py", "test_seen_from_outside.py", "test_setup.py",
    "test_start.py", "test_stop.py", "test_variations.py", "test_voice.py", "test_wave_music.py",
    "test_wave_reworks.py", "test_wave_singing.py", "test_weekly_contest.py",
    "test_what_reworks_cost.py", "test_workers.py",
}  # fmt: skip


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if config.option.markexpr == "soak":
        settings.load_profile("soak")
        config.option.hypothesis_seed = config.option.hypothesis_seed or str(soak_seed())


def pytest_sessionstart(session: pytest.Session) -> None:
    if session.config.getoption("dist", "no") != "no":  # in the process that starts all others
        preloaded.share()


def pytest_xdist_setupnodes(config: pytest.Config, specs: list[Any]) -> None:
    """Has the tests imported once, for all workers."""
    command = preloaded.suite_worker(config.args)
    for spec in specs:
        spec.python = command


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mixes the files, so that those that wait and those that work run side by side from start to end; none
    that takes long is among the last third, so that at the end nobody waits for one."""

    def place(item: pytest.Item) -> float:
        return crc32(item.path.name.encode()) * (2 / 3 if item.path.name in LONG else 1)

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """To look through what is imported for garbage, again and again, takes a tenth of the time."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(200_000)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Plays a test file to the provider as documented and as observed: each test to both where it says
    BOTH_SHAPES, and to one of them, half of the tests to each, where it says EITHER_SHAPE."""
    if "shape" not in metafunc.fixturenames:
        return
    if getattr(metafunc.module, "BOTH_SHAPES", False):
        metafunc.parametrize("shape", SHAPES, scope="module")
    elif getattr(metafunc.module, "EITHER_SHAPE", False) and "PROVIDER_SHAPE" not in os.environ:
        number = crc32(metafunc.function.__name__.encode())
        metafunc.parametrize("shape", [SHAPES[number % len(SHAPES)]], scope="module")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Lets nothing be cleared away while a failure is written down: Python 3.11 cannot parse two things at
    once, so that where what is cleared away logs a trace, one failure would end the whole run."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.fixture(scope="session")
def shape() -> str:
    """How the WaveSpeed stand-in answers; see rehearsal/wavespeed."""
    return os.environ.get("PROVIDER_SHAPE", "observed")


def pytest_sessionfinish() -> None:
    kept_workers.end_all()
