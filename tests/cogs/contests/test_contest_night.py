"""A contest as members hold it: entered, listened to, voted on, counted, and nobody learns whose before."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, done_again, made, press_more, said
from mutagen.mp3 import MP3

from cogs.contests.keeper import ContestKeeper
from rehearsal.discord.members.member import Answer, Member
from rehearsal.discord.members.reading import text_of
from services.contests import storage
from services.contests.contest import Contest, Phase
from services.storage.database import now

pytestmark = pytest.mark.asyncio(loop_scope="module")


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


async def test_a_ranking_from_the_first_entry_to_the_podium(harness: Harness) -> None:
    ada, ben, cleo = [await harness.member(name, channel="music") for name in ("Ada", "Ben", "Cleo")]
    post = await started(ada, "Rain", longest=60)
    assert "at most 1:00 long" in text_of(post)
    track = await made(ben, "Porch Rain")
    await said(await press_more(ben, track, "Enter in a contest"), "Porch Rain", "is entered")
    private = await for_contest(cleo, post, "Secret Rain")
    assert has_no_tags(await cleo.attachment(private.message or {})) is False
    post = await now_says(ben, post, "**2 tracks** are entered")
    assert "Porch Rain" not in text_of(post)
    assert f"<@{ben.id}>" not in text_of(post)
    assert not any("Secret Rain" in text_of(one) for one in await ben.messages())
    await said(await ben.slash("library track", track="Secret Rain"), "no such track")
    await said(await cleo.slash("library track", track="Secret Rain"), "Secret Rain")

    assert (await over(harness, post)).phase is Phase.VOTING
    post = await now_says(ben, post, "The vote is open", "2 entries")
    bens, cleos = await number_of(ben, post), await number_of(cleo, post)
    assert {bens, cleos} == {"1", "2"}
    ballot = await said(await ada.press(post, "Listen and vote"), "You have not voted yet")
    await below_it(await ada.press(ballot, "First choice", [cleos]), f"Open **{cleos}** first")
    playing = await ada.press(ballot, "Listen to …", [bens, cleos])
    heard = await below_it(playing, "Who made them is shown at the end")
    assert [one["filename"] for one in heard["attachments"]] == [f"{bens}.mp3", f"{cleos}.mp3"]
    assert has_no_tags(await ada.attachment(heard, 1))
    await ballot.until(lambda now: "You have listened to 2 of 2" in now.text, TIMEOUT)
    await ada.press(ballot, "First choice", [cleos])
    await ballot.until(lambda now: f"1. **{cleos}**" in now.text, TIMEOUT)
    mine = await said(await cleo.press(post, "Listen and vote"), f"Yours is **{cleos}**")
    forged = f"contest:rank:{contest_id(post)}:1"
    await below_it(await cleo.press(mine, forged, [cleos], forged=True), "nobody votes for their own")
    post = await now_says(ben, post, "1 member has voted")

    assert (await over(harness, post)).phase is Phase.ENDED
    result = await ben.wait_message(lambda one: "The result: Rain" in text_of(one), TIMEOUT)
    text = text_of(result)
    first, second = f"1. **#2 “Secret Rain”** by <@{cleo.id}> · 3 points", f"by <@{ben.id}> · 0 points"
    assert first in text, text
    assert second in text, text
    assert result["channel_id"] == post["id"]  # the thread below the post has its id
    assert {one["filename"].rpartition(".")[2] for one in result["attachments"]} == {"zip", "png"}
    packed = next(at for at, one in enumerate(result["attachments"]) if one["filename"].endswith("zip"))
    with zipfile.ZipFile(io.BytesIO(await ben.attachment(result, packed))) as archive:
        assert archive.namelist() == ["01-secret-rain-2.mp3", "02-porch-rain-1.mp3"]
    post = await now_says(ben, post, "It is over", "Secret Rain")
    await said(await ben.slash("library track", track="Secret Rain"), "Secret Rain")
    table = await said(await ben.slash("contest table"), "Contests, season")
    assert f"1. <@{cleo.id}> · **5 points** · 1 win · 1 entry" in text_of(table.message or {})

    form = await ada.context("Withhold track", track)
    await said(await ada.submit(form, reason="not that one"), "is withheld")
    result = await ben.wait_message(
        lambda one: one["id"] == result["id"] and "Porch Rain" not in text_of(one), TIMEOUT
    )
    packed = next(at for at, one in enumerate(result["attachments"]) if one["filename"].endswith("zip"))
    with zipfile.ZipFile(io.BytesIO(await ben.attachment(result, packed))) as archive:
        assert archive.namelist() == ["01-secret-rain-2.mp3"]
