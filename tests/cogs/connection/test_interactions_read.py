"""What Discord tells of interactions and messages otherwise than discord.py expects is read all the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from bot_harness import Harness, made, press_more, said

from rehearsal.discord.entities import NEWS
from rehearsal.discord.interactions import Interactions
from rehearsal.discord.messages import Messages

pytestmark = pytest.mark.asyncio(loop_scope="module")

# What a partial channel has (Discord's reference: Resolved Data Structure).
PARTIAL = ("id", "name", "type", "permissions", "parent_id", "thread_metadata")
OPTIONAL = ("guild_locale", "context", "app_permissions", "entitlements", "authorizing_integration_owners")
OF_A_MESSAGE: dict[str, dict[str, Any]] = {
    # Discord's OpenAPI description: a command's interaction need not name its user.
    "whose command": {"interaction_metadata": {"id": "1", "type": 2, "authorizing_integration_owners": {}}},
    "what thread": {"thread": {"id": "1", "type": 11}},
    "no poll": {"poll": None},
    "no reference": {"message_reference": None},
    "no application": {"application": None},
}
Change = Callable[[dict[str, Any]], dict[str, Any]]


def told_as(monkeypatch: pytest.MonkeyPatch, change: Change) -> None:
    """From now on Discord tells so of interactions."""
    told = Interactions._payload
    monkeypatch.setattr(Interactions, "_payload", lambda self, one: change(told(self, one)))


def with_nulls(told: dict[str, Any]) -> dict[str, Any]:
    return told | dict.fromkeys(OPTIONAL)


def without_what_is_new(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name not in ("attachment_size_limit", "channel")}


def without_what_the_bot_may(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name != "app_permissions"}


def with_what_nobody_asks_for(told: dict[str, Any]) -> dict[str, Any]:
    return told | {"entitlements": [{}], "authorizing_integration_owners": {"0": "a guild"}}


def with_little(told: dict[str, Any]) -> dict[str, Any]:
    return told | {"channel": {name: told["channel"].get(name) for name in PARTIAL}}


@pytest.mark.parametrize(
    "change", [with_nulls, without_what_is_new, without_what_the_bot_may, with_what_nobody_asks_for]
)
async def test_a_track_is_made(harness: Harness, monkeypatch: pytest.MonkeyPatch, change: Change) -> None:
    told_as(monkeypatch, change)
    await made(await harness.member("Ben"), change.__name__.replace("_", " "))


async def test_a_track_is_made_in_a_thread_of_which_little_is_told(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben, world = await harness.member("Ben"), harness.discord.world
    news = world.add_channel("The Porch", "told", kind=NEWS)
    monkeypatch.setattr(world, "tell", lambda _event: None)  # the bot does not hear of the thread
    thread = world.add_thread(news, "little", ben.id)
    monkeypatch.undo()
    told_as(
        monkeypatch, lambda told: told | {"channel": {name: told["channel"].get(name) for name in PARTIAL}}
    )
    ben.guild["channels"].append({"id": thread.id, "name": "little", "type": thread.type, "nsfw": False})
    await made(await ben.go("little"), "Of Little")


async def test_a_menu_of_a_message_of_a_new_kind_says_that_it_is_no_track(harness: Harness) -> None:
    ben = await harness.member("Ben")
    written: dict[str, Any] = await ben.say("Shall we?")
    message = harness.discord.world.find_message(written["id"])
    assert message is not None
    message.data["poll"] = {"question": {"text": "Shall we?"}, "answers": [], "expiry": None}
    await said(await ben.context("Report track", message.data), "not one of my tracks")


@pytest.mark.parametrize("what", OF_A_MESSAGE)
async def test_a_press_and_an_answer_are_as_ever(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    as_told = Messages.create

    def create(*given: Any, **more: Any) -> Any:
        message = as_told(*given, **more)
        message.data |= OF_A_MESSAGE[what]
        return message

    monkeypatch.setattr(Messages, "create", create)
    ben = await harness.member("Ben")
    message = await made(ben, what)
    await said(await press_more(ben, message, "Variations"), "each with a new seed")
    await said(await ben.slash("library tracks"), what)
    refused = await said(await ben.slash("compose", title=what), "There are no tags")
    form = await ben.press(refused, "Edit")
    await said(await ben.submit(form, tags="funk"), "is finished")


async def test_a_draft_whose_embed_has_a_null_in_it(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled = Messages._fill  # pyright: ignore[reportPrivateUsage]

    def fill(self: Any, message: Any, payload: Any, files: Any, **more: Any) -> None:
        filled(self, message, payload, files, **more)
        message.data["embeds"] = [embed | {"color": None} for embed in message.data["embeds"]]

    monkeypatch.setattr(Messages, "_fill", fill)
    ben = await harness.member("Ben")
    refused = await said(await ben.slash("compose", title="No Colour"), "There are no tags")
    form = await ben.press(refused, "Edit")
    await said(await ben.submit(form, tags="funk"), "No Colour", "is finished")
