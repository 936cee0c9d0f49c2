"""An order to a file: which of the composer's works is asked for, and in which container its sound goes.

The same order gives the same bytes, in every process.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rehearsal.wavespeed.catalogue import passage

if TYPE_CHECKING:
    from rehearsal.wavespeed.music.decoding import Recording

NOT_AUDIO = b"<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>\n"
TYPES = {"mp3": "audio/mpeg", "wav": "audio/wav", "flac": "audio/flac"}

Render = Callable[[str, str, float, int], bytes]
"""tags, lyrics, duration in seconds, seed -> the bytes of an MP3"""


@dataclass(frozen=True, slots=True)
class Order:
    """What an output is made from. `inputs`: checked ones, as JSON; `form`: mp3, wav, flac or not_audio.

    `source`: the name of the audio that is worked on, empty for none."""

    model: str
    inputs: str
    seed: int
    form: str
    source: str = ""

    @classmethod
    def of(cls, model: str, inputs: Mapping[str, Any], seed: int, form: str, source: str = "") -> Order:
        return cls(model, json.dumps({**inputs, "seed": seed}, sort_keys=True), seed, form, source)


def make(order: Order, sources: Path, render: Render | None = None) -> bytes:
    """The file. `sources`: the folder with the audio that orders name; `render` stands in for the composer
    where an MP3 is made from words. Blocks for seconds. Raises FileNotFoundError: the source is gone."""
    if order.form == "not_audio":
        return NOT_AUDIO
    from rehearsal.wavespeed.music import containers  # here, because numpy and FFmpeg take their time

    inputs = json.loads(order.inputs)
    if order.source:
        sound = _reworked(order, inputs, (sources / order.source).read_bytes())
    else:
        words = _words(order, inputs)
        if render and order.form == "mp3":
            return render(*words, float(inputs["duration"]), order.seed)
        sound = _composed(order, *words, float(inputs["duration"]))
    if order.form == "mp3":
        return containers.encode(sound.samples)
    if order.form == "wav":
        return containers.uncompressed(sound.samples, sound.rate)
    return containers.lossless(sound.samples, sound.rate, deep=sound.deep)


def _words(order: Order, inputs: Mapping[str, Any]) -> tuple[str, str]:
    """Tags and lyrics; of a prompt they are written now."""
    if "prompt" not in inputs:
        return inputs["tags"], inputs["lyrics"]
    from rehearsal.wavespeed.music import write

    return write(inputs["prompt"], inputs["instrumental"], inputs["duration"], order.seed)


def _composed(order: Order, tags: str, lyrics: str, duration: float) -> Recording:
    from rehearsal.wavespeed.music import RATE, compose
    from rehearsal.wavespeed.music.decoding import Recording

    version = "1.5" if order.model.endswith("-1.5") else "1"
    return Recording(compose(tags, lyrics, duration, order.seed, version), RATE)


def _reworked(order: Order, inputs: Mapping[str, Any], data: bytes) -> Recording:
    from rehearsal.wavespeed.music import RATE, extending, listening, restyling, splicing
    from rehearsal.wavespeed.music.decoding import Recording, decode

    old = decode(data, float("inf"))
    take = listening.listened(old)
    tags, lyrics, seed = inputs["tags"], inputs["lyrics"], order.seed
    if order.model.endswith("/audio-inpaint"):
        start, end = passage(inputs, old.seconds)
        new = extending.instead(take, start, end, tags, lyrics, seed).sound()
        return splicing.replaced(old, start, end, new)
    if order.model.endswith("/audio-outpaint"):
        earlier, later = inputs["extend_before_duration"], inputs["extend_after_duration"]
        before = extending.before(take, earlier, tags, lyrics, seed).sound() if earlier else None
        after = extending.after(take, later, tags, lyrics, seed).sound() if later else None
        return splicing.extended(old, before, after, earlier, later)
    if inputs["edit_mode"] == "remix":
        return Recording(restyling.restyled(take, tags, lyrics, seed).sound(), RATE)
    return Recording(restyling.sung_over(old, take, lyrics, seed), RATE)
