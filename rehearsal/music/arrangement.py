"""A form to notes: who plays what in which section. Sections differ; a chorus is fuller than a verse."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from rehearsal.music.chance import Chance
from rehearsal.music.form import Form, Section
from rehearsal.music.harmony import BRIGHTER, Chord, bars_of, chord_of, progressions, scale_over, voicing
from rehearsal.music.patterns import BASS, COMPING, GROOVES, STEP, STRENGTH, varied
from rehearsal.music.style import Ask
from rehearsal.music.tune import LIFT, Ground, Motif, Note, line_of, motif_of
from rehearsal.music.words import Syllable

# How much of each there is in a section; nothing is 0.
PLAYS: dict[str, dict[str, float]] = {
    "intro": {"comp": 0.95, "pad": 0.9, "bass": 0.75, "arp": 0.8, "drums": 0.6, "all": 0.8},
    "verse": {"comp": 0.75, "pad": 0.0, "bass": 0.85, "arp": 0.0, "drums": 0.8, "all": 0.78},
    "chorus": {"comp": 1.0, "pad": 1.0, "bass": 1.0, "arp": 0.9, "drums": 1.0, "all": 1.0},
    "bridge": {"comp": 0.6, "pad": 1.0, "bass": 0.7, "arp": 0.7, "drums": 0.4, "all": 0.72},
    "inst": {"comp": 0.85, "pad": 0.6, "bass": 0.95, "arp": 0.5, "drums": 0.95, "all": 0.9},
    "outro": {"comp": 0.7, "pad": 0.8, "bass": 0.7, "arp": 0.4, "drums": 0.5, "all": 0.7},
}
MIDDLES = {"cello": 52, "horn": 58, "saxophone": 63, "electric piano": 67, "brass": 66, "trumpet": 68,
           "distorted lead": 67, "music box": 79, "whistle": 81, "bell": 76}  # fmt: skip
LINES = ("ABAC", "AABA", "AABC", "ABAB")


Bars = list[tuple[Chord, ...]]
"""The chords of each bar, which share it equally."""


@dataclass(slots=True)
class Score:
    form: Form
    key: int
    bars: Bars
    notes: dict[str, list[Note]] = field(
        default_factory=lambda: {r: [] for r in ("bass", "comp", "pad", "arp", "lead")}
    )
    hits: list[tuple[str, float, float]] = field(default_factory=list)  # kind, beat, velocity
    lines: list[tuple[str, list[tuple[Note, Syllable]]]] = field(
        default_factory=list
    )  # section kind, a breath
    harmony: list[list[Note]] = field(default_factory=list)  # second voice of each line, or nothing


def closed(bars: Bars, key: int, mode: str) -> Bars:
    """The same with a cadence at its end, and one bar more for the last chord."""
    before = [*bars[:-1], (chord_of("V", key),)] if len(bars) > 2 else bars
    return [*before, (chord_of("I" if mode in BRIGHTER else "i", key),)]


class Arranger:
    """`bars`: the chords, where they are given and not to be chosen."""

    def __init__(self, ask: Ask, form: Form, chance: Chance, bars: Bars | None = None) -> None:
        self._ask, self._style, self._form, self._chance = ask, ask.style, form, chance
        self.key = int(chance.of("key").integers(12)) if ask.key is None else ask.key
        self._groove = varied(GROOVES[self._style.groove], chance.of("groove"))
        self._bars = self._chords() if bars is None else bars
        self._score = Score(form, self.key, self._bars)
        self._voiced: tuple[int, ...] = ()
        self._under = 36

    def _chords(self) -> Bars:
        """The chords of every bar; each kind of section has its own, begun anew with the section."""
        known = progressions(self._style.chords, self._ask.mode)
        order = self._chance.of("progression").permutation(len(known))
        turn = {"verse": 0, "intro": 0, "inst": 0, "chorus": 1, "outro": 1, "bridge": 2}
        bars: Bars = []
        for section in self._form.sections:
            loop = bars_of(known[order[turn[section.kind] % len(known)]], self.key)
            bars += [loop[bar % len(loop)] for bar in range(section.bars)]
        return bars if self._form.fades else closed(bars, self.key, self._ask.mode)

    def chord_at(self, beat: float) -> Chord:
        bar = min(int(beat // self._form.meter), len(self._bars) - 1)
        chords = self._bars[bar]
        return chords[min(len(chords) - 1, int((beat / self._form.meter - bar) * len(chords)))]

    def score(self) -> Score:
        spoken = self._style.spoken
        for place, section in enumerate(self._form.sections):
            plays = dict(PLAYS[section.kind])
            if section.kind == "verse" and any(s.kind == "verse" for s in self._form.sections[:place]):
                plays["pad"] = 0.4  # the second verse has a little more than the first
            for role in self._ask.named & {"pad", "arp"}:
                plays[role] = max(plays[role], 0.6)
            for bar in range(section.bars):
                opening = section.kind == "intro" and section.bars > 1 and bar < section.bars // 2
                self._bar(
                    section, section.start + bar, {**plays, "bass": 0, "drums": 0.25} if opening else plays
                )
                self._drums(section, bar, 0.25 if opening else plays["drums"])
            if section.sung:
                self._voice(section, spoken)
                if "lead" in self._ask.named and section.kind == "chorus":
                    self._double(section)
            elif section.kind in ("verse", "chorus", "inst") or (
                section.kind == "intro" and section.bars >= 4
            ):
                self._lead(section)
        if not self._form.fades and not self._form.goes_on:
            self._end()
        return self._score

    def _bar(self, section: Section, bar: int, plays: dict[str, float]) -> None:
        start = bar * self._form.meter
        if plays["comp"] and self._style.comp:
            self._comp(
                "comp", self._style.comping if section.kind != "bridge" else "sustain", start, plays["comp"]
            )
        if plays["arp"] and self._style.arp:
            self._comp("arp", "sixteenths" if self._style.pumps else "eighths", start, plays["arp"])
        if plays["pad"] and self._style.pad:
            self._comp("pad", "sustain", start, plays["pad"])
        if plays["bass"] and self._style.bass:
            self._bass(start, plays["bass"], "long" if section.kind == "bridge" else self._style.bass_line)

    def _comp(self, role: str, pattern: str, start: int, much: float) -> None:
        meter, notes = self._form.meter, self._score.notes[role]
        if pattern == "sustain":
            chords = self._bars[start // meter]
            each = meter / len(chords)
            for turn, chord in enumerate(chords):
                self._voiced = voicing(chord, self._voiced, 62 if role == "pad" else 58)
                notes += [Note(start + turn * each, each * 0.98, pitch, 0.8 * much) for pitch in self._voiced]
            return
        heavy = pattern in ("power", "chug")
        for stroke in COMPING[pattern]:
            if stroke.at >= meter:
                continue
            beat = start + stroke.at
            chord = self.chord_at(beat)
            if heavy:
                low = 40 + (chord.root - 40) % 12
                pitches: tuple[int, ...] = (low, low + 7, low + 12)
            else:
                pitches = self._voiced = voicing(chord, self._voiced, 70 if role == "arp" else 60)
            if stroke.what >= 0:
                turn = stroke.what
                pitches = (pitches[turn % len(pitches)] + 12 * (turn // len(pitches)),)
            length = min(stroke.length, meter - stroke.at + 0.2)
            for order, pitch in enumerate(pitches):
                strum = 0.012 * order if "guitar" in self._style.comp and role == "comp" else 0.0
                notes.append(Note(beat + strum, length, pitch, stroke.velocity * much))

    def _bass(self, start: int, much: float, line: str) -> None:
        meter, notes = self._form.meter, self._score.notes["bass"]
        for stroke in BASS[line]:
            if stroke.at >= meter:
                continue
            chord = self.chord_at(start + stroke.at)
            self._under = min((chord.root + 12 * octave for octave in range(2, 5)),
                              key=lambda pitch: abs(pitch - self._under) + 1.5 * abs(pitch - 35))  # fmt: skip
            step = stroke.what
            if step == STEP:
                to = self.chord_at(start + meter)
                aim = min(
                    (to.root + 12 * octave for octave in range(1, 5)),
                    key=lambda pitch: abs(pitch - self._under),
                )
                scale = scale_over(chord, self.key, self._ask.mode)
                near = [pitch for pitch in (aim - 2, aim - 1, aim + 1, aim + 2) if pitch % 12 in scale]
                pitch = min(near or [aim - 1], key=lambda pitch: abs(pitch - self._under))
            elif step in (4, 7, 10):
                tones = [tone % 12 for tone in chord.intervals if tone]
                pitch = self._under + min(tones, key=lambda tone: abs(tone - step))
            else:
                pitch = self._under + step
            length = min(stroke.length, meter - stroke.at)
            notes.append(Note(start + stroke.at, length, pitch, stroke.velocity * much))

    def _drums(self, section: Section, bar: int, much: float) -> None:
        start, meter, hits = (section.start + bar) * self._form.meter, self._form.meter, self._score.hits
        groove = self._groove
        if not groove:
            return
        if bar == 0 and section.kind in ("chorus", "inst") and section.start:
            hits.append(("crash", start, 0.9))
        fill = bar == section.bars - 1 and section.bars >= 4 and much > 0.3
        for kind, pattern in groove.items():
            takes = pattern.split("/")
            if kind in ("kick", "snare", "clap") and much < 0.45:
                continue
            if kind == "open" and section.kind != "chorus":
                continue
            for step, stroke in enumerate(takes[bar % len(takes)].strip()[: meter * 4]):
                if stroke in STRENGTH and not (fill and kind in ("snare", "clap") and step >= meter * 4 - 4):
                    hits.append((kind, start + step / 4, STRENGTH[stroke] * (0.55 + 0.45 * much)))
        if fill:
            dice = self._chance.of("fill", section.kind)
            drum = "clap" if "clap" in groove else "snare" if "snare" in groove else "tom"
            for step in range(4):
                if dice.random() < 0.75:
                    kind = drum if step < 2 or drum == "clap" else "tom"
                    hits.append((kind, start + meter - 1 + step / 4, 0.55 + 0.12 * step))

    def _ground(self, bpm: float) -> Ground:
        return Ground(self.chord_at, self.key, self._ask.mode, bpm)

    def _motif(self, kind: str, line: int, spoken: bool = False) -> Motif:
        form = LINES[int(self._chance.of("lines", kind).integers(len(LINES)))]
        return motif_of(self._chance, kind, form[line % 4], spoken)

    def _voice(self, section: Section, spoken: bool) -> None:
        middle = (63 if self._ask.female else 53) + LIFT[section.kind] - (2 if spoken else 0)
        beats = section.line_bars * self._form.meter
        ground, before = self._ground(self._form.bpm), None
        for number, line in enumerate(section.lines):
            start = section.start * self._form.meter + number * beats
            if not line or start >= self._form.end:
                continue
            motif = self._motif(section.kind, number, spoken)
            notes = line_of(ground, motif, len(line), start, beats, middle, number % 2 == 1, before)
            before = notes[-1].pitch
            self._score.lines.append((section.kind, list(zip(notes, line, strict=True))))
            high = [self._third(note) for note in notes] if section.kind == "chorus" else []
            self._score.harmony.append(high)

    def _double(self, section: Section) -> None:
        """The named instrument goes along with the voice, in its own octave and behind it."""
        begin = section.start * self._form.meter
        middle = MIDDLES.get(self._style.lead, 70)
        melody = [note for _, line in self._score.lines for note, _ in line if note.start >= begin]
        for note in melody:
            octaves = round((middle - note.pitch) / 12)
            self._score.notes["lead"].append(
                Note(note.start, note.length, note.pitch + 12 * octaves, 0.6 * note.velocity)
            )

    def _third(self, note: Note) -> Note:
        scale = scale_over(self.chord_at(note.start), self.key, self._ask.mode)
        above = next(
            (pitch for pitch in range(note.pitch + 3, note.pitch + 6) if pitch % 12 in scale), note.pitch + 12
        )
        return Note(note.start, note.length, above, note.velocity)

    def _lead(self, section: Section) -> None:
        if not self._style.lead:
            return
        dice = self._chance.of("lead", section.kind)
        meter = self._form.meter
        ground, before = self._ground(0.7 * self._form.bpm), None  # instruments are in less of a hurry
        middle = MIDDLES.get(self._style.lead, 70) + LIFT[section.kind]
        size = 2 if section.bars >= 2 else 1
        counts = [int(dice.integers(4, 8)), int(dice.integers(5, 10 if section.kind == "inst" else 8))]
        for number in range(section.bars // size):
            if section.kind == "intro" and number < section.bars // size // 2:
                continue
            beats = size * meter
            start = section.start * meter + number * beats
            motif = self._motif(section.kind, number)
            notes = line_of(ground, motif, counts[number % 2], start, beats, middle, number % 2 == 1, before)
            before = notes[-1].pitch
            self._score.notes["lead"] += notes

    def _end(self) -> None:
        """The last chord, left to ring."""
        end, chord, notes = self._form.end, self._bars[-1][0], self._score.notes
        ring = 16.0
        pitches = voicing(chord, self._voiced, 60, 3)
        for role, much in (("comp", 0.9), ("pad", 0.8)):
            if getattr(self._style, role):
                notes[role] += [Note(end + 0.03 * k, ring, pitch, much) for k, pitch in enumerate(pitches)]
        if self._style.bass:
            notes["bass"].append(Note(end, ring, 24 + chord.root + (12 if chord.root < 4 else 0), 0.9))
        if GROOVES[self._style.groove]:
            self._score.hits += [("kick", end, 0.9), ("crash", end, 0.8)]


def humanised(notes: list[Note], dice: np.random.Generator, loose: float) -> list[Note]:
    """Nobody plays on the grid: `loose` is beats to either side; velocities vary a little too."""
    late = np.clip(dice.normal(0, loose, len(notes)), -2 * loose, 2 * loose)
    hard = dice.uniform(0.9, 1.06, len(notes))
    return [
        Note(
            max(0.0, note.start + float(late[k])),
            note.length,
            note.pitch,
            min(1.0, note.velocity * float(hard[k])),
        )
        for k, note in enumerate(notes)
    ]
