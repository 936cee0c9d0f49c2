"""Moderators hear tracks first, publish and withhold them; members report; forged presses gain nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, as_read, below, gone, made, said, track_of
from waiting import eventually

from cogs.moderating import reviews
from cogs.posts.moderators_delivery import ModeratorsDelivery
from rehearsal.discord.faults import Fault as DiscordFault
from rehearsal.discord.members.member import Answer, Member, NotPossibleError
from rehearsal.discord.members.reading import text_of
from services.delivery import Delivered
from services.guilds.rules import change_rules
from services.messages.notices import MODERATORS
from services.storage.tables import notices
from services.tracks.track import Track

pytestmark = pytest.mark.asyncio(loop_scope="module")


def id_of(message: dict[str, Any]) -> str:
    return message["components"][0]["components"][0]["custom_id"].split(":")[-1]


def channel_id(harness: Harness, name: str) -> int:
    return int(harness.discord.world.channel(name, "The Porch").id)


async def set_rules(harness: Harness, **changes: Any) -> None:
    assert harness.bot is not None
    guild_id = int(harness.discord.world.guild("The Porch").id)
    async with harness.bot.studio.database.write() as connection:
        await change_rules(connection, guild_id, 0, **changes)


@asynccontextmanager
async def reviewing(harness: Harness, channel: str = "lounge") -> AsyncIterator[None]:
    await set_rules(harness, review_channel_id=channel_id(harness, channel))
    try:
        yield
    finally:
        await set_rules(harness, review_channel_id=None)


async def ask(member: Member, title: str, **options: Any) -> Answer:
    return await member.slash("compose", **{"tags": "ska", "duration": 5, "title": title, **options})


async def playing(member: Member, title: str) -> list[dict[str, Any]]:
    public = [one for one in await member.messages() if one["embeds"] and not one["ephemeral"]]
    return [one for one in public if as_read(one["embeds"][0].get("title", "")) == title]


async def withheld(ada: Member, message: dict[str, Any], reason: str) -> Answer:
    return await ada.submit(await ada.context("Withhold track", message), reason=reason)


# withhold ---------------------------------------------------------------------------------------------


async def test_withhold_takes_the_message_down_and_its_maker_reads_why(harness: Harness) -> None:
    ada, ben, cleo = [await harness.member(name) for name in ("Ada", "Ben", "Cleo")]
    answer = await ask(ben, "Loud")
    await said(answer, "is finished")
    message = await track_of(ben, "Loud")
    form = await cleo.press(message, "Remix seed")
    done = await said(
        await withheld(ada, message, "Too *loud* @everyone"), "Loud", "is withheld", "[Publish]"
    )
    await gone(ben, message)
    await said(answer, "Loud", "withheld by a moderator", "Too \\*loud\\*", "ask one of them", "$0.001")
    await said(answer, "was withheld")

    await said(await cleo.slash("library track", track="Loud"), "was withheld", "only moderators")
    assert await cleo.suggest("library track", "track", track="Loud") == []
    await said(await cleo.submit(form, tags="polka"), "only moderators")
    for forged in ("again", "lyrics", "remix", "delete"):
        pressed = await cleo.press(
            await made(cleo, f"Bait {forged}"), f"track:{forged}:{id_of(message)}", forged=True
        )
        await said(pressed, "only moderators")
    own = await said(await ben.slash("library track", track="Loud"), "Too \\*loud\\*", "[Again]", "[Family]")
    assert ".mp3" not in own.text
    assert "[Delete]" not in own.text  # it would be refused
    assert "[Rework …]" not in own.text
    await said(await ben.press(own, f"track:delete:{id_of(message)}", forged=True), "only moderators")
    shown = await said(await ada.slash("library track", track="Loud"), ".mp3", "[Publish]", "[Delete]")
    assert "[Withhold]" not in shown.text

    await said(await ada.press(done, "Publish"), "on its way")
    again = await track_of(ben, "Loud")
    assert again["id"] != message["id"]
    assert len(await playing(ben, "Loud")) == 1
    await said(await ada.press(done, "Publish"), "published already", f"<@{ada.id}>")
    assert len(await playing(ben, "Loud")) == 1


async def test_of_two_moderators_the_second_is_told_who_was_quicker(harness: Harness) -> None:
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    message = await made(ben, "Contested")
    first = await ada.context("Withhold track", message)
    harness.discord.world.set_moderator("The Porch", "Cleo", moderator=True)
    try:
        cleo = await harness.member("Cleo")
        second = await cleo.context("Withhold track", message)
        answers = await asyncio.gather(ada.submit(first, reason="a"), cleo.submit(second, reason="b"))
    finally:
        harness.discord.world.set_moderator("The Porch", "Cleo", moderator=False)
    both = sorted(
        [(await said(one, "Contested")).text for one in answers], key=lambda text: "already" in text
    )
    assert "is withheld:" in both[0]
    assert "withheld already, by" in both[1]


async def test_a_moderator_whose_role_was_taken_while_the_form_was_open_is_refused(harness: Harness) -> None:
    ben = await harness.member("Ben")
    message = await made(ben, "Stays")
    harness.discord.world.set_moderator("The Porch", "Cleo", moderator=True)
    cleo = await harness.member("Cleo")
    form = await cleo.context("Withhold track", message)
    harness.discord.world.set_moderator("The Porch", "Cleo", moderator=False)
    await said(await cleo.submit(form, reason="mine"), "Only moderators")
    assert len(await playing(ben, "Stays")) == 1


async def test_members_and_other_servers_moderators_gain_nothing(harness: Harness) -> None:
    ben, dora = await harness.member("Ben"), await harness.member("Dora", "Rooftop")
    message, bait = await made(ben, "Safe"), await made(dora, "Roof Bait")
    with pytest.raises(NotPossibleError):
        await ben.context("Withhold track", message)
    await said(await ben.context("Withhold track", message, forged=True), "Only moderators")
    for button in ("review:withhold:", "review:publish:", "report:dismiss:"):
        await said(await ben.press(message, button + id_of(message), forged=True), "Only moderators")
        on = bait if button.startswith("review") else await said(await dora.slash("queue"), "Queue")
        answer = await dora.press(on, button + id_of(message), forged=True)
        await answer.until(lambda now: "no such track" in now.text + text_of_followups(now), TIMEOUT)
    assert len(await playing(ben, "Safe")) == 1


def text_of_followups(answer: Answer) -> str:
    return "\n".join(text_of(message) for message in answer.followups)


async def test_a_message_that_cannot_be_taken_down_is_left_to_moderators_with_its_address(
    harness: Harness,
) -> None:
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    asked = await ask(ben, "Sticky")
    await said(asked, "is finished: ")
    message = await track_of(ben, "Sticky")
    harness.discord.faults.add(
        DiscordFault("refuse", method="DELETE", path=f"/channels/*/messages/{message['id']}", code=50083)
    )
    await said(await withheld(ada, message, "Off topic"), "is withheld")
    await said(asked, "withheld by a moderator")
    await below(await ada.slash("queue"), "Sticky", "delete it yourselves", message["id"])


# review -----------------------------------------------------------------------------------------------


async def test_a_track_is_heard_by_moderators_first_and_published_once(harness: Harness) -> None:
    ada, ben = await harness.member("Ada", channel="lounge"), await harness.member("Ben")
    async with reviewing(harness):
        answer = await ask(ben, "Shy")
        await said(answer, "Shy", "a moderator listens first", "nothing for you to do")
        shown = await track_of(ada, "Shy")
        assert "[Publish]" in text_of(shown)
        assert shown["mentions"] == []
        assert shown["flags"] & 1 << 12
        assert await playing(ben, "Shy") == []
        looked_up = await said(await ben.slash("library track", track="Shy"), "a moderator listens first")
        assert ".mp3" not in looked_up.text
        cleo = await harness.member("Cleo")
        await said(await cleo.slash("library track", track="Shy"), "Until then it is private")
    await said(await ada.press(shown, "Publish"), "on its way")  # also after review was switched off
    message = await track_of(ben, "Shy")
    assert [one["id"] for one in message["mentions"]] == [ben.id]
    await ada.wait_message(
        lambda one: (
            one["id"] == shown["id"] and "was published by" in one["content"] and not one["components"]
        ),
        TIMEOUT,
    )
    await said(answer, "is finished: https")
    assert len(await playing(ben, "Shy")) == 1


async def test_what_is_not_let_through_is_explained_and_can_still_be_published(harness: Harness) -> None:
    ada, ben = await harness.member("Ada", channel="lounge"), await harness.member("Ben")
    async with reviewing(harness):
        answer = await ask(ben, "Rejected")
        await said(answer, "listens first")
        shown = await track_of(ada, "Rejected")
        form = await ada.press(shown, "Withhold")
        await said(await ada.submit(form, reason="Off topic"), "is withheld")
        await said(answer, "withheld by a moderator", "Off topic")
        decided = await ada.wait_message(
            lambda one: one["id"] == shown["id"] and "was withheld by" in one["content"], TIMEOUT
        )
        await said(await ada.press(decided, "Publish"), "on its way")
        await track_of(ben, "Rejected")


@asynccontextmanager
async def not_written_down(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Reviews are posted, and nothing is written down of it until the end."""
    show, let_go = ModeratorsDelivery.show, asyncio.Event()

    async def shown(self: ModeratorsDelivery, track: Track, mp3: Path, channel: int) -> Delivered | None:
        shown = await show(self, track, mp3, channel)
        await let_go.wait()
        return shown

    with monkeypatch.context() as patch:
        patch.setattr(ModeratorsDelivery, "show", shown)
        try:
            yield
        finally:
            let_go.set()


async def test_a_press_that_is_quicker_than_the_record_of_its_message_counts(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, ben = await harness.member("Ada", channel="lounge"), await harness.member("Ben")
    async with reviewing(harness), not_written_down(monkeypatch):
        good, bad, worse = [await ask(ben, title) for title in ("Hasty", "Nasty", "Nastier")]
        hasty, nasty, nastier = [await track_of(ada, title) for title in ("Hasty", "Nasty", "Nastier")]
        elsewhere = await ada.press(nasty, f"review:publish:{id_of(hasty)}", forged=True)
        await said(elsewhere, "not finished yet")
        await said(await ada.press(hasty, "Publish"), "on its way")
        await said(good, "is finished: https")
        for answer, form in (
            (bad, await ada.press(nasty, "Withhold")),
            (worse, await ada.context("Withhold track", nastier)),
        ):
            await said(await ada.submit(form, reason="Off topic"), "is withheld")
            await said(answer, "withheld by a moderator", "Off topic")
    for message, became in ((hasty, "published"), (nasty, "withheld"), (nastier, "withheld")):
        await ada.wait_message(
            lambda one, its=message["id"], word=became: (
                one["id"] == its and f"was {word} by" in one["content"]
            ),
            TIMEOUT,
        )
    assert len(await playing(ben, "Hasty")) == 1


async def test_moderators_have_a_list_of_what_waits_for_them(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reviews, "ON_A_PAGE", 3)
    ada, ben = await harness.member("Ada", channel="lounge"), await harness.member("Ben")
    await said(await ada.slash("moderation reviews"), "No track waits")
    titles = [f"Patient {number}" for number in range(4)]
    async with reviewing(harness, "no-posting"):
        await said(await ask(ben, "Unshown"), "is withheld")
    async with reviewing(harness):
        for title in titles:
            await said(await ask(ben, title), "listens first")
        shown = await track_of(ada, "Patient 0")
        listed = await said(await ada.slash("moderation reviews"), "Page 1 of 2", "5 tracks")
        for words in (f"“Patient 0”** by <@{ben.id}> since <t:", f"{shown['channel_id']}/{shown['id']}"):
            assert words in listed.text
        assert "“Unshown”" in listed.text
        assert "may not post there" in listed.text
        assert "Patient 3" not in listed.text
        await said(await ada.press(listed, "Next"), "Patient 3", "Page 2 of 2")
        await said(await ada.press(listed, "Previous"), "Patient 0", "Page 1 of 2")
        await said(await ada.press(listed, "review:page:9999", forged=True), "Page 2 of 2")
        dora = await harness.member("Dora", "Rooftop")
        await said(await dora.slash("moderation reviews"), "No track waits")
        looked_up = await said(await ada.slash("library track", track="Unshown"), "[Publish]")
        await said(await ada.press(looked_up, "Publish"), "on its way")
        for title in titles:
            await said(await ada.press(await track_of(ada, title), "Publish"), "on its way")
        await said(await ada.press(listed, "Refresh"), "No track waits")


async def test_when_the_channel_is_gone_both_sides_hear_of_it_and_nothing_is_posted(harness: Harness) -> None:
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    async with reviewing(harness, "no-posting"):
        answer = await ask(ben, "Unheard")
        await said(answer, "Unheard", "is withheld", "gone, or I may not post there", "publish it")
        assert await playing(ben, "Unheard") == []
        await eventually(lambda: kept_for_moderators(harness))
        asked = await ada.slash("queue")
        await below(asked, "Unheard", "is withheld", "/moderation", "/library track")
        looked_up = await said(await ada.slash("library track", track="Unheard"), "[Publish]", ".mp3")
        await said(await ada.press(looked_up, "Publish"), "on its way")
        await track_of(ben, "Unheard")


async def kept_for_moderators(harness: Harness) -> bool:
    """Whether something waits for the next moderator who uses a command."""
    assert harness.bot is not None
    async with harness.bot.studio.database.read() as connection:
        own = notices.c.member_id == MODERATORS
        return (await connection.execute(notices.select().where(own))).first() is not None


async def test_deleting_a_track_takes_its_review_away(harness: Harness) -> None:
    ada, ben = await harness.member("Ada", channel="lounge"), await harness.member("Ben")
    async with reviewing(harness):
        await said(await ask(ben, "Regretted"), "listens first")
        shown = await track_of(ada, "Regretted")
        looked_up = await said(await ben.slash("library track", track="Regretted"), "[Delete]")
        question = await ben.press(looked_up, "Delete")
        await said(question, "gone for good")
        await (await ben.press(question, "Delete it")).until(lambda now: "was deleted" in now.text, TIMEOUT)
        await gone(ada, shown)


async def test_a_publication_whose_answer_was_lost_is_not_posted_again(harness: Harness) -> None:
    ada, ben = await harness.member("Ada", channel="lounge"), await harness.member("Ben")
    async with reviewing(harness):
        await said(await ask(ben, "Lost Answer"), "listens first")
        shown = await track_of(ada, "Lost Answer")
        harness.discord.faults.add(DiscordFault("lost", method="POST", path="/channels/*/messages"))
        await said(await ada.press(shown, "Publish"), "on its way")
        await track_of(ben, "Lost Answer")
        await ada.wait_message(
            lambda one: one["id"] == shown["id"] and "was published by" in one["content"], TIMEOUT
        )
        assert len(await playing(ben, "Lost Answer")) == 1


# report -----------------------------------------------------------------------------------------------


async def reported(member: Member, message: dict[str, Any], reason: str = "It is rude") -> Answer:
    return await member.submit(await member.context("Report track", message), reason=reason)


async def test_reports_wait_for_moderators_where_no_channel_is_named(harness: Harness) -> None:
    ada, ben, cleo = [await harness.member(name) for name in ("Ada", "Ben", "Cleo")]
    message = await made(ben, "Rude")
    await said(await reported(cleo, message), "Thank you", "moderators")
    await said(await cleo.context("Report track", message), "already", "Once is enough")
    await said(await ben.context("Report track", message), "your own")
    listed = await said(
        await ada.slash("moderation reports"), "Rude", "1 report", "It is rude", f"<@{cleo.id}>"
    )
    await (await ada.press(listed, "Dismiss")).until(
        lambda now: "stays: 1 report dismissed" in now.text, TIMEOUT
    )
    await said(await ada.slash("moderation reports"), "no open reports")
    with pytest.raises(NotPossibleError):
        await cleo.slash("moderation reports")
    await said(await cleo.slash("moderation reports", forged=True), "Only moderators")
    await said(await cleo.context("Report track", await cleo.say("hello")), "not one of my tracks")


async def test_reports_reach_the_log_channel_without_a_ping_and_can_be_acted_on_there(
    harness: Harness,
) -> None:
    ada, ben, cleo = (
        await harness.member("Ada", channel="lounge"),
        await harness.member("Ben"),
        await harness.member("Cleo"),
    )
    await set_rules(harness, log_channel_id=channel_id(harness, "lounge"))
    try:
        message = await made(ben, "Ruder")
        await said(await reported(cleo, message, f"<@{ada.id}> @everyone look"), "Thank you")
        told = await ada.wait_message(
            lambda one: "Ruder" in one["content"] and "1 report" in one["content"], TIMEOUT
        )
        assert told["mentions"] == []
        assert not told["mention_everyone"]
        assert told["flags"] & 1 << 12
        await said(await ada.submit(await ada.press(told, "Withhold"), reason="Agreed"), "is withheld")
        await gone(ben, message)
        await (await ada.press(told, "Dismiss")).until(lambda now: "no open reports" in now.text, TIMEOUT)
    finally:
        await set_rules(harness, log_channel_id=None)


async def test_reporting_is_no_way_to_flood(harness: Harness) -> None:
    ben, dora = await harness.member("Ada", "Rooftop"), await harness.member("Dora", "Rooftop")
    messages = [await made(ben, f"Target {number}") for number in range(6)]
    for message in messages[:5]:
        await said(await reported(dora, message), "Thank you")
    await said(await dora.context("Report track", messages[5]), "5 tracks within a day", "<t:")
