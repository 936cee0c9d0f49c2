"""A piece again: with other instruments (its melody, tempo and length stay), or with other words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rehearsal.music.arrangement import Arranger, Score
from rehearsal.music.chance import Chance
from rehearsal.music.containers import RATE
from rehearsal.music.decoding import Recording, resampled
from rehearsal.music.mixing import convolve, limit, loudness
from rehearsal.music.reworks.extending import in_the_way_of
from rehearsal.music.take import Take
from rehearsal.music.tune import Note
from rehearsal.music.words import Syllable, Verse, read_lyrics, wants_no_voice

SHORTEST = 0.12  # beats of a syllable
BREATH = 0.5  # beats of rest after which a singer breathes
LINE = 12  # notes of a line at most
BAND = (250.0, 4500.0)  # Hz in which voices are
ABOVE = 2.0  # dB by which a new voice is louder than what it is laid over
PEAK = 0.97
STEPS = 400  # looks at the loudness of a recording in a second
SMOOTH = 120  # looks that are taken together


def restyled(take: Take, tags: str, lyrics: str, seed: int) -> Take:
    """The same melody, chords, tempo and form, played as the tags say. Without lyrics the words stay."""
    chance = Chance(seed)
    ask, has = in_the_way_of(take, tags, chance), take.ask.style
    style = replace(ask.style, fades=has.fades, lead=ask.style.lead or has.lead or "piano")
    ask = replace(ask, style=style)
    old = take.score
    verses = read_lyrics(lyrics)
    score = Arranger(ask, old.form, chance, old.bars).score()
    score.notes["lead"], score.lines, score.harmony = list(old.notes["lead"]), old.lines, old.harmony
    if ask.vocals is False or wants_no_voice(verses):
        _play_what_was_sung(score)
    elif any(verse.lines for verse in verses):
        _sing(score, verses, take)
    return replace(take, ask=ask, score=score, chance=chance, singer=None, airy=False)


def resung(take: Take, lyrics: str, seed: int) -> Take:
    """The same players, note for note, and other words on the melody; without words nobody sings."""
    old = take.score
    score = Score(old.form, old.key, old.bars, {**old.notes}, old.hits, old.lines, old.harmony)
    verses = read_lyrics(lyrics)
    if any(verse.lines for verse in verses):
        _sing(score, verses, take)
    else:
        score.lines, score.harmony = [], []
    return replace(take, score=score, singer=Chance(seed))


def shaped(sound: np.ndarray, old: Recording) -> np.ndarray:
    """A sound (44100 Hz) that is quiet where the recording is quiet, and ends when that ends."""
    powers = old.mono(STEPS * 20) ** 2
    powers = np.pad(powers, (0, -powers.size % 20)).reshape(-1, 20).mean(axis=1)
    level = np.sqrt(np.convolve(powers, np.ones(SMOOTH) / SMOOTH, "same"))
    usual = float(np.percentile(level, 60)) + 1e-9
    gain = np.minimum(1, level / usual) ** 0.8
    times = np.arange(sound.shape[1]) / RATE
    sound = sound * np.interp(times * STEPS, np.arange(gain.size), gain).astype(np.float32)
    last = min(sound.shape[1], RATE // 50)
    sound[:, sound.shape[1] - last :] *= np.linspace(1, 0, last, dtype=np.float32)
    return sound


def without_voice(old: Recording) -> np.ndarray:
    """A recording whose voices are taken back: (2, samples) at 44100 Hz.

    What was sung and what was played cannot be told apart in a recording; what is in the middle between left
    and right and where voices are is turned down, as karaoke machines do."""
    size = round(old.seconds * RATE)
    sound = resampled(old.samples, old.rate, RATE, size)
    wide = float(np.std(sound[0] - sound[1])) > 0.05 * float(np.std(sound))
    frequencies = np.fft.rfftfreq(2048, 1 / RATE)
    shape = 1 / (1 + (BAND[0] / np.maximum(frequencies, 1)) ** 6) / (1 + (frequencies / BAND[1]) ** 6)
    kernel = np.roll(np.fft.irfft(shape), 1024) * np.hanning(2048)
    middle = convolve(np.pad(sound.mean(axis=0), (0, 1024)), kernel)[1024:]
    sound -= np.float32(0.75 if wide else 0.5) * middle
    return sound


def sung_over(old: Recording, take: Take, lyrics: str, seed: int) -> np.ndarray:
    """A recording whose voices are taken back, with new words on its melody: (2, samples) at 44100 Hz."""
    sound = without_voice(old)
    size = sound.shape[1]
    new = resung(take, lyrics, seed)
    if new.score.lines:
        voice = new.voice()[:, :size]
        gain = np.clip(loudness(sound) + ABOVE - loudness(voice), -24, 24)
        sound[:, : voice.shape[1]] += voice * np.float32(10 ** (gain / 20))
    limit(sound, PEAK)
    return sound


def _play_what_was_sung(score: Score) -> None:
    sung = [note for _, line in score.lines for note, _ in line]
    score.notes["lead"] = sorted([*score.notes["lead"], *sung], key=lambda note: note.start)
    score.lines, score.harmony = [], []


def _sing(score: Score, verses: list[Verse], take: Take) -> None:
    """Puts words on the melody: where it was sung before; where nobody sang, on what was played."""
    if not score.lines:
        score.lines = _breaths(take, score)
        score.harmony = [[] for _ in score.lines]
        score.notes["lead"] = []
    given = [(verse.kind, line) for verse in verses for line in verse.lines]
    turns: dict[str, int] = {}
    lines: list[tuple[str, list[tuple[Note, Syllable]]]] = []
    harmony: list[list[Note]] = []
    for (kind, old), high in zip(score.lines, score.harmony, strict=True):
        fitting = [line for what, line in given if what == kind]
        name = kind if fitting else ""  # a section that the words do not name goes on with what comes next
        words = (fitting or [line for _, line in given])[turns.get(name, 0) % len(fitting or given)]
        turns[name] = turns.get(name, 0) + 1
        places = _places([note for note, _ in old], len(words))
        sounds = _stretched(words, len(places))
        notes = [_part(old[at][0], share) for at, share in places]
        lines.append((kind, list(zip(notes, sounds, strict=True))))
        harmony.append([_part(high[at], share) for at, share in places] if high else [])
    score.lines, score.harmony = lines, harmony


def _places(notes: list[Note], count: int) -> list[tuple[int, tuple[float, float]]]:
    """A place for each of `count` syllables, and for each note: the longest notes are parted where there are
    too few. (number of the note, which part of it)"""
    parts = [1] * len(notes)
    while sum(parts) < count:
        longest = max(range(len(notes)), key=lambda at: notes[at].length / parts[at])
        if notes[longest].length / (parts[longest] + 1) < SHORTEST:
            break
        parts[longest] += 1
    return [(at, (k / size, (k + 1) / size)) for at, size in enumerate(parts) for k in range(size)]


def _part(note: Note, share: tuple[float, float]) -> Note:
    low, high = share
    return Note(note.start + low * note.length, (high - low) * note.length, note.pitch, note.velocity)


def _stretched(words: list[Syllable], count: int) -> list[Syllable]:
    """One for each of `count` places: too many are cut off, too few are held over several notes."""
    if len(words) >= count:
        return words[:count]
    sung: list[Syllable] = []
    for number, word in enumerate(words):
        held = (number + 1) * count // len(words) - number * count // len(words)
        sung += [word, *[Syllable("", word.vowel[-1])] * (held - 1)]
    return sung


def _breaths(take: Take, score: Score) -> list[tuple[str, list[tuple[Note, Syllable]]]]:
    """The played melody as lines to sing, in the singer's octave."""
    notes = sorted(score.notes["lead"], key=lambda note: note.start)
    middle = 63 if take.ask.female else 53
    lines: list[tuple[str, list[tuple[Note, Syllable]]]] = []
    before: Note | None = None
    for note in notes:
        octaves = round((middle - note.pitch) / 12)
        sung = (replace(note, pitch=note.pitch + 12 * octaves), Syllable("", "a"))
        rest = note.start - before.start - before.length if before else BREATH
        if before is None or rest >= BREATH or len(lines[-1][1]) >= LINE:
            bar = note.start / score.form.meter
            here = [section.kind for section in score.form.sections if section.start <= bar]
            lines.append((here[-1] if here else "verse", []))
        lines[-1][1].append(sung)
        before = note
    return lines
