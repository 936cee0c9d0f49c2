"""/privacy: a private copy of one's own data, and its deletion, which is asked for twice."""

import asyncio
import json
from typing import Any

import pytest
import sqlalchemy as sa
from bot_harness import TIMEOUT, Harness, begun, below, gone, made, said, track_of
from waiting import eventually

from cogs.moderating.log_channel import LogChannel
from cogs.texts.formatting import ERASED, ERASED_FIRST
from rehearsal.discord.faults import Fault as DiscordFault
from rehearsal.discord.members.member import Member
from rehearsal.discord.members.reading import text_of
from rehearsal.wavespeed import Fault
from services.guilds.rules import change_rules
from services.privacy import erasure
from services.storage.tables import announcements, mentions

pytestmark = pytest.mark.asyncio(loop_scope="module")
INTERVALS = {LogChannel: 0.1}


async def test_export_is_a_private_file_with_the_members_own_data(harness: Harness) -> None:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    await made(ben, "Mine", seed=5)
    await made(cleo, "Hers")
    answer = await said(await ben.slash("privacy export"), "All that I keep about you", "Only you see this")
    assert answer.message is not None
    found = json.loads(await ben.attachment(answer.message))
    assert found["member_id"] == ben.id
    assert [(one["title"], one["seed"]) for one in found["tracks"]] == [("Mine", 5)]
    assert "Hers" not in json.dumps(found)


async def test_deletion_asks_first_and_then_takes_words_music_and_messages(harness: Harness) -> None:
    ada, cleo = await harness.member("Ada"), await harness.member("Cleo")
    message = await made(cleo, "Forget Me")
    remix = await ada.submit(await ada.press(message, "Remix seed"), tags="polka", title="Her Remix")
    await said(remix, "is finished")
    question = await said(await cleo.slash("privacy delete"), "no way back", "Goes", "Stays", "WaveSpeed")
    assert "Stays too" not in question.text
    await said(await cleo.press(question, "Keep it"), "Nothing was deleted")
    assert "Forget Me" in (await said(await cleo.slash("library track", track="Forget Me"))).text

    await said(await ada.slash("moderation member ban", member="Cleo", reason="Spam"))
    question = await said(await cleo.slash("privacy delete"), "Stays too", "may not make tracks")
    await (await cleo.press(question, "Delete my data")).until(
        lambda now: "Your data is deleted" in now.text, TIMEOUT
    )
    await gone(cleo, message)
    await said(await ada.slash("library track", track="Forget Me"), "no such track")
    assert (await said(await ada.slash("library track", track="Her Remix"))).message is not None
    await said(await cleo.slash("compose", tags="ska", duration=5, title="Again"), "may not make tracks")
    await said(await ada.slash("moderation member pardon", member="Cleo"))


async def test_what_is_under_way_stands_in_the_way(harness: Harness) -> None:
    held = harness.hold("slowly")
    ben = await harness.member("Ben")
    answer = await ben.slash("compose", tags="slowly", duration=5, title="Not Yet")
    await begun(held)
    question = await said(await ben.slash("privacy delete"), "no way back")
    await below(await ben.press(question, "Delete my data"), "Nothing was deleted", "Not Yet", "/queue")
    held.release()
    await said(answer, "is finished")


async def test_a_forged_press_deletes_nothing_and_changes_no_public_message(harness: Harness) -> None:
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    message = await made(ben, "Untouched")
    await made(ada, "Ada's Own")
    for button in ("privacy:erase", "privacy:keep", "queue:page:0", f"track:keep:{'0' * 20}"):
        await said(await ada.press(message, button, forged=True), "no longer know this button")
    await said(await ada.slash("library track", track="Ada's Own"), "Ada's Own")
    assert message in await ben.messages()


async def erased(member: Member) -> None:
    question = await said(await member.slash("privacy delete"), "no way back")
    await (await member.press(question, "Delete my data")).until(
        lambda now: "Your data is deleted" in now.text, TIMEOUT
    )


async def words_in(member: Member, channel: str) -> list[str]:
    return [text_of(one) for one in await member.messages(channel) if not one["ephemeral"]]


async def told_in(member: Member, channel: str, *words: str) -> None:
    """Waits until one message in the channel has all of that."""

    async def there() -> bool:
        return any(all(word in text for word in words) for text in await words_in(member, channel))

    await eventually(there)


async def nobody_reads(member: Member, channel: str, *words: str) -> None:
    """Waits until no message in the channel has any of that."""

    async def gone() -> bool:
        return not any(word in text for text in await words_in(member, channel) for word in words)

    await eventually(gone)


async def logged_in(harness: Harness, channel: str | None, *, review: bool = False) -> None:
    assert harness.bot is not None
    porch = harness.discord.world.guild("The Porch")
    where = int(harness.discord.world.channel(channel, porch.id).id) if channel else None
    async with harness.bot.studio.database.write() as connection:
        reviews = where if review else None
        await change_rules(connection, int(porch.id), 0, log_channel_id=where, review_channel_id=reviews)


async def test_what_moderators_read_names_nobody_who_had_their_data_deleted(harness: Harness) -> None:
    ada, ben, cleo = [await harness.member(name) for name in ("Ada", "Ben", "Cleo")]
    await logged_in(harness, "lounge")
    diary, poster = await made(ben, "Dear Diary", tags="zither"), await made(cleo, "Poster")
    reports = ((cleo, diary, "Far too dear"), (ben, poster, "So ugly"))
    for member, message, reason in reports:
        form = await member.context("Report track", message)
        await said(await member.submit(form, reason=reason), "Thank you")
        await told_in(ada, "lounge", f"<@{member.id}>", reason)
    form = await ada.context("Withhold track", diary)
    await said(await ada.submit(form, reason="Off topic"), "is withheld")
    await said(
        await ada.slash("moderation member timeout", member="Ben", duration=10, reason="Rude"), "may not make"
    )
    await said(
        await ada.slash("moderation member timeout", member="Cleo", duration=10, reason="Loud"),
        "may not make",
    )
    await told_in(ada, "lounge", "withheld", "Dear Diary", "Off topic")
    await told_in(ada, "lounge", f"banned <@{ben.id}> from making tracks", "Rude")
    await told_in(ada, "lounge", f"banned <@{cleo.id}> from making tracks", "Loud")

    await erased(ben)
    await nobody_reads(ada, "lounge", f"<@{ben.id}>", "Dear Diary", "zither", "So ugly")
    await told_in(ada, "lounge", f"<@{ada.id}> withheld", "Off topic", "-# Change")
    await told_in(ada, "lounge", f"banned {ERASED} from making tracks", "Rude", "-# Change")
    await told_in(ada, "lounge", f"banned <@{cleo.id}> from making tracks", "Loud")
    await told_in(ada, "lounge", f"{ERASED_FIRST} had their own data deleted")
    edits = [one for one in await ada.messages("lounge") if one["edited_timestamp"]]
    assert len(edits) == 2
    assert not any(one["mentions"] for one in edits)
    for member in ("Ben", "Cleo"):
        await said(await ada.slash("moderation member pardon", member=member))
    await logged_in(harness, None)


async def test_a_moderators_name_goes_from_what_they_decided(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "EVERY", 0.2)
    world = harness.discord.world
    ada, ben, cleo = [await harness.member(name) for name in ("Ada", "Ben", "Cleo")]
    await logged_in(harness, "lounge", review=True)
    world.set_moderator("The Porch", "Cleo", moderator=True)
    await said(await ben.slash("compose", tags="ska", duration=5, title="Looked After"), "listens first")
    shown = await track_of(await cleo.go("lounge"), "Looked After")
    await said(await cleo.press(shown, "Publish"), "on its way")
    await told_in(ada, "lounge", "Looked After", f"was published by <@{cleo.id}>")
    await told_in(ada, "lounge", f"<@{cleo.id}> published **#", "-# Change")
    path = f"/channels/*/messages/{shown['id']}"
    shut = harness.discord.faults.add(DiscordFault("refuse", "PATCH", path, status=403, code=50001, times=2))
    await erased(cleo)
    await nobody_reads(ada, "lounge", f"<@{cleo.id}>")
    assert shut.hits == 2
    await told_in(ada, "lounge", "Looked After", f"was published by {ERASED}: https")
    await told_in(ada, "lounge", f"{ERASED_FIRST} published **#", "Looked After", "-# Change")
    world.set_moderator("The Porch", "Cleo", moderator=False)
    await logged_in(harness, None)


async def test_what_was_said_in_the_channel_goes_too(harness: Harness) -> None:
    ben = await harness.member("Ben")
    harness.wave.faults.add(Fault("render_failed", tags="unlucky"))
    held = harness.hold("unlucky")
    answer = await ben.slash("compose", tags="unlucky", duration=5, title="Unlucky Day")
    await begun(held)
    harness.discord.interactions.expire(answer.id)
    held.release()
    await told_in(ben, "music", f"<@{ben.id}>", "Unlucky Day", "could not be made")
    await erased(ben)
    await nobody_reads(ben, "music", "Unlucky Day")


@pytest.mark.parametrize("kind", ["lost", "masked", "late"])
async def test_what_was_being_said_just_then_goes_too(harness: Harness, kind: Any) -> None:
    ben, tags = await harness.member("Ben"), f"unlucky {kind}"
    harness.wave.faults.add(Fault("render_failed", tags=tags))
    held = harness.hold(tags)
    answer = await ben.slash("compose", tags=tags, duration=5, title=f"Unsaid {kind}")
    await begun(held)
    harness.discord.interactions.expire(answer.id)
    path = "/channels/*/messages"
    away = DiscordFault(kind, "POST", path, status=502, times=None, seconds=2.0)
    harness.discord.faults.add(away)
    held.release()
    await told_in(ben, "music", f"<@{ben.id}>", f"Unsaid {kind}")  # which the bot does not know
    await erased(ben)
    harness.discord.faults.clear()
    await nobody_reads(ben, "music", f"Unsaid {kind}")

    async def nothing_is_left() -> bool:
        assert harness.bot is not None
        async with harness.bot.studio.database.read() as connection:
            left = [*await connection.scalars(sa.select(announcements.c.text))]
            stale = [*await connection.scalars(sa.select(mentions.c.message_id).where(mentions.c.stale))]
        return not stale and "Unsaid" not in str(left)

    await eventually(nothing_is_left)
    assert "Unsaid" not in str(await words_in(ben, "music"))


async def test_what_was_being_said_where_the_bot_may_not_read_goes_once_it_may(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "EVERY", 0.2)
    ben, faults = await harness.member("Ben"), harness.discord.faults
    harness.wave.faults.add(Fault("render_failed", tags="unread"))
    held = harness.hold("unread")
    answer = await ben.slash("compose", tags="unread", duration=5, title="Unread")
    await begun(held)
    harness.discord.interactions.expire(answer.id)
    path = "/channels/*/messages"
    lost = faults.add(DiscordFault("lost", "POST", path, times=None))
    held.release()
    await told_in(ben, "music", f"<@{ben.id}>", "Unread")  # which the bot does not know
    unread = faults.add(DiscordFault("refuse", "GET", path, status=403, code=50001, times=None))
    await erased(ben)
    await eventually(lambda: asyncio.sleep(0, unread.hits > 3))
    faults.rules.remove(lost)
    faults.rules.remove(unread)
    await nobody_reads(ben, "music", "Unread")


@pytest.mark.parametrize("kind", ["lost", "masked", "late"])
async def test_what_a_log_channel_was_being_told_just_then_is_told_anew(harness: Harness, kind: Any) -> None:
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    channel = f"log {kind}"
    harness.discord.world.add_channel("The Porch", channel)
    await ada.go("music")
    await logged_in(harness, channel)
    where = harness.discord.world.channel(channel, "The Porch").id
    await told_in(ada, channel, "Change")
    away = DiscordFault(kind, "POST", f"/channels/{where}/*", status=502, times=None, seconds=2.0)
    blind = DiscordFault("down", "GET", f"/channels/{where}/*", times=None)
    harness.discord.faults.add(away)
    harness.discord.faults.add(blind)
    await said(
        await ada.slash("moderation member timeout", member="Ben", duration=10, reason=kind), "may not make"
    )
    await told_in(ada, channel, f"<@{ben.id}>", kind)  # which the bot does not know
    await erased(ben)
    harness.discord.faults.clear()
    await nobody_reads(ada, channel, f"<@{ben.id}>")
    await told_in(ada, channel, f"banned {ERASED} from making tracks", kind)
    await said(await ada.slash("moderation member pardon", member="Ben"))
    await logged_in(harness, None)


async def test_moderators_are_asked_where_discord_does_not_let_me(harness: Harness) -> None:
    harness.discord.world.add_channel("The Porch", "old-log")
    ada, ben, cleo = [await harness.member(name) for name in ("Ada", "Ben", "Cleo")]
    await logged_in(harness, "old-log")
    form = await ben.context("Report track", await made(cleo, "Plain"))
    await said(await ben.submit(form, reason="Hush hush"), "Thank you")
    await told_in(ada, "old-log", "Hush hush")
    (told,) = [one for one in await ada.messages("old-log") if "Hush hush" in one["content"]]
    await logged_in(harness, "lounge")
    harness.discord.world.set_permissions("old-log", "bot", deny=["view_channel"])
    await erased(ben)
    await told_in(ada, "lounge", "I cannot delete it", "delete it yourselves", told["id"])
    await logged_in(harness, None)
