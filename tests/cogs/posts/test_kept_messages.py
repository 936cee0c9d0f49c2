"""Messages that are kept up to date: posted once, edited when they were touched, and taken down."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import discord
import pytest
import pytest_asyncio
from bot_harness import TIMEOUT, Harness, done_again
from waiting import eventually

from cogs.core.coalesced_edits import CoalescedEdits
from cogs.core.component_router import button, view
from cogs.posts import shut_places
from cogs.posts.kept_messages import KeptMessages, Shown
from rehearsal.discord.faults import Fault
from rehearsal.discord.members.member import Member
from services.messages import kept_messages as service
from services.messages.kept_messages import KeptMessage
from services.storage.database import now
from services.storage.tables import kept_messages as table

pytestmark = pytest.mark.asyncio(loop_scope="module")

INTERVALS = {KeptMessages: 0.05}


class Boards:
    """A kind of message that shows what a test writes on it."""

    def __init__(self, harness: Harness, member: Member) -> None:
        self.harness = harness
        self.member = member
        self.words: dict[str, str] = {}
        self.how: dict[str, Any] = {}

    async def write(self, kept: KeptMessage) -> Shown:
        items = view(button("More", f"board:more:{kept.subject}"))
        return Shown({"content": self.words[kept.subject], "view": items}, **self.how)

    async def touch(self, name: str, words: str, channel: str = "music") -> None:
        """Changes what the board says, and its message with it, in one transaction."""
        self.words[name] = words
        place = int(self.harness.discord.world.channel(channel, "The Porch").id)
        async with self.transaction() as connection:
            await service.touch(connection, f"board:{name}", int(self.member.guild["id"]), place)

    def transaction(self) -> Any:
        assert self.harness.bot is not None
        return self.harness.bot.studio.database.write()

    async def change(self, name: str, **values: Any) -> None:
        async with self.transaction() as connection:
            await connection.execute(table.update().where(table.c.key == f"board:{name}").values(**values))

    async def kept(self, name: str) -> KeptMessage | None:
        assert self.harness.bot is not None
        return await self.harness.bot.studio.kept_messages.get(f"board:{name}")

    async def settled(self, name: str) -> KeptMessage:
        """Once it shows what is so, or is known to be unable to."""

        async def is_settled() -> bool:
            found = await self.kept(name)
            return found is not None and not found.due

        await eventually(is_settled)
        found = await self.kept(name)
        assert found is not None
        return found

    async def seen(self, words: str) -> list[dict[str, Any]]:
        """The messages in the channel that the member looks at which say just that."""
        return [one for one in await self.member.messages() if one["content"] == words]


@pytest.fixture(autouse=True)
def restless(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was refused is looked at again soon, though nothing is written meanwhile."""
    monkeypatch.setattr(KeptMessages, "calm", 0.05)
    monkeypatch.setattr(CoalescedEdits, "interval", 0.1)


@pytest_asyncio.fixture(loop_scope="module")
async def boards(harness: Harness) -> Boards:
    made = Boards(harness, await harness.member("Ada"))
    assert harness.bot is not None
    harness.bot.part(KeptMessages).register("board", made.write)
    return made


async def test_it_is_posted_once_and_edited_after_that(boards: Boards) -> None:
    await boards.touch("a", "One")
    first = await boards.settled("a")
    await boards.touch("a", "Two")
    await boards.touch("a", "Three")
    second = await boards.settled("a")
    assert second.message_id == first.message_id
    assert await boards.seen("One") == await boards.seen("Two") == []
    assert [one["id"] for one in await boards.seen("Three")] == [str(first.message_id)]


async def test_nobody_is_told_of_an_edit(boards: Boards) -> None:
    ada = int(boards.member.id)
    boards.how = {"pinged": [ada]}
    await boards.touch("pinged", f"<@{ada}>")
    await boards.settled("pinged")
    await boards.touch("pinged", f"<@{ada}>!")
    await boards.settled("pinged")
    sent = [one for one in boards.harness.discord.requests if f"<@{ada}>" in str(one.json)]
    allowed = [one.json["allowed_mentions"].get("users", []) for one in sent if isinstance(one.json, dict)]
    assert [[int(user) for user in users] for users in allowed] == [[ada], []]


async def test_an_answer_that_is_lost_does_not_post_it_twice(boards: Boards) -> None:
    lost = boards.harness.discord.faults.add(Fault("lost", "POST", "/channels/*/messages", times=1))
    await boards.touch("lost", "Lost")
    await boards.settled("lost")
    assert lost.hits == 1
    assert len(await boards.seen("Lost")) == 1


async def test_after_a_kill_between_the_message_and_the_note_of_it_it_is_found(boards: Boards) -> None:
    await boards.touch("kill", "Before")
    first = await boards.settled("kill")
    long_ago = now() - timedelta(minutes=1)  # longer than the nonce is relied upon
    await boards.change("kill", message_id=None, intent_at=long_ago, said=0)
    again = await boards.settled("kill")
    assert again.message_id == first.message_id
    assert len(await boards.seen("Before")) == 1


async def test_another_message_about_the_same_is_not_taken_for_it(boards: Boards) -> None:
    await boards.touch("shared", "The beginning")
    first = await boards.settled("shared")
    assert boards.harness.bot is not None

    async def write_end(kept: KeptMessage) -> Shown:
        return Shown({"content": "The end", "view": view(button("More", f"board:more:{kept.subject}"))})

    boards.harness.bot.part(KeptMessages).register("end", write_end)
    killed = now() - timedelta(minutes=1)  # before it was posted
    async with boards.transaction() as connection:
        await service.touch(connection, "end:shared", first.guild_id, first.channel_id)
        await connection.execute(table.update().where(table.c.key == "end:shared").values(intent_at=killed))

    async def is_there() -> bool:
        return len(await boards.seen("The end")) == 1

    await eventually(is_there)
    assert [one["id"] for one in await boards.seen("The beginning")] == [str(first.message_id)]


@pytest.mark.parametrize(("anew", "posted"), [(True, 1), (False, 0)])
async def test_it_is_posted_anew_where_somebody_deleted_it_if_that_is_wanted(
    boards: Boards, anew: bool, posted: int
) -> None:
    name = f"deleted {anew}"
    boards.how = {"anew": anew}
    await boards.touch(name, name)
    first = await boards.settled(name)
    assert boards.harness.bot is not None
    channel = boards.harness.bot.get_partial_messageable(first.channel_id)
    await channel.get_partial_message(first.message_id or 0).delete()
    await boards.touch(name, f"{name}, again")
    await boards.settled(name)
    assert len(await boards.seen(f"{name}, again")) == posted


async def test_a_change_while_it_is_written_is_shown_too(boards: Boards) -> None:
    slow = boards.write

    async def changed_meanwhile(kept: KeptMessage) -> Shown:
        shown = await slow(kept)
        if boards.words["race"] == "Earlier":
            await boards.touch("race", "Later")
        return shown

    assert boards.harness.bot is not None
    boards.harness.bot.part(KeptMessages).register("board", changed_meanwhile)
    await boards.touch("race", "Earlier")
    await boards.member.wait_message(lambda one: one["content"] == "Later", TIMEOUT)
    await boards.settled("race")
    assert await boards.seen("Earlier") == []


async def test_it_is_taken_down_and_forgotten(boards: Boards) -> None:
    await boards.touch("down", "Soon gone")
    await boards.settled("down")
    async with boards.transaction() as connection:
        await service.take_down(connection, "board:down", "board:never there")

    async def forgotten() -> bool:
        return await boards.kept("down") is None

    await eventually(forgotten)
    assert await boards.seen("Soon gone") == []


async def test_after_a_kill_before_the_note_of_it_it_is_taken_down_all_the_same(
    boards: Boards, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shut_places, "AGAIN", 0.1)
    unread = Fault("refuse", "GET", "/channels/*/messages", code=50001, times=2)
    boards.harness.discord.faults.add(unread)
    await boards.touch("unnoted", "Nobody's to keep")
    await boards.settled("unnoted")
    async with boards.transaction() as connection:
        unnoted = table.update().where(table.c.key == "board:unnoted")
        await connection.execute(unnoted.values(message_id=None, intent_at=now() - timedelta(minutes=1)))
        await service.take_down(connection, "board:unnoted")

    async def forgotten() -> bool:
        return await boards.kept("unnoted") is None

    await eventually(forgotten)
    assert unread.hits == 2
    assert await boards.seen("Nobody's to keep") == []


async def test_only_what_is_posted_is_touched_so(boards: Boards) -> None:
    async with boards.transaction() as connection:
        await service.touch_posted(connection, "board:nowhere")
    assert await boards.kept("nowhere") is None


async def test_what_discord_refuses_is_not_asked_for_again(boards: Boards) -> None:
    refused = boards.harness.discord.faults.add(
        Fault("refuse", "POST", "/channels/*/messages", code=50013, times=None)
    )
    heard: list[tuple[str, int, bool]] = []

    async def hear(kept: KeptMessage, refusal: discord.HTTPException) -> None:
        known = await boards.kept("refused")
        assert known is not None
        heard.append((kept.key, refusal.status, known.due))
        raise KeyError("a fault of what follows")  # of which the refusal is not met again and again

    assert boards.harness.bot is not None
    boards.harness.bot.part(KeptMessages).register("board", boards.write, refused=hear)
    try:
        await boards.touch("refused", "Refused")
        await boards.settled("refused")
        await done_again(boards.harness, KeptMessages)
    finally:
        boards.harness.discord.faults.clear()
    assert refused.hits == 1
    # Due until what follows was done: a kill before that has it done after the next start.
    assert heard == [("board:refused", 403, True)]


async def test_what_is_posted_and_may_then_not_be_edited_counts_as_posted(
    boards: Boards, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shut_places, "AGAIN", 0.1)
    heard: list[int | None] = []

    async def hear(kept: KeptMessage, _refusal: discord.HTTPException) -> None:
        heard.append(kept.message_id)

    bot, faults = boards.harness.bot, boards.harness.discord.faults
    assert bot is not None
    bot.part(KeptMessages).register("board", boards.write, refused=hear)
    faults.add(Fault("down", "POST", "/channels/*/messages", status=503))  # the first attempt
    faults.add(Fault("refuse", "PATCH", "/channels/*/messages/*", code=50013))
    try:
        await boards.touch("posted late", "Late")
        found = await boards.settled("posted late")
    finally:
        faults.clear()
    assert heard == [found.message_id]
    assert len(await boards.seen("Late")) == 1


@pytest.mark.parametrize("posted", [True, False])
async def test_what_the_bot_may_not_do_is_done_once_it_may(
    boards: Boards, monkeypatch: pytest.MonkeyPatch, posted: bool
) -> None:
    name, method = f"shut {posted}", "PATCH" if posted else "POST"
    monkeypatch.setattr(shut_places, "AGAIN", 0.1)
    assert boards.harness.bot is not None
    boards.harness.bot.part(KeptMessages).register("board", boards.write, patient=not posted)
    if posted:
        await boards.touch(name, "Of somebody who is erased now")
        await boards.settled(name)
    shut = Fault("refuse", method, "/channels/*/messages*", code=50001, times=2)
    boards.harness.discord.faults.add(shut)
    await boards.touch(name, name)
    await boards.settled(name)
    assert (shut.hits, len(await boards.seen(name))) == (2, 1)
    assert await boards.seen("Of somebody who is erased now") == []


async def test_what_the_bot_may_not_post_for_long_is_given_up(
    boards: Boards, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shut_places, "AGAIN", 0.1)
    monkeypatch.setattr(shut_places, "LONGEST", 0.2)
    assert boards.harness.bot is not None
    boards.harness.bot.part(KeptMessages).register("board", boards.write, patient=True)
    shut = Fault("refuse", "POST", "/channels/*/messages", code=50001, times=None)
    boards.harness.discord.faults.add(shut)
    try:
        await boards.touch("for long", "Shut")
        await boards.settled("for long")
        assert shut.hits == 3
    finally:
        boards.harness.discord.faults.clear()


async def test_what_is_there_is_brought_up_to_date_however_long_its_channel_was_shut(
    boards: Boards, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shut_places, "AGAIN", 0.1)
    monkeypatch.setattr(shut_places, "LONGEST", 0.2)
    await boards.touch("there for long", "Of somebody who is erased by now")
    await boards.settled("there for long")
    shut = Fault("refuse", "PATCH", "/channels/*/messages/*", code=50001, times=5)
    boards.harness.discord.faults.add(shut)
    await boards.touch("there for long", "Nobody's")
    await boards.settled("there for long")
    assert (shut.hits, len(await boards.seen("Nobody's"))) == (5, 1)
    assert await boards.seen("Of somebody who is erased by now") == []


async def test_what_cannot_be_read_is_looked_at_seldom(
    boards: Boards, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shut_places, "AGAIN", 2.0)
    tries = list[str]()
    write = boards.write

    async def cannot(kept: KeptMessage) -> Shown:
        tries.append(kept.subject)
        raise ValueError(kept.subject)

    messages = boards.harness.bot.part(KeptMessages) if boards.harness.bot else None
    assert messages is not None
    messages.register("board", cannot)
    await boards.touch("newer", "From another version")
    await done_again(boards.harness, KeptMessages, 8)
    assert tries == ["newer"]
    messages.register("board", write)  # it is back
    assert (await boards.settled("newer")).message_id is not None
