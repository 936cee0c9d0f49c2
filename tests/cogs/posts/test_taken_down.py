"""What is to go and is closed to the bot, or to which Discord does not answer, goes by itself later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, made, press_more, said
from waiting import eventually

from rehearsal.discord.faults import Fault
from rehearsal.discord.members.member import Answer, Member
from rehearsal.discord.members.reading import text_of
from services.privacy import erasure

pytestmark = pytest.mark.asyncio(loop_scope="module")

DELETING: dict[str, Any] = {"method": "DELETE", "path": "/channels/*/messages/*"}


@contextmanager
def closed(harness: Harness) -> Iterator[None]:
    """The bot has lost #music for a while."""
    harness.discord.world.set_permissions("music", "bot", deny=["view_channel"])
    try:
        yield
    finally:
        harness.discord.world.set_permissions("music", "bot")


async def gone(harness: Harness, message: dict[str, Any]) -> None:
    async def look() -> bool:
        return harness.discord.world.find_message(message["id"]) is None

    await eventually(look)


async def asked_for(harness: Harness, message: dict[str, Any], *, times: int = 1) -> None:
    """Waits until the bot has tried so often to delete the message."""

    async def look() -> bool:
        asked = [one for one in harness.discord.requests if one.path.endswith(f"/messages/{message['id']}")]
        return sum(one.method == "DELETE" for one in asked) >= times

    await eventually(look)


async def deleted(ben: Member, pressed: Answer) -> Answer:
    answer = await said(pressed, "Delete")
    return await said(await ben.press(answer, "Delete it"), "was deleted")


async def withheld(ada: Member, message: dict[str, Any]) -> Answer:
    form = await ada.context("Withhold track", message)
    return await said(await ada.submit(form, reason="noise"), "is withheld")


async def test_what_is_erased_goes_when_its_channel_is_back(harness: Harness) -> None:
    message = await made(await harness.member("Cleo"), "Cleo Was Here")
    cleo = await harness.member("Cleo", channel="lounge")
    with closed(harness):
        question = await said(await cleo.slash("privacy delete"), "Delete your data")
        await said(await cleo.press(question, "Delete my data"), "Your data is deleted")
        await asked_for(harness, message)
        assert harness.bot is not None
        await harness.bot.studio.privacy.clean()  # one look has ended
        assert harness.discord.world.find_message(message["id"]) is not None
    await gone(harness, message)


async def test_what_is_withheld_goes_when_its_channel_is_back(harness: Harness) -> None:
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    message = await made(ben, "Heard Once")
    with closed(harness):
        await withheld(ada, message)
        await asked_for(harness, message, times=2)
        assert harness.bot is not None
        await harness.bot.studio.privacy.clean()
    await gone(harness, message)


async def test_what_is_published_again_before_that_plays_once(harness: Harness) -> None:
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    message = await made(ben, "Seen Twice")
    harness.discord.faults.add(Fault("refuse", status=403, code=50001, times=4, **DELETING))
    await withheld(ada, message)
    await asked_for(harness, message, times=2)
    shown = await said(await ada.slash("library track", track="Seen Twice"), "withheld")
    await said(await ada.press(shown, "Publish"), "on its way")

    def anew(one: dict[str, Any]) -> bool:
        return one["id"] != message["id"] and bool(one["attachments"]) and "Seen Twice" in text_of(one)

    await ben.wait_message(anew, TIMEOUT)
    harness.discord.faults.clear()
    assert harness.bot is not None
    await harness.bot.studio.privacy.clean()
    await gone(harness, message)


async def test_a_deletion_that_discord_does_not_answer_is_done_later(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "AGAIN", 0.1)
    ben = await harness.member("Ben")
    message = await made(ben, "Blink")
    harness.discord.faults.add(Fault("down", status=503, times=3, **DELETING))
    answer = await deleted(ben, await press_more(ben, message, "Delete"))
    assert "by myself as soon as it does" in answer.text
    await gone(harness, message)


async def test_what_is_deleted_goes_when_its_channel_is_back(harness: Harness) -> None:
    message = await made(await harness.member("Ben"), "Away")
    ben = await harness.member("Ben", channel="lounge")
    with closed(harness):
        shown = await said(await ben.slash("library track", track="Away"))
        answer = await deleted(ben, await ben.press(shown, "Delete"))
        assert "by myself as soon as it does" in answer.text
        await asked_for(harness, message, times=2)
    await gone(harness, message)


async def test_that_a_message_is_gone_is_not_believed_at_once(harness: Harness) -> None:
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    message = await made(ben, "Not Gone")
    path = f"/channels/*/messages/{message['id']}"
    harness.discord.faults.add(Fault("refuse", status=404, code=10008, times=1, method="DELETE", path=path))
    await withheld(ada, message)
    await gone(harness, message)
