"""The gateway as discord.py meets it: shards, resumes, invalid sessions, closes."""

import asyncio
import time

import aiohttp
import discord as dpy
import pytest
from smallbot import TIMEOUT, SmallBot, running

from rehearsal.discord import DiscordStandIn, Fault
from rehearsal.discord.gateway import ANSWER_SECONDS, Op
from rehearsal.discord.members.member import Member


async def test_two_shards_share_the_guilds(bot: SmallBot, discord: DiscordStandIn):
    assert {guild.name: guild.shard_id for guild in bot.guilds} == {"The Porch": 0, "Rooftop": 1}
    assert discord.gateway.connected == 2
    porch = dpy.utils.get(bot.guilds, name="The Porch")
    assert porch
    assert porch.me.display_name == "Jamboree"
    assert [member.id for member in porch.members] == [porch.me.id]  # no members intent
    assert porch.member_count == 4
    posting = {
        channel.name: channel.permissions_for(porch.me).send_messages for channel in porch.text_channels
    }
    assert posting == {"music": True, "lounge": True, "after-dark": True, "no-posting": False}
    assert [channel.name for channel in porch.text_channels if channel.nsfw] == ["after-dark"]


async def test_a_heartbeat_is_answered_after_its_sender_noted_that_it_went(discord: DiscordStandIn):
    async with aiohttp.ClientSession() as session, session.ws_connect(discord.gateway_url) as socket:
        await socket.receive_json()  # hello
        sent = time.monotonic()
        await socket.send_json({"op": Op.HEARTBEAT, "d": None})
        assert (await socket.receive_json())["op"] == Op.HEARTBEAT_ACK
        assert time.monotonic() - sent >= ANSWER_SECONDS


async def test_missed_events_are_replayed_after_a_cut(bot: SmallBot, discord: DiscordStandIn, ben: Member):
    discord.gateway.cut()
    await asyncio.gather(*(ben.say(f"missed {i}") for i in range(3)))
    await bot.next("resumed")
    await bot.next("resumed")
    assert len(bot.heard) == 3
    assert discord.gateway.identifies == 2
    assert [message.content for message in bot.heard] == ["", "", ""]  # no message content intent


async def test_asked_to_reconnect_it_resumes(bot: SmallBot, discord: DiscordStandIn, ben: Member):
    discord.faults.add(Fault("reconnect", shard=0))
    await bot.next("resumed")
    await ben.say("still here?")
    await bot.next("message")
    assert (discord.gateway.identifies, discord.gateway.resumes) == (2, 1)


async def test_an_invalid_session_begins_anew(bot: SmallBot, discord: DiscordStandIn, ada: Member):
    while not bot.happened.empty():
        bot.happened.get_nowait()
    discord.faults.add(Fault("invalid_session", shard=0))
    await bot.next("shard 0 ready")
    assert discord.gateway.identifies == 3
    assert (await ada.slash("hello", name="again")).text == "hello again"


async def test_a_forgotten_session_cannot_be_resumed(bot: SmallBot, discord: DiscordStandIn, ada: Member):
    while not bot.happened.empty():
        bot.happened.get_nowait()
    (link,) = [one.link for one in discord.gateway.sessions.values() if one.link and one.shard == 0]
    discord.gateway.forget(shard=0)
    link.cut()
    await bot.next("shard 0 ready")
    assert (discord.gateway.identifies, discord.gateway.resumes) == (3, 0)


async def test_a_close_with_a_code_is_survived(bot: SmallBot, discord: DiscordStandIn, ada: Member):
    discord.faults.add(Fault("close", code=4000, shard=0))
    await bot.next("resumed")
    assert (await ada.slash("hello", name="x")).text == "hello x"


async def test_an_interaction_in_the_dark_is_delivered_by_the_resume(
    bot: SmallBot, discord: DiscordStandIn, ada: Member
):
    discord.gateway.cut(shard=0)
    assert (await ada.slash("hello", name="x")).text == "hello x"


async def test_a_wrong_token_is_refused():
    async with DiscordStandIn() as stand_in:
        with pytest.raises(dpy.LoginFailure):
            async with running(stand_in, token="wrong"):
                pass
        async with aiohttp.ClientSession() as session, session.ws_connect(stand_in.gateway_url) as socket:
            assert (await socket.receive_json())["op"] == 10
            await socket.send_json({"op": 2, "d": {"token": "wrong", "intents": 1, "properties": {}}})
            assert (await socket.receive()).data == 4004


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ({"op": 2, "d": {"token": "T", "intents": 1 << 15}}, 4014),
        ({"op": 2, "d": {"token": "T", "intents": 1, "shard": [2, 2]}}, 4010),
        ({"op": 2, "d": {"token": "T"}}, 4013),
        ({"op": 8, "d": {}}, 4003),
        ("no json", 4002),
    ],
)
async def test_what_the_gateway_closes_with(frame, code: int):
    async with (
        DiscordStandIn(token="T") as stand_in,
        aiohttp.ClientSession() as session,
        session.ws_connect(stand_in.gateway_url) as socket,
    ):
        await socket.receive_json()
        await (socket.send_str(frame) if isinstance(frame, str) else socket.send_json(frame))
        assert (await socket.receive()).data == code


async def test_an_unknown_session_gets_op_9():
    async with (
        DiscordStandIn(token="T") as stand_in,
        aiohttp.ClientSession() as session,
        session.ws_connect(stand_in.gateway_url) as socket,
    ):
        await socket.receive_json()
        await socket.send_json({"op": 6, "d": {"token": "T", "session_id": "nobody", "seq": 5}})
        assert await socket.receive_json() == {"op": 9, "d": False}


async def test_a_silent_client_is_closed_on():
    async with (
        DiscordStandIn(heartbeat=0.1) as stand_in,
        aiohttp.ClientSession() as session,
        session.ws_connect(stand_in.gateway_url) as socket,
    ):
        await socket.receive_json()
        assert (await socket.receive(timeout=TIMEOUT)).data == 4009


async def test_two_processes_with_a_shard_each(discord: DiscordStandIn):
    """Clusters: each process identifies only its own shard and hears only its own guilds."""
    async with aiohttp.ClientSession() as session:
        for shard, name in ((0, "The Porch"), (1, "Rooftop")):
            async with session.ws_connect(discord.gateway_url) as socket:
                await socket.receive_json()
                identify = {"token": discord.token, "intents": 1, "shard": [shard, 2]}
                await socket.send_json({"op": 2, "d": identify})
                ready, guild = await socket.receive_json(), await socket.receive_json()
                assert ready["t"] == "READY"
                assert (guild["t"], guild["d"]["name"]) == ("GUILD_CREATE", name)


async def test_the_bot_hears_of_changes_in_the_world(bot: SmallBot, discord: DiscordStandIn):
    deleted = asyncio.create_task(bot.wait_for("guild_channel_delete", timeout=TIMEOUT))
    removed = asyncio.create_task(bot.wait_for("guild_remove", timeout=TIMEOUT))
    updated = asyncio.create_task(bot.wait_for("guild_channel_update", timeout=TIMEOUT))
    await asyncio.sleep(0)
    discord.world.set_permissions("music", "everyone", deny=["view_channel"])
    discord.world.delete_channel(discord.world.channel("lounge").id)
    _, after = await updated
    assert not after.permissions_for(after.guild.me).view_channel
    assert (await deleted).name == "lounge"
    discord.world.remove_guild("Rooftop")
    assert (await removed).name == "Rooftop"
    joined = asyncio.create_task(bot.wait_for("guild_join", timeout=TIMEOUT))
    await asyncio.sleep(0)
    discord.world.add_guild("Cellar")
    assert (await joined).name == "Cellar"
