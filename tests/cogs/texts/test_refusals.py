"""Every refusal has its sentence, in the part of the table that is its feature's."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterator

import pytest

import cogs
import services
from cogs.texts import budget, jams, moderation, privacy, queue, requests, tracks
from cogs.texts.refusals import SENTENCES, render_error
from services.text.refusal import Refusal

for package in (cogs, services):
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def _kinds(of: type[Refusal]) -> Iterator[type[Refusal]]:
    """Those that are raised: kinds that have kinds of their own are not."""
    for one in of.__subclasses__():
        if one.__module__.startswith(("cogs.", "services.")):
            yield from _kinds(one) if one.__subclasses__() else (one,)


@pytest.mark.parametrize("refusal", list(_kinds(Refusal)), ids=lambda kind: kind.__name__)
def test_every_refusal_has_a_sentence(refusal: type[Refusal]) -> None:
    assert any(kind in SENTENCES for kind in refusal.__mro__)


def test_no_refusal_is_said_in_two_ways() -> None:
    parts = (requests, budget, tracks, queue, moderation, privacy, jams)
    times = Counter(kind for part in parts for kind in part.REFUSALS)
    assert max(times.values()) == 1


def test_what_has_no_reason_has_no_sentence() -> None:
    assert render_error(ValueError("our own mistake")) is None
