"""What mastering gives, and the errors in place of it: plain values, which a worker process hands to the bot.

AudioError          the file cannot become a track; str() says why
├─ NotAudio         it is something else, is empty, broken or cut off
├─ TooLong          it plays longer than it may
├─ TooMuchMemory    reading it takes more memory than one file is given
└─ DoesNotFit       even at the lowest bitrate it has more bytes than allowed
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


class AudioError(Exception):
    """The file cannot become a track. str() says why, as the end of a sentence."""


class NotAudio(AudioError):
    """It is something else, is empty, broken or cut off."""


class TooLong(AudioError):
    """It plays longer than it may."""


class TooMuchMemory(AudioError):
    """Reading it takes more memory than one file is given."""


class DoesNotFit(AudioError):
    """Even at the lowest bitrate it has more bytes than allowed."""


@dataclass(frozen=True, slots=True)
class Master:
    """The finished file and its card (PNG). `size` in bytes, without the card; `bitrate` in kbit/s."""

    path: Path
    size: int
    seconds: float
    bitrate: int
    transcoded: bool
    lowered: bool
    """Whether its quality had to be lowered so that it fits."""
    card: Path


@dataclass(frozen=True, slots=True)
class Admitted:
    """A member's own file that can be reworked. kind: "mp3", "wav", …; seconds: how long it plays."""

    kind: str
    seconds: float


@contextmanager
def only_audio_errors() -> Generator[None]:
    """The one boundary around a file's bytes: whatever reading them raises leaves it as an AudioError.

    Not so what a disk raises (OSError), which is no fault of the file's. What nobody foresaw keeps its
    traceback as the cause.
    """
    try:
        yield
    except AudioError:
        raise
    except MemoryError as error:
        raise TooMuchMemory("it takes too much memory to read") from error
    except Exception as error:
        if (disk := _of_the_disk(error)) is not None:
            raise disk from error
        raise NotAudio(f"it cannot be read ({type(error).__name__}: {error})") from error


def _of_the_disk(error: Exception) -> OSError | None:
    """The disk's error, also where a library has put its own around it; FFmpeg's own OSErrors are none."""
    for one in (error, *error.args):
        if isinstance(one, OSError) and type(one).__module__ == "builtins":
            return one
    return None
