"""`python voice_room.py`: Discord alone, with a bot of discord.py's that plays a tone in the Listening Room.

It prints the room's address, and ends when its input does.
"""

from __future__ import annotations

import asyncio
import sys
from itertools import cycle
from pathlib import Path

TESTS = Path(__file__).parents[2]
sys.path[:0] = [str(TESTS.parent), str(TESTS), str(TESTS / "rehearsal" / "discord")]

import av  # noqa: E402
import discord  # noqa: E402
import numpy as np  # noqa: E402
import smallbot  # noqa: E402  # pyright: ignore[reportMissingImports]

from rehearsal.discord import DiscordStandIn  # noqa: E402
from rehearsal.discord.voice import certificate  # noqa: E402

RATE, FRAME, HERTZ = 48_000, 960, 440


class Tone(discord.AudioSource):
    """One second of it, again and again."""

    def __init__(self) -> None:
        encoder = av.CodecContext.create("libopus", "w")
        encoder.sample_rate, encoder.layout, encoder.format = RATE, "stereo", "s16"
        wave = np.sin(2 * np.pi * HERTZ * np.arange(RATE) / RATE) * 12_000
        packets: list[bytes] = []
        for start in range(0, RATE, FRAME):
            samples = np.repeat(wave[start : start + FRAME].astype(np.int16), 2)[None, :]
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
            frame.sample_rate = RATE
            packets += [bytes(packet) for packet in encoder.encode(frame)]
        self._packets = cycle(packets)

    def is_opus(self) -> bool:
        return True

    def read(self) -> bytes:
        return next(self._packets)


async def main() -> None:
    certificate.trust()
    async with DiscordStandIn() as stand_in, smallbot.running(stand_in) as bot:
        channel = bot.get_channel(int(stand_in.world.channel("Listening Room", "The Porch").id))
        assert isinstance(channel, discord.VoiceChannel)
        client = await channel.connect()
        await channel.edit(status="♪ A tone")
        client.play(Tone())
        print(stand_in.url, flush=True)  # noqa: T201
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
