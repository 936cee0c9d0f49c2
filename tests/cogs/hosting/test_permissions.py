"""What the link that invites the bot asks for: all that the bot needs, and nothing that it does not."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from bot_harness import TIMEOUT, Harness, made, said
from waiting import eventually

from cogs.core import history
from cogs.hosting.permissions import ALL, NEEDED, invite_link
from cogs.texts.permissions import PERMISSIONS
from rehearsal.discord.faults import Fault
from rehearsal.discord.permissions import P

ROOT = Path(__file__).parents[3]
NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]


async def test_the_bot_needs_all_of_it_and_does_with_it(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "FRESH", timedelta(0))  # so that the channel is looked into
    async with new_harness() as harness:
        for guild in harness.discord.world.guilds.values():
            for role in guild.roles.values():
                if role.managed_by or role.id == guild.id:
                    role.permissions = NEEDED.value | P.USE_APPLICATION_COMMANDS  # which Ben has to have
        await harness.start()
        ben = await harness.member("Ben")
        harness.discord.faults.add(Fault("lost", "POST", "/channels/*/messages"))
        await made(ben, "With These Alone")
        start = await ben.slash("jam start", theme="Apart", tags="ska", duration=5, thread=True)
        await said(start, "is open")
        await ben.join_voice()
        await said(await ben.slash("party start", play="With These Alone"), "I am coming")
        await ben.heard(1, TIMEOUT)
        room = harness.discord.world.channel("Listening Room")

        async def names_the_song() -> bool:
            return bool(room.status)

        await eventually(names_the_song)
        needed = 0
        for permission in harness.discord.demanded:
            needed |= permission
        assert needed == NEEDED.value


@pytest.mark.parametrize("page", ["README.md", "docs/host.md"])
def test_its_number_is_what_is_written(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    assert set(re.findall(r"permissions=(\d+)", text)) == {str(NEEDED.value)}
    assert f"permissions={NEEDED.value}" in invite_link("1")


def test_the_readme_names_every_one() -> None:
    readme = " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert [name for name in ALL if f"*{PERMISSIONS[name]}" not in readme] == []
