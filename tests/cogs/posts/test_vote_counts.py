"""A track's votes: many presses, few edits, every one counted; and a press on a track seen in private."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, below, made, said
from waiting import eventually

from cogs.core.coalesced_edits import CoalescedEdits
from rehearsal.discord.faults import Fault
from services.tracks.track import Track
from services.tracks.votes import Votes

pytestmark = pytest.mark.asyncio(loop_scope="module")

PRESSERS = 50


def vote_of(message: dict[str, Any]) -> dict[str, Any]:
    """The vote's button in the message."""
    return message["components"][0]["components"][0]


async def shows(harness: Harness, message: dict[str, Any], label: str) -> None:
    ben = harness.members["Ben", "The Porch"]
    await ben.wait_message(lambda one: one["id"] == message["id"] and vote_of(one)["label"] == label, TIMEOUT)


def edits(harness: Harness, message: dict[str, Any]) -> list[float]:
    """When the bot edited the message, in seconds."""
    path = f"/channels/{message['channel_id']}/messages/{message['id']}"
    found = [one for one in harness.discord.requests if one.method == "PATCH" and one.path.endswith(path)]
    return [one.at for one in found]


async def test_a_vote_is_shown_and_taken_back(harness: Harness) -> None:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    message = await made(ben, "Loved")
    assert vote_of(message)["label"] == "♥ Vote"
    await cleo.press(message, "♥ Vote")
    await shows(harness, message, "♥ 1")
    await ben.press(message, "♥ 1")
    await shows(harness, message, "♥ 2")
    await cleo.press(message, "♥ 2")
    await shows(harness, message, "♥ 1")


async def test_fifty_members_within_seconds_cost_an_edit_a_second_and_none_is_lost(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CoalescedEdits, "interval", 1.0)  # as it is
    ben = await harness.member("Ben")
    message = await made(ben, "Crowd Pleaser")
    names = [f"Presser {number}" for number in range(PRESSERS)]
    for name in names:
        harness.discord.world.add_member("The Porch", name)
    members = [await harness.member(name) for name in names]
    custom_id = vote_of(message)["custom_id"]
    answers = await asyncio.gather(*(one.press(message, custom_id, forged=True) for one in members))
    await shows(harness, message, f"♥ {PRESSERS}")
    assert all(answer.acknowledged_after is not None for answer in answers)
    at = edits(harness, message)
    assert len(at) < PRESSERS / 2
    assert all(later - earlier >= 1 for earlier, later in pairwise(at))


async def test_votes_on_what_is_not_there_or_not_public_are_refused(harness: Harness) -> None:
    ben, ada, dora = [await harness.member(*who) for who in (("Ben",), ("Ada",), ("Dora", "Rooftop"))]
    message, bait = await made(ben, "Withdrawn"), await made(dora, "Bait")
    custom_id = vote_of(message)["custom_id"]
    await below(await dora.press(bait, custom_id, forged=True), "no such track")
    reason = await ada.context("Withhold track", message)
    await said(await ada.submit(reason, reason="not now"), "is withheld")
    other = await made(ben, "Other")
    await below(await ben.press(other, custom_id, forged=True), "with the moderators")
    assert vote_of(other)["label"] == "♥ Vote"


async def test_a_vote_in_a_private_look_up_shows_there_and_on_the_message(harness: Harness) -> None:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    message = await made(ben, "Looked At")
    card = await said(await cleo.slash("library track", track="Looked At"), "♥ Vote")
    await (await cleo.press(card, "♥ Vote")).until(lambda now: "♥ 1" in now.text, TIMEOUT)
    await shows(harness, message, "♥ 1")


async def test_a_vote_shows_also_in_a_thread_that_discord_has_archived(harness: Harness) -> None:
    assert harness.bot is not None
    world, bot = harness.discord.world, harness.bot
    ben = await harness.member("Ben")
    thread = world.add_thread(world.channel("music"), "put away", ben.id)
    await eventually(lambda: asyncio.sleep(0, bot.get_channel(int(thread.id)) is not None))
    await ben.go("put away")
    message = await made(ben, "Put Away")
    world.update_channel(thread.id, archived=True)
    await ben.press(message, "♥ Vote")
    await shows(harness, message, "♥ 1")
    await ben.go("music")


@pytest.mark.parametrize("database", ["there", "away"])
async def test_what_was_voted_for_before_a_kill_is_shown_after_it(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    ben = await harness.member("Ben")
    message = await made(ben, f"Interrupted, {database}")
    assert harness.bot is not None
    monkeypatch.setattr(harness.bot.edits, "touch", lambda *_: None)  # killed before the edit
    await ben.press(message, "♥ Vote")
    track_id = vote_of(message)["custom_id"].split(":")[-1]

    async def counted() -> bool:
        assert harness.bot is not None
        return await harness.bot.studio.votes.count(track_id) == 1

    await eventually(counted)
    await harness.stop()
    last_voted, away = Votes.last_voted, [ConnectionError()] if database == "away" else []

    async def once_away(votes: Votes, seconds: float) -> list[Track]:
        if away:
            raise away.pop()
        return await last_voted(votes, seconds)

    monkeypatch.setattr(Votes, "last_voted", once_away)
    await harness.start()
    await shows(harness, message, "♥ 1")


async def test_a_message_that_discord_does_not_let_be_edited_holds_no_other(harness: Harness) -> None:
    harness.discord.world.add_channel(
        "The Porch", "quiet"
    )  # where nothing was edited, and limits are unknown
    ben, cleo = [await harness.member(name, channel="quiet") for name in ("Ben", "Cleo")]
    old, other = await made(ben, "Edited Often"), await made(ben, "Beside It")
    held = harness.discord.faults.add(
        Fault(
            "rate_limited",
            method="PATCH",
            path=f"/channels/*/messages/{old['id']}",
            retry_after=40,
            code=30046,
            times=None,
        )
    )
    await cleo.press(old, "♥ Vote")
    await eventually(lambda: _hit(held))
    began = asyncio.get_running_loop().time()
    await cleo.press(other, "♥ Vote")
    await shows(harness, other, "♥ 1")
    assert asyncio.get_running_loop().time() - began < 20
    assert held.hits == 1  # Discord is not asked again before the 40 s are over
    harness.discord.faults.clear()


async def _hit(fault: Fault) -> bool:
    return fault.hits > 0
