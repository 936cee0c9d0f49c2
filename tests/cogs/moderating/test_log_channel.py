"""The log channel: each change is posted once, quietly, whatever happens to the bot or the channel."""

from typing import Any

import pytest
from bot_harness import Harness, blinking, done_again, made, press_more, said
from waiting import eventually

from cogs.languages.guild_languages import GuildLanguages
from cogs.moderating.log_channel import LogChannel
from rehearsal.discord.faults import Fault
from rehearsal.discord.members.member import Member
from services.guilds.rules import change_rules, logged
from services.storage import host_state as values

pytestmark = pytest.mark.asyncio(loop_scope="module")
INTERVALS = {LogChannel: 0.1}
SILENT = 1 << 12


async def change(harness: Harness, **changes: Any) -> None:
    assert harness.bot is not None
    async with harness.bot.studio.database.write() as connection:
        porch = int(harness.discord.world.guild("The Porch").id)
        await change_rules(connection, porch, int(harness.discord.world.user("Ada").id), **changes)


async def posted(member: Member, channel: str) -> list[dict[str, Any]]:
    return [one for one in await member.messages(channel) if "\n-# " in one["content"]]


async def until_posted(member: Member, channel: str, *words: str) -> list[dict[str, Any]]:
    async def there() -> bool:
        texts = [one["content"] for one in await posted(member, channel)]
        return all(any(word in text for text in texts) for word in words)

    await eventually(there)
    return await posted(member, channel)


async def test_every_change_is_posted_quietly_and_pings_nobody(harness: Harness) -> None:
    world = harness.discord.world
    world.add_channel("The Porch", "log")
    ada = await harness.member("Ada", channel="log")
    role = world.add_role("The Porch", "Regulars")
    await change(harness, longest=11)  # before there is a log channel
    await change(harness, log_channel_id=int(world.channel("log", "The Porch").id))
    await change(harness, longest=22, roles=(int(role.id),))
    found = await until_posted(ada, "log", "changed **Log**: none →", "11 s → 22 s", f"added <@&{role.id}>")
    assert len(found) == 3
    for one in found:
        assert one["flags"] & SILENT
        assert not one["mentions"]
        assert not one["mention_roles"]
    await change(harness, longest=None, roles=())


async def test_what_moderators_do_to_tracks_and_queue_is_in_the_log(harness: Harness) -> None:
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    queue = await said(await ada.slash("queue"), "Pause")
    await ada.press(queue, "Pause the queue")
    await said(queue, "Paused.")
    waiting = await said(
        await ben.slash("compose", tags="ska", duration=5, title="Called Off"), "in the queue"
    )
    queue = await said(await ada.slash("queue"), "Called Off")
    select = queue.message["components"][0]["components"][0]  # type: ignore[index]
    await ada.press(queue, select["custom_id"], [select["options"][0]["value"]])
    await said(waiting, "was cancelled")
    await ada.press(queue, "Resume the queue")
    message = await made(ben, "Taken Away")
    question = await said(await press_more(ada, message, "Delete"), "gone for good")
    await ada.press(question, "Delete it")
    own = await made(ben, "His Own")
    await ben.press(await said(await press_more(ben, own, "Delete"), "gone for good"), "Delete it")
    words = ("paused the queue", "cancelled **#", "resumed the queue", "Taken Away")
    found = await until_posted(ada, "log", *words)
    assert "Called Off" in "".join(one["content"] for one in found)
    assert "His Own" not in "".join(one["content"] for one in found)


@pytest.mark.parametrize("pages", [0, 1])
async def test_nothing_is_posted_twice_or_skipped_across_a_restart(harness: Harness, pages: int) -> None:
    """pages: in place of what is in the channel; then it is asked for again."""
    ada = await harness.member("Ada")
    await change(harness, longest=33 + pages)
    await until_posted(ada, "log", f"→ {33 + pages} s")
    assert harness.bot is not None
    database, porch = harness.bot.studio.database, int(ada.guild["id"])
    async with database.read() as connection:
        last = await values.read(connection, logged(porch))
    await harness.stop()
    await harness.start()
    assert harness.bot is not None
    async with harness.bot.studio.database.write() as connection:  # as after a kill between post and note
        await values.write(connection, logged(porch), str(int(last or 0) - 1))
    log = harness.discord.world.channel("log", "The Porch").id
    page = Fault("cloudflare", "GET", f"/channels/{log}/messages", status=403, retry_after=0, times=pages)
    harness.discord.faults.add(page)
    await change(harness, longest=44)
    found = await until_posted(ada, "log", f"{33 + pages} s → 44 s")
    assert page.hits == pages
    assert sum(f"→ {33 + pages} s" in one["content"] for one in found) == 1
    await change(harness, longest=None)


async def test_a_discord_that_does_not_answer_gets_the_record_later(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LogChannel, "calm", 0.1)
    ada = await harness.member("Ada")
    log = harness.discord.world.channel("log", "The Porch").id
    harness.discord.faults.add(Fault("cut", "POST", f"/channels/{log}/messages", times=7))
    await change(harness, longest=55)
    found = await until_posted(ada, "log", "→ 55 s")
    assert sum("→ 55 s" in one["content"] for one in found) == 1
    await change(harness, longest=None)


@pytest.mark.parametrize(("language", "length"), [("en", 58), ("de", 68)])
async def test_a_record_that_discord_took_long_ago_and_did_not_say_so_is_found_in_the_channel(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, language: str, length: int
) -> None:
    ada = await harness.member("Ada")
    assert harness.bot is not None
    harness.bot.part(GuildLanguages).chosen(int(ada.guild["id"]), language)
    log = harness.discord.world.channel("log", "The Porch").id
    monkeypatch.setattr(harness.discord.messages, "nonce_lifetime", 0.0)
    harness.discord.faults.add(Fault("lost", "POST", f"/channels/{log}/messages"))
    await change(harness, longest=length)
    await change(harness, longest=length + 1)
    found = await until_posted(ada, "log", f"{length} s → {length + 1} s")
    changes = [one["content"].split()[-1] for one in found]
    assert len(set(changes)) == len(changes)
    await change(harness, longest=None)
    harness.bot.part(GuildLanguages).chosen(int(ada.guild["id"]), None)


async def test_a_record_that_could_not_be_noted_as_posted_is_found_in_the_channel(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await harness.member("Ada")
    assert harness.bot is not None
    monkeypatch.setattr(harness.discord.messages, "nonce_lifetime", 0.0)
    with blinking(harness.bot.studio.audit, "note_logged"):
        await change(harness, longest=61)
        await until_posted(ada, "log", "→ 61 s")
        await change(harness, longest=62)
        found = await until_posted(ada, "log", "61 s → 62 s")
    changes = [one["content"].rpartition("Change ")[2] for one in found]
    assert len(set(changes)) == len(changes)
    await change(harness, longest=None)


async def test_a_channel_that_is_closed_or_gone_breaks_nothing(harness: Harness) -> None:
    world, ada = harness.discord.world, await harness.member("Ada")
    world.set_permissions("log", "bot", deny=["send_messages"])
    await change(harness, longest=66)
    await done_again(harness, LogChannel)
    world.set_permissions("log", "bot")
    await change(harness, longest=77)
    await until_posted(ada, "log", "66 s → 77 s")
    world.delete_channel(world.channel("log", "The Porch").id)
    await change(harness, longest=88)
    await done_again(harness, LogChannel)
    await said(await ada.slash("moderation log"), "77 s → 88 s", "as long as I can → 66 s")
    await said(await ada.slash("moderation panel"), "88 s")
    await change(harness, longest=None, log_channel_id=None)
