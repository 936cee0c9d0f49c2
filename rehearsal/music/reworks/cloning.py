"""Somebody's voice, heard in a recording and sung with: at its pitch, in its colour.

The singer of `voice` sings in the octave of that voice; what the ear takes for the voice itself, how loud it
is where, is taken over from the recording as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rehearsal.music.containers import RATE
from rehearsal.music.decoding import Recording, resampled
from rehearsal.music.mixing import convolve, limit, loudness
from rehearsal.music.reworks.extending import instead
from rehearsal.music.reworks.restyling import ABOVE, PEAK, resung, without_voice
from rehearsal.music.take import Take, composed
from rehearsal.music.tones import hertz
from rehearsal.music.tune import Note

LOW, HIGH = 65.0, 600.0  # Hz of what voices speak and hum at
RATE_HEARD = 16000  # Hz
FRAME, HOP = 2048, 512  # samples
VOICED = 0.5  # of a frame is the same a period later
PLACES = np.geomspace(120.0, 7000.0, 36)  # Hz at which a colour is told
REACH = 22.0  # dB by which a colour is changed at most
HIGH_VOICE = 55.0  # MIDI note number from which it is a woman's
HUM = "\n".join(["ooh ooh ooh ooh"] * 4)


@dataclass(frozen=True, slots=True)
class Voice:
    """`pitch`: the median of what is voiced, as a MIDI note number; `colour`: dB at PLACES, its mean 0."""

    pitch: float
    colour: np.ndarray


def heard(recording: Recording) -> Voice:
    """The voice in a recording; where nothing is voiced, an alto's pitch."""
    sound = recording.mono(RATE_HEARD)
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(sound, FRAME), FRAME)[::HOP]
    spectra = np.abs(np.fft.rfft(frames * np.hanning(FRAME).astype(np.float32), 2 * FRAME, axis=1)) ** 2
    power = spectra.sum(axis=1)
    again = np.fft.irfft(spectra, axis=1)[:, :FRAME]
    again /= np.maximum(1e-9, again[:, :1]) * (1 - np.arange(FRAME) / FRAME)  # the window's own fall
    low, high = int(RATE_HEARD / HIGH), int(RATE_HEARD / LOW)
    lags = again[:, low:high]
    best = lags.max(axis=1)
    first = (lags > 0.9 * best[:, None]).argmax(axis=1)  # the period, and not twice the period
    peak = np.array([k + int(row[k : k + 12].argmax()) for k, row in zip(first, lags, strict=True)])
    voiced = (best > VOICED) & (power > 0.05 * np.percentile(power, 90))
    if not voiced.any():
        return Voice(hertz_to_note(220.0), _colour(spectra.mean(axis=0), 220.0))
    basis = float(np.median(RATE_HEARD / (peak[voiced] + low)))
    return Voice(hertz_to_note(basis), _colour(spectra[voiced].mean(axis=0), basis))


def hertz_to_note(frequency: float) -> float:
    """MIDI note number of a frequency."""
    return 12 * float(np.log2(frequency / hertz(0)))


def _colour(spectrum: np.ndarray, basis: float) -> np.ndarray:
    """How loud it is around each of PLACES, seen so widely that single harmonics do not show."""
    frequency = np.arange(spectrum.size) * RATE_HEARD / (2 * FRAME)
    reach = np.maximum(0.15 * PLACES, 0.8 * basis)[:, None]
    weight = np.maximum(0, 1 - np.abs(frequency[None] - PLACES[:, None]) / reach)
    levels = 10 * np.log10(weight @ spectrum / weight.sum(axis=1) + 1e-9 * float(spectrum.max()) + 1e-20)
    return levels - levels.mean()


def by_itself(singer: Voice | None, words: str, seed: int, seconds: float, *, banded: bool) -> np.ndarray:
    """Words, or a hum, sung without accompaniment, or `banded`, with some: (2, samples) at 44100 Hz."""
    take = composed(f"pop, {_kind_of(singer)}", words or HUM, seconds, seed)
    return _laid_over(_played(take) if banded else None, take, singer)


def over_a_track(singer: Voice | None, words: str, seed: int, old: Recording, take: Take) -> np.ndarray:
    """A track with words, or a hum, sung over it, as long as `take`: (2, samples) at 44100 Hz.

    take: what is known of the track."""
    new = instead(take, 0.0, take.duration, _kind_of(singer), words or HUM, seed)
    band = resampled(old.samples, old.rate, RATE, round(take.duration * RATE))
    return _laid_over(band, new, singer)


def after_a_song(singer: Voice | None, words: str, seed: int, old: Recording, take: Take) -> np.ndarray:
    """A song again, with other words to its melody, as long as `take`: (2, samples) at 44100 Hz."""
    if not take.score.lines and not take.score.notes["lead"]:
        return over_a_track(singer, words, seed, old, take)
    size = round(take.duration * RATE)
    band = _played(take) if take.score.lines else without_voice(old)[:, :size]
    return _laid_over(band, resung(take, words or HUM, seed), singer)


def _kind_of(singer: Voice | None) -> str:
    return "vocals" if singer is None else f"{'female' if singer.pitch > HIGH_VOICE else 'male'} vocals"


def _played(take: Take) -> np.ndarray:
    """A take without whoever sings in it."""
    return replace(take, score=replace(take.score, lines=[], harmony=[])).sound()


def _laid_over(band: np.ndarray | None, take: Take, singer: Voice | None) -> np.ndarray:
    voice = _coloured(_in_range_of(take, singer).voice(), singer) if singer else take.voice()
    size = round(take.duration * RATE) if band is None else band.shape[1]
    sound = np.zeros((2, size), dtype=np.float32) if band is None else band
    count = min(size, voice.shape[1])
    aim = -18.0 if band is None else loudness(band) + ABOVE
    gain = np.float32(10 ** (np.clip(aim - loudness(voice), -40, 24) / 20))
    sound[:, :count] += gain * voice[:, :count]
    limit(sound, PEAK)
    return sound


def _in_range_of(take: Take, singer: Voice) -> Take:
    """Every note by whole octaves, which keeps it in its key, so that the middle is the singer's pitch."""
    old = take.score
    pitches = np.repeat(
        [note.pitch for _, line in old.lines for note, _ in line],
        [max(1, round(note.length * 8)) for _, line in old.lines for note, _ in line],
    )

    def aside(middle: float) -> float:
        return abs(float(np.median(pitches + 12 * np.round((middle - pitches) / 12))) - singer.pitch)

    middle = min((singer.pitch + step for step in range(-5, 6)), key=aside) if pitches.size else 0.0

    def moved(note: Note) -> Note:
        return replace(note, pitch=note.pitch + 12 * round((middle - note.pitch) / 12))

    lines = [(kind, [(moved(note), word) for note, word in line]) for kind, line in old.lines]
    score = replace(old, lines=lines, harmony=[[] for _ in lines])
    return replace(take, score=score, ask=replace(take.ask, female=singer.pitch > HIGH_VOICE))


def _coloured(voice: np.ndarray, singer: Voice) -> np.ndarray:
    """A sung sound in a voice's colour."""
    has = heard(Recording(voice, RATE)).colour
    change = np.clip(singer.colour - has, -REACH, REACH)
    frequencies = np.fft.rfftfreq(4096, 1 / RATE)
    shape = 10 ** (np.interp(np.log(np.maximum(frequencies, 1)), np.log(PLACES), change) / 20)
    kernel = np.roll(np.fft.irfft(shape), 2048) * np.hanning(4096)
    padded = np.pad(voice, ((0, 0), (0, 2048)))
    return np.stack([convolve(side, kernel)[2048:] for side in padded])
