"""A track's message goes on saying what is so of the track that it was made from."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, done_again, made, press_more, said, track_of
from test_deleted_messages import delete
from track_messages import facts_of

from cogs.posts.kept_messages import KeptMessages
from rehearsal.discord.faults import Fault
from rehearsal.discord.members.member import Answer, Member

pytestmark = pytest.mark.asyncio(loop_scope="module")

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]
INTERVALS = {KeptMessages: 0.05}
POSTING = "/channels/*/messages"


async def remixed(member: Member, message: dict[str, Any], title: str) -> dict[str, Any]:
    form = await member.press(message, "Remix seed")
    await said(await member.submit(form, tags="polka", title=title), title)
    return await track_of(member, title)


async def withheld(ada: Member, message: dict[str, Any]) -> Answer:
    form = await ada.context("Withhold track", message)
    return await said(await ada.submit(form, reason="noise"), "is withheld")


async def deleted(ben: Member, message: dict[str, Any]) -> None:
    question = await said(await press_more(ben, message, "Delete"), "gone for good")
    await said(await ben.press(question, "Delete it"), "was deleted")


async def says(member: Member, message: dict[str, Any], of: str) -> None:
    """Waits until the message says that of what it is a remix of ("": nothing), with its files as before."""

    def is_it(one: dict[str, Any]) -> bool:
        return one["id"] == message["id"] and facts_of(one).get("Remix of", "") == of

    now = await member.wait_message(is_it, TIMEOUT)
    names = [[one["filename"] for one in shown["attachments"]] for shown in (now, message)]
    assert names[0] == names[1]
    for picture in ("image", "thumbnail"):
        assert now["embeds"][0][picture] == message["embeds"][0][picture]


def edits(harness: Harness, message: dict[str, Any]) -> int:
    asked = [one for one in harness.discord.requests if one.path.endswith(f"/messages/{message['id']}")]
    return sum(one.method == "PATCH" and "embeds" in (one.json or {}) for one in asked)


async def test_a_remix_names_no_withheld_track_and_links_it_when_it_is_back(harness: Harness) -> None:
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    first, other = await made(ben, "Porch", seed=11), await made(ben, "Other", seed=12)
    child, stranger = await remixed(ben, first, "Child"), await remixed(ben, other, "Stranger")
    linked = facts_of(child)["Remix of"]
    assert f"/{first['id']}) “Porch”" in linked
    done = await withheld(ada, first)
    await says(ben, child, "")
    number = facts_of(first)["number"]
    harness.discord.faults.add(Fault("down", status=503, times=None, method="POST", path=POSTING))
    await said(await ada.press(done, "Publish"), "on its way")
    await says(ben, child, f"**#{number} “Porch”**")  # allowed again, and not there yet
    harness.discord.faults.clear()
    again = await ben.wait_message(
        lambda one: one["id"] != first["id"] and bool(one["embeds"]) and one["embeds"][0]["title"] == "Porch",
        TIMEOUT,
    )
    await says(ben, child, linked.replace(first["id"], again["id"]))
    await done_again(harness, KeptMessages)
    assert edits(harness, child) == 3
    assert edits(harness, stranger) == 0


async def test_a_remix_links_no_message_that_was_deleted_by_hand(harness: Harness) -> None:
    ben = await harness.member("Ben")
    first = await made(ben, "By Hand", seed=13)
    child = await remixed(ben, first, "Its Child")
    await delete(harness, first)
    number = facts_of(first)["number"]
    await says(ben, child, f"**#{number} “By Hand”**")


async def test_a_remix_names_no_track_of_somebody_erased(harness: Harness) -> None:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    first = await made(cleo, "Diary", seed=14)
    child = await remixed(ben, first, "Her Child")
    question = await said(await cleo.slash("privacy delete"), "Delete your data")
    await said(await cleo.press(question, "Delete my data"), "deleted")
    await says(ben, child, "")


async def test_what_was_deleted_just_before_a_stop_is_named_no_more_after_it(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_harness() as harness:
        with monkeypatch.context() as patch:
            patch.setattr(KeptMessages, "interval", 1000.0)
            await harness.start()
            ben = await harness.member("Ben")
            first = await made(ben, "Porch", seed=11)
            child = await remixed(ben, first, "Child")
            await deleted(ben, first)
            assert edits(harness, child) == 0
            await harness.stop()
        await harness.start()
        await says(ben, child, "")
        assert edits(harness, child) == 1
