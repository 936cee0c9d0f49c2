"""An order to a file: which of the composer's works is asked for, and in which container its sound goes.

The same order gives the same bytes, in every process.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rehearsal.wavespeed.catalogue import BY_ITSELF, LONGEST_SONG, SINGER, passage

if TYPE_CHECKING:
    from rehearsal.music.decoding import Recording
    from rehearsal.wavespeed.repertoire import Repertoire

NOT_AUDIO = b"<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>\n"
TYPES = {"mp3": "audio/mpeg", "wav": "audio/wav", "flac": "audio/flac"}

Render = Callable[[str, str, float, int], bytes]
"""tags, lyrics, duration in seconds, seed -> the bytes of an MP3"""


@dataclass(frozen=True, slots=True)
class Order:
    """What an output is made from. `inputs`: checked ones, as JSON; `form`: mp3, wav, flac or not_audio.

    `source`: the name of the audio that is worked on, `origin` how that came about, where it was recognised;
    `voice`: the name of a recording of whoever sings; empty for none."""

    model: str
    inputs: str
    seed: int
    form: str
    source: str = ""
    origin: str = ""
    voice: str = ""

    @classmethod
    def of(
        cls,
        model: str,
        inputs: Mapping[str, Any],
        seed: int,
        form: str,
        source: str = "",
        origin: str = "",
        voice: str = "",
    ) -> Order:
        told = json.dumps({**inputs, "seed": seed}, sort_keys=True)
        return cls(model, told, seed, form, source, origin, voice)


def make(
    order: Order, sources: Path, render: Render | None = None, repertoire: Repertoire | None = None
) -> bytes:
    """The file. `sources`: the folder with the audio that orders name; `render` stands in for the composer;
    `repertoire` is told of what it may be asked to recognise.

    Blocks for seconds. Raises FileNotFoundError: the source is gone."""
    if order.form == "not_audio":
        return NOT_AUDIO
    from rehearsal.music import containers  # here, because numpy and FFmpeg take their time
    from rehearsal.music.decoding import decode

    inputs = json.loads(order.inputs)
    data, voice = ((sources / name).read_bytes() if name else b"" for name in (order.source, order.voice))
    words = _words(order, inputs)
    if render:
        given = render(*words, _seconds(inputs, data), order.seed)
        if order.form == "mp3":
            return given
        sound, origin = decode(given, float("inf")), ""
    elif order.model == SINGER:
        sound, origin = _sung(order, inputs, data, voice), ""
    elif data:
        sound, origin = _reworked(order, inputs, data)
    else:
        sound, origin = _composed(order, *words, float(inputs["duration"]))
    if repertoire is not None and origin:
        repertoire.add(sound, origin)
    if order.form == "mp3":
        return containers.encode(sound.samples, sound.rate, inputs.get("bitrate", containers.BITRATE))
    if order.form == "wav":
        return containers.uncompressed(sound.samples, sound.rate)
    return containers.lossless(sound.samples, sound.rate, deep=sound.deep)


def _words(order: Order, inputs: Mapping[str, Any]) -> tuple[str, str]:
    """Tags and lyrics; of a prompt they are written now."""
    if "prompt" not in inputs:
        return inputs.get("tags", ""), inputs["lyrics"]
    from rehearsal.music import write

    return write(inputs["prompt"], inputs["instrumental"], inputs["duration"], order.seed)


def _seconds(inputs: Mapping[str, Any], data: bytes) -> float:
    """How long the file plays."""
    from rehearsal.music.decoding import decode

    if not data:
        return float(inputs.get("duration", BY_ITSELF))
    added = (float(inputs.get(f"extend_{side}_duration", 0)) for side in ("before", "after"))
    return decode(data, float("inf")).seconds + sum(added)


def _composed(order: Order, tags: str, lyrics: str, duration: float) -> tuple[Recording, str]:
    """What sounds, and its origin."""
    from rehearsal.music import RATE
    from rehearsal.music.decoding import Recording
    from rehearsal.music.reworks import lineage

    version = "1.5" if order.model.endswith("-1.5") else "1"
    origin = lineage.composition(tags, lyrics, duration, order.seed, version)
    return Recording(lineage.take_of(origin).sound(), RATE), origin


def _reworked(order: Order, inputs: Mapping[str, Any], data: bytes) -> tuple[Recording, str]:
    """What sounds, and its origin where that can be told."""
    from rehearsal.music import RATE
    from rehearsal.music.decoding import Recording, decode
    from rehearsal.music.reworks import extending, lineage, listening, restyling, splicing

    old = decode(data, float("inf"))
    known = replace(lineage.take_of(order.origin), duration=old.seconds) if order.origin else None
    take = known or listening.listened(old)
    tags, lyrics, seed = inputs["tags"], inputs["lyrics"], order.seed
    if order.model.endswith("/audio-inpaint"):
        start, end = passage(inputs, old.seconds)
        new = extending.instead(take, start, end, tags, lyrics, seed).sound()
        return splicing.replaced(old, start, end, new), ""
    if order.model.endswith("/audio-outpaint"):
        earlier, later = inputs["extend_before_duration"], inputs["extend_after_duration"]
        before = extending.before(take, earlier, tags, lyrics, seed).sound() if earlier else None
        after = extending.after(take, later, tags, lyrics, seed).sound() if later else None
        return splicing.extended(old, before, after, earlier, later), ""
    mode = inputs["edit_mode"]
    origin = lineage.rework(order.origin, mode, tags, lyrics, seed) if known else ""
    if mode == "remix":
        sound = restyling.restyled(take, tags, lyrics, seed).sound()
        sound = sound if known else restyling.shaped(sound, old)
    elif known:
        sound = restyling.resung(known, lyrics, seed).sound()
    else:
        sound = restyling.sung_over(old, take, lyrics, seed)
    return Recording(sound, RATE), origin


def _sung(order: Order, inputs: Mapping[str, Any], data: bytes, voice: bytes) -> Recording:
    """What sounds, at the rate that was asked for."""
    from rehearsal.music import RATE
    from rehearsal.music.decoding import Recording, decode, resampled
    from rehearsal.music.reworks import cloning, lineage, listening

    singer = cloning.heard(decode(voice, float("inf"))) if voice else None
    given = inputs["lyrics"].strip()
    words, banded = given.strip("# \n"), given.startswith("##") and given.endswith("##")
    if not data:
        sound = cloning.by_itself(singer, words, order.seed, BY_ITSELF, banded=banded)
    else:
        old = decode(data, float("inf"))
        seconds = min(LONGEST_SONG, old.seconds)
        known = replace(lineage.take_of(order.origin), duration=seconds) if order.origin else None
        take = known or replace(listening.listened(old), duration=seconds)
        over = cloning.over_a_track if "instrumental" in inputs else cloning.after_a_song
        sound = over(singer, words, order.seed, old, take)
    rate = inputs["sample_rate"]
    return Recording(resampled(sound, RATE, rate, round(sound.shape[1] * rate / RATE)), rate)
