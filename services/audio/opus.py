"""A finished track as Discord's voice takes it: Opus at 48 kHz, in packets of 20 ms, in an Ogg file.

Made once per track by a worker process, so that to play it only copies packets. Blocks.
"""

# av is typed in parts only.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.resampler import AudioResampler

from services.audio.sound import Sound, opened

RATE = 48_000  # Hz
PACKET = 0.02  # seconds; discord.py sends one at a time
KILOBITS = 96  # kbit/s; what a voice channel has without boosts (Discord: Channel, bitrate)


def encode_opus(source: Path, target: Path) -> None:
    """Writes the sound of a file as stereo Opus, without tags. One channel is as loud in both ears.

    Raises NotAudio, TooLong; OSError of the disk.
    """
    with opened(source) as sound:
        _write(sound, target)
    if sound.widest > sound.channels:  # it has two further on
        with opened(source, channels=2) as sound:
            _write(sound, target)


def _write(sound: Sound, target: Path) -> None:
    with target.open("wb") as file, av.open(file, "w", format="ogg") as container:
        stream: Any = container.add_stream(
            "libopus", rate=RATE, layout="stereo", bit_rate=KILOBITS * 1000, options={"frame_duration": "20"}
        )
        resampler = AudioResampler("flt", "stereo", RATE)
        written = 0
        for block in sound:
            both = np.repeat(block, 2, axis=0) if len(block) == 1 else block
            samples = np.ascontiguousarray(np.clip(both, -1.0, 1.0), dtype=np.float32)
            frame = av.AudioFrame.from_ndarray(samples, "fltp", "stereo")
            frame.rate, frame.pts = sound.rate, written
            written += samples.shape[1]
            for resampled in resampler.resample(frame):
                container.mux(stream.encode(resampled))
        for resampled in resampler.resample(None):
            container.mux(stream.encode(resampled))
        container.mux(stream.encode(None))
