"""Variations as members use them: a price that is said yes to once, and the vote, also across a restart."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from bot_harness import TIMEOUT, Harness, as_read, below, billed, made, press_more, said
from track_messages import facts_of
from waiting import eventually

from cogs.posts import shut_places
from cogs.posts.ballots import BallotBox
from cogs.texts.formatting import money
from rehearsal.discord.faults import Fault as DiscordFault
from rehearsal.discord.members.member import Answer, Member
from rehearsal.discord.members.reading import text_of
from rehearsal.wavespeed import Fault
from services.storage.database import now
from services.storage.tables import ballots
from services.tracks.ballots import Ballot

pytestmark = pytest.mark.asyncio(loop_scope="module")

INTERVALS = {BallotBox: 0.05}


def is_vote(message: dict[str, Any], title: str) -> bool:
    return message["content"].startswith("**Which one?**") and title in message["content"]


async def asked_for(
    member: Member, title: str, count: int = 3, **options: Any
) -> tuple[dict[str, Any], Answer]:
    """A track and the private answer that its variations have."""
    message = await made(member, title, **options)
    question = await said(
        await member.slash("rework variations", track=title, count=count), f"Make {count} for"
    )
    return message, await member.press(question, f"Make {count} for ${count * 0.001:.3f}")


async def vote_on(member: Member, title: str) -> dict[str, Any]:
    return await member.wait_message(lambda one: is_vote(one, title), TIMEOUT)


def labels(message: dict[str, Any]) -> list[str]:
    return [item["label"] for row in message["components"] for item in row["components"]]


async def until(member: Member, message: dict[str, Any], *words: str) -> str:
    def there(one: dict[str, Any]) -> bool:
        return one["id"] == message["id"] and all(word in text_of(one) for word in words)

    return text_of(await member.wait_message(there, TIMEOUT))


async def ballot_of(harness: Harness, message: dict[str, Any]) -> Ballot:
    assert harness.bot is not None
    query = ballots.select().where(ballots.c.message_id == int(message["id"]))
    async with harness.bot.studio.database.read() as connection:
        row = (await connection.execute(query)).one()
    return Ballot(**row._mapping)  # pyright: ignore[reportPrivateUsage]


async def test_the_price_is_shown_first_and_the_channel_chooses(harness: Harness) -> None:
    ben, cleo, ada = [await harness.member(name) for name in ("Ben", "Cleo", "Ada")]
    message = await made(ben, "Four Ways", seed=3)
    question = await said(await press_more(cleo, message, "Variations"), "$0.001 each", "left for today")
    assert labels(question.message or {}) == [
        "Make 2 for $0.002",
        "Make 3 for $0.003",
        "Make 4 for $0.004",
        "Never mind",
    ]
    answer = await cleo.press(question, "Make 4 for $0.004")
    await answer.until(lambda now: now.text.count("is finished") == 4, TIMEOUT)
    assert "$0.004" not in answer.text
    vote = await vote_on(ben, "Four Ways")
    assert labels(vote) == ["A", "B", "C", "D", "End the vote"]
    for member, letter in ((ben, "A"), (cleo, "B"), (ada, "B")):
        await member.press(vote, letter)
        await eventually(lambda letter=letter: shows(ben, vote, letter))
    await ben.press(vote, "A · ♥ 1")
    await until(ben, vote, "[A]")
    await below(await ben.press(vote, "End the vote"), "Only the member who asked")
    await cleo.press(vote, "End the vote")
    text = await until(ben, vote, "**B won** with 2 of 2 votes", "<@")
    assert "[" not in text.replace("[listen]", "")
    seeds = {facts_of(one)["Seed"] for one in await titled_messages(ben, "Four Ways")}
    assert len(seeds) == 5


async def shows(member: Member, message: dict[str, Any], letter: str) -> bool:
    return any(label.startswith(f"{letter} · ♥") for label in labels(member.latest(message)))


async def titled_messages(member: Member, title: str) -> list[dict[str, Any]]:
    found = [one for one in await member.messages() if one["embeds"]]
    return [one for one in found if as_read(one["embeds"][0].get("title", "")) == title]


async def test_nothing_is_asked_for_without_a_yes_and_a_yes_counts_once(harness: Harness) -> None:
    ben = await harness.member("Ben")
    await made(ben, "Think Twice")
    question = await said(await ben.slash("rework variations", track="Think Twice", count=2), "Never mind")
    dearer = await said(
        await ben.slash("rework variations", track="Think Twice", count=2), "Make 2 for $0.002"
    )
    await (await ben.press(question, "Never mind")).until(
        lambda now: "nothing was charged" in now.text, TIMEOUT
    )
    assert len(await titled_messages(ben, "Think Twice")) == 1
    custom_id = dearer.message["components"][0]["components"][0]["custom_id"]  # type: ignore[index]
    cheaper = custom_id.rsplit(":", 1)[0] + ":1999"
    await below(await ben.press(dearer, cheaper, forged=True), "price has gone up", "Make 2 for $0.002")
    assert len(await titled_messages(ben, "Think Twice")) == 1
    await (await ben.press(dearer, custom_id)).until(lambda now: now.text.count("is finished") == 2, TIMEOUT)
    question = await said(await ben.slash("queue"), "Queue")
    await below(await ben.press(question, custom_id, forged=True), "asked for already")
    assert len(await titled_messages(ben, "Think Twice")) == 3


async def test_what_was_not_made_is_left_out(harness: Harness) -> None:
    ben = await harness.member("Ben")
    harness.wave.faults.add(Fault("render_failed", tags="unlucky", times=1))
    await said(await ben.slash("compose", tags="unlucky", duration=5, title="Unlucky"), "could not be made")
    harness.wave.faults.add(Fault("render_failed", tags="unlucky", times=1))
    question = await said(await ben.slash("rework variations", track="Unlucky", count=3), "Make 3")
    await ben.press(question, "Make 3 for $0.003")
    vote = await vote_on(ben, "Unlucky")
    assert len(labels(vote)) == 3
    assert "was not made" in text_of(vote)


async def test_one_alone_is_not_voted_on(harness: Harness) -> None:
    ben = await harness.member("Ben")
    await made(ben, "Lonely", tags="lonely, harp")
    harness.wave.faults.add(Fault("render_failed", tags="lonely", times=1))
    question = await said(await ben.slash("rework variations", track="Lonely", count=2), "Make 2")
    answer = await ben.press(question, "Make 2 for $0.002")
    await answer.until(lambda now: "could not be made" in now.text and "is finished" in now.text, TIMEOUT)
    await eventually(lambda: nothing_pending(harness))
    assert not any(is_vote(one, "Lonely") for one in await ben.messages())


async def nothing_pending(harness: Harness) -> bool:
    assert harness.bot is not None
    return not [one for one in await harness.bot.studio.ballots.pending() if one.message_id is None]


async def done(harness: Harness, message: dict[str, Any]) -> bool:
    ballot = await ballot_of(harness, message)
    return ballot.closed_at is not None and ballot.shown


async def test_it_ends_by_itself_also_after_a_restart(harness: Harness) -> None:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    _message, _answer = await asked_for(ben, "Overnight", 2)
    vote = await vote_on(ben, "Overnight")
    await cleo.press(vote, "B")
    await until(ben, vote, "[B · ♥ 1]")
    await harness.stop()
    bot = await harness.start()
    await ben.press(vote, "A")
    await until(ben, vote, "[A · ♥ 1]")
    async with bot.studio.database.write() as connection:
        due = ballots.update().where(ballots.c.message_id == int(vote["id"]))
        await connection.execute(due.values(closes_at=now() - timedelta(seconds=1)))
    await until(ben, vote, "A and B are tied** with 1 of 2 votes each")
    await eventually(lambda: done(harness, vote))
    stale = await made(ben, "Stale")
    custom_id = next(
        item["custom_id"] for item in vote["components"][0]["components"] if item["label"].startswith("A")
    )
    await below(await cleo.press(stale, custom_id, forged=True), "This vote is over")


async def test_who_won_is_said_also_in_a_thread_that_discord_has_archived(harness: Harness) -> None:
    assert harness.bot is not None
    world, bot = harness.discord.world, harness.bot
    ben = await harness.member("Ben")
    thread = world.add_thread(world.channel("music"), "which one", ben.id)
    await eventually(lambda: asyncio.sleep(0, bot.get_channel(int(thread.id)) is not None))
    await ben.go("which one")
    await asked_for(ben, "Gone Quiet", 2)
    vote = await vote_on(ben, "Gone Quiet")
    await ben.press(vote, "B")
    await until(ben, vote, "[B · ♥ 1]")
    world.update_channel(thread.id, archived=True)  # nobody has written there for as long as the vote lasts
    async with bot.studio.database.write() as connection:
        due = ballots.update().where(ballots.c.message_id == int(vote["id"]))
        await connection.execute(due.values(closes_at=now() - timedelta(seconds=1)))
    await until(ben, vote, "**B won** with 1 of 1 vote")


async def test_who_won_is_said_once_the_bot_may(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shut_places, "AGAIN", 0.2)
    monkeypatch.setattr(BallotBox, "calm", 0.2)
    ben = await harness.member("Ben")
    await asked_for(ben, "Shut Out", 2)
    vote = await vote_on(ben, "Shut Out")
    path = f"/channels/{vote['channel_id']}/messages/{vote['id']}"
    refused = harness.discord.faults.add(DiscordFault("refuse", "PATCH", path, times=2, code=50001))
    await ben.press(vote, "End the vote")
    await until(ben, vote, "Nobody voted")
    assert refused.hits == 2


async def test_a_vote_that_was_posted_before_a_kill_is_posted_once(harness: Harness) -> None:
    ben = await harness.member("Ben")
    await asked_for(ben, "Once Only", 2)
    vote = await vote_on(ben, "Once Only")
    await eventually(lambda: written_down(harness, vote))
    await harness.stop()
    bot = await harness.start()
    async with bot.studio.database.write() as connection:  # as if killed between the post and the note of it
        own = ballots.update().where(ballots.c.message_id == int(vote["id"]))
        await connection.execute(own.values(message_id=None, closes_at=None, shown=False))
    await eventually(lambda: written_down(harness, vote))
    assert sum(is_vote(one, "Once Only") for one in await ben.messages()) == 1


async def written_down(harness: Harness, message: dict[str, Any]) -> bool:
    assert harness.bot is not None
    query = sa.select(sa.func.count()).where(ballots.c.message_id == int(message["id"]))
    async with harness.bot.studio.database.read() as connection:
        return await connection.scalar(query) == 1


async def test_where_it_may_not_post_its_maker_hears_of_it(harness: Harness) -> None:
    ben = await harness.member("Ben", channel="lounge")
    await made(ben, "Unheard", tags="unheard, harp")
    hold = harness.hold("unheard")
    question = await said(await ben.slash("rework variations", track="Unheard", count=2), "Make 2")
    answer = await ben.press(question, "Make 2 for $0.002")
    harness.discord.world.set_permissions("lounge", "bot", deny=["send_messages"])
    try:
        hold.release()
        await answer.until(lambda now: now.text.count("is finished") == 2, TIMEOUT)
        await eventually(lambda: nothing_pending(harness))
        later = await ben.slash("queue")
        await below(later, "could not post the vote on your variations #")
    finally:
        harness.discord.world.set_permissions("lounge", "bot")


async def test_moderators_end_any_and_other_servers_none(harness: Harness) -> None:
    ben, ada, dora = (
        await harness.member("Ben"),
        await harness.member("Ada"),
        await harness.member("Dora", "Rooftop"),
    )
    await asked_for(ben, "Moderated", 2)
    vote = await vote_on(ben, "Moderated")
    bait = await made(dora, "Roof Bait")
    close_id = next(
        item["custom_id"]
        for row in vote["components"]
        for item in row["components"]
        if "close" in item["custom_id"]
    )
    await below(await dora.press(bait, close_id, forged=True), "no such vote")
    await ada.press(vote, "End the vote")
    await until(ben, vote, "Nobody voted", f"by <@{ada.id}>")
    log = await ada.slash("moderation log")
    await log.until(lambda now: "ended the vote on" in now.text, TIMEOUT)


async def plays(member: Member, track_id: str) -> dict[str, Any]:
    """The message with that track."""
    return next(one for one in await member.messages() if one["attachments"] and track_id in str(one))


async def test_what_is_withheld_goes_from_its_vote_and_from_the_result(harness: Harness) -> None:
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    parent, _answer = await asked_for(ben, "Loud Origin", 2)
    vote = await vote_on(ben, "Loud Origin")
    a, b = (item["custom_id"].split(":")[-1] for item in vote["components"][0]["components"][:2])
    made_as = {track_id: await plays(ben, track_id) for track_id in (a, b)}
    await ben.press(vote, "A")
    await until(ben, vote, "[A · ♥ 1]")

    async def withhold(message: dict[str, Any]) -> None:
        form = await ada.context("Withhold track", message)
        await said(await ada.submit(form, reason="Off topic"), "is withheld")

    async def lacks(words: str) -> bool:
        return words not in text_of(ben.latest(vote))

    await withhold(made_as[a])
    await until(ben, vote, "A is no longer there")
    assert labels(ben.latest(vote)) == ["B", "End the vote"]
    await withhold(parent)
    await eventually(lambda: lacks("Variations of"))
    await ben.press(vote, "End the vote")
    await until(ben, vote, "What was voted for is no longer there")
    await withhold(made_as[b])
    await eventually(lambda: lacks("Loud Origin"))


@pytest.mark.parametrize("refusals", [0, 1], ids=["at once", "refused once"])
async def test_an_erased_makers_vote_is_taken_down(harness: Harness, refusals: int) -> None:
    if not refusals:
        harness.discord.world.add_member("The Porch", "Gus")
    gus, ben = await harness.member("Gus"), await harness.member("Ben")
    await asked_for(gus, "Forget Me", 2)
    vote = await vote_on(ben, "Forget Me")
    await eventually(lambda: written_down(harness, vote))
    if refusals:
        path = f"/channels/*/messages/{vote['id']}"
        harness.discord.faults.add(
            DiscordFault("refuse", status=403, code=50001, times=refusals, method="DELETE", path=path)
        )
    question = await said(await gus.slash("privacy delete"), "no way back")
    await gus.press(question, "Delete my data")

    async def gone() -> bool:
        return not any("Forget Me" in text_of(one) for one in await ben.messages())

    await eventually(gone)


async def test_a_rework_is_varied_from_its_source_at_a_reworks_price(harness: Harness) -> None:
    ben = await harness.member("Ben")
    await made(ben, "Short One")
    answer = await ben.slash("rework extend", track="Short One", after=5, title="Long One", tags="ska")
    await said(answer, "is finished")
    price = billed(harness, part=5, whole=10)
    question = await said(
        await ben.slash("rework variations", track="Long One", count=2), f"{money(price)} each"
    )
    answer = await ben.press(question, f"Make 2 for {money(2 * price)}")
    await answer.until(lambda now: now.text.count("is finished") == 2, TIMEOUT)
    tracks = await titled_messages(ben, "Long One")
    assert len(tracks) == 3
    assert all("Short One" in facts_of(one)["Made from"] for one in tracks)


async def test_what_the_limit_does_not_let_in_is_told_and_nothing_is_made(harness: Harness) -> None:
    harness.discord.world.add_member("The Porch", "Hal")
    hal, ada = await harness.member("Hal"), await harness.member("Ada")
    await made(hal, "Penniless")
    await said(await ada.slash("moderation budget", member=0.0035), "The limits are set")
    try:
        question = await said(
            await hal.slash("rework variations", track="Penniless", count=4), "enough for 2 of them"
        )
        await below(
            await hal.press(question, "Make 4 for $0.004"),
            "These 4 tracks cost $0.004 together, but you have only $0.002 of your $0.0035 left",
            "Ask for 2",
        )
        assert len(await titled_messages(hal, "Penniless")) == 1
    finally:
        await said(await ada.slash("moderation budget", member=5), "The limits are set")


async def test_whoever_may_not_ask_for_tracks_is_offered_none(harness: Harness) -> None:
    ben, ada = await harness.member("Ben"), await harness.member("Ada")
    message = await made(ben, "Not Offered")
    banned = await ada.slash("moderation member ban", member="Ben", reason="Too loud")
    await said(banned, "may not make tracks")
    await said(await ben.slash("rework variations", track="Not Offered"), "Too loud")
    await said(await press_more(ben, message, "Variations"), "Too loud")
    passage: Any = {"track": "Not Offered", "from": "1", "to": "4"}
    await said(await ben.slash("rework repaint", **passage), "Too loud", "What you wrote")
    await said(await ada.slash("moderation member pardon", member="Ben"), "may make tracks again")
