"""What the tests of kinds of sound are made of: a tone, tags, and junk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np

from cogs.texts.files import file_words
from services.audio import sound
from services.audio.credits import Credits

WORDS = file_words()

CREDITS = Credits("T", "M", "funk", "", 7, 3, "G", datetime(2026, 1, 2, tzinfo=UTC), "", WORDS)
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
DICE = np.random.default_rng(11)
SECONDS = 2.0


def tone(rate: int = 44_100, channels: int = 2, seconds: float = SECONDS) -> sound.Samples:
    time = np.arange(round(seconds * rate)) / rate
    return np.stack([0.4 * np.sin(2 * np.pi * (300 + 90 * time) * time)] * channels).astype(np.float32)


def mp3_of(encoded: Callable[..., bytes], rate: int = 44_100, channels: int = 2) -> bytes:
    return encoded("libmp3lame", "mp3", rate, channels, id3v2_version="0")


def id3_of(size: int, said: int | None = None, flags: int = 0) -> bytes:
    """A tag of so many bytes behind its head, which says that they are `said`."""
    told = size if said is None else said
    return b"ID3\4\0" + bytes([flags, *(told >> shift & 127 for shift in (21, 14, 7, 0))]) + bytes(size)


def junk(size: int) -> bytes:
    return DICE.bytes(size)
