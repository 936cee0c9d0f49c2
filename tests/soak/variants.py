"""What is tried in many ways: in a few of them by `make test`, in all by `make soak`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def few_of(number: int, values: Iterable[Any]) -> list[Any]:
    """Values for `parametrize`, a tuple where a test takes several; those after the first so many are a
    campaign's."""
    all_of = [value if isinstance(value, tuple) else (value,) for value in values]
    return [
        pytest.param(*value, marks=[pytest.mark.soak] if place >= number else [])
        for place, value in enumerate(all_of)
    ]
