"""From notes to the finished stereo sound: places, room, echo, level. Nothing here is louder than -1 dBFS.

Spectra are scaled (`norm`), because only then NumPy stays with single precision, which takes half the time.
"""

from __future__ import annotations

import numpy as np

from rehearsal.music.containers import RATE
from rehearsal.music.tones import TONES, held

CEILING = 10 ** (-1.2 / 20)  # MP3 overshoots a little; decoded it is about -1 dBFS
LOUDNESS = -15.0  # LUFS, about that of streaming services
BLOCK = 1 << 16  # samples at a time, where memory counts
WINDOW = 256  # samples that share a gain of the limiter


class Mix:
    """The sum of everything, dry in stereo and what goes into the room."""

    def __init__(self, size: int) -> None:
        self.dry = np.zeros((2, size), dtype=np.float32)
        self.send = np.zeros(size, dtype=np.float32)

    def add(self, sound: np.ndarray, at: int, pan: float, level: float, wet: float) -> None:
        """A mono sound at a sample; `pan` from -1 (left) to 1."""
        end = min(self.send.size, at + sound.size)
        if end <= at:
            return
        angle = (pan + 1) * np.pi / 4
        left, right = level * np.cos(angle) * 1.414, level * np.sin(angle) * 1.414
        for start in range(at, end, BLOCK):
            stop = min(end, start + BLOCK)
            part = sound[start - at : stop - at]
            self.dry[0, start:stop] += part * np.float32(left)
            self.dry[1, start:stop] += part * np.float32(right)
            if wet:
                self.send[start:stop] += part * np.float32(level * wet)


def play(tone: str, notes: list[tuple[float, float, int, float]], size: int, take: int = 0) -> np.ndarray:
    """Notes (start and length in seconds, pitch, velocity) of an instrument: float32 mono, `size` samples."""
    buffer = np.zeros(size, dtype=np.float32)
    longest: dict[int, float] = {}
    release = TONES[tone].release
    for start, length, pitch, _ in notes:
        longest[pitch] = max(longest.get(pitch, 0.0), min(length, size / RATE - start) + release + 0.01)
    known = {pitch: held(tone, pitch, seconds, take) for pitch, seconds in longest.items()}
    tail = np.linspace(1, 0, int(release * RATE), dtype=np.float32) ** 2
    for start, length, pitch, velocity in notes:
        at = int(start * RATE)
        stop = int((length + release) * RATE)
        sound = known[pitch][: min(stop, size - at)] * np.float32(velocity)
        body = stop - tail.size
        if 0 <= body < sound.size:
            sound[body:] *= tail[: sound.size - body]
        buffer[at : at + sound.size] += sound
    return buffer


def convolve(sound: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Filters a mono sound, block by block, through a kernel or each row of several; returns as many.

    What rings beyond its end is cut."""
    result = np.zeros((*kernel.shape[:-1], sound.size), dtype=np.float32)
    block = max(BLOCK, 1 << int(np.ceil(np.log2(kernel.shape[-1]))))
    length = 2 * block
    spectrum = np.fft.rfft(kernel.astype(np.float32), length, norm="ortho") * np.float32(np.sqrt(length))
    for start in range(0, sound.size, block):
        part = np.fft.rfft(sound[start : start + block], length, norm="ortho")
        piece = np.fft.irfft(part * spectrum, length, norm="ortho")
        end = min(sound.size, start + length)
        result[..., start:end] += piece[..., : end - start]
    return result


def cabinet(sound: np.ndarray, drive: float) -> np.ndarray:
    """A guitar amplifier: saturation, then a loudspeaker that has no treble and no deep bass."""
    frequencies = np.fft.rfftfreq(1024, 1 / RATE)
    shape = 1 / np.sqrt((1 + (frequencies / 4200) ** 8) * (1 + (90 / np.maximum(frequencies, 1)) ** 4))
    kernel = np.roll(np.fft.irfft(shape), 512) * np.hanning(1024)
    driven = sound * np.float32(drive)
    return convolve(np.tanh(driven, out=driven), kernel)


def room(mix: Mix, seconds: float, dice: np.random.Generator) -> None:
    """Reverb that falls by 60 dB in `seconds`, darker as it falls; left and right differ."""
    # Rounded: a sample less may be a prime number of them, whose transform takes ten times as long.
    size = round(min(seconds, 4.5) * RATE)
    time = np.arange(size, dtype=np.float32) / RATE
    frequencies = np.fft.rfftfreq(size, 1 / RATE)
    tails = np.zeros((2, size), dtype=np.float32)
    for tail in tails:
        for low, high, share in ((180, 1200, 1.0), (1200, 3500, 0.72), (3500, 8000, 0.4)):
            band = dice.standard_normal(size).astype(np.float32)
            spectrum = np.fft.rfft(band, norm="ortho") * ((frequencies > low) & (frequencies < high))
            tail += np.fft.irfft(spectrum, size, norm="ortho") * np.exp(-6.9 / (seconds * share) * time)
        tail *= np.minimum(1, time / 0.012)
        tail /= np.sqrt(np.sum(tail**2))
    mix.dry += convolve(mix.send, tails)


def air(mix: Mix) -> None:
    """More treble (3 dB at 10 kHz) and more width."""
    for side in range(2):
        mix.dry[side, 1:] += np.float32(0.4) * np.diff(mix.dry[side])
    middle = 0.5 * (mix.dry[0] + mix.dry[1])
    mix.dry += np.float32(0.3) * (mix.dry - middle)


def duck(size: int, kicks: list[float], beat: float) -> np.ndarray:
    """A gain that goes down with each kick (seconds) and is back after most of a beat."""
    gain = np.ones(size, dtype=np.float32)
    curve = 1 - 0.6 * np.exp(-(((np.arange(int(beat * RATE)) / RATE) / (0.28 * beat)) ** 1.5))
    curve = curve.astype(np.float32)
    for kick in kicks:
        at = int(kick * RATE)
        part = gain[at : at + curve.size]
        np.minimum(part, curve[: part.size], out=part)
    return gain


def loudness(sound: np.ndarray) -> float:
    """LUFS of samples, shape (sides, n), with ITU-R BS.1770's weighting (approximated) and gates."""
    size = 1 << 14
    frequencies = np.fft.rfftfreq(size, 1 / RATE)
    weight = (frequencies**2 / (frequencies**2 + 38.0**2)) ** 2
    weight *= 1 + 1.5 * frequencies**2 / (frequencies**2 + 1500.0**2)
    powers = []
    for start in range(0, max(1, sound.shape[1] - size // 2), size):
        spectrum = np.fft.rfft(sound[:, start : start + size], size, norm="forward")
        powers.append(2 * float(np.sum(np.abs(spectrum) ** 2 * weight)))
    heard = np.array([power for power in powers if power > 10**-6.93] or [1e-9])
    heard = heard[heard > heard.mean() * 0.1]
    return float(-0.691 + 10 * np.log10(heard.mean()))


def gain_to(target: float, sound: np.ndarray) -> float:
    """The factor that makes a sound, shape (sides, samples), as loud as `target` LUFS; 18 dB at most."""
    return float(10 ** (np.clip(target - loudness(sound), -18, 18) / 20))


def limit(sound: np.ndarray, ceiling: float) -> None:
    """Keeps peaks under the ceiling: looks ahead, and lets go slowly. In place."""
    size = sound.shape[1]
    count = -(-size // WINDOW)
    peaks = np.zeros(count, dtype=np.float32)
    whole = size // WINDOW
    for side in range(2):
        windows = sound[side, : whole * WINDOW].reshape(whole, WINDOW)
        loud = np.maximum(windows.max(axis=1), -windows.min(axis=1))
        peaks[:whole] = np.maximum(peaks[:whole], loud)
    if count > whole:
        peaks[-1] = np.abs(sound[:, whole * WINDOW :]).max()
    gains = np.minimum(1, ceiling / np.maximum(peaks, 1e-9))
    reach = 9  # windows to each side: about 50 ms
    padded = np.pad(gains, reach, constant_values=1.0)
    lowest = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).min(axis=1)
    smooth = np.hanning(2 * reach + 1)[1:-1]
    gains = np.convolve(np.pad(lowest, reach - 1, mode="edge"), smooth / smooth.sum(), mode="valid")
    middles = np.arange(count) * WINDOW + WINDOW // 2
    for start in range(0, size, BLOCK):
        end = min(size, start + BLOCK)
        curve = np.interp(np.arange(start, end), middles, gains).astype(np.float32)
        sound[:, start:end] *= curve
    np.clip(sound, -ceiling, ceiling, out=sound)


def master(mix: Mix, fade: float) -> np.ndarray:
    """The finished piece: as loud as all others, with the last `fade` seconds going down to nothing."""
    sound = mix.dry
    size = sound.shape[1]
    sound[:, : min(size, 200)] *= np.linspace(0, 1, min(size, 200), dtype=np.float32)
    tail = min(size, int(fade * RATE))
    for _ in range(2):  # limiting costs some of the loudness: the second turn makes up for it
        sound *= np.float32(10 ** ((LOUDNESS - loudness(sound)) / 20))
        limit(sound, CEILING)
    sound[:, size - tail :] *= np.cos(np.linspace(0, np.pi / 2, tail, dtype=np.float32)) ** 2
    sound *= np.float32(CEILING / max(1e-6, float(max(sound.max(), -sound.min()))))
    return sound
