"""Samples to files. The same samples give the same bytes, and what is decoded is as long as what went in."""

from __future__ import annotations

import io
import wave

import av
import numpy as np

RATE = 44100  # Hz
BITRATE = 160_000  # bit/s
BLOCK = 1152 * 64  # samples handed over at a time: whole MP3 frames


def encode(samples: np.ndarray, rate: int = RATE, bitrate: int = BITRATE) -> bytes:
    """An MP3 of float samples in [-1, 1], shape (2, n) at `rate` Hz.

    FFmpeg writes LAME's delay and padding into the first frame, so decoders that know it give back n samples.
    """
    target = io.BytesIO()
    with av.open(target, "w", format="mp3", container_options={"write_xing": "1"}) as container:
        # 7 of 0..9: twice as fast as LAME's default, and both sides as they are, without a look at what they
        # share: a quarter less once more. At this bitrate synthesised music shows no difference.
        quick = {"compression_level": "7", "joint_stereo": "0"}
        stream = container.add_stream("libmp3lame", rate=rate, layout="stereo", options=quick)
        stream.bit_rate = bitrate
        for start in range(0, samples.shape[1], BLOCK):
            block = np.ascontiguousarray(samples[:, start : start + BLOCK], dtype=np.float32)
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate = rate
            frame.pts = start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()


def uncompressed(samples: np.ndarray, rate: int = RATE) -> bytes:
    """A 16-bit WAV file of the same."""
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((samples.T * 32767).astype("<i2", order="C").tobytes())
    return target.getvalue()


def lossless(samples: np.ndarray, rate: int, *, deep: bool) -> bytes:
    """A FLAC file of float samples in [-1, 1]: 16 bits each, 24 if `deep`, rounded as FFmpeg rounds them."""
    full = 2.0 ** (23 if deep else 15)
    target = io.BytesIO()
    with av.open(target, "w", format="flac") as container:
        stream = container.add_stream("flac", rate=rate, layout="stereo", options={"compression_level": "3"})
        stream.format = "s32" if deep else "s16"
        for start in range(0, samples.shape[1], BLOCK):
            whole = np.rint(samples[:, start : start + BLOCK].T.astype(np.float64) * full)
            whole = np.clip(whole, -full, full - 1).reshape(1, -1)
            # FFmpeg takes 24 bits as the upper ones of 32.
            block = (whole * 256).astype(np.int32) if deep else whole.astype(np.int16)
            frame = av.AudioFrame.from_ndarray(block, format="s32" if deep else "s16", layout="stereo")
            frame.sample_rate = rate
            frame.pts = start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()
