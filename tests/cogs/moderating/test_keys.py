"""/key: a guild's moderators let it pay with its own WaveSpeed key, over the real gateway."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, made, said

from rehearsal.discord.members.member import Answer
from rehearsal.discord.members.reading import text_of
from rehearsal.wavespeed.accounts import Account

pytestmark = pytest.mark.asyncio(loop_scope="module")

OWN = "the-porch-own-key"


@pytest.fixture(scope="module")
def changes() -> dict[str, Any]:
    return {"guild_keys_secret": base64.urlsafe_b64encode(bytes(32)).decode()}


async def test_a_key_goes_in_pays_and_is_never_shown_again(harness: Harness) -> None:
    harness.wave.accounts[OWN] = account = Account(OWN, "ultra", 2_000_000)
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    await said(await ada.slash("moderation key show"), "no WaveSpeed key", "/moderation key set")
    form = await ada.slash("moderation key set")
    refused = await ada.submit(form, key="nobody's", level="silver")
    await said(refused, "Nothing was changed", "does not accept")
    form = await ada.slash("moderation key set")
    taken = await said(await ada.submit(form, key=OWN, level="silver"), "accepts the key", "level silver")
    shown = await said(
        await ada.slash("moderation key show"), "has $2.00 left", "300 at once", "Level silver"
    )
    log = await said(await ada.slash("moderation log"), "gave this server a WaveSpeed key of its own")
    assert not any(OWN in (answer.text or "") for answer in (refused, taken, shown, log))
    await made(ben, "On Our Own Account")
    assert account.balance < 2_000_000
    assert harness.wave.accounts["rehearsal-key"].balance == 100_000_000


async def test_an_account_without_money_is_told_to_who_waits_and_to_moderators(harness: Harness) -> None:
    account = harness.wave.accounts[OWN]
    deposit, account.deposit = account.deposit, 0
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    waits = await ben.slash("compose", tags="funk", duration=5, title="Waits For Money")
    await said(waits, "This server's own WaveSpeed account is short of money")
    await said(await ada.slash("moderation key show"), "Nothing starts", "Top it up")
    account.deposit = deposit
    assert harness.bot is not None
    await harness.bot.studio.watch.check_guild_accounts()
    await said(waits, "is finished")


def today(budget: Answer) -> str:
    return budget.text.split("This server, today")[1].split("This server, this month")[0]


async def test_removing_asks_first_and_then_the_host_pays(harness: Harness) -> None:
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    question = await said(
        await ada.slash("moderation key remove"),
        "Remove this server's WaveSpeed key?",
        "What it pays for now",
        "counts towards the host's limits",
    )
    spent = await said(await ben.slash("budget"), "This server, today")
    assert "$0.00 spent" not in today(spent)
    await said(await ada.press(question, "Keep it"), "The key stays")
    question = await said(await ada.slash("moderation key remove"), "Remove this server's WaveSpeed key?")
    await said(await ada.press(question, "Remove the key"), "The key is removed", "with its own key too")
    stays = await said(await ben.slash("budget"), "This server, today")
    assert today(stays).split(" spent")[0] == today(spent).split(" spent")[0]
    before = harness.wave.accounts["rehearsal-key"].balance
    await made(ben, "On The House")
    assert harness.wave.accounts["rehearsal-key"].balance < before
    twice = await ada.press(question, "key:remove", forged=True)
    await twice.until(lambda now: any("no WaveSpeed key" in text_of(one) for one in now.followups), TIMEOUT)


async def test_another_server_sees_and_removes_nothing_of_it(harness: Harness) -> None:
    ada, dora = await harness.member("Ada"), await harness.member("Dora", "Rooftop")
    form = await ada.slash("moderation key set")
    await said(await ada.submit(form, key=OWN, level="bronze"), "accepts the key")
    await said(await dora.slash("moderation key show"), "no WaveSpeed key")
    await said(await dora.slash("moderation key remove"), "no WaveSpeed key")
    await said(await ada.slash("moderation key show"), "own WaveSpeed key")
