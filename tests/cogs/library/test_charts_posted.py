"""/library charts as members see them, and the weekly post: once, where moderators chose; told where it "
"cannot be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa
from bot_harness import TIMEOUT, Harness, delete, gone, made, said
from waiting import eventually

from cogs.library.charts import ChartCommands
from cogs.posts import shut_places
from rehearsal.discord.faults import Fault
from rehearsal.discord.members.member import Member
from rehearsal.discord.members.reading import text_of
from services.privacy import erasure
from services.storage.database import now
from services.storage.tables import chart_posts, notices, rules, votes
from services.tracks import charts

pytestmark = pytest.mark.asyncio(loop_scope="module")

INTERVALS = {ChartCommands: 0.05}
HEADING = "**The week's charts**"


async def chosen(harness: Harness, channel: str) -> None:
    """Ada has the charts posted in that channel."""
    ada = await harness.member("Ada")
    panel = await said(await ada.slash("moderation panel"), "Weekly charts", "Off")
    channel_id = next(one["id"] for one in ada.guild["channels"] if one["name"] == channel)
    await ada.submit(await ada.press(panel, "Change charts"), charts=[channel_id])
    await panel.until(lambda now: f"posted in <#{channel_id}>" in now.text, TIMEOUT)


class Calendar:
    """Turns the page to the Monday after this week, for votes of this week; and back."""

    def __init__(self, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
        self.harness = harness
        self.days = 0
        monkeypatch.setattr(charts, "now", lambda: now() + timedelta(days=self.days))

    async def next_week(self, weeks: int = 1) -> None:
        """It is the Monday, 9 o'clock or later, so many weeks on."""
        days = 7 * weeks - now().weekday()
        self.days = days if now().hour >= charts.HOUR else days + 1


@pytest_asyncio.fixture(loop_scope="module")
async def calendar(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Calendar]:
    yield Calendar(harness, monkeypatch)
    assert harness.bot is not None
    async with harness.bot.studio.database.write() as connection:
        await connection.execute(rules.delete())
        await connection.execute(chart_posts.delete())


async def posts(member: Member) -> list[dict[str, Any]]:
    return [one for one in await member.messages() if one["content"].startswith(HEADING)]


async def seen_to(harness: Harness) -> bool:
    """Whether some week's post is done with."""
    assert harness.bot is not None
    count = sa.select(sa.func.count()).select_from(chart_posts).where(chart_posts.c.done)
    async with harness.bot.studio.database.read() as connection:
        return bool(await connection.scalar(count))


async def kept_for_moderators(harness: Harness, words: str) -> bool:
    """Whether that waits for the next moderator who uses a command."""
    assert harness.bot is not None
    query = sa.select(notices.c.text)
    async with harness.bot.studio.database.read() as connection:
        return any(words in text for text in await connection.scalars(query))


async def test_charts_of_some_time(harness: Harness) -> None:
    ben, cleo, ada = [await harness.member(name) for name in ("Ben", "Cleo", "Ada")]
    await said(await ben.slash("library charts"), "Nobody voted", "♥")
    old, new = await made(ben, "Old Hit"), await made(cleo, "New Hit")
    for member, message in ((ben, old), (cleo, old), (ada, new)):
        await member.press(message, message["components"][0]["components"][0]["custom_id"])
    await ben.wait_message(lambda one: one["id"] == old["id"] and "♥ 2" in text_of(one), TIMEOUT)
    await ben.wait_message(lambda one: one["id"] == new["id"] and "♥ 1" in text_of(one), TIMEOUT)
    text = (await said(await ben.slash("library charts"), "1. **#1", "♥ 2", f"<@{ben.id}>", old["id"])).text
    assert text.index("Old Hit") < text.index("New Hit")
    assert f"2. <@{cleo.id}> · ♥ 1" in text
    assert harness.bot is not None
    async with harness.bot.studio.database.write() as connection:
        own = votes.update().where(votes.c.member_id != int(ada.id))
        await connection.execute(own.values(at=now() - timedelta(days=8)))
    assert "Old Hit" not in (await said(await ben.slash("library charts", period="week"), "New Hit")).text
    card = await said(await ben.slash("library charts", period="all"), "Old Hit")
    await said(
        await ben.press(card, "Play one again …", [old["components"][0]["components"][0]["custom_id"][11:]]),
        ".mp3",
    )


async def test_the_weeks_charts_are_posted_once(harness: Harness, calendar: Calendar) -> None:
    ben = await harness.member("Ben", channel="lounge")
    await chosen(harness, "lounge")
    await calendar.next_week()
    (post,) = [await ben.wait_message(lambda one: one["content"].startswith(HEADING), TIMEOUT)]
    assert "New Hit" in text_of(post)
    assert post["mentions"] == []
    await eventually(lambda: seen_to(harness))
    assert harness.bot is not None
    async with harness.bot.studio.database.write() as connection:  # as if killed before that was written down
        await connection.execute(
            chart_posts.update().where(chart_posts.c.done).values(done=False, message_id=None)
        )
    await harness.stop()
    await harness.start()
    await eventually(lambda: seen_to(harness))
    assert [one["id"] for one in await posts(ben)] == [post["id"]]


async def test_a_week_without_votes_is_skipped(harness: Harness, calendar: Calendar) -> None:
    ben = await harness.member("Ben", channel="after-dark")
    await chosen(harness, "after-dark")
    await calendar.next_week(3)
    await eventually(lambda: seen_to(harness))
    assert await posts(ben) == []


async def test_where_it_may_no_longer_post_moderators_are_told(harness: Harness, calendar: Calendar) -> None:
    ada = await harness.member("Ada", channel="lounge")
    await chosen(harness, "music")
    harness.discord.world.set_permissions("music", "bot", deny=["send_messages"])
    try:
        await calendar.next_week()
        await eventually(lambda: kept_for_moderators(harness, "could not post the week's charts"))
        told = await ada.slash("queue")
        await told.until(
            lambda now: any("could not post the week's charts" in text_of(one) for one in now.followups),
            TIMEOUT,
        )
        assert not await seen_to(harness)
    finally:
        harness.discord.world.set_permissions("music", "bot")
    ada = await harness.member("Ada", channel="music")
    await ada.wait_message(lambda one: one["content"].startswith(HEADING), TIMEOUT)
    await eventually(lambda: seen_to(harness))
    assert len(await posts(ada)) == 1


async def test_what_is_erased_leaves_the_posts_too(harness: Harness, calendar: Calendar) -> None:
    harness.discord.world.add_member("The Porch", "Gus")
    gus, ben = await harness.member("Gus"), await harness.member("Ben")
    message = await made(gus, "Forget This")
    await ben.press(message, "♥ Vote")
    await ben.wait_message(lambda one: one["id"] == message["id"] and "♥ 1" in text_of(one), TIMEOUT)
    ben = await harness.member("Ben", channel="after-dark")
    await chosen(harness, "after-dark")
    await calendar.next_week()
    post = await ben.wait_message(lambda one: one["content"].startswith(HEADING), TIMEOUT)
    assert "Forget This" in text_of(post)
    await eventually(lambda: seen_to(harness))
    question = await said(await gus.slash("privacy delete"), "no way back")
    await gus.press(question, "Delete my data")
    after = await ben.wait_message(
        lambda one: one["id"] == post["id"] and "Forget This" not in text_of(one), TIMEOUT
    )
    assert "New Hit" in text_of(after)


@pytest.mark.parametrize("alone", [False, True])
async def test_what_is_erased_leaves_a_post_whose_answer_was_lost(
    harness: Harness, calendar: Calendar, alone: bool
) -> None:
    name = f"Kim {alone}"
    harness.discord.world.add_member("The Porch", name)
    kim, ben = await harness.member(name), await harness.member("Ben")
    message = await made(kim, f"{name} Sang It")
    assert harness.bot is not None
    if alone:
        async with harness.bot.studio.database.write() as connection:
            await connection.execute(votes.delete())
    await ben.press(message, "♥ Vote")
    await ben.wait_message(lambda one: one["id"] == message["id"] and "♥ 1" in text_of(one), TIMEOUT)
    ben = await harness.member("Ben", channel="lounge")
    for earlier in await posts(ben):
        delete(harness, earlier)
    lounge = harness.discord.world.channel("lounge", "The Porch").id
    messages = f"/channels/{lounge}/messages*"
    harness.discord.faults.add(Fault("lost", "POST", messages, times=None))
    harness.discord.faults.add(Fault("down", "GET", messages, times=None))
    await chosen(harness, "lounge")
    await calendar.next_week()
    post = await ben.wait_message(lambda one: f"{name} Sang It" in text_of(one), TIMEOUT)
    async with harness.bot.studio.database.write() as connection:  # on Discord's calendar no page was turned
        await connection.execute(chart_posts.update().values(intent_at=now()))
    question = await said(await kim.slash("privacy delete"), "no way back")
    await said(await kim.press(question, "Delete my data"), "Your data is deleted")
    harness.discord.faults.clear()
    if alone:
        await gone(ben, post)
    else:
        await ben.wait_message(
            lambda one: one["id"] == post["id"] and f"{name} Sang It" not in text_of(one), TIMEOUT
        )
    await eventually(lambda: seen_to(harness))


@pytest.mark.parametrize(("name", "pause"), [("Hal", 0.2), ("Ida", 13 * 3600.0)])
async def test_what_is_erased_leaves_a_post_whose_channel_was_shut(
    harness: Harness, calendar: Calendar, monkeypatch: pytest.MonkeyPatch, name: str, pause: float
) -> None:
    """It is written anew once that can be, and where it could not be for long, it is taken down."""
    monkeypatch.setattr(shut_places, "AGAIN", pause)
    monkeypatch.setattr(ChartCommands, "calm", 0.2)
    monkeypatch.setattr(erasure, "AGAIN", 0.1)
    harness.discord.world.add_member("The Porch", name)
    hal, ben = await harness.member(name), await harness.member("Ben")
    for member, title in ((ben, f"Without {name}"), (hal, f"{name} Sang It")):
        await ben.press(await made(member, title), "♥ Vote")
    ben = await harness.member("Ben", channel="after-dark")
    for earlier in await posts(ben):  # of the same week, and so with the same nonce
        delete(harness, earlier)
    await chosen(harness, "after-dark")
    await calendar.next_week()
    post = await ben.wait_message(lambda one: f"{name} Sang It" in text_of(one), TIMEOUT)
    await eventually(lambda: seen_to(harness))
    shut = Fault("refuse", "PATCH", f"/channels/*/messages/{post['id']}", code=50001, times=2)
    harness.discord.faults.add(shut)
    question = await said(await hal.slash("privacy delete"), "no way back")
    await hal.press(question, "Delete my data")
    if pause < 1:
        await ben.wait_message(
            lambda one: one["id"] == post["id"] and f"{name} Sang It" not in text_of(one), TIMEOUT
        )
        assert shut.hits == 2
    else:
        await gone(ben, post)
