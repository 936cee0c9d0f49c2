"""A vote on variations whose message is there, and nobody wrote that down: it goes, or says what is so."""

from __future__ import annotations

import pytest
from bot_harness import TIMEOUT, Harness, gone, made, said
from waiting import eventually

from cogs.posts.ballots import BallotBox
from rehearsal.discord.members.reading import text_of
from services.storage.database import now
from services.storage.tables import ballots, tracks

pytestmark = pytest.mark.asyncio(loop_scope="module")

INTERVALS = {BallotBox: 0.05}


@pytest.mark.parametrize("erased", [False, True], ids=["deleted", "erased"])
async def test_it_names_nothing_that_went_before_it_was_noted(harness: Harness, erased: bool) -> None:
    channel = f"votes {erased}"
    harness.discord.world.add_channel("The Porch", channel)
    ben = await harness.member("Ben", channel=channel)
    await made(ben, f"Gone {erased}")
    question = await said(await ben.slash("rework variations", track=f"Gone {erased}", count=2), "Make 2 for")
    await ben.press(question, "Make 2 for $0.002")
    vote = await ben.wait_message(lambda one: one["content"].startswith("**Which one?**"), TIMEOUT)
    own = ballots.c.message_id == int(vote["id"])
    assert harness.bot is not None
    database = harness.bot.studio.database

    async def noted() -> bool:
        async with database.read() as connection:
            return bool((await connection.execute(ballots.select().where(own))).first())

    await eventually(noted)
    async with database.write() as connection:  # as where the answer was lost
        ballot = (await connection.execute(ballots.select().where(own))).one()
        values = {"message_id": None, "closes_at": None, "shown": False}
        values |= {"member_id": -5} if erased else {}
        await connection.execute(ballots.update().where(own).values(values))
        its = tracks.update().where(tracks.c.set_id == ballot.id)
        await connection.execute(its.values(deleted_at=now()))
    if erased:
        await gone(ben, vote)
    else:
        await ben.wait_message(lambda one: one["id"] == vote["id"] and "[A]" not in text_of(one), TIMEOUT)
