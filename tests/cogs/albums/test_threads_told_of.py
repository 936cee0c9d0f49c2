"""Threads are opened once and found also where Discord says of them no more than it must."""

from __future__ import annotations

from typing import Any

import pytest
from album_pages import begun
from album_posts import published
from bot_harness import Harness, said
from jamming import ends

from rehearsal.discord import server
from rehearsal.discord.entities import FORUM
from rehearsal.discord.faults import Fault

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def terse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Discord's answers say of threads what they must, by their description."""
    by_stand_in = server.answer

    def tersely(data: Any, *about: Any) -> Any:
        if isinstance(data, dict):
            told: dict[str, Any] = data
            if "threads" in told:
                data = told | {"threads": [as_it_must(one) for one in told["threads"]]}
            elif "thread_metadata" in told:
                data = as_it_must(told)
        return by_stand_in(data, *about)

    monkeypatch.setattr(server, "answer", tersely)


def as_it_must(thread: dict[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in thread.items() if name not in ("parent_id", "message")}
    del (about := dict(thread["thread_metadata"]))["create_timestamp"]
    return told | {"thread_metadata": about}


@pytest.mark.usefixtures("terse")
@pytest.mark.parametrize("lost", [False, True])
async def test_a_jam_gets_a_thread_of_which_discord_tells_what_it_must(harness: Harness, lost: bool) -> None:
    theme, fault = f"Tersely {lost}", Fault("lost", "POST", "/channels/*/threads", times=int(lost))
    if lost:
        harness.discord.faults.add(fault)
    ben, world = await harness.member("Ben"), harness.discord.world
    await said(await ben.slash("jam start", theme=theme, tags="ska", thread=True), "is open")
    (opened,) = [one for one in world.all_channels() if one.is_thread and one.name == theme]
    assert fault.hits == lost
    await ben.go(opened.id)
    await ends(ben, theme)


@pytest.mark.usefixtures("terse")
async def test_so_does_an_album_in_a_forum(harness: Harness) -> None:
    ben, world = await harness.member("Ben"), harness.discord.world
    forum = world.add_channel("The Porch", "tersely", kind=FORUM)
    await ben.go("music")
    await begun(ben, "In Few Words", "A Word")
    await published(harness, ben, "In Few Words", how="As a post in the forum", channel=forum.name)
    assert len([one for one in world.all_channels() if one.parent_id == forum.id]) == 1
