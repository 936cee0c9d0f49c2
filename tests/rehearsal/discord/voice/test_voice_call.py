"""A bot plays in a voice channel, and members hear it: over TLS, UDP and end-to-end encryption."""

from __future__ import annotations

import discord as discord_py
import pytest
import smallbot
from voice_harness import TIMEOUT, connected, encrypted, numbered, played, room, until

from rehearsal.discord import DiscordStandIn
from rehearsal.discord.members.member import Member, NotPossibleError
from rehearsal.discord.permissions import Permission


async def test_frames_arrive_bit_by_bit(discord: DiscordStandIn, bot: smallbot.SmallBot, ben: Member) -> None:
    await ben.join_voice()
    client = await connected(bot, discord)
    await encrypted(client, discord, ben)
    sent = numbered(0, 60)
    await played(client, sent)
    heard = await ben.heard(60, TIMEOUT)
    assert heard.opus == sent
    assert heard.unreadable == 0
    assert {frame.sender for frame in heard.frames} == {discord.world.bot.id}
    assert discord.demanded == {Permission.VIEW_CHANNEL, Permission.CONNECT, Permission.SPEAK}


async def test_who_joins_hears_from_then_on_and_who_leaves_no_more(
    discord: DiscordStandIn, bot: smallbot.SmallBot, ben: Member, ada: Member
) -> None:
    client = await connected(bot, discord)
    await ben.join_voice()
    await encrypted(client, discord, ben)
    await played(client, numbered(0, 10))
    await ada.join_voice()
    await encrypted(client, discord, ben, ada)
    await played(client, numbered(10, 10))
    await ben.leave_voice()
    await encrypted(client, discord, ada)
    await played(client, numbered(20, 10))
    assert (await ada.heard(20, TIMEOUT)).opus == numbered(10, 20)
    assert (await ben.heard(20, TIMEOUT)).opus == numbered(0, 20)
    await ada.leave_voice()
    assert discord.voice.call(room(discord)).in_group == set()  # no single member keeps a group
    await ben.join_voice()
    await encrypted(client, discord, ben)
    await played(client, numbered(30, 10))
    assert (await ben.heard(10, TIMEOUT)).opus == numbered(30, 10)


async def test_members_who_come_and_go_in_the_middle_of_a_change_hear_all_the_same(
    discord: DiscordStandIn, bot: smallbot.SmallBot, ben: Member, ada: Member
) -> None:
    there = discord.world.channel(room(discord))
    client = await connected(bot, discord)
    discord.voice.join(ben.id, there)
    await until(lambda: discord.voice.call(there.id).epoch)
    for _ in range(3):  # she is proposed, gone, and there again with another key, before anybody commits
        discord.voice.join(ada.id, there)
        discord.voice.leave(ada.id)
    discord.voice.join(ada.id, there)
    discord.voice.leave(ben.id)
    discord.voice.join(ben.id, there)
    await encrypted(client, discord, ben, ada)
    await played(client, numbered(0, 10))
    assert (await ada.heard(10, TIMEOUT)).opus == numbered(0, 10)
    assert (await ben.heard(10, TIMEOUT)).opus == numbered(0, 10)
    discord.voice.join(discord.world.user("Cleo").id, there)
    discord.voice.leave(discord.world.user("Cleo").id)
    await encrypted(client, discord, ben, ada)


async def test_the_bot_knows_who_is_there(
    discord: DiscordStandIn, bot: smallbot.SmallBot, ben: Member, ada: Member
) -> None:
    channel = bot.get_channel(int(room(discord)))
    assert isinstance(channel, discord_py.VoiceChannel)

    def names() -> set[str]:
        return {member.display_name for member in channel.members}

    await ben.join_voice()
    await until(lambda: names() == {"Ben"})
    client = await connected(bot, discord)
    await ada.join_voice()
    await until(lambda: names() == {"Ben", "Ada", "Jamboree"})
    assert (await channel.guild.me.fetch_voice()).channel == channel
    await ben.leave_voice()
    await client.disconnect()
    await until(lambda: names() == {"Ada"})
    with pytest.raises(discord_py.NotFound):
        await channel.guild.me.fetch_voice()


async def test_a_bot_that_mutes_itself_stays_where_it_is(
    discord: DiscordStandIn, bot: smallbot.SmallBot
) -> None:
    client = await connected(bot, discord)
    token, guild = client.token, client.guild
    await guild.change_voice_state(channel=client.channel, self_mute=True)
    await until(lambda: guild.me.voice and guild.me.voice.self_mute)
    assert client.is_connected()
    assert client.token == token


async def test_who_may_not_join_is_told_why(discord: DiscordStandIn, ben: Member, ada: Member) -> None:
    discord.world.update_channel(room(discord), user_limit=1)
    await ada.join_voice()
    with pytest.raises(NotPossibleError, match="full"):
        await ben.join_voice()
    discord.world.set_permissions(room(discord), "Ben", deny=["connect"])
    with pytest.raises(NotPossibleError, match="permission"):
        await ben.join_voice()
    with pytest.raises(NotPossibleError, match="no voice channel"):
        await ben.join_voice("music")


async def test_a_bot_that_may_not_connect_is_not_answered(
    discord: DiscordStandIn, bot: smallbot.SmallBot
) -> None:
    discord.world.set_permissions(room(discord), "bot", deny=["connect"])
    channel = bot.get_channel(int(room(discord)))
    assert isinstance(channel, discord_py.VoiceChannel)
    with pytest.raises(TimeoutError):
        await channel.connect(timeout=0.3)


async def test_a_bot_that_may_not_speak_is_not_heard(
    discord: DiscordStandIn, bot: smallbot.SmallBot, ben: Member
) -> None:
    discord.world.set_permissions(room(discord), "bot", deny=["speak"])
    await ben.join_voice()
    client = await connected(bot, discord)
    await encrypted(client, discord, ben)
    await played(client, numbered(0, 10))
    discord.world.set_permissions(room(discord), "bot")
    await played(client, numbered(10, 10))
    assert (await ben.heard(10, TIMEOUT)).opus == numbered(10, 10)
