"""Scheduled events, as discord.py plans, changes and takes them away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import discord as discord_py
import openapi
import pytest
import smallbot
from waiting import eventually

from rehearsal.discord import DiscordStandIn
from rehearsal.discord.members.member import Member

ELSEWHERE: dict[str, Any] = {"entity_type": discord_py.EntityType.external, "location": "#contest"}
ONLY: dict[str, Any] = {"privacy_level": discord_py.PrivacyLevel.guild_only}


@pytest.fixture
def guild(discord: DiscordStandIn, bot: smallbot.SmallBot) -> discord_py.Guild:
    found = bot.get_guild(int(discord.world.guild("The Porch").id))
    assert found is not None
    return found


def times(start: float = 1, end: float = 2) -> dict[str, Any]:
    """So many hours from now."""
    now = discord_py.utils.utcnow()
    return {"start_time": now + timedelta(hours=start), "end_time": now + timedelta(hours=end)}


async def test_an_event_is_planned_begun_and_ended(discord: DiscordStandIn, guild: discord_py.Guild) -> None:
    event = await guild.create_scheduled_event(
        name="Contest", description="Rain", **ELSEWHERE, **ONLY, **times()
    )
    assert (event.name, event.location, event.status) == (
        "Contest",
        "#contest",
        discord_py.EventStatus.scheduled,
    )
    await event.edit(name="Contest night")
    event = await event.start()

    async def known() -> bool:
        found = guild.get_scheduled_event(event.id)
        return found is not None and (found.name, found.status.name) == ("Contest night", "active")

    await eventually(known)
    await event.end()
    with pytest.raises(discord_py.HTTPException) as refused:
        await event.edit(name="Too late")
    assert refused.value.code == 180000
    await event.delete()
    with pytest.raises(discord_py.NotFound):
        await guild.fetch_scheduled_event(event.id)
    if openapi.available():
        assert [problem for request in discord.requests for problem in openapi.check(request)] == []


async def test_one_in_a_voice_channel(discord: DiscordStandIn, guild: discord_py.Guild) -> None:
    room = guild.get_channel(int(discord.world.channel("Listening Room", "The Porch").id))
    assert isinstance(room, discord_py.VoiceChannel)
    event = await guild.create_scheduled_event(
        name="Party", channel=room, **ONLY, start_time=times()["start_time"]
    )
    assert (event.channel, event.entity_type) == (room, discord_py.EntityType.voice)
    discord.world.set_permissions(str(room.id), "bot", deny=["connect"])
    with pytest.raises(discord_py.Forbidden):
        await guild.create_scheduled_event(
            name="Again", channel=room, **ONLY, start_time=times()["start_time"]
        )


async def test_members_are_interested(discord: DiscordStandIn, guild: discord_py.Guild, ben: Member) -> None:
    event = await guild.create_scheduled_event(name="Contest", **ELSEWHERE, **ONLY, **times())
    await ben.ask("POST", "world/be_interested", {"guild": "The Porch", "event": "Contest", "member": "Ben"})
    assert [user.id async for user in event.users()] == [int(ben.id)]
    assert (await guild.fetch_scheduled_event(event.id, with_counts=True)).user_count == 1
    discord.world.end_event("The Porch", "Contest")
    assert (await guild.fetch_scheduled_event(event.id)).status is discord_py.EventStatus.cancelled


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (times(-1), "past"),
        (times(2, 1), "end before start"),
        ({"name": "x" * 101}, "100"),
        ({"location": ""}, "required"),
    ],
)
async def test_what_is_not_taken(guild: discord_py.Guild, wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(discord_py.HTTPException, match=words) as refused:
        await guild.create_scheduled_event(**({"name": "Contest", **ELSEWHERE, **ONLY, **times()} | wrong))
    assert refused.value.code == 50035


async def test_without_the_permission_there_is_none(discord: DiscordStandIn, guild: discord_py.Guild) -> None:
    everyone = discord.world.guild("The Porch").roles[str(guild.id)]
    everyone.permissions &= ~discord_py.Permissions(create_events=True).value
    discord.world.allow_bot("The Porch", [])
    with pytest.raises(discord_py.Forbidden):
        await guild.create_scheduled_event(name="Contest", **ELSEWHERE, **ONLY, **times())
