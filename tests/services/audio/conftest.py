"""Tones in any codec and container, and what they are heard as."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from sound_samples import LAYOUTS, tone

from services.audio.mastered import only_audio_errors
from services.workers.post_production import Heard, listen


@pytest.fixture
def encoded(tmp_path: Path) -> Callable[..., bytes]:
    """The bytes of a tone in a codec and a container."""

    def encode(
        codec: str, container: str, rate: int = 44_100, channels: int = 2, given: Any = None, **options: str
    ) -> bytes:
        path, layout = tmp_path / "encoded", LAYOUTS[channels]
        samples = tone(rate, channels) if given is None else given
        with av.open(str(path), "w", format=container, options=options) as file:
            experimental = {"strict": "-2"} if codec == "vorbis" else {}
            stream: Any = file.add_stream(codec, rate=rate, layout=layout, options=experimental)
            if codec == "wmav2":
                stream.bit_rate = 128_000
            resampler = av.AudioResampler(stream.format, layout, rate)
            for start in range(0, samples.shape[1], 1024):
                block = np.ascontiguousarray(samples[:, start : start + 1024].T.reshape(1, -1))
                frame = av.AudioFrame.from_ndarray(block, "flt", layout)
                frame.rate, frame.pts = rate, start
                for piece in resampler.resample(frame):
                    file.mux(stream.encode(piece))
            file.mux(stream.encode(None))
        return path.read_bytes()

    return encode


@pytest.fixture
def hear(tmp_path: Path) -> Callable[[bytes], Heard]:
    """What a file of these bytes is heard as."""

    def heard(data: bytes) -> Heard:
        path = tmp_path / "file.mp3"
        path.write_bytes(data)
        with only_audio_errors():
            return listen(path)

    return heard
