"""What the bot says by itself is said once, also where Discord's answer or the note of it is lost."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from functools import partial
from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, begun, below, said
from crashing import crashing_bot, opened
from waiting import eventually, nothing_due

from cogs.core import history as in_channel
from cogs.posts.moderators_delivery import ModeratorsDelivery
from rehearsal.discord.faults import Fault as DiscordFault
from rehearsal.discord.members.member import Answer, Member
from rehearsal.wavespeed import Fault
from services.delivery import DeliveryUnavailable
from services.guilds.rules import change_rules
from services.messages.announcements import Announcements
from services.storage.tables import announcements
from services.tracks.sight import everything_in

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]
MESSAGES: Any = {"method": "POST", "path": "/channels/*/messages"}


async def doomed(harness: Harness, ben: Member, title: str, muted: str = "") -> Answer:
    """A track that will fail when its render is let go, and whose interaction is over by then.

    muted: the channel in which the bot may not write by then.
    """
    held = harness.hold(title)
    harness.wave.faults.add(Fault("render_failed", tags=title))
    answer = await ben.slash("compose", tags=title, duration=5, title=title)
    await begun(held)
    harness.discord.interactions.expire(answer.id)
    if muted:
        harness.discord.world.set_permissions(muted, "bot", deny=["send_messages"])
    held.release()
    return answer


async def all_said(harness: Harness, *, least: int = 1) -> None:
    """Waits until so much was said, and nothing is still to be said."""
    assert harness.bot is not None
    kept = harness.bot.studio.announcements

    async def none_open() -> bool:
        ways = [way for _key, way in await rows(kept)]
        return len(ways) >= least and all(ways)

    await eventually(none_open)


async def told_of_failure(member: Member) -> list[dict[str, Any]]:
    """The messages that say so, where the member looks."""
    return [one for one in await member.messages() if "could not be made" in one["content"]]


@contextmanager
def hanging(
    kept: Announcements, name: str, monkeypatch: pytest.MonkeyPatch, *, after: bool
) -> Iterator[asyncio.Future[Any]]:
    """That method hangs, before it does anything or after it has done it; then the future has its result."""
    method, reached = getattr(kept, name), asyncio.get_running_loop().create_future()

    async def hang(*given: Any) -> None:
        result = await method(*given) if after else None
        if not reached.done():
            reached.set_result(result)
        await asyncio.Event().wait()

    with monkeypatch.context() as during:
        during.setattr(kept, name, hang)
        yield reached


async def rows(kept: Announcements) -> list[tuple[str, str | None]]:
    async with kept.database.read() as connection:
        found = await connection.execute(announcements.select().order_by(announcements.c.key))
        return [(row.key, row.way if row.said_at else None) for row in found]


@pytest.mark.parametrize("fault", ["masked", "lost"])
async def test_what_discord_took_and_did_not_say_so_is_said_once(new_harness: NewHarness, fault: Any) -> None:
    async with new_harness() as harness:
        await harness.start()
        ben = await harness.member("Ben")
        harness.discord.faults.add(DiscordFault(fault, status=502, times=2, **MESSAGES))
        await doomed(harness, ben, "unlucky")
        await ben.wait_message(lambda one: "could not be made" in one["content"], TIMEOUT)
        await all_said(harness)
        (told,) = await told_of_failure(ben)
        assert [user["id"] for user in told["mentions"]] == [ben.id]


async def test_a_private_failure_is_in_the_answer_and_nowhere_else(new_harness: NewHarness) -> None:
    async with new_harness() as harness:
        await harness.start()
        ben = await harness.member("Ben")
        harness.wave.faults.add(Fault("render_failed", tags="unlucky"))
        edits = DiscordFault("masked", status=502, times=3, method="PATCH", path="/webhooks/*")
        harness.discord.faults.add(edits)
        answer = await ben.slash("compose", tags="unlucky", duration=5, title="Unlucky")
        await said(answer, "Unlucky", "failed", "Nothing was charged", "try again")
        await all_said(harness)
        assert (await answer.refresh()).followups == []
        assert answer.message is not None
        told = [one["id"] for one in await told_of_failure(ben)]
        assert told == [answer.message["id"]]


async def test_an_answer_that_discord_took_before_its_time_was_up_has_told_it(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_harness() as harness:
        bot = await harness.start()
        ben = await harness.member("Ben")
        harness.wave.faults.add(Fault("render_failed", tags="unlucky"))
        kept, over = bot.studio.announcements, asyncio.Event()
        begin, begun = kept.begin, asyncio.Event()

        async def begin_late(*given: Any) -> Any:
            result = await begin(*given)
            begun.set()
            await over.wait()
            return result

        monkeypatch.setattr(kept, "begin", begin_late)
        answer = await ben.slash("compose", tags="unlucky", duration=5, title="Unlucky")
        await asyncio.wait_for(begun.wait(), TIMEOUT)
        (track,) = await bot.studio.search(everything_in(int(ben.guild["id"])), "Unlucky")
        await bot.answers.refresh(track)  # as one of those does that are tried again later
        await said(answer, "Unlucky", "failed")
        harness.discord.interactions.expire(answer.id)
        over.set()
        await all_said(harness)
        assert answer.message is not None
        assert [one["id"] for one in await told_of_failure(ben)] == [answer.message["id"]]


async def test_a_failure_is_told_in_an_answer_by_one_edit(new_harness: NewHarness) -> None:
    async with new_harness() as harness:
        await harness.start()
        ben = await harness.member("Ben")
        harness.wave.faults.add(Fault("render_failed", tags="unlucky"))
        late = DiscordFault("late", seconds=1.0, method="PATCH", path="/webhooks/*")
        harness.discord.faults.add(late)
        answer = await ben.slash("compose", tags="unlucky", duration=5, title="Unlucky")
        await said(answer, "Unlucky", "failed")
        harness.discord.interactions.expire(answer.id)  # while Discord's answer to the edit is on its way
        await all_said(harness)
        assert answer.message is not None
        assert [one["id"] for one in await told_of_failure(ben)] == [answer.message["id"]]


async def test_what_may_have_been_said_directly_is_not_said_in_the_channel(new_harness: NewHarness) -> None:
    """Where the bot may post again by the next try."""
    async with new_harness() as harness:
        await harness.start()
        ben = await harness.member("Ben", channel="lounge")
        lost = harness.discord.faults.add(DiscordFault("lost", skip=1, **MESSAGES))  # in the channel: refused
        await doomed(harness, ben, "unlucky", muted="lounge")
        await eventually(lambda: asyncio.sleep(0, lost.hits))
        harness.discord.world.set_permissions("lounge", "bot")
        await all_said(harness)
        direct = next(iter(harness.discord.world.direct.values()))
        told = [one.data for one in direct.messages.values() if "could not be made" in one.data["content"]]
        assert len(told) == 1
        assert [one for one in await told_of_failure(ben) if one["channel_id"] == ben.channel["id"]] == []


async def test_what_moderators_may_have_been_told_in_one_channel_is_not_told_in_another(
    new_harness: NewHarness,
) -> None:
    async with new_harness() as harness:
        bot = await harness.start()
        ada, world = await harness.member("Ada", channel="lounge"), harness.discord.world
        log_id, review_id = (int(world.channel(name, "The Porch").id) for name in ("music", "lounge"))
        porch = int(ada.guild["id"])
        async with bot.studio.database.write() as connection:
            await change_rules(connection, porch, 0, log_channel_id=log_id, review_channel_id=review_id)
        tell = partial(
            bot.part(ModeratorsDelivery).tell_moderators, porch, "an occasion", "Attention, please."
        )
        world.set_permissions("music", "bot", deny=["send_messages"])
        harness.discord.faults.add(
            DiscordFault("lost", method="POST", path=f"/channels/{review_id}/messages")
        )
        with pytest.raises(DeliveryUnavailable):
            await tell()
        world.set_permissions("music", "bot")
        assert await tell()
        said_in = [
            one["channel_id"]
            for name in ("music", "lounge")
            for one in await ada.messages(name)
            if "Attention, please." in one["content"]
        ]
        assert said_in == [str(review_id)]


@pytest.mark.parametrize("remembered", [True, False], ids=["known by its nonce", "found by its words"])
async def test_a_failure_told_and_not_noted_is_told_once(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch, remembered: bool
) -> None:
    async with new_harness(shutdown_grace=0) as harness:
        bot = await harness.start()
        if not remembered:
            harness.discord.messages.nonce_lifetime = 0.0
            monkeypatch.setattr(in_channel, "FRESH", in_channel.timedelta(0))
        with hanging(bot.studio.announcements, "said", monkeypatch, after=False) as reached:
            ben = await harness.member("Ben")
            await doomed(harness, ben, "unlucky")
            await asyncio.wait_for(reached, TIMEOUT)
            await harness.stop()
        await harness.start()
        await all_said(harness)
        told = await told_of_failure(ben)
        assert len(told) == 1


async def test_what_was_said_and_then_deleted_is_not_said_again(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop comes after the note of it; what a moderator has deleted by then does not come back."""
    async with new_harness(shutdown_grace=0) as harness:
        bot = await harness.start()
        harness.discord.messages.nonce_lifetime = 0.0
        with hanging(bot.studio.announcements, "said", monkeypatch, after=True) as noted:
            ben = await harness.member("Ben")
            await doomed(harness, ben, "unlucky")
            await asyncio.wait_for(noted, TIMEOUT)
            await harness.stop()
        (told,) = await told_of_failure(ben)
        message = harness.discord.world.find_message(told["id"])
        assert message is not None
        harness.discord.world.delete_message(message)
        await harness.start()
        await eventually(nothing_due)
        assert await told_of_failure(ben) == []


async def test_somebody_elses_message_of_the_same_words_does_not_count(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A member's, who mentions the bot, so that it may read it, after the stop that kept it from its own."""
    async with new_harness(shutdown_grace=0) as harness:
        bot = await harness.start()
        monkeypatch.setattr(in_channel, "FRESH", in_channel.timedelta(0))
        with hanging(bot.studio.announcements, "begin", monkeypatch, after=True) as begun:
            ben = await harness.member("Ben")
            await doomed(harness, ben, "unlucky")
            words = (await asyncio.wait_for(begun, TIMEOUT)).text
            await harness.stop()
        quoted = await ben.say(f"<@{harness.discord.world.bot.id}> {words}")
        await harness.start()
        await all_said(harness)
        told = [one["id"] for one in await told_of_failure(ben)]
        assert len(told) == 2
        assert told[0] == quoted["id"]


async def test_a_failure_that_a_kill_kept_from_being_noted_is_told_once(new_harness: NewHarness) -> None:
    async with new_harness() as harness:
        ben = await harness.member("Ben")
        async with crashing_bot(harness, "after say", "unlucky") as process:
            await opened(harness)
            asking = asyncio.create_task(doomed(harness, ben, "unlucky"))
            assert await asyncio.wait_for(process.wait(), TIMEOUT) == -signal.SIGKILL
            await asking
        await harness.start()
        await all_said(harness)
        told = await told_of_failure(ben)
        assert len(told) == 1


async def test_moderators_are_told_once_and_where_they_are_told_first(new_harness: NewHarness) -> None:
    async with new_harness() as harness:
        bot = await harness.start()
        ada, ben = await harness.member("Ada", channel="lounge"), await harness.member("Ben")
        world, porch = harness.discord.world, int(ben.guild["id"])
        channels = {name: int(world.channel(name, "The Porch").id) for name in ("lounge", "no-posting")}
        async with bot.studio.database.write() as connection:
            await change_rules(
                connection,
                porch,
                0,
                review_channel_id=channels["no-posting"],  # where it cannot be shown
                log_channel_id=channels["lounge"],
            )
        harness.discord.faults.add(
            DiscordFault(
                "masked", status=502, times=3, method="POST", path=f"/channels/{channels['lounge']}/*"
            )
        )
        await said(await ben.slash("compose", tags="ska", duration=5, title="Unheard"), "is withheld")
        await ada.wait_message(lambda one: "“Unheard”" in one["content"], TIMEOUT)
        await all_said(harness)
        told = [one for one in await ada.messages("lounge") if "“Unheard”" in one["content"]]
        assert len(told) == 1
        assert (await (await ada.slash("queue")).refresh()).followups == []


async def test_whoever_hosts_is_told_when_discord_is_back_and_once(new_harness: NewHarness) -> None:
    async with new_harness() as harness:
        rooftop = harness.discord.world.guild("Rooftop").id
        harness.settings = harness.settings.model_copy(
            update={"host_guild_id": int(rooftop), "balance_interval": 0.2}
        )
        harness.discord.faults.add(
            DiscordFault("down", status=503, method="POST", path="/users/@me/channels")
        )
        harness.discord.faults.add(DiscordFault("masked", status=502, **MESSAGES))
        next(iter(harness.wave.accounts.values())).deposit = 500_000
        await harness.start()
        dora = await harness.member("Dora", "Rooftop")
        await dora.wait_message(lambda one: "Top up the account" in one["content"], TIMEOUT)
        await all_said(harness, least=0)  # what may be told anew is forgotten
        assert harness.bot is not None
        await harness.bot.studio.watch.check_balance()
        direct = next(iter(harness.discord.world.direct.values()))
        assert len([one for one in direct.messages.values() if "Top up" in one.data["content"]]) == 1


async def test_a_notice_left_where_nobody_could_be_told_is_left_once(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_harness(shutdown_grace=0) as harness:
        bot = await harness.start()
        ben = await harness.member("Ben", channel="lounge")
        harness.discord.world.set_dms("Ben", is_open=False)
        with hanging(bot.studio.announcements, "leave", monkeypatch, after=True) as left:
            await doomed(harness, ben, "unlucky", muted="lounge")
            await asyncio.wait_for(left, TIMEOUT)
            await harness.stop()
        await harness.start()
        text = await below(await ben.slash("queue"), "While you were away", "unlucky")
        assert text.count("While you were away") == 1
