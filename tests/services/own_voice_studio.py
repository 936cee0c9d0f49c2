"""A studio in which songs are sung with members' own voices, and what is done in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from keyed_studio import SECRET
from reworking import pieces
from sounds import tone
from studio_harness import NewStudio, StudioHarness

from services.own_voices.voices import OwnVoice
from services.prompts.rework import Kind
from services.prompts.rework_prompt import parse_rework
from services.requests import Request
from services.storage.tables import own_voices
from services.tracks.track import Track
from services.tracks.track_prompts import sound_of

WORDS = "[verse]\nOh my voice\nall night long"
PRICE = 350_000  # micro-dollars


@asynccontextmanager
async def opened(new_studio: NewStudio, **changes: Any) -> AsyncIterator[StudioHarness]:
    """A studio whose host and whose guild 1 allow it."""
    options = {"voice_cloning": True, "guild_keys_secret": SECRET, "member_daily_limit": 5, **changes}
    async with new_studio(**options) as harness:
        await harness.studio.rules.change(1, 99, own_voices=True)
        yield harness


async def given(harness: StudioHarness, member: int = 7, seconds: float = 16.0, guild: int = 1) -> OwnVoice:
    """A recording of the member's, just given."""
    asked = await harness.studio.own_voices.ask(guild, member, f"I am member {member}.")
    return await harness.studio.own_voices.take(asked, pieces(await asyncio.to_thread(tone, seconds)))


async def source(harness: StudioHarness, lyrics: str = WORDS, **more: Any) -> Track:
    return await harness.settled((await harness.compose("Source", duration=20, lyrics=lyrics, **more)).id)


async def sing(harness: StudioHarness, track: Track, member: int = 7, **more: Any) -> Track:
    prompt = parse_rework(Kind.VOICE, sound_of(track), {"lyrics": WORDS})
    request = Request(1, "Guild 1", 51, member, f"Member {member}", prompt, parent_id=track.id, **more)
    return await harness.studio.requests.compose(request)


async def rows(harness: StudioHarness) -> list[Any]:
    async with harness.database.read() as connection:
        return list(await connection.execute(own_voices.select()))
