"""A contest as members hold it: entered, listened to, voted on, counted, and nobody learns whose before."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from bot_harness import TIMEOUT, Harness, below, followups, made, press_more, said, track_of
from contesting import (
    below_it,
    contest_id,
    entries,
    for_contest,
    has_no_tags,
    now_says,
    number_of,
    of,
    over,
    started,
)
from jamming import ends, join
from jamming import start as jam
from waiting import eventually

from cogs.contest import LISTED
from cogs.posts import shut_places
from rehearsal.discord.faults import Fault
from rehearsal.discord.members.reading import text_of
from services.contests import storage
from services.contests.contest import LONGEST_THEME, EntryRules, Phase, Voting
from services.storage.database import now
from services.tracks.tracks import credit

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
    own = await said(await cleo.slash("library track", track="Secret Rain"), "Secret Rain")
    before = len(harness.wave.requests)
    await said(await cleo.press(own, "Again"), "would tell")
    await said(await cleo.press(own, "Remix"), "would tell")
    await said(await cleo.slash("remix-seed", track="Secret Rain", tags="fado"), "would tell")
    assert len(harness.wave.requests) == before

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
    await ballot.until(lambda now: f"First choice: **{cleos}**" in now.text, TIMEOUT)
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


async def test_a_reported_entry_leaves_once_it_is_withheld_and_nobody_learns_whose_it_was(
    harness: Harness,
) -> None:
    ada, ben, cleo = [await harness.member(name, channel="lounge") for name in ("Ada", "Ben", "Cleo")]
    post = await started(ben, "Fog")
    await entries([ben, cleo, ada], post, "Fog")
    await over(harness, post)
    post = await now_says(ben, post, "3 entries")
    number = await number_of(cleo, post)
    ballot = await said(await ben.press(post, "Listen and vote"), "You have not voted yet")
    playing = await below_it(await ben.press(ballot, "Listen to …", [number]), "Here is number")
    form = await ben.press(playing, f"Report {number}")
    await said(await ben.submit(form, reason="It is rude"), f"number **{number}**", "moderators")
    assert "Fog of Cleo" not in text_of(form.modal or {})
    await ben.press(ballot, "First choice", [number])
    await ballot.until(lambda now: f"First choice: **{number}**" in now.text, TIMEOUT)
    reports = await said(await ada.slash("moderation reports"), "It is rude", "Fog of Cleo")
    form = await ada.press(reports, "Withhold")
    await said(await ada.submit(form, reason="rude indeed"), "is withheld")
    post = await now_says(ben, post, "2 entries")
    ballot = await said(await ben.press(post, "Listen and vote"), "of 2 entries", "You have not voted yet")
    assert f"Number {number}" not in ballot.text
    await said(await cleo.press(post, "My entries"), "takes no part any more")
    end = await said(await ben.slash("contest end"), "End the vote")
    await said(await ben.press(end, "End it now"), "The contest is over")
    result = await ben.wait_message(lambda one: "The result: Fog" in text_of(one), TIMEOUT)
    assert "Fog of Cleo" not in text_of(result)
    assert "2. **#" in text_of(result)
    assert "3. **#" not in text_of(result)


async def test_forged_presses_and_another_servers_members_change_nothing(harness: Harness) -> None:
    ada, ben = [await harness.member(name, channel="after-dark") for name in ("Ada", "Ben")]
    dora = await harness.member("Dora", "Rooftop")
    post = await started(ada, "Smoke")
    await entries([ada, ben], post, "Smoke")
    own_id = contest_id(post)
    await over(harness, post)
    post = await now_says(ben, post, "The vote is open")
    on = await said(await dora.slash("queue"), "Queue")
    for custom_id in (
        f"contest:mine:{own_id}",
        f"contest:ballot:{own_id}",
        f"contest:rank:{own_id}:1",
        f"contest:listen:{own_id}",
        f"contest:end:{own_id}:voting:1",
        f"contest:cancel:{own_id}",
    ):
        answer = await dora.press(on, custom_id, ["1"], forged=True)
        await answer.until(lambda now: "no such contest" in now.text + followups(now), TIMEOUT)
    on = await said(await ben.slash("queue"), "Queue")
    for custom_id in (f"contest:end:{own_id}:voting:1", f"contest:cancel:{own_id}"):
        answer = await ben.press(on, custom_id, forged=True)
        await answer.until(lambda now: "Only who started" in now.text + followups(now), TIMEOUT)
    answer = await ben.press(post, f"contest:rank:{own_id}:1", ["1"], forged=True)
    await answer.until(lambda now: "no longer know this button" in now.text + followups(now), TIMEOUT)
    ballot = await said(await ben.press(post, "Listen and vote"), "choose up to three")
    for values in ([], ["no number"], ["99"]):
        forged = await ben.press(ballot, f"contest:listen:{own_id}", values, forged=True)
        await below(forged, "takes no part any more")
    await said(await ben.slash("contest cancel"), "Only who started")
    assert (await of(harness, post)).phase is Phase.VOTING
    assert "0 members have voted" in text_of(post)
    question = await said(await ada.slash("contest cancel"), "no way back")
    await said(await ada.press(question, "Cancel the contest"), "is cancelled")
    await now_says(ben, post, "It was cancelled")
    await said(await ben.slash("library track", track="Smoke of Ada"), "Smoke of Ada")


async def test_who_has_their_data_deleted_is_in_none_of_it(harness: Harness) -> None:
    ben, cleo = [await harness.member(name, channel="music") for name in ("Ben", "Cleo")]
    post = await started(ben, "Only Ben would say so")
    await entries([ben, cleo], post, "Ash")
    await over(harness, post)
    post = await now_says(ben, post, "The vote is open")
    export = await said(await ben.slash("privacy export"), "All that I keep")
    kept = json.loads(await ben.attachment(export.message or {}))
    assert kept["contests_you_started"][0]["theme"] == "Only Ben would say so"
    question = await said(await ben.slash("privacy delete"), "your name")
    await said(await ben.press(question, "Delete my data"), "Your data is deleted")
    post = await cleo.wait_message(
        lambda one: one["id"] == post["id"] and "without a theme" in text_of(one), TIMEOUT
    )
    assert "Ben" not in text_of(post)
    assert f"<@{ben.id}>" not in text_of(post)
    assert "1 entry" in text_of(post)
    porch = harness.discord.world.guild("The Porch")

    async def says_nothing_of_it() -> bool:
        planned = any("Only Ben" in str(event) for event in porch.scheduled_events.values())
        return not planned and porch.channels[post["id"]].name == "Contest"

    await eventually(says_nothing_of_it)
    await over(harness, post)  # for the next one in this channel


async def test_a_form_keeps_what_it_is_for_and_a_refused_draft_too(harness: Harness) -> None:
    ben, cleo = [await harness.member(name, channel="lounge") for name in ("Ben", "Cleo")]
    post = await started(cleo, "Words", longest=10)
    given = {"tags": "ska", "duration": 30, "title": "Written", "contest": contest_id(post)}
    form = await ben.slash("compose", vocals="write", **given)
    refused = await said(await ben.submit(form, lyrics="La la la"), "does not keep", "longer than 10 s")
    form = await ben.press(refused, "Edit")
    await said(await ben.submit(form, duration="5"), "entered in the contest", "Written")
    await now_says(ben, post, "**1 track** is entered")
    again = await ben.slash("compose", **{**given, "duration": 5, "title": "One More"})
    await said(again, "as many as one may have")
    await said(await ben.slash("library track", track="One More"), "no such track")
    suggested = await ben.suggest("compose", "contest", contest="wor")
    assert [one["value"] for one in suggested] == [contest_id(post)]
    question = await said(await cleo.slash("contest cancel"), "no way back")
    await said(await cleo.press(question, "Cancel the contest"), "is cancelled")
    assert await ben.suggest("compose", "contest", contest="wor") == []


@pytest.mark.parametrize("vocals", ["decide", "write"])
async def test_a_contest_that_was_typed_and_not_chosen_is_none(harness: Harness, vocals: str) -> None:
    ben = await harness.member("Ben", channel="lounge")
    given = {"tags": "ska", "duration": 5, "vocals": vocals, "contest": "the one with the rain " * 9}
    refused = await said(await ben.slash("compose", forged=True, **given), "no such contest")
    assert (await ben.press(refused, "Edit")).modal is not None


async def test_a_jams_track_is_entered_by_any_of_its_makers_and_is_the_entry_of_all(
    harness: Harness,
) -> None:
    ada, ben, cleo = [await harness.member(name, channel="lounge") for name in ("Ada", "Ben", "Cleo")]
    panel = await jam(ben, "Two of Us", tags="folk", duration=5)
    await join(cleo, "Two of Us")
    await ben.press(panel, "Make it now")
    track = await track_of(ben, "Two of Us")
    await ends(ben, "Two of Us")
    post = await started(ada, "Together")
    await said(await ada.slash("contest enter", track="Two of Us"), "Only who made a track")
    await said(await press_more(cleo, track, "Enter in a contest"), "is entered")
    await said(await ben.slash("contest enter", track="Two of Us"), "an entry of this contest already")
    await said(await ben.press(post, "My entries"), "Two of Us")
    await entries([ada], post, "Alone")
    await over(harness, post)
    post = await now_says(ada, post, "The vote is open")
    number = await number_of(ben, post)
    assert await number_of(cleo, post) == number
    mine = await said(await ben.press(post, "Listen and vote"), f"Yours is **{number}**")
    assert f"<First choice: Number {3 - int(number)}>" in mine.text
    await over(harness, post)
    result = await ben.wait_message(lambda one: "The result: Together" in text_of(one), TIMEOUT)
    assert f"by <@{ben.id}> and <@{cleo.id}>" in text_of(result)
    await said(await ada.press(result, "As an album"), "Two of Us", "Alone of Ada")


async def test_where_the_thread_is_shut_to_the_bot_the_result_is_in_the_channel(
    harness: Harness,
) -> None:
    ben, cleo = [await harness.member(name, channel="music") for name in ("Ben", "Cleo")]
    post = await started(ben, "Smoke")
    await entries([ben, cleo], post, "Smoke")
    await over(harness, post)
    post = await now_says(ben, post, "2 entries")
    world = harness.discord.world
    world.set_permissions("music", deny=["send_messages_in_threads"])
    await over(harness, post)
    result = await cleo.wait_message(lambda one: "The result: Smoke" in text_of(one), TIMEOUT)
    world.set_permissions("music")
    assert result["channel_id"] == post["channel_id"]
    assert f"Smoke of Ben” by <@{ben.id}>" in text_of(result).replace("**", "")


async def test_an_erased_starters_theme_goes_also_where_the_thread_is_gone(harness: Harness) -> None:
    ben, cleo = [await harness.member(name, channel="music") for name in ("Ben", "Cleo")]
    post = await started(ben, "My very own words")
    harness.discord.world.delete_channel(post["id"])
    question = await said(await ben.slash("privacy delete"), "your name")
    await said(await ben.press(question, "Delete my data"), "Your data is deleted")
    post = await now_says(cleo, post, "without a theme")
    assert "My very own words" not in text_of(post)
    await over(harness, post)


async def test_nor_do_a_thread_and_an_event_keep_it_that_are_named_anew_only_later(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shut_places, "AGAIN", 0.2)
    ben, cleo = [await harness.member(name, channel="music") for name in ("Ben", "Cleo")]
    post = await started(ben, "Words that are locked")
    world = harness.discord.world
    thread = world.channel(post["id"])
    shut = [
        harness.discord.faults.add(Fault("refuse", "PATCH", where, times=2, status=403, code=50013))
        for where in (f"/channels/{post['id']}", "/guilds/*/scheduled-events/*")
    ]
    question = await said(await ben.slash("privacy delete"), "your name")
    await said(await ben.press(question, "Delete my data"), "Your data is deleted")
    await now_says(cleo, post, "without a theme")

    async def are_named_anew() -> bool:
        events = [one["name"] for one in world.guild("The Porch").scheduled_events.values()]
        return not any("locked" in name for name in (thread.name, *events))

    await eventually(are_named_anew)
    assert [one.hits for one in shut] == [2, 2]
    await over(harness, post)


async def test_where_all_entries_have_left_the_vote_still_answers(harness: Harness) -> None:
    ada, ben, cleo = [await harness.member(name, channel="lounge") for name in ("Ada", "Ben", "Cleo")]
    post = await started(ada, "Dust")
    tracks = [await made(one, f"Dust of {one.name}") for one in (ben, cleo)]
    for one, track in zip((ben, cleo), tracks, strict=True):
        await said(await press_more(one, track, "Enter in a contest"), "is entered")
    await over(harness, post)
    post = await now_says(ben, post, "2 entries")
    for track in tracks:
        form = await ada.context("Withhold track", track)
        await said(await ada.submit(form, reason="not that one"), "is withheld")
    post = await now_says(ben, post, "0 entries")
    await said(await ben.press(post, "Listen and vote"), "0 of 0 entries")
    await over(harness, post)
    await now_says(ben, post, "Nothing was entered, so there is no result")


async def test_a_list_of_many_contests_with_long_themes_is_answered(harness: Harness) -> None:
    ben = await harness.member("Ben", channel="music")
    assert harness.bot is not None
    music = harness.discord.world.channel("music", "The Porch")
    async with harness.bot.studio.database.write() as connection:
        for _ in range(LISTED):
            await storage.add(
                connection,
                EntryRules(),
                guild_id=int(music.guild_id or 0),
                channel_id=int(music.id),
                place_id=None,
                starter_id=None,
                week=None,
                theme="_*" * (LONGEST_THEME // 2),
                voting=Voting.RANKING,
                entries_until=now(),
                minutes=1,
                phase=Phase.CANCELLED,
            )
    listed = await said(await ben.slash("contest list"), "cancelled")
    assert listed.text.count("cancelled") == LISTED


async def test_the_podium_comes_however_many_made_what_won(harness: Harness) -> None:
    ada, ben = [await harness.member(name, channel="lounge") for name in ("Ada", "Ben")]
    assert harness.bot is not None
    post = await started(ada, "Choirs")
    await entries([ada, ben], post, "Choir")
    others = [(10**17 + number, "Bartholomäus-Maximilian von und zu") for number in range(20)]
    async with harness.bot.studio.database.write() as connection:
        for one in await storage.entries_of(connection, contest_id(post)):
            await credit(connection, one.track, [(one.track.member_id, one.track.member_name), *others])
    await over(harness, post)
    await over(harness, post)
    result = await ben.wait_message(lambda one: "The result: Choirs" in text_of(one), TIMEOUT)
    assert "podium.png" in text_of(result)
