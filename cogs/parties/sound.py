"""What is sent to a voice channel: packets of Opus, read from the file that a worker made."""

from __future__ import annotations

from pathlib import Path

import discord
import structlog
from discord.oggparse import OggError, OggStream

log = structlog.get_logger(__name__)

HEADERS = 2  # packets before the sound: OpusHead, OpusTags (RFC 7845, 3)
PACKET = 20  # milliseconds of sound in one


class OpusFile(discord.AudioSource):
    """A track from some place on; read by discord.py's own thread, a packet each 20 ms.

    played: milliseconds from the track's beginning that were read. over: all of it was.
    """

    def __init__(self, path: Path, start: int = 0) -> None:
        """start: milliseconds from the track's beginning. Blocks. Raises OSError."""
        self._file = path.open("rb")
        self._packets = OggStream(self._file).iter_packets()
        self.played = 0
        self.over = False
        for _ in range(HEADERS):
            self._next()
        while self.played < start and self.read():
            pass

    def _next(self) -> bytes:
        """The next packet; nothing at the end, or where the file is damaged: no more of it can be heard."""
        try:
            return next(self._packets, b"")
        except (OggError, OSError) as error:
            log.warning("what is played ends early", file=self._file.name, error=repr(error))
            return b""

    def read(self) -> bytes:
        """The next packet; nothing at the end."""
        packet = self._next()
        if packet:
            self.played += PACKET
        else:
            self.over = True
        return packet

    def is_opus(self) -> bool:
        """It is: nothing is encoded while it plays."""
        return True

    def cleanup(self) -> None:
        """Closes the file."""
        self._file.close()
