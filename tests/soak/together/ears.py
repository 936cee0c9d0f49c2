"""What was heard in voice, packet by packet: which track, and which place in it.

The tracks are told apart by what they are as Opus, read from the bot's files while they are there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from discord.oggparse import OggError, OggStream

from rehearsal.discord.voice.listener import Listener

if TYPE_CHECKING:
    from soak.world import World

LOOK = 0.5  # seconds
HEADERS = 2  # packets before the sound (RFC 7845, 3)
PACKETS = 50  # a second
LOST = 3 * PACKETS  # packets in a row that may be lost on the way
SEVERAL = ("", -1)  # the same packet is in several places


@dataclass
class Run:
    """What one member heard of one track without a break; track "": none that there is. Unix seconds."""

    listener: int
    """One time that somebody was in a voice channel."""
    member: str
    guild: str
    channel: str
    track: str
    first: int
    last: int
    began: float
    ended: float
    frames: int = 1


class Ears:
    """Keeps everybody who ever listened, and what there was to be heard."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._listeners: list[Listener] = []
        self._packets: dict[bytes, tuple[str, int]] = {}
        self._files: set[Path] = set()

    async def keep_listening(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK)

    async def look(self) -> None:
        there = self._world.discord.voice.listeners.values()
        self._listeners += [one for one in there if one not in self._listeners]
        await asyncio.to_thread(self._read)

    def _read(self) -> None:
        for path in (self._world.disk.folder / "tracks").glob("*.opus"):
            if path not in self._files:
                with suppress(OSError, OggError), path.open("rb") as file:
                    packets = list(OggStream(file).iter_packets())[HEADERS:]
                    self._files.add(path)
                    self._learn(path.stem, packets)

    def _learn(self, track: str, packets: list[bytes]) -> None:
        for place, packet in enumerate(packets):
            known = self._packets.setdefault(packet, (track, place))
            if known != (track, place):
                self._packets[packet] = SEVERAL

    @property
    def heard(self) -> int:
        """Packets that members heard."""
        return sum(one.heard for one in self._listeners)

    @property
    def unreadable(self) -> int:
        """Packets that they could not decrypt."""
        return sum(one.unreadable for one in self._listeners)

    def runs(self) -> Iterator[Run]:
        """In the order of time, one listener after the other."""
        for number, listener in enumerate(self._listeners):
            channel = self._world.discord.world.find_channel(listener.call.channel_id)
            run: Run | None = None
            for frame in list(listener.frames):
                found = self._packets.get(frame.opus, ("", -2))
                if found == SEVERAL:
                    continue
                track, place = found
                if run is not None and run.track == track and _goes_on(run, place):
                    run.last, run.ended, run.frames = place, frame.at, run.frames + 1
                    continue
                if run is not None:
                    yield run
                guild = channel.guild_id or "" if channel else ""
                run = Run(
                    number, listener.user_id, guild, listener.call.channel_id,
                    track, place, place, frame.at, frame.at,
                )  # fmt: skip
            if run is not None:
                yield run


def _goes_on(run: Run, place: int) -> bool:
    return not run.track or run.last < place <= run.last + LOST
