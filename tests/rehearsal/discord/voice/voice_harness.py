"""discord.py's own voice client, and sound of which each frame can be told from every other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import discord
import smallbot
from waiting import eventually

from rehearsal.discord import DiscordStandIn

TIMEOUT = 60.0  # seconds for anything that a test waits for
ROOM = "Listening Room"


def numbered(first: int, count: int) -> list[bytes]:
    """Frames that no codec made: to the voice server they are bytes like any other."""
    return [b"\xfc" + number.to_bytes(4, "big") * 20 for number in range(first, first + count)]


class Frames(discord.AudioSource):
    def __init__(self, frames: Sequence[bytes]) -> None:
        self._frames = iter(frames)

    def is_opus(self) -> bool:
        return True

    def read(self) -> bytes:
        return next(self._frames, b"")


async def connected(bot: smallbot.SmallBot, stand_in: DiscordStandIn, **options: Any) -> discord.VoiceClient:
    """The bot in the Listening Room."""
    channel = bot.get_channel(int(room(stand_in)))
    assert isinstance(channel, discord.VoiceChannel)
    return await channel.connect(timeout=TIMEOUT, **options)


def room(stand_in: DiscordStandIn) -> str:
    return stand_in.world.channel(ROOM, "The Porch").id


async def played(client: discord.VoiceClient, frames: Sequence[bytes]) -> None:
    """Plays them to the end."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    client.play(Frames(frames), after=lambda _error: loop.call_soon_threadsafe(ended.set))
    async with asyncio.timeout(TIMEOUT):
        await ended.wait()


async def until(look: Callable[[], object]) -> None:
    async def looked() -> object:
        return look()

    await eventually(looked)


async def encrypted(client: discord.VoiceClient, stand_in: DiscordStandIn, *members: Any) -> None:
    """Waits until the bot and those members, and nobody else, are in one group."""
    everybody = {str(client.user.id), *(member.id for member in members)}
    call = stand_in.voice.call(str(client.channel.id))
    await until(lambda: call.settled and call.in_group == everybody and client.voice_privacy_code)


async def gone(bot: smallbot.SmallBot, stand_in: DiscordStandIn) -> None:
    """Waits until the bot is out of voice, and knows it: a client that connects before would take it for
    its own end."""
    guild = bot.get_guild(int(stand_in.world.guild("The Porch").id))
    assert guild is not None
    await until(lambda: bot.voice_clients == [] and guild.me.voice is None)
