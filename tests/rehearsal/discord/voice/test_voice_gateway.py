"""The voice gateway as a client meets it that is not discord.py: codes, resuming, both ways to seal."""

from __future__ import annotations

import json
import os
import socket
import ssl
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import smallbot
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt
from voice_harness import TIMEOUT, room, until

from rehearsal.discord import DiscordStandIn, Fault
from rehearsal.discord.members.member import Member
from rehearsal.discord.voice.certificate import certificate

AES, XCHACHA = "aead_aes256_gcm_rtpsize", "aead_xchacha20_poly1305_rtpsize"
Json = dict[str, Any]


class Client:
    """One socket."""

    def __init__(self, line: aiohttp.ClientWebSocketResponse) -> None:
        self.line = line
        self.sequence = -1

    async def say(self, op: int, data: Json) -> None:
        await self.line.send_json({"op": op, "d": data})

    async def hear(self, op: int) -> Json:
        """The next message with that op; bytes are passed over."""
        async for message in self.line:
            if message.type is aiohttp.WSMsgType.BINARY:
                self.sequence = int.from_bytes(message.data[:2], "big")
                continue
            said = json.loads(message.data)
            self.sequence = said.get("seq", self.sequence)
            if said["op"] == op:
                return said["d"]
        raise AssertionError(f"closed with {self.line.close_code}")

    async def closed(self) -> int | None:
        async for _ in self.line:
            pass
        return self.line.close_code


@pytest.fixture
async def dial(discord: DiscordStandIn) -> AsyncIterator[Any]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(TIMEOUT)) as session:

        async def make() -> Client:
            trusted = ssl.create_default_context(cafile=str(certificate()))
            return Client(
                await session.ws_connect(f"https://{discord.voice.servers[-1].endpoint}/?v=8", ssl=trusted)
            )

        yield make


@pytest.fixture
async def identity(discord: DiscordStandIn, bot: smallbot.SmallBot) -> Json:
    """What the bot may identify itself with, once it has asked the gateway to be let in."""
    guild = bot.get_guild(int(discord.world.guild("The Porch").id))
    assert guild is not None
    await guild.change_voice_state(channel=guild.get_channel(int(room(discord))))
    await until(lambda: discord.voice.passes)
    own = next(iter(discord.voice.passes.values()))
    return {
        "server_id": own.guild_id,
        "user_id": own.user_id,
        "session_id": own.session_id,
        "token": own.token,
        "max_dave_protocol_version": 1,
    }


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"token": "another"}, 4004),
        ({"session_id": "another"}, 4006),
        ({"max_dave_protocol_version": 0}, 4017),
        ({"max_dave_protocol_version": None}, 4017),
    ],
)
async def test_who_is_not_let_in(dial: Any, identity: Json, change: Json, code: int) -> None:
    client = await dial()
    await client.say(0, identity | change)
    assert await client.closed() == code


async def test_what_is_said_out_of_turn(dial: Any, identity: Json) -> None:
    stranger = await dial()
    await stranger.say(5, {"speaking": 1})
    assert await stranger.closed() == 4003
    noisy = await dial()
    await noisy.line.send_str("no JSON")
    assert await noisy.closed() == 4002
    twice = await dial()
    await twice.say(0, identity)
    await twice.say(0, identity)
    assert await twice.closed() == 4005
    odd = await dial()
    await odd.say(0, identity)
    await odd.say(1, {"protocol": "udp", "data": {"address": "127.0.0.1", "port": 1, "mode": "plain"}})
    assert await odd.closed() == 4016


async def test_a_heartbeat_is_answered(dial: Any) -> None:
    client = await dial()
    assert (await client.hear(8))["heartbeat_interval"] > 0
    await client.say(3, {"t": 7, "seq_ack": -1})
    assert await client.hear(6) == {"t": 7}


async def test_a_resume_brings_what_was_missed(dial: Any, identity: Json, ben: Member, ada: Member) -> None:
    first = await dial()
    await first.say(0, identity)
    await first.hear(2)
    await first.say(1, {"protocol": "udp", "data": {"address": "127.0.0.1", "port": 1, "mode": AES}})
    await first.hear(4)
    await ada.join_voice()
    assert await first.hear(11) == {"user_ids": [ada.id]}
    await first.line.close()
    await ben.join_voice()
    second = await dial()
    await second.say(
        7, {key: identity[key] for key in ("server_id", "session_id", "token")} | {"seq_ack": first.sequence}
    )
    assert await second.hear(11) == {"user_ids": [ben.id]}
    await second.hear(9)
    lost = await dial()
    await lost.say(7, {"server_id": "1", "session_id": "another", "token": "another", "seq_ack": 0})
    assert await lost.closed() == 4006


async def test_another_endpoint_in_the_middle(discord: DiscordStandIn, dial: Any, identity: Json) -> None:
    """Not with discord.py, which misses one move of twenty: it waits for what has just happened."""
    told: list[Json] = []
    discord.world.listeners.append(
        lambda event: told.append(event.data) if event.name == "VOICE_SERVER_UPDATE" else None
    )
    first = await dial()
    await first.say(0, identity)
    await first.hear(2)
    discord.faults.add(Fault("voice_move"))
    await until(lambda: told)
    server = discord.voice.servers[-1]
    assert server is not discord.voice.servers[0]
    assert told[0]["endpoint"] == server.endpoint
    stale = await dial()
    await stale.say(0, identity)
    assert await stale.closed() == 4004
    moved = await dial()
    await moved.say(0, identity | {"token": told[0]["token"]})
    assert (await moved.hear(2))["port"] == server.udp_port


async def test_who_does_not_come_back_is_out(
    discord: DiscordStandIn, dial: Any, identity: Json, ben: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rehearsal.discord.voice.voice.RESUME_SECONDS", 0.2)
    await ben.join_voice()
    client = await dial()
    await client.say(0, identity)
    await client.hear(2)
    await client.line.close()
    there = discord.world.channel(room(discord))
    await until(lambda: discord.world.in_voice(there) == [ben.id])
    late = await dial()
    await late.say(0, identity)
    assert await late.closed() == 4004


@pytest.mark.parametrize("mode", [AES, XCHACHA])
@pytest.mark.parametrize("extended", [False, True])
async def test_sound_is_opened_however_it_is_sealed(
    discord: DiscordStandIn, dial: Any, identity: Json, ben: Member, mode: str, extended: bool
) -> None:
    await ben.join_voice()
    client = await dial()
    await client.say(0, identity)
    ready = await client.hear(2)
    assert {AES, XCHACHA} <= set(ready["modes"])
    await client.say(1, {"protocol": "udp", "data": {"address": "127.0.0.1", "port": 1, "mode": mode}})
    key = bytes((await client.hear(4))["secret_key"])
    header = bytes([0x90 if extended else 0x80, 0x78, 0, 1, 0, 0, 3, 192]) + ready["ssrc"].to_bytes(4, "big")
    header += b"\xbe\xde\x00\x01" if extended else b""
    words = bytes(4) if extended else b""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.connect((ready["ip"], ready["port"]))
        udp.send(os.urandom(60))  # noise
        udp.send(header + os.urandom(60))  # sealed by nobody
        udp.send(_sealed(mode, key, header, words + b"never encrypted end to end"))
        udp.send(_sealed(mode, key, header, words + b"\xf8\xff\xfe"))
    await until(lambda: discord.voice.listeners[ben.id].unreadable)
    assert (await ben.heard()).frames == []
    assert discord.voice.listeners[ben.id].unreadable == 1


def _sealed(mode: str, key: bytes, header: bytes, payload: bytes) -> bytes:
    suffix = os.urandom(4)
    if mode == AES:
        return header + AESGCM(key).encrypt(suffix + bytes(8), payload, header) + suffix
    return (
        header + crypto_aead_xchacha20poly1305_ietf_encrypt(payload, header, suffix + bytes(20), key) + suffix
    )
