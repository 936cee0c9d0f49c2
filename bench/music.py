"""The rehearsal's music: how fast it is made."""

from __future__ import annotations

import time

from bench.measuring.figures import Figure

SECONDS = 60
ROUNDS = 3
TAGS = "funk, brass, upbeat"
LYRICS = "[verse]\nThe porch is full, the night is long\n[chorus]\nEverybody knows this song"


async def measure() -> list[Figure]:
    """Seconds of music for each second of processor time, all threads counted; the best of some rounds."""
    from rehearsal import music

    music.render(TAGS, LYRICS, 5, seed=0)  # what is loaded and computed once is not counted
    spent = []
    for seed in range(1, ROUNDS + 1):
        before = time.process_time()
        music.render(TAGS, LYRICS, SECONDS, seed)
        spent.append(time.process_time() - before)
    return [
        Figure(f"processor time for {SECONDS} s with a singer, as MP3", min(spent), "s"),
        Figure("music for each second of processor time", SECONDS / min(spent), "s"),
    ]
