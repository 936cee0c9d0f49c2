"""An order to a file: which of the composer's works is asked for, and in which container its sound goes.

The same order gives the same bytes, in every process.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

NOT_AUDIO = b"<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>\n"
TYPES = {"mp3": "audio/mpeg", "wav": "audio/wav", "flac": "audio/flac"}

Render = Callable[[str, str, float, int], bytes]
"""tags, lyrics, duration in seconds, seed -> the bytes of an MP3"""


@dataclass(frozen=True, slots=True)
class Order:
    """What an output is made from. `inputs`: checked ones, as JSON; `form`: mp3, wav, flac or not_audio."""

    model: str
    inputs: str
    seed: int
    form: str

    @classmethod
    def of(cls, model: str, inputs: Mapping[str, Any], seed: int, form: str) -> Order:
        return cls(model, json.dumps({**inputs, "seed": seed}, sort_keys=True), seed, form)


def make(order: Order, render: Render | None = None) -> bytes:
    """The file. `render` stands in for the composer where an MP3 is made from words. Blocks for seconds."""
    if order.form == "not_audio":
        return NOT_AUDIO
    from rehearsal.wavespeed import music  # here, because numpy and FFmpeg take their time to load
    from rehearsal.wavespeed.music.containers import encode, uncompressed

    inputs = json.loads(order.inputs)
    model = order.model.rpartition("/")[2]
    if model == "prompt-to-audio":
        words = music.write(inputs["prompt"], inputs["instrumental"], inputs["duration"], order.seed)
    else:
        words = inputs["tags"], inputs["lyrics"]
    duration = float(inputs["duration"])
    if render and order.form == "mp3":
        return render(*words, duration, order.seed)
    sound = music.compose(*words, duration, order.seed, "1.5" if model == "ace-step-1.5" else "1")
    return encode(sound) if order.form == "mp3" else uncompressed(sound)
