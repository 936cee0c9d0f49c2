"""Messages of which Discord tells more, or otherwise, than discord.py expects are read all the same."""

from __future__ import annotations

from typing import Any

import pytest
from bot_harness import Harness, made, press_more, said

from rehearsal.discord.messages import Messages

pytestmark = pytest.mark.asyncio(loop_scope="module")

ODD: dict[str, dict[str, Any]] = {
    # Discord's OpenAPI description: a command's interaction need not name its user.
    "whose command": {"interaction_metadata": {"id": "1", "type": 2, "authorizing_integration_owners": {}}},
    "what thread": {"thread": {"id": "1", "type": 11}},
    "no poll": {"poll": None},
    "no reference": {"message_reference": None},
    "no application": {"application": None},
}


@pytest.mark.parametrize("what", ODD)
async def test_a_press_and_an_answer_are_as_ever(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    as_told = Messages.create

    def create(*given: Any, **more: Any) -> Any:
        message = as_told(*given, **more)
        message.data |= ODD[what]
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
