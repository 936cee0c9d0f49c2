"""What Discord says in a way that nobody here knows: it ends no connection, and fails no track."""

from __future__ import annotations

from typing import Any

import pytest
from bot_harness import Harness, made, said

from cogs.core.discord_errors import answering
from rehearsal.discord import shapes
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

OF_A_GUILD: dict[str, list[Any]] = {
    "stage_instances": [{"id": "1", "channel_id": None}],
    "soundboard_sounds": [{"sound_id": "1"}],
    "guild_scheduled_events": [{"id": "1"}],
    "presences": [{"user": {"id": "1"}}],
    # Discord's OpenAPI description: a thread need have no parent_id, and a voice channel no bitrate.
    "threads": [{"id": "1", "type": 11, "name": "odd", "owner_id": "1", "parent_id": None}],
    "channels": [{"id": "2", "type": 2, "name": "odd", "position": 0}],
    "roles": [{"id": "3", "name": "odd", "permissions": None}],
    "voice_states": [{"user_id": "4", "channel_id": None}],
    "members": [{"user": {"id": "5"}}],
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


async def test_a_guild_that_changes_is_known_as_far(harness: Harness) -> None:
    guild = harness.discord.world.guild("The Porch")
    told = shapes.guild_json(guild)
    changed = told | {"roles": [*OF_A_GUILD["roles"], *told["roles"]]}
    harness.discord.world.tell(Event("GUILD_UPDATE", changed, guild.id, to="bot"))
    await made(await harness.member("Ben"), "Of an Odd Role")
    await known(harness)


async def known(harness: Harness) -> None:
    assert harness.bot is not None
    told = harness.discord.world.guild("The Porch")
    guild = harness.bot.get_guild(int(told.id))
    assert guild is not None
    assert {str(one.id) for one in guild.channels} == told.channels.keys()
    assert {str(one.id) for one in guild.roles} == told.roles.keys()
    assert guild.me.guild_permissions.send_messages
