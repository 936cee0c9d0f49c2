"""The log channel on PostgreSQL, where a change with a lower number can become visible after a higher one."""

from __future__ import annotations

from typing import Any

import pytest
from bot_harness import Harness, done_again
from postgresql import new_postgresql
from test_log_channel import posted, until_posted

from cogs.moderating.log_channel import LogChannel
from services.guilds import audit
from services.guilds.audit import Action
from services.guilds.rules import change_rules

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def changes() -> dict[str, Any]:
    return {"database_url": new_postgresql()}


async def test_a_change_that_is_committed_after_a_later_one_is_not_skipped(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    for pause in ("interval", "calm"):
        monkeypatch.setattr(LogChannel, pause, 0.05)
    assert harness.bot is not None
    database, world = harness.bot.studio.database, harness.discord.world
    porch, ada = int(world.guild("The Porch").id), int(world.user("Ada").id)
    async with database.write() as connection:
        await change_rules(connection, porch, ada, log_channel_id=int(world.channel("lounge", str(porch)).id))
    member = await harness.member("Ada", channel="lounge")
    await until_posted(member, "lounge", "changed **Log**")
    async with database.write() as slow:
        await audit.record(slow, porch, ada, Action.TIMEZONE, before="Slowly")
        async with database.write() as quick:
            await audit.record(quick, porch, ada, Action.TIMEZONE, before="Quickly")
        await done_again(harness, LogChannel, 10)
        assert not any("Quickly" in one["content"] for one in await posted(member, "lounge"))
    found = await until_posted(member, "lounge", "Slowly", "Quickly")
    subjects = [word for one in found for word in ("Slowly", "Quickly") if word in one["content"]]
    assert subjects == ["Slowly", "Quickly"]
