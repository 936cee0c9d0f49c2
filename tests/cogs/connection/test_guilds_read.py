"""A guild of which Discord tells something that nobody here can read is known all the same."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from bot_harness import Harness, made

from rehearsal.discord import shapes
from rehearsal.discord.entities import Event

pytestmark = pytest.mark.asyncio(loop_scope="module")

ODD: dict[str, list[Any]] = {
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


def odd(told: dict[str, Any]) -> dict[str, Any]:
    return told | {name: [*parts, *told.get(name, ())] for name, parts in ODD.items()}


async def test_at_the_start(
    new_harness: Callable[..., AbstractAsyncContextManager[Harness]], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = shapes.guild_created
    monkeypatch.setattr(shapes, "guild_created", lambda *given: odd(told(*given)))
    async with new_harness() as harness:
        await harness.start()
        await known(harness)
        await made(await harness.member("Ben"), "Of an Odd Guild")


async def test_when_it_changes(harness: Harness) -> None:
    guild = harness.discord.world.guild("The Porch")
    told = shapes.guild_json(guild)
    changed = told | {"roles": [*ODD["roles"], *told["roles"]]}
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
