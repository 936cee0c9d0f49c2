"""What members do in a contest, for its tests: start it, enter, listen and vote; and its time is over."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

from bot_harness import TIMEOUT, Harness, done_again, said
from mutagen.mp3 import MP3

from cogs.contests.keeper import ContestKeeper
from rehearsal.discord.members.member import Answer, Member
from rehearsal.discord.members.reading import text_of
from services.contests import storage
from services.contests.contest import Contest, Phase
from services.storage.database import now


async def started(member: Member, theme: str, **options: Any) -> dict[str, Any]:
    """Opens a contest, and returns its post."""
    await said(await member.slash("contest start", theme=theme, **options), "is open")
    return await member.wait_message(lambda one: f"Contest: {theme}" in text_of(one), TIMEOUT)


def contest_id(post: dict[str, Any]) -> str:
    found = re.search(r"contest:\w+:([0-9a-z]{20})", str(post["components"]))
    assert found is not None
    return found[1]


async def of(harness: Harness, post: dict[str, Any]) -> Contest:
    assert harness.bot is not None
    standing = await harness.bot.studio.contests.now(contest_id(post))
    assert standing is not None
    return standing.contest


async def over(harness: Harness, post: dict[str, Any]) -> Contest:
    """The time of what goes on is over; the bot notices by itself."""
    assert harness.bot is not None
    before, late = await of(harness, post), now() - timedelta(seconds=1)
    async with harness.bot.studio.database.write() as connection:
        await storage.change(connection, before.id, entries_until=late)
        if before.phase is Phase.VOTING:
            await storage.change(connection, before.id, round_until=late)
    await done_again(harness, ContestKeeper, 1)
    return await of(harness, post)


async def now_says(member: Member, post: dict[str, Any], *words: str) -> dict[str, Any]:
    """The post, once it says all of that."""
    return await member.wait_message(
        lambda one: one["id"] == post["id"] and all(word in text_of(one) for word in words), TIMEOUT
    )


async def for_contest(member: Member, post: dict[str, Any], title: str) -> Answer:
    """Has a track made for the contest; the maker alone gets it."""
    given = {"tags": "ska", "duration": 5, "title": title, "contest": contest_id(post)}
    return await said(await member.slash("compose", **given), "entered in the contest", title)


async def number_of(member: Member, post: dict[str, Any]) -> str:
    """The number of the member's one entry."""
    answer = await said(await member.press(post, "My entries"), "which is number")
    (found,) = re.findall(r"which is number (\d+)", answer.text)
    return found


def has_no_tags(mp3: bytes) -> bool:
    found = MP3(io.BytesIO(mp3))
    return found.tags is None and found.info.length > 0


async def below_it(answer: Answer, *words: str) -> dict[str, Any]:
    """What came below the answer with all of that in it."""

    def fits(message: dict[str, Any]) -> bool:
        return all(word in text_of(message) for word in words)

    await answer.until(lambda now: any(fits(one) for one in now.followups), TIMEOUT)
    return next(one for one in answer.followups if fits(one))


async def entries(members: list[Member], post: dict[str, Any], title: str) -> None:
    for member in members:
        await for_contest(member, post, f"{title} of {member.name}")


async def restarted(harness: Harness) -> None:
    await harness.stop()
    await harness.start()


async def vote_in_pair(member: Member, post: dict[str, Any]) -> str:
    """Listens to both of the first pair and votes for one that is not the member's own; its number."""
    ballot = await said(await member.press(post, "Listen and vote"), "against")
    await ballot.until(lambda now: "Vote for" in now.text, TIMEOUT)
    assert "(disabled)" in ballot.text
    await member.press(ballot, "Listen to both")
    await ballot.until(lambda now: now.message and len(now.message["attachments"]) == 2, TIMEOUT)
    await ballot.until(lambda now: re.search(r"\[Vote for \d+\]", now.text), TIMEOUT)
    found = re.search(r"\[Vote for (\d+)\]", ballot.text)
    assert found is not None
    await member.press(ballot, f"Vote for {found[1]}")
    await ballot.until(lambda now: f"✓ Your vote: {found[1]}" in now.text, TIMEOUT)
    return found[1]
