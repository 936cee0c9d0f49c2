"""What Discord says in a way that nobody here knows: it ends no connection, and fails no track."""

from __future__ import annotations

from typing import Any

import pytest
from bot_harness import Harness, made, said

from cogs.core.discord_errors import answering
from rehearsal.discord.entities import Event
from rehearsal.discord.faults import Fault
from services.delivery import DeliveryUnavailable

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNREADABLE: dict[str, dict[str, Any] | None] = {
    "GUILD_UPDATE": {"roles": [None]},
    "CHANNEL_CREATE": {"type": 0},
    "INTERACTION_CREATE": {"id": "1", "type": 2, "token": "t", "application_id": "1", "channel": None},
    "RESUMED": None,
}


@pytest.mark.parametrize("name", UNREADABLE)
async def test_an_event_that_cannot_be_read_ends_nothing(harness: Harness, name: str) -> None:
    world, told = harness.discord.world, UNREADABLE[name]
    guild = world.guild("The Porch").id
    data: Any = told and {"id": guild, "guild_id": guild, **told}
    world.tell(Event(name, data, guild, to="bot"))
    ben = await harness.member("Ben")
    await said(await ben.slash("queue"), "Queue")
    assert harness.bot is not None
    assert harness.bot.connection is not None
    assert not harness.bot.connection.done()


async def test_a_page_with_a_good_status_is_no_answer(harness: Harness) -> None:
    assert harness.bot is not None
    channel = harness.bot.get_partial_messageable(int(harness.discord.world.channel("music", "The Porch").id))
    harness.discord.faults.add(Fault("cloudflare", "POST", "/channels/*/messages", status=200, times=1))
    with pytest.raises(DeliveryUnavailable):
        async with answering():
            await channel.send("Hello")


async def test_a_boost_tier_that_is_new_fails_no_track(harness: Harness) -> None:
    world = harness.discord.world
    world.set_tier("The Porch", 4)
    try:
        message = await made(await harness.member("Ben"), "Boosted")
        assert message["attachments"]
    finally:
        world.set_tier("The Porch", 0)
