"""The weekly contest: set on the panel, started by itself, once a week, with one theme after the other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from bot_harness import TIMEOUT, Harness, below, done_again, said
from contesting import contest_id, now_says, over
from discord import TextChannel
from waiting import eventually

from cogs.contests import keeper
from cogs.contests.keeper import ContestKeeper
from cogs.posts import shut_places
from rehearsal.discord.faults import Fault
from rehearsal.discord.members.reading import text_of
from services.contests import weekly
from services.storage.tables import announcements, contests

pytestmark = pytest.mark.asyncio(loop_scope="module")
INTERVALS = {ContestKeeper: 0.3}


class Clock:
    """The moment by which weeks are told: a Monday, at first."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 30, 8, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def often() -> Iterator[None]:
    """In all tests: who has looked in one of them looks again in the next."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keeper, "WEEKLY", 0.0)
        yield


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weekly, "now", lambda: clock.now)
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
    await over(harness, snow)

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


async def chosen(harness: Harness, channel: str, theme: str = "") -> None:
    """Ada has a contest start there each week, about that, or about what the channel is called."""
    ada = await harness.member("Ada")
    panel = await said(await ada.slash("moderation panel"), "Moderation")
    await ada.press(panel, "More rules")
    await panel.until(lambda now: "Change weekly contest" in str(now.message), TIMEOUT)
    channel_id = harness.discord.world.channel(channel, "The Porch").id
    form = await ada.press(panel, "Change weekly contest")
    await ada.submit(form, weekly=[channel_id], contest_themes=theme or f"About {channel}")
    await said(panel, f"Every Monday, one starts in <#{channel_id}>")  # before, it said another channel


async def told(harness: Harness) -> int:
    """How often moderators were told that the week's contest waits."""
    assert harness.bot is not None
    query = sa.select(announcements.c.text).where(announcements.c.text.contains("contest waits"))
    async with harness.bot.studio.database.read() as connection:
        return len((await connection.scalars(query)).all())


async def told_more(harness: Harness, before: int) -> bool:
    return await told(harness) > before


async def is_closed(harness: Harness, channel_id: int) -> bool:
    """Whether the bot knows that it may not write there, or that the channel is gone."""
    assert harness.bot is not None
    found = harness.bot.get_channel(channel_id)
    return not isinstance(found, TextChannel) or not found.permissions_for(found.guild.me).send_messages


async def contests_of(harness: Harness) -> list[str | None]:
    """The weeks of all contests there were."""
    assert harness.bot is not None
    async with harness.bot.studio.database.read() as connection:
        return list(await connection.scalars(sa.select(contests.c.week)))


async def test_where_its_channel_is_shut_it_waits_until_it_is_not(harness: Harness, clock: Clock) -> None:
    clock.now += timedelta(days=74)  # a Friday: nobody would have time to enter
    ben = await harness.member("Ben", channel="after-dark")
    await chosen(harness, "after-dark")
    channel_id = int(harness.discord.world.channel("after-dark", "The Porch").id)
    harness.discord.world.set_permissions("after-dark", "bot", deny=["send_messages"])
    await eventually(lambda: is_closed(harness, channel_id))
    before = len(await contests_of(harness))
    clock.now += timedelta(days=3)
    try:
        await eventually(lambda: told_more(harness, 0))
        await done_again(harness, ContestKeeper)
        await done_again(harness, ContestKeeper)
        assert (len(await contests_of(harness)), await told(harness)) == (before, 1)
        clock.now += timedelta(days=1)
    finally:
        harness.discord.world.set_permissions("after-dark", "bot")
    post = await ben.wait_message(lambda one: "Contest: About after-dark" in text_of(one), TIMEOUT)
    await done_again(harness, ContestKeeper)
    assert (len(await contests_of(harness)), await told(harness)) == (before + 1, 1)
    await over(harness, post)


async def test_where_discord_refuses_its_post_it_is_tried_again(
    harness: Harness, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shut_places, "AGAIN", 0.1)
    clock.now += timedelta(days=81)  # a Friday: on a Monday, one would start where the test before chose
    ben = await harness.member("Ben", channel="after-dark")
    channel_id = harness.discord.world.channel("after-dark", "The Porch").id
    before, told_before = len(await contests_of(harness)), await told(harness)
    path = f"/channels/{channel_id}/messages"
    harness.discord.faults.add(Fault("refuse", "POST", path, times=3, code=50013))
    await chosen(harness, "after-dark", "Refused at first")
    clock.now += timedelta(days=3)
    post = await ben.wait_message(
        lambda one: "Contest: Refused at first" in text_of(one) and "contest:offer" in str(one), TIMEOUT
    )
    assert (len(await contests_of(harness)), await told(harness)) == (before + 1, told_before + 1)
    await over(harness, post)


async def test_what_was_refused_all_week_keeps_no_later_week_waiting(harness: Harness, clock: Clock) -> None:
    clock.now += timedelta(days=102)  # a Friday
    ben = await harness.member("Ben", channel="after-dark")
    channel_id = harness.discord.world.channel("after-dark", "The Porch").id
    before = await told(harness)
    await chosen(harness, "after-dark", "Refused all week")
    path = f"/channels/{channel_id}/messages"
    harness.discord.faults.add(Fault("refuse", "POST", path, times=None, code=50013))
    clock.now += timedelta(days=3)
    await eventually(lambda: told_more(harness, before))
    harness.discord.faults.clear()
    clock.now += timedelta(days=7)
    post = await ben.wait_message(
        lambda one: "Contest: Refused all week" in text_of(one) and "contest:offer" in str(one), TIMEOUT
    )
    assert await told(harness) == before + 1
    await over(harness, post)


async def test_where_its_channel_is_gone_it_starts_in_another_that_week(
    harness: Harness, clock: Clock
) -> None:
    clock.now += timedelta(days=95)  # a Friday
    harness.discord.world.add_channel("The Porch", "short-lived")
    ben, before = await harness.member("Ben", channel="lounge"), await told(harness)
    await chosen(harness, "short-lived")
    channel_id = int(harness.discord.world.channel("short-lived", "The Porch").id)
    harness.discord.world.delete_channel("short-lived")
    await eventually(lambda: is_closed(harness, channel_id))
    clock.now += timedelta(days=3)
    await eventually(lambda: told_more(harness, before))
    await done_again(harness, ContestKeeper)
    assert await told(harness) == before + 1
    await chosen(harness, "lounge")
    post = await ben.wait_message(lambda one: "Contest: About lounge" in text_of(one), TIMEOUT)
    await over(harness, post)


async def test_where_its_channel_goes_with_it_another_starts_that_week(
    harness: Harness, clock: Clock
) -> None:
    clock.now += timedelta(days=123)  # a Friday
    harness.discord.world.add_channel("The Porch", "doomed")
    within, ben = [
        await harness.member(name, channel=at) for name, at in (("Cleo", "doomed"), ("Ben", "lounge"))
    ]
    await chosen(harness, "doomed")
    clock.now += timedelta(days=3)
    await within.wait_message(lambda one: "Contest: About doomed" in text_of(one), TIMEOUT)
    before = await told(harness)
    harness.discord.world.delete_channel("doomed")
    await eventually(lambda: told_more(harness, before))
    await chosen(harness, "lounge")
    post = await ben.wait_message(
        lambda one: "Contest: About lounge" in text_of(one) and "contest:offer" in str(one), TIMEOUT
    )
    await over(harness, post)
