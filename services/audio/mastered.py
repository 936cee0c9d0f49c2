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
from enum import Enum, auto
from pathlib import Path


class Flaw(Enum):
    """What is wrong with a file, as a member is told of their own."""

    EMPTY = auto()
    NOT_AUDIO = auto()
    WEB_PAGE = auto()
    JSON = auto()
    NO_SOUND = auto()
    NOT_NUMBERS = auto()
    DAMAGED = auto()
    CUT_OFF = auto()
    CHANGING_CHANNELS = auto()
    TOO_SHORT = auto()
    TOO_LONG = auto()
    TOO_MUCH_MEMORY = auto()
    UNREADABLE = auto()


class AudioError(Exception):
    """The file cannot become a track. str() says why, for the log. seconds: how long it plays, if known."""

    def __init__(self, said: str, flaw: Flaw = Flaw.UNREADABLE, seconds: float = 0.0) -> None:
        super().__init__(said)  # pickled with its attributes, on the way from a worker process
        self.flaw = flaw
        self.seconds = seconds


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


@dataclass(frozen=True, slots=True)
class Sample:
    """A recording of somebody's voice, as an MP3. seconds: how long what was given plays."""

    data: bytes
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
        raise TooMuchMemory("it takes too much memory to read", Flaw.TOO_MUCH_MEMORY) from error
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
