"""Every command and button is acknowledged before it waits for anybody: Discord gives it three seconds."""

from __future__ import annotations

import asyncio
import re
from types import ModuleType
from typing import Any

import pytest
from bot_harness import TIMEOUT, VOICES, Harness, made, said
from jamming import jam_id, start
from known_rights import sample_of
from test_rights import OPTIONS, PRESSED, SLASH, id_in, takes_a_track

from cogs.core import responses
from cogs.core.component_router import route
from cogs.core.responses import Interaction
from cogs.core.rights import Who
from cogs.extensions import Bot
from rehearsal.discord.members.member import Answer
from rehearsal.discord.start import first_world
from rehearsal.wavespeed import Fault

pytestmark = pytest.mark.asyncio(loop_scope="module")

PERSONS = {Who.MEMBER: ("Ben",), Who.MAKER: ("Ben",), Who.MODERATOR: ("Ada",), Who.HOST: ("Dora", "Rooftop")}


@pytest.fixture(scope="module")
def changes() -> dict[str, Any]:
    host = int(first_world().guild("Rooftop").id)
    return {"host_guild_id": host, **VOICES}


async def test_while_another_writes_and_the_provider_hangs(harness: Harness) -> None:
    assert harness.bot is not None
    ben = await harness.member("Ben")
    track = id_in(await made(ben, "Asked About"))
    jam = jam_id(await start(ben, "Acknowledged", duration=5))
    on = {who: await said(await (await harness.member(*PERSONS[who])).slash("queue"), "Queue") for who in Who}
    harness.wave.faults.add(Fault("hang", times=None))
    answers: dict[str, Answer] = {}
    async with harness.bot.studio.database.write():
        for right in SLASH:
            person = await harness.member(*PERSONS[right.who])
            options = {**OPTIONS.get(right.handle, {})}
            if takes_a_track(harness, right):
                options["track"] = track
            answers[right.handle] = await person.slash(right.handle, **options)
        for right in PRESSED:
            person = await harness.member(*PERSONS[right.who])
            pressed = sample_of(right, track=track, jam=jam, nobodys=jam)
            answers[pressed] = await person.press(on[right.who], pressed, forged=True)
    assert [name for name, answer in answers.items() if answer.acknowledged_after is None] == []
    harness.wave.faults.clear()
    for answer in answers.values():
        await answer.until(lambda now: now.state == "answered" or now.kind in ("update", "none"), TIMEOUT)


async def test_a_form_that_is_looked_up_for_too_long_is_said(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert harness.bot is not None
    ben = await harness.member("Ben")
    message = await made(ben, "Slowly Found")

    async def never(_guild_id: int, _reference: str) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(responses, "BEFORE_FORM", 0.1)
    monkeypatch.setattr(harness.bot.studio, "find", never)
    await said(await ben.press(message, "Remix seed"), "try again in a few seconds")


async def test_a_look_at_bans_that_does_not_even_end_when_cancelled_is_not_waited_for(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert harness.bot is not None
    back = asyncio.Event()

    async def stands_still(_guild_id: int, _member_id: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await back.wait()  # as a query does whose database does not answer that it is cancelled

    monkeypatch.setattr(responses, "BEFORE_FORM", 0.1)
    monkeypatch.setattr(harness.bot.studio.bans, "check", stands_still)
    ben = await harness.member("Ben")
    await said(await ben.slash("party skip"), "try again in a few seconds")
    back.set()


async def test_what_dispatch_and_a_form_look_up_have_that_time_together(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    @route("slowly:(?P<track>[0-9a-z]{20})", Who.MAKER, "Open a form that takes its time")
    async def open_form(interaction: Interaction, _match: re.Match[str]) -> None:
        monkeypatch.setattr(responses, "BEFORE_FORM", 10 * TIMEOUT)  # which is not asked for anew
        await responses.in_time(interaction, asyncio.Event().wait())

    assert isinstance(harness.bot, Bot)
    module = ModuleType(__name__)
    vars(module).update(open_form=open_form)
    harness.bot.router.add(module)
    ben = await harness.member("Ben")
    track = id_in(await made(ben, "Looked Up Twice"))
    queue = await said(await ben.slash("queue"), "Queue")
    monkeypatch.setattr(responses, "BEFORE_FORM", 0.5)
    await said(await ben.press(queue, f"slowly:{track}", forged=True), "try again in a few seconds")
