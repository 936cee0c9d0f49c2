"""A contest as members hold it: entered, listened to, voted on, counted, and nobody learns whose before."""

from __future__ import annotations

import io
import zipfile

import pytest
from bot_harness import TIMEOUT, Harness, made, press_more, said
from contesting import below_it, contest_id, for_contest, has_no_tags, now_says, number_of, over, started

from rehearsal.discord.members.reading import text_of
from services.contests.contest import Phase

pytestmark = pytest.mark.asyncio(loop_scope="module")


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
