"""The audio of finished predictions: made when it is asked for, in a thread, kept while there is room.

The same tags, lyrics, duration and seed give the same bytes, so nothing that was dropped is lost.
"""

from __future__ import annotations

import asyncio
import io
import wave
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

ROOM = 256 * 2**20  # bytes of finished audio that are kept
NOT_AUDIO = b"<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>\n"
RATE = 44100  # Hz

Render = Callable[[str, str, float, int], bytes]
"""tags, lyrics, duration in seconds, seed -> the bytes of an MP3"""


def play(tags: str, lyrics: str, duration: float, seed: int) -> bytes:
    """The rehearsal's own music. Blocks for up to seconds."""
    from rehearsal.wavespeed import music  # imported here: numpy and FFmpeg take their time to load

    return music.render(tags, lyrics, duration, seed)


def uncompressed(tags: str, lyrics: str, duration: float, seed: int) -> bytes:
    """The same music as a 16-bit WAV file."""
    from rehearsal.wavespeed import music

    samples = music.compose(tags, lyrics, duration, seed)
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((samples.T * 32767).astype("<i2", order="C").tobytes())
    return target.getvalue()


Name = tuple[str, tuple[str, str, float, int]]
"""The form, and what the sound is made from."""


def _name(inputs: Mapping[str, Any], seed: int, form: str) -> Name:
    return form, (inputs["tags"], inputs.get("lyrics", ""), float(inputs["duration"]), seed)


class Sound:
    """`render` makes an MP3; at most `threads` do so at once."""

    def __init__(self, render: Render | None = None, threads: int = 1) -> None:
        self._render = render or play
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="music")
        self._kept: OrderedDict[Name, bytes] = OrderedDict()
        self._size = 0
        self._under_way: dict[Name, asyncio.Future[bytes]] = {}

    async def of(self, inputs: Mapping[str, Any], seed: int, form: str = "mp3") -> bytes:
        """The file of a prediction; `form` is mp3, wav or not_audio."""
        name = _name(inputs, seed, form)
        if name not in self._kept:
            return NOT_AUDIO if form == "not_audio" else await asyncio.shield(self._start(name))
        self._kept.move_to_end(name)
        return self._kept[name]

    def prepare(self, inputs: Mapping[str, Any], seed: int, form: str = "mp3") -> None:
        """Starts to make a file that will be asked for."""
        name = _name(inputs, seed, form)
        if name not in self._kept and form in ("mp3", "wav"):
            self._start(name)

    def _start(self, name: Name) -> asyncio.Future[bytes]:
        if name not in self._under_way:
            form, request = name
            make = uncompressed if form == "wav" else self._render
            job = asyncio.get_running_loop().run_in_executor(self._pool, make, *request)
            self._under_way[name] = job
            job.add_done_callback(lambda job: self._keep(name, job))
        return self._under_way[name]

    def _keep(self, name: Name, job: asyncio.Future[bytes]) -> None:
        del self._under_way[name]
        if job.cancelled() or job.exception():
            return
        self._kept[name] = job.result()
        self._size += len(job.result())
        while self._size > ROOM and len(self._kept) > 1:
            self._size -= len(self._kept.popitem(last=False)[1])

    def close(self) -> None:
        """Starts nothing more; what a thread is at, it finishes."""
        self._pool.shutdown(wait=False, cancel_futures=True)
