"""What goes wrong with voice, and what discord.py makes of it."""

from __future__ import annotations

import discord as discord_py
import pytest
import smallbot
from voice_harness import TIMEOUT, connected, encrypted, gone, numbered, played, room, until

from rehearsal.discord import DiscordStandIn, Fault
from rehearsal.discord.entities import VOICE
from rehearsal.discord.members.member import Member
from rehearsal.discord.voice import voice


async def test_a_session_that_is_gone(discord: DiscordStandIn, bot: smallbot.SmallBot, ben: Member) -> None:
    await ben.join_voice()
    client = await connected(bot, discord, reconnect=False)
    await encrypted(client, discord, ben)
    discord.faults.add(Fault("voice_close", code=4006))
    await gone(bot, discord)
    again = await connected(bot, discord)
    assert again.token != client.token
    await encrypted(again, discord, ben)
    await played(again, numbered(0, 10))
    assert (await ben.heard(10, TIMEOUT)).opus == numbered(0, 10)


async def test_a_moderator_disconnects_the_bot(
    discord: DiscordStandIn, bot: smallbot.SmallBot, ben: Member
) -> None:
    client = await connected(bot, discord)
    await ben.join_voice()
    discord.faults.add(Fault("voice_close", code=4014))
    await until(lambda: bot.voice_clients == [])
    assert not client.is_connected()
    assert discord.world.in_voice(discord.world.channel(room(discord))) == [ben.id]


async def test_a_moderator_moves_the_bot_to_another_channel(
    discord: DiscordStandIn, bot: smallbot.SmallBot, ben: Member
) -> None:
    discord.world.add_channel("The Porch", "Stage", kind=VOICE)
    client = await connected(bot, discord)
    await ben.ask("POST", "voice/drag", {"member": discord.world.bot.id, "channel": "Stage"})
    await until(lambda: client.channel.name == "Stage" and client.is_connected())
    await ben.join_voice("Stage")
    await encrypted(client, discord, ben)
    await played(client, numbered(0, 10))
    assert (await ben.heard(10, TIMEOUT)).opus == numbered(0, 10)


async def test_without_dave_nobody_is_let_in(discord: DiscordStandIn, bot: smallbot.SmallBot) -> None:
    discord.faults.add(Fault("voice_refuse", code=4017))
    with pytest.raises(discord_py.ConnectionClosed) as closed:
        await connected(bot, discord, reconnect=False)
    assert closed.value.code == 4017
    await gone(bot, discord)
    assert (await connected(bot, discord, reconnect=False)).is_connected()


async def test_packets_that_are_lost_are_not_heard(
    discord: DiscordStandIn, bot: smallbot.SmallBot, ben: Member
) -> None:
    await ben.join_voice()
    client = await connected(bot, discord)
    await encrypted(client, discord, ben)
    lost = discord.faults.add(Fault("voice_lost", skip=5, times=20))
    await bot.fetch_channel(int(room(discord)))  # is no packet, and does not count
    await played(client, numbered(0, 40))
    assert (await ben.heard(20, TIMEOUT)).opus == numbered(0, 5) + numbered(25, 15)
    assert lost.hits == 20


async def test_an_endpoint_that_is_named_later(discord: DiscordStandIn, bot: smallbot.SmallBot) -> None:
    discord.faults.add(Fault("no_endpoint", seconds=0.1))
    assert (await connected(bot, discord)).is_connected()


async def test_a_channel_that_is_deleted(
    discord: DiscordStandIn, bot: smallbot.SmallBot, ben: Member
) -> None:
    await ben.join_voice()
    await connected(bot, discord)
    discord.world.delete_channel(room(discord))
    await until(lambda: bot.voice_clients == [])
    assert discord.world.guild("The Porch").voice == {}


async def test_a_bot_that_is_killed_comes_back(
    discord: DiscordStandIn, ben: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def say_nothing(*, force: bool) -> None:
        """A killed process says no goodbye."""

    await ben.join_voice()
    async with smallbot.running(discord) as bot:
        client = await connected(bot, discord)
        await encrypted(client, discord, ben)
        monkeypatch.setattr(client, "disconnect", say_nothing)
    assert discord.world.bot.id in discord.world.in_voice(discord.world.channel(room(discord)))
    async with smallbot.running(discord) as bot:
        client = await connected(bot, discord)
        await encrypted(client, discord, ben)
        await played(client, numbered(0, 10))
        assert (await ben.heard(10, TIMEOUT)).opus == numbered(0, 10)


async def test_a_bot_that_does_not_come_back_is_no_longer_in_voice(
    discord: DiscordStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that never came to the voice server."""
    monkeypatch.setattr(voice, "RESUME_SECONDS", 0.2)
    async with smallbot.running(discord) as bot:
        channel = bot.get_channel(int(room(discord)))
        assert isinstance(channel, discord_py.VoiceChannel)
        await channel.guild.change_voice_state(channel=channel)
        await until(lambda: discord.world.in_voice(discord.world.channel(room(discord))))
    await until(lambda: not discord.world.in_voice(discord.world.channel(room(discord))))
