"""Every refusal has its sentence, in the part of the table that is its feature's."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

import cogs
import services
from cogs.texts import budget, privacy, queue, requests
from cogs.texts.contests import refusals as contests
from cogs.texts.jams import jam
from cogs.texts.library import tracks
from cogs.texts.moderating import members, reviews, rules
from cogs.texts.refusals import SENTENCES, render_error, render_refusal
from services.money.limits import LimitReached, Line, Scope
from services.prompts.rework import Kind, Shorter
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
    parts = (requests, budget, tracks, queue, members, reviews, rules, privacy, jam, contests)
    times = Counter(kind for part in parts for kind in part.REFUSALS)
    assert max(times.values()) == 1


def test_what_has_no_reason_has_no_sentence() -> None:
    assert render_error(ValueError("our own mistake")) is None


@pytest.mark.parametrize(
    ("less", "said"),
    [
        (Shorter(50), "Make it at most 50 seconds long, or wait until the limit starts afresh <t:"),
        (Shorter(9, Kind.EXTEND), "Add at most 9 seconds, or wait until the limit starts afresh <t:"),
        (Shorter(9, Kind.REPAINT), "Repaint at most 9 seconds, or wait until the limit starts afresh <t:"),
        (None, "Please wait until the limit starts afresh <t:"),
    ],
)
def test_what_a_limit_still_lets_in_is_said(less: Shorter | None, said: str) -> None:
    line = Line(Scope.GUILD_DAY, 0, 500_000, 1_000_000, datetime(2030, 1, 1, tzinfo=UTC))
    refusal = LimitReached(line, 600_000, 500_000)
    refusal.instead = less
    text = render_refusal(refusal)
    stands = "This track costs $0.60, but this server has only $0.50 of its $1.00 left for today."
    assert text.startswith(f"{stands} {said}")
    assert text.endswith(", or ask a moderator to raise the limit with `/moderation budget`.")


@pytest.mark.parametrize("scope", list(Scope))
@pytest.mark.parametrize("tracks", [1, 3])
def test_waiting_is_not_advised_where_the_whole_limit_is_too_low(scope: Scope, tracks: int) -> None:
    line = Line(scope, 0, 0, 500_000, datetime(2030, 1, 1, tzinfo=UTC))
    refusal = LimitReached(line, 600_000 // tracks, 500_000, tracks)
    refusal.instead = Shorter(7, Kind.EXTEND)
    text = render_refusal(refusal)
    assert "afresh" not in text
    assert ("Ask for 2." if tracks > 1 else "Add at most 7 seconds.") in text
    assert "Waiting does not help: the whole limit is lower than that." in text
    assert ("`/moderation budget`" in text) is (scope is not Scope.HOST_DAY)
    assert ("today" in text) is (scope in (Scope.GUILD_DAY, Scope.MEMBER_DAY))


def test_a_limit_of_nothing_can_be_raised_and_not_waited_for() -> None:
    line = Line(Scope.GUILD_DAY, 0, 0, 0, datetime(2030, 1, 1, tzinfo=UTC))
    assert render_refusal(LimitReached(line, 1000, 0)) == (
        "This track costs $0.001, but this server has nothing left of its $0.00 for today. Waiting does not "
        "help: the whole limit is lower than that. A moderator can raise it with `/moderation budget`."
    )


@pytest.mark.parametrize(("sharing", "wait"), [(1, False), (2, False), (3, True)])
def test_a_share_that_the_whole_limit_lets_in_may_be_waited_for(sharing: int, wait: bool) -> None:
    line = Line(Scope.MEMBER_DAY, 0, 100_000, 250_000, datetime(2030, 1, 1, tzinfo=UTC))
    refusal = LimitReached(line, 600_000, 100_000, 1, 7, sharing)
    for reader_id in (None, 7, 8):
        assert ("wait until" in jam.limit_of_one(refusal, reader_id)) is wait
