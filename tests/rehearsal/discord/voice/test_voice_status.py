"""The line below a voice channel's name."""

from __future__ import annotations

import discord as discord_py
import openapi
import pytest
import smallbot
from voice_harness import connected, room, until

from rehearsal.discord import DiscordStandIn
from rehearsal.discord.members.member import Member


async def test_who_is_in_the_channel_sets_its_status(
    discord: DiscordStandIn, bot: smallbot.SmallBot, ada: Member
) -> None:
    client = await connected(bot, discord)
    assert isinstance(client.channel, discord_py.VoiceChannel)
    await client.channel.edit(status="♪ Funk & Brass")
    await until(lambda: any(event["t"] == "VOICE_CHANNEL_STATUS_UPDATE" for event in ada.events))
    assert discord.world.channel(room(discord)).status == "♪ Funk & Brass"
    if openapi.available():
        assert [problem for request in discord.requests for problem in openapi.check(request)] == []
    with pytest.raises(discord_py.HTTPException) as refused:
        await client.channel.edit(status="x" * 501)
    assert refused.value.code == 50035
    await client.channel.edit(status=None)
    assert discord.world.channel(room(discord)).status is None
    discord.world.set_permissions(room(discord), "bot", deny=["set_voice_channel_status"])
    with pytest.raises(discord_py.Forbidden):
        await client.channel.edit(status="quietly")


async def test_who_is_not_there_may_not(discord: DiscordStandIn, bot: smallbot.SmallBot) -> None:
    channel = bot.get_channel(int(room(discord)))
    assert isinstance(channel, discord_py.VoiceChannel)
    with pytest.raises(discord_py.Forbidden):
        await channel.edit(status="from outside")


async def test_messages_are_posted_in_a_voice_channel(
    bot: smallbot.SmallBot, discord: DiscordStandIn, ben: Member
) -> None:
    channel = bot.get_channel(int(room(discord)))
    assert isinstance(channel, discord_py.VoiceChannel)
    await ben.go("Listening Room")
    posted = await channel.send("now playing")
    await ben.wait_message(lambda message: message["id"] == str(posted.id))
