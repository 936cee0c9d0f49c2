"""Chance in the tests: `make test` draws the same every time, `make soak` anew from a seed that it prints."""

from __future__ import annotations

import os
import random

from hypothesis import HealthCheck, settings

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

SOAK_SEED = os.environ.setdefault("SOAK_SEED", str(random.randrange(2**31)))


def pytest_report_header() -> str:
    return f"campaigns of `make soak` draw from SOAK_SEED={SOAK_SEED}"
