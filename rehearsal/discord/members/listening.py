"""What a member does in voice, for tests and the demo."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class HeardFrame:
    """20 ms of Opus as it was before it was encrypted. `at`: Unix seconds at which its packet arrived."""

    sender: str
    opus: bytes
    at: float


@dataclass(frozen=True)
class Heard:
    """What a member heard since they joined. Silence, which clients send when they stop, is left out."""

    frames: list[HeardFrame]
    unreadable: int  # frames that they could not decrypt

    @property
    def opus(self) -> list[bytes]:
        return [frame.opus for frame in self.frames]


class Listening:
    """A part of Member."""

    id: str
    guild: Json

    async def ask(self, method: str, path: str, body: Json | None = None) -> Any:
        raise NotImplementedError

    async def join_voice(self, channel: str = "Listening Room") -> None:
        """Joins a voice channel of their guild, leaving the one in which they are.

        Raises NotPossibleError where they may not, or it is full.
        """
        place = {"member": self.id, "guild": self.guild["id"], "channel": channel}
        await self.ask("POST", "voice/join", place)

    async def leave_voice(self) -> None:
        await self.ask("POST", "voice/leave", {"member": self.id})

    async def heard(self, least: int = 0, wait: float = 30.0) -> Heard:
        """What they heard since they last joined, as soon as it is so many frames.

        Raises NotPossibleError for who never joined, TimeoutError where it is less after `wait` seconds.
        """
        said = await self.ask("GET", f"voice/frames?member={self.id}&least={least}&wait={wait}")
        frames = [HeardFrame(sender, base64.b64decode(opus), at) for sender, opus, at in said["frames"]]
        if len(frames) < least:
            raise TimeoutError(f"{len(frames)} of {least} frames were heard in {wait:g} s")
        return Heard(frames, said["unreadable"])
