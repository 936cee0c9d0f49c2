"""Chance in the tests: `make test` draws the same every time, `make soak` anew from a seed that it prints."""

from __future__ import annotations

import kept_workers
import pytest
from hypothesis import HealthCheck, settings
from soak.seed import soak_seed

from services import studio

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


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if config.option.markexpr == "soak":
        settings.load_profile("soak")
        config.option.hypothesis_seed = config.option.hypothesis_seed or str(soak_seed())


def pytest_sessionfinish() -> None:
    kept_workers.end_all()
