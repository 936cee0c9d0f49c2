"""The answer to a commit is lost: what it ended is done once, and what follows it comes all the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, begun, below, gone, made, said
from commit_proxy import CommitProxy
from migrated import migrated_postgresql
from tcp_proxy import way_to
from waiting import eventually

from rehearsal.discord.members.member import Member

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def way() -> Iterator[tuple[CommitProxy, str]]:
    with way_to(migrated_postgresql(), CommitProxy) as way:
        yield way


@pytest.fixture(scope="module")
def changes(way: tuple[CommitProxy, str]) -> dict[str, Any]:
    return {"database_url": way[1]}


@pytest.fixture
def proxy(way: tuple[CommitProxy, str]) -> Iterator[CommitProxy]:
    yield way[0]
    assert way[0].losing is None  # it was lost


async def shows(member: Member, message: dict[str, Any], label: str) -> None:
    async def there() -> bool:
        rows = member.latest(message)["components"]
        return label in [item["label"] for row in rows for item in row["components"]]

    await eventually(there)


async def test_a_vote_is_counted_once_and_shown(harness: Harness, proxy: CommitProxy) -> None:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    message = await made(ben, "Counted")
    proxy.losing = b"INSERT INTO votes"
    await cleo.press(message, "♥ Vote")
    await shows(ben, message, "♥ 1")
    proxy.losing = b"DELETE FROM votes"
    await cleo.press(message, "♥ 1")
    await shows(ben, message, "♥ Vote")


@pytest.mark.parametrize("late", [0.0, 1.0])
async def test_what_is_withheld_goes_from_its_channel(
    harness: Harness, proxy: CommitProxy, late: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy, "late", late)
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    message = await made(ben, f"Taken Down {late}")
    form = await ada.context("Withhold track", message)
    proxy.losing = b"UPDATE tracks"
    await said(await ada.submit(form, reason="not that one"), "may not have been done")
    await gone(ben, message)


async def test_what_is_deleted_goes_from_its_channel(harness: Harness, proxy: CommitProxy) -> None:
    ben = await harness.member("Ben")
    message = await made(ben, "Deleted")
    menu = await said(await ben.press(message, "More …"), "What to do with")
    question = await said(await ben.press(menu, "Delete"), "for everybody?")
    proxy.losing = b"UPDATE tracks"
    await below(await ben.press(question, "Delete it"), "may not have been done")
    await gone(ben, message)


async def test_a_cancelled_track_is_told_of(harness: Harness, proxy: CommitProxy) -> None:
    ben = await harness.member("Ben")
    held = harness.hold("slow")
    for title in ("First", "Second"):  # as many as run at once
        await said(await ben.slash("compose", tags="slow", duration=5, title=title), title)
    await begun(held)
    answer = await said(await ben.slash("compose", tags="slow", duration=5, title="Cancelled"), "Place")
    proxy.losing = b"UPDATE tracks"
    await ben.press(answer, "Cancel")
    await answer.until(lambda now: "was cancelled. Nothing was charged" in now.text, TIMEOUT)
    held.release()


async def test_a_track_whose_commit_comes_late_is_asked_for_once(
    harness: Harness, proxy: CommitProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxy, "late", 1.0)
    ben = await harness.member("Ben")
    proxy.losing = b"INSERT INTO ledger_entries"
    answer = await ben.slash("compose", tags="ska", duration=5, title="Late")
    await answer.until(lambda now: "is finished" in now.text, TIMEOUT)
    assert "What you wrote" not in answer.text
