"""The weekly contest: set on the panel, started by itself, once a week, with one theme after the other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from bot_harness import TIMEOUT, Harness, below, done_again, said
from contesting import contest_id, now_says, over

from cogs.contests import keeper
from cogs.contests.keeper import ContestKeeper
from rehearsal.discord.members.reading import text_of
from services.contests import weekly

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Clock:
    """The moment by which weeks are told: a Monday, at first."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 30, 8, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weekly, "now", lambda: clock.now)
        patch.setattr(keeper, "WEEKLY", 0.0)
        yield clock


async def test_it_starts_once_a_week_and_takes_the_next_theme(harness: Harness, clock: Clock) -> None:
    ada, ben = [await harness.member(name, channel="lounge") for name in ("Ada", "Ben")]
    channel_id = harness.discord.world.channel("lounge", "The Porch").id
    panel = await said(await ada.slash("moderation panel"), "Moderation")
    await ada.press(panel, "More rules")
    await said(panel, "Off: no contest starts by itself")
    form = await ada.press(panel, "Change weekly contest")
    await below(await ada.submit(form, weekly=[channel_id]), "at least one theme")
    await ada.submit(form, weekly=[channel_id], contest_themes="Rain\n Snow \nRain")
    await said(panel, "Every Monday, one starts in", "your 2 themes")

    post = await ben.wait_message(lambda one: "Contest: Rain" in text_of(one), TIMEOUT)
    assert "This week's contest" in text_of(post)
    clock.now += timedelta(days=1)
    await done_again(harness, ContestKeeper)
    assert not any("Contest: Snow" in text_of(one) for one in await ben.messages())
    await said(await ben.slash("contest end"), "Only who started")
    clock.now += timedelta(days=6)  # the next Monday, and last week's is not over
    await done_again(harness, ContestKeeper)
    assert not any("Contest: Snow" in text_of(one) for one in await ben.messages())
    await over(harness, post)
    await now_says(ben, post, "Nothing was entered")
    snow = await ben.wait_message(lambda one: "Contest: Snow" in text_of(one), TIMEOUT)
    assert contest_id(snow) != contest_id(post)

    form = await ada.press(panel, "Change weekly contest")
    await ada.submit(form, weekly=[], contest_themes="Rain")
    await said(panel, "Off: no contest starts by itself")


async def test_who_may_start_one_is_the_moderators_to_say(harness: Harness) -> None:
    ada, ben = [await harness.member(name, channel="music") for name in ("Ada", "Ben")]
    panel = await said(await ada.slash("moderation panel"), "Moderation")
    await ada.press(panel, "More rules")
    await said(panel, "Everybody who may ask for tracks starts them")
    await ada.submit(await ada.press(panel, "Change contests"), contests="moderators", contest_roles=[])
    await said(panel, "Only moderators start them")
    await said(await ben.slash("contest start", theme="Mine"), "only moderators start contests")
    await said(await ada.slash("contest start", theme="Hers"), "is open")
    log = await said(await ada.slash("moderation log"), "changed **Contests**: everybody → moderators")
    assert "contest_" not in log.text
