"""`kill -9` in the life of a song that is sung with its maker's voice: made once, paid once, posted once."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from bot_harness import TIMEOUT, VOICES, made, rule, said, track_of
from crashing import crashing_bot, opened
from test_kill_decisions import stop
from voicing import SONG, recorded


async def test_killed_in_the_middle_each_song_is_made_once_and_paid_once(new_harness: Any) -> None:
    async with new_harness(**VOICES) as harness:
        await harness.start()
        await rule(harness, own_voices=True)
        ben = await harness.member("Ben")
        await made(ben, "Source", duration=20)
        await recorded(ben)
        await stop(harness)
        points = ("after voice", "before POST", "after POST", "after publish")
        on = {name.upper(): str(value) for name, value in VOICES.items()}
        for number, point in enumerate(points, start=1):
            title = f"Killed {number}"
            async with crashing_bot(harness, point, title, **on) as process:
                await opened(harness)
                asked = await ben.slash("rework voice", track="Source", words=title, title=title)
                asking = asyncio.create_task(ben.press(await said(asked, "$0.35"), "Sing it"))
                assert await asyncio.wait_for(process.wait(), TIMEOUT) == -signal.SIGKILL, point
                await asking
        await harness.start()
        for number in range(1, len(points) + 1):
            await track_of(ben, f"Killed {number}")
        songs = [line for line in harness.wave.bill if line.model == SONG]
        assert len(songs) == len(points)
        posted = [m["embeds"][0].get("title") for m in await ben.messages() if m.get("embeds")]
        assert sorted(one for one in posted if one.startswith("Killed")) == [
            f"Killed {number}" for number in range(1, len(points) + 1)
        ]
