"""Tracks that are reworked, as the tests of several rooms ask for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from sounds import tone
from studio_harness import StudioHarness

from rehearsal.wavespeed import WaveSpeedStandIn
from services.pipeline.uploads import OwnFile
from services.prompts.rework import Kind
from services.prompts.rework_prompt import Source, parse_rework
from services.requests import Request
from services.tracks.track import Track
from services.tracks.track_prompts import sound_of

LYRICS = "[verse]\nHold the line"
GIVEN: dict[Kind, dict[str, str]] = {
    Kind.RESTYLE: {"tags": "funk, polka"},
    Kind.LYRICS: {"lyrics": "[verse]\nLet it go"},
    Kind.EXTEND: {"before": "2", "after": "3 s"},
    Kind.REPAINT: {"from": "0:01", "to": "4", "tags": "strings"},
}


async def original(harness: StudioHarness, **given: Any) -> Track:
    """A finished track of 6 s, sung."""
    return await harness.settled((await harness.compose("Source", duration=6, lyrics=LYRICS, **given)).id)


async def rework(harness: StudioHarness, kind: Kind, source: Track, **changes: Any) -> Track:
    """Asks for a rework of it."""
    prompt = parse_rework(kind, sound_of(source), GIVEN[kind] | changes)
    request = Request(1, "Guild 1", 51, 7, "Member 7", prompt, parent_id=source.id)
    return await harness.studio.requests.compose(request)


def uploads(wave: WaveSpeedStandIn) -> int:
    """How many sounds were uploaded."""
    return sum(one.path == "/api/v3/media/uploads" for one in wave.requests)


async def own(harness: StudioHarness, seconds: float = 6, name: str = "demo.mp3") -> OwnFile:
    """A file of a member's own, just sent in."""
    return await harness.studio.uploads.take(1, 7, name, pieces(await asyncio.to_thread(tone, seconds)))


async def pieces(data: bytes) -> AsyncIterator[bytes]:
    """A file as it comes from Discord."""
    for start in range(0, len(data), 50_000):
        yield data[start : start + 50_000]


async def from_file(harness: StudioHarness, file: OwnFile, **more: Any) -> Track:
    """Asks for a longer one of that file."""
    source = Source(file.seconds, file_id=file.id, file_kind=file.kind)
    prompt = parse_rework(Kind.EXTEND, source, {"after": "4", "tags": "folk"})
    request = Request(1, "Guild 1", 51, 7, "Member 7", prompt, file=file, statement="It is mine.", **more)
    return await harness.studio.requests.compose(request)
