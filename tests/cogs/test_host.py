"""/host: the owner's alone, and only in the owner's server; what the owner is told without asking."""

import csv
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, made, said, track_of
from waiting import eventually

from rehearsal.discord.faults import Fault as DiscordFault
from rehearsal.discord.members.member import NotPossibleError
from rehearsal.wavespeed import Fault
from rehearsal.wavespeed.accounts import Entry
from services.storage.database import now
from services.storage.tables import tracks

CORRECT = f"host:correct:{'0' * 16}"
NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]


@asynccontextmanager
async def hosted(new_harness: NewHarness, **changes: Any) -> AsyncIterator[Harness]:
    """A harness whose bot is hosted by Dora, with /host on the Rooftop."""
    async with new_harness(**changes) as harness:
        rooftop = harness.discord.world.guild("Rooftop").id
        harness.settings = harness.settings.model_copy(update={"host_guild_id": int(rooftop)})
        await harness.start()
        yield harness


async def test_the_owner_sees_and_steers_everything(new_harness: NewHarness) -> None:
    async with hosted(new_harness) as harness:
        dora, ben = await harness.member("Dora", "Rooftop"), await harness.member("Ben")
        await made(ben, "Paid For")
        porch = ben.guild["id"]
        await said(await dora.slash("host status"), "Balance at WaveSpeed", "$0.001 of $10.00 today", porch)

        await said(await dora.slash("host pause", reason="a look at the bill"), "Paused everywhere")
        waiting = await said(
            await ben.slash("compose", tags="ska", duration=5, title="Patient"), "hosts me has paused"
        )
        await said(await dora.slash("host status"), "Everything is paused", "1 waiting")
        await said(await dora.slash("host resume"), "1 waiting track goes on")
        await track_of(ben, "Patient")
        await said(waiting, "is finished")

        await said(
            await dora.slash("host access", server=porch, access="blocked"), "cannot ask for tracks now"
        )
        await said(await ben.slash("compose", tags="ska", duration=5), "does not let this server", "Edit")
        await said(await dora.slash("host access", server=porch, access="allowed"), "may make tracks now")
        await said(
            await dora.slash("host access", server="not-a-number-here", access="blocked"),
            "I know no such server",
        )

        harness.discord.world.add_guild("The Porch", made_at=1_730_000_000.5)
        await eventually(lambda: _knows(harness, 2, "The Porch"))
        twice = await dora.slash("host access", server="The Porch", access="blocked")
        await said(twice, "several servers have that name")
        await said(
            await dora.slash("host ceiling", server=porch, daily=0.5),
            "The Porch",
            "limits of up to $0.50 a day",
        )
        ada = await harness.member("Ada")
        await said(await ada.slash("moderation budget", daily=0.6), "at most $0.50 a day")


async def _knows(harness: Harness, count: int, name: str) -> bool:
    assert harness.bot is not None
    return sum(guild.name == name for guild in harness.bot.guilds) == count


async def test_nobody_else_has_it_anywhere(new_harness: NewHarness) -> None:
    async with hosted(new_harness) as harness:
        harness.discord.world.set_moderator("Rooftop", "Ada", moderator=True)
        there = await harness.member("Ada", "Rooftop")
        for command in ("status", "pause", "resume", "reconcile"):
            await said(await there.slash(f"host {command}"), "Only whoever hosts me")
        forged = {"server": there.guild["id"], "access": "blocked"}
        await said(await there.slash("host access", **forged), "Only whoever hosts me")
        queue = await said(await there.slash("queue"), "Nothing is running")
        await said(await there.press(queue, CORRECT, forged=True), "Only whoever hosts me")
        harness.discord.world.add_member("The Porch", "Dora", moderator=True)
        elsewhere = await harness.member("Dora")
        queue = await said(await elsewhere.slash("queue"), "Nothing is running")
        await said(
            await elsewhere.press(queue, CORRECT, forged=True),
            "Only whoever hosts me",
        )
        for name, guild in (("Ada", "The Porch"), ("Ben", "The Porch")):
            with pytest.raises(NotPossibleError):
                await (await harness.member(name, guild)).slash("host status")


async def test_ledger_and_bill_are_shown_and_corrected_by_a_press(new_harness: NewHarness) -> None:
    async with hosted(new_harness) as harness:
        dora, ben = await harness.member("Dora", "Rooftop"), await harness.member("Ben")
        await made(ben, "Right")
        await said(await dora.slash("host reconcile"), "1 · the same in both")
        harness.wave.faults.add(Fault("not_audio"))
        await said(await ben.slash("compose", tags="ska", duration=5, title="Noise"), "could not be made")
        account = next(iter(harness.wave.accounts.values()))
        account.owe(1000, account.bill[-1].prediction, account.bill[-1].model, 0.0)
        table = await said(
            await dora.slash("host reconcile"), "1 · given back by the provider", "reconciliation.csv"
        )
        await dora.press(table, "Write correcting entries")
        await said(table, "1 correcting entry was written", "-$0.001")
        await said(await dora.slash("host reconcile"), "2 · the same in both")
        await said(await ben.slash("budget"), "$0.001 spent")


async def test_a_press_writes_only_what_was_shown(new_harness: NewHarness) -> None:
    async with hosted(new_harness) as harness:
        dora, ben = await harness.member("Dora", "Rooftop"), await harness.member("Ben")
        for title in ("First", "Second"):
            await made(ben, title)
        account = next(iter(harness.wave.accounts.values()))
        first, second = list(account.bill)
        account.owe(1000, second.prediction, second.model, 0.0)
        table = await said(await dora.slash("host reconcile"), "1 · given back by the provider")
        account.bill.append(replace(first, uuid="twenty", micro=19_990_000))
        await dora.press(table, "Write correcting entries")
        await said(table, "Nothing was written", "$19.991", "1 · different amounts")
        await said(await ben.slash("budget"), "$0.002 spent")
        account.bill.pop()
        await dora.press(table, "Write correcting entries")
        await said(table, "Nothing was written", "Bill: $0.001", "1 · given back by the provider")
        await dora.press(table, "Write correcting entries")
        await said(table, "1 correcting entry was written", "-$0.001")
        await said(await ben.slash("budget"), "$0.001 spent")


async def two_days_ago(harness: Harness) -> None:
    """All that was made was made then: the bill has had its time."""
    assert harness.bot is not None
    then = now() - timedelta(days=2)
    async with harness.bot.studio.database.write() as connection:
        await connection.execute(tracks.update().values(created_at=then, finished_at=then))


async def test_an_empty_bill_offers_nothing_to_the_owner(new_harness: NewHarness) -> None:
    async with hosted(new_harness) as harness:
        dora, ben = await harness.member("Dora", "Rooftop"), await harness.member("Ben")
        for title in ("Right", "Also Right"):
            await made(ben, title)
        account = next(iter(harness.wave.accounts.values()))
        account.owe(1000, account.bill[-1].prediction, account.bill[-1].model, 0.0)
        table = await said(await dora.slash("host reconcile"), "1 · given back by the provider")
        await two_days_ago(harness)
        account.bill.clear()
        answer = await said(await dora.slash("host reconcile"), "no bill", "it has 0 of 2 tracks")
        with pytest.raises(NotPossibleError):
            await dora.press(answer, "Write correcting entries")
        await dora.press(table, "Write correcting entries")
        await said(table, "Nothing was written", "it has 0 of 2 tracks")
        await said(await ben.slash("budget"), "$0.002 spent")


async def test_a_predictions_id_is_text_in_table_and_file(new_harness: NewHarness) -> None:
    ids = ['=HYPERLINK("http://x"),"1', "```\N{WAVY DASH}@everyone", "@SUM(1)", 'plain, "quoted"', ""]
    async with hosted(new_harness) as harness:
        dora = await harness.member("Dora", "Rooftop")
        await made(await harness.member("Ben"), "Mine")
        account = next(iter(harness.wave.accounts.values()))
        account.bill += [
            Entry(f"u{number}", "deduct", 1000, one, "", account.key, time.time())
            for number, one in enumerate(ids)
        ]
        answered = await said(
            await dora.slash("host reconcile"), "5 · on the bill", "no prediction", "reconciliation.csv"
        )
        (message,) = [one for one in dora.seen.values() if one.get("attachments")]
        table = message["embeds"][0]["fields"][-1]["value"]
        assert [place.start() for place in re.finditer("```", table)] == [0, len(table) - 3], answered
        rows = list(csv.reader((await dora.attachment(message)).decode().splitlines()))
        kept = {"'" + one if one[:1] in ("=", "@") else one for one in ids}
        assert {row[2] for row in rows[2:]} == kept
        assert {len(row) for row in rows} == {6}


async def test_the_owner_is_told_of_an_empty_account(new_harness: NewHarness) -> None:
    async with hosted(new_harness) as harness:
        dora, ben = await harness.member("Dora", "Rooftop"), await harness.member("Ben")
        harness.wave.faults.add(Fault("no_balance", times=None))
        await said(await ben.slash("compose", tags="ska", duration=5, title="Poor"), "short of money")
        await dora.wait_message(lambda one: "refused a track for lack of money" in one["content"], TIMEOUT)


def hosts_at(harness: Harness) -> list[str | None]:
    """The servers in which Discord shows /host."""
    return [one["guild_id"] for one in harness.discord.world.commands.values() if one["name"] == "host"]


async def test_who_moves_their_home_finds_no_host_command_in_the_old_one(new_harness: NewHarness) -> None:
    async with hosted(new_harness) as harness:
        world = harness.discord.world
        rooftop, porch = world.guild("Rooftop").id, world.guild("The Porch").id
        assert hosts_at(harness) == [rooftop]
        for home, shown in ((int(porch), [porch]), (None, [])):
            await harness.stop()
            harness.settings = harness.settings.model_copy(update={"host_guild_id": home})
            await harness.start()
            assert hosts_at(harness) == shown


async def test_an_old_home_that_is_not_to_be_reached_is_cleared_at_a_later_start(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.REGISTERING_SECONDS", 0.5)
    async with hosted(new_harness) as harness:
        rooftop = harness.discord.world.guild("Rooftop").id
        await harness.stop()
        harness.settings = harness.settings.model_copy(update={"host_guild_id": None})
        fault = harness.discord.faults.add(
            DiscordFault("down", "PUT", f"/applications/*/guilds/{rooftop}/commands", status=503, times=None)
        )
        await harness.start()
        await harness.stop()
        assert hosts_at(harness) == [rooftop]
        harness.discord.faults.rules.remove(fault)
        await harness.start()
        assert hosts_at(harness) == []
