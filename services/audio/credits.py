"""What is told of a track within its files: the MP3's tags, the words on its pictures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Credits:
    """Plain values, as the track has them; `title` may be empty. number: 0 for what is no track."""

    title: str
    maker: str
    tags: str
    lyrics: str
    seed: int
    number: int
    guild: str
    created: datetime
    comment: str

    @property
    def name(self) -> str:
        """The title, or what stands for one."""
        return self.title or f"Track {self.number}"


def clock(seconds: float) -> str:
    """A moment or a length: 1:05."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
