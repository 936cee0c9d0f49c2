"""Chance in the tests: `make test` draws the same every time, `make soak` anew from a seed that it prints.

And what spares time that no test is about.
"""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import suppress
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

for name in [one for one in os.environ if one.upper() in NAMES or one.lower().endswith("_proxy")]:
    del os.environ[name]  # a bot's that runs, its database too; and where requests would go instead

ASIDE = "jamboree-tests-"
IN_MEMORY = Path("/dev/shm")  # Linux's; what the tests have there at a time is 1.5 GB at most
if not Path(tempfile.gettempdir()).name.startswith(ASIDE):  # in the process that starts all others
    with suppress(OSError):
        if "TMPDIR" not in os.environ and shutil.disk_usage(IN_MEMORY).free > 4 * 2**30:
            tempfile.tempdir = str(IN_MEMORY)  # a disk takes more of the processor, and of the time
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
    max_examples=30,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
settings.register_profile(
    "soak", settings.get_profile("suite"), max_examples=1000, derandomize=False, print_blob=True
)
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

LONG = {  # seconds that these files take, most of which they wait
    "test_acknowledged.py": 35, "test_album_post.py": 40, "test_clusters.py": 20,
    "test_front_door.py": 20, "test_jam_restarts.py": 20, "test_leases.py": 25,
    "test_lent_voices.py": 20, "test_life.py": 25, "test_outages.py": 25, "test_party.py": 30,
    "test_party_faults.py": 60, "test_pruned.py": 30, "test_rehearsal_demo.py": 65,
    "test_rehearsal_run.py": 45, "test_room.py": 55,
    "test_said_once.py": 30, "test_second_process.py": 20, "test_start.py": 25,
    "test_start_databases.py": 20, "test_stop.py": 40, "test_unread_log.py": 30, "test_voice.py": 25,
    "test_wave_music.py": 15, "test_wave_reworks.py": 20,
    "test_workers.py": 30,
}  # fmt: skip


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if config.option.markexpr.startswith("soak"):
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
    that takes long is at the end, where others would wait for it."""

    def mixed(name: str) -> float:
        return crc32(name.encode()) / 2**32

    places, total, before = dict[str, float](), sum(LONG.values()), 0
    for name in sorted(LONG, key=mixed):
        places[name] = before / total * 0.85
        before += LONG[name]
    items.sort(key=lambda item: places.get(item.path.name, mixed(item.path.name)))


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
