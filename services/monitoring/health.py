"""Whether the bot is well, and what is wrong, in words.

The rule: whatever is away, there is an answer within a second; and a probe asks nobody outside anything:
what is known of WaveSpeed is what the bot's own requests met. What is away is waited for and comes back by
itself, so hardly anything that is wrong is a reason to restart: `restart` says what is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from services.monitoring.backlog import Backlog, read_backlog
from services.monitoring.shared_probe import SharedProbe
from services.pipeline.dispatch import EVERY
from services.storage.disk import Room, least_room
from services.storage.host_state import Value
from services.storage.outages import is_away
from services.studio import Studio
from services.wavespeed.client import AnswerLost, BadKey, NoBalance, ProviderDown, TurnedAway, WaveSpeedError

T = TypeVar("T")

PATIENCE = 0.7  # seconds for a database or a disk to answer
GIVE_UP = 10.0  # seconds after which a database that has swallowed the question is asked anew
LONGEST_UNLOOKED = 6 * EVERY  # seconds since what is unfinished was last looked through
GIB = 2**30  # bytes

_LAST_WORDS: tuple[tuple[type[WaveSpeedError], str], ...] = (  # the first that fits
    (TurnedAway, "something between the bot and WaveSpeed turned its last request away"),
    (BadKey, "WaveSpeed did not accept WAVESPEED_API_KEY when it was last asked"),
    (NoBalance, "WaveSpeed's account had no money when it was last asked to do something"),
    (ProviderDown, "WaveSpeed gave no usable answer when it was last asked"),
    (AnswerLost, "WaveSpeed's answer to the last submission got lost"),
)
_HELD = {
    Value.BAD_KEY: "WaveSpeed does not accept WAVESPEED_API_KEY; what you pay for waits",
    Value.LOW_BALANCE: "WaveSpeed's account cannot pay for the next track; what you pay for waits",
}


@dataclass(frozen=True, slots=True)
class Gateway:
    """How this process is connected to Discord. shards: its own; latency: seconds, None where unknown."""

    shards: int
    connected: int
    latency: float | None


@dataclass(frozen=True, slots=True)
class Finding:
    """wrong: what is the matter with that part; "" for nothing. restart: whether a restart may mend it."""

    part: str
    wrong: str = ""
    restart: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. backlog, room: None where that could not be read."""

    findings: tuple[Finding, ...]
    gateway: Gateway
    backlog: Backlog | None
    room: Room | None

    @property
    def well(self) -> bool:
        """Whether nothing is wrong."""
        return not any(finding.wrong for finding in self.findings)

    @property
    def to_restart(self) -> bool:
        """Whether something is wrong that a restart may mend."""
        return any(finding.restart for finding in self.findings)


class Health:
    """Of this process. gateway: says how it is connected."""

    def __init__(self, studio: Studio, gateway: Callable[[], Gateway]) -> None:
        self._studio = studio
        self._gateway = gateway
        self._backlog = SharedProbe(lambda: asyncio.wait_for(read_backlog(studio.database), GIVE_UP))
        self._room = SharedProbe(lambda: least_room(studio.settings))

    async def report(self) -> Report:
        """How things stand now, or as they did up to two seconds ago."""
        backlog, room = await asyncio.gather(_found(self._backlog), _found(self._room))
        gateway = self._gateway()
        known = backlog if isinstance(backlog, Backlog) else None
        findings = (
            self._of_gateway(gateway),
            self._of_database(backlog),
            self._of_queue(),
            self._of_provider(known),
            self._of_disk(room),
            self._of_audio(),
        )
        return Report(findings, gateway, known, room if isinstance(room, Room) else None)

    async def close(self) -> None:
        """Looks no more."""
        await self._backlog.close()
        await self._room.close()

    def _of_gateway(self, gateway: Gateway) -> Finding:
        away = gateway.shards - gateway.connected
        wrong = ""
        if not gateway.shards:
            wrong = "not connected to Discord yet"
        elif away:
            wrong = f"shards not connected to Discord: {away} of {gateway.shards}; the bot connects again"
        return Finding("gateway", wrong)

    def _of_database(self, backlog: Backlog | Exception) -> Finding:
        wrong = ""
        if isinstance(backlog, Exception):
            waits = "; tracks wait until it is back" if is_away(backlog) else ""
            wrong = f"{_why_not(backlog)}{waits}"
        elif not self._studio.database.place_is_sure():
            wrong = "it is not sure that this process still has its place there; nothing is sent until it is"
        return Finding("database", wrong)

    def _of_queue(self) -> Finding:
        dispatch = self._studio.dispatch
        if dispatch.searched_at is None:
            return Finding("queue", "no track is started: the bot is starting or stopping")
        if dispatch.ended:
            return Finding("queue", "what starts tracks has ended; the bot must be restarted", restart=True)
        since = time.monotonic() - dispatch.searched_at
        late = f"nobody could look through what is unfinished for {since:.0f} s"
        return Finding("queue", late if since > LONGEST_UNLOOKED else "")

    def _of_provider(self, backlog: Backlog | None) -> Finding:
        held = [words for stop, words in _HELD.items() if backlog is not None and stop in backlog.stops]
        if held:
            return Finding("provider", held[0])
        asked_at, error = self._studio.accounts.host.last_word or (0.0, None)
        said = next((words for kind, words in _LAST_WORDS if error and issubclass(error, kind)), "")
        return Finding("provider", said and f"{said}, {time.monotonic() - asked_at:.0f} s ago")

    def _of_audio(self) -> Finding:
        trouble = self._studio.store.trouble
        waits = f"the store for finished audio did not serve the last request ({trouble}); tracks wait for it"
        return Finding("audio", waits if trouble else "")

    def _of_disk(self, room: Room | Exception) -> Finding:
        wrong = ""
        if isinstance(room, Exception):
            wrong = _why_not(room)
        elif room.left < 1:
            left = f"{room.files} more files" if room.lacks_files else f"{room.free / GIB:.2f} GiB"
            wrong = f"{left} are left in {room.folder}"
        return Finding("disk", wrong)


async def _found(probe: SharedProbe[T]) -> T | Exception:
    try:
        return await probe.newest(PATIENCE)
    except Exception as error:  # noqa: BLE001  (whatever it is, that is what is found)
        return error


def _why_not(error: Exception) -> str:
    """Without its text, which may hold addresses and values."""
    if isinstance(error, TimeoutError):
        return f"it does not answer within {PATIENCE:g} s"
    return f"it cannot be read ({type(error).__name__})"
