"""A score to sound: when each beat falls, which instrument stands where, how loud it is."""

from __future__ import annotations

import numpy as np

from rehearsal.music.arrangement import PLAYS, Score, humanised
from rehearsal.music.chance import Chance
from rehearsal.music.containers import RATE
from rehearsal.music.drums import KITS, PANS, hit
from rehearsal.music.mixing import Mix, air, cabinet, duck, gain_to, master, play, room
from rehearsal.music.style import Ask
from rehearsal.music.tones import TONES
from rehearsal.music.tune import Note
from rehearsal.music.voice import Sung, sing

MACHINES = {"808", "909", "chip", "80s"}  # kits that play on the grid
# Loudness alone (LUFS), pan and how much of it the room gets. Tones and patterns differ by 15 dB among
# themselves, so each part is measured and set to its place, as at a mixing desk; the voice is about -13.
STANDS = {
    "bass": (-17.5, 0.0, 0.04),
    "comp": (-18.0, -0.3, 0.7),
    "pad": (-21.0, 0.0, 1.2),
    "arp": (-21.5, 0.4, 1.0),
    "lead": (-15.5, 0.12, 1.0),
}
DRUMS = -15.0  # LUFS of a kit of level 1
VOICE = 0.3


class Performance:
    """`singer`: the voice's own chance, where it is not the players'."""

    def __init__(
        self,
        score: Score,
        ask: Ask,
        duration: float,
        chance: Chance,
        *,
        singer: Chance | None = None,
        airy: bool = False,
    ) -> None:
        self._score, self._style, self._ask, self._chance = score, ask.style, ask, chance
        self._singer = singer or chance
        self._airy = airy
        self._duration = duration
        self._beat = 60 / score.form.bpm  # seconds
        self._size = round(duration * RATE)
        self._mix = Mix(self._size)
        self._ducked: np.ndarray | None = None

    def seconds(self, beat: float) -> float:
        """When a beat falls, swung."""
        unit, middle = self._style.swing_unit, self._style.swing
        whole, part = divmod(beat / unit, 1)
        part = part * 2 * middle if part < 0.5 else middle + (part - 0.5) * 2 * (1 - middle)
        return (whole + part) * unit * self._beat

    def sound(self) -> np.ndarray:
        """float32 (2, samples)."""
        self._drums()
        for role in STANDS:
            self._instrument(role)
        self._voice()
        levels = self._section_levels()
        self._mix.dry *= levels
        self._mix.send *= levels
        self._ducked = None
        del levels
        room(self._mix, self._style.room, self._chance.of("room"))
        if self._airy:
            air(self._mix)
        return master(self._mix, self._fade())

    def voice(self) -> np.ndarray:
        """The voice alone, in its room: float32 (2, samples)."""
        self._voice()
        room(self._mix, self._style.room, self._chance.of("room"))
        return self._mix.dry

    def _fade(self) -> float:
        """Seconds in which it goes down to nothing at its end."""
        if self._score.form.goes_on:
            return 0.0
        if self._score.form.fades:
            return min(8.0, 0.16 * self._duration)
        end = self._duration - self.seconds(self._score.form.end)
        return 0.7 * end if end > 0.4 else 1.0

    def _section_levels(self) -> np.ndarray:
        """The loudness of each section, going over into the next within a fifth of a second."""
        form = self._score.form
        times, levels = [0.0], [PLAYS[form.sections[0].kind]["all"]]
        for before, section in zip(form.sections, form.sections[1:], strict=False):
            at = self.seconds(section.start * form.meter)
            times += [at - 0.2, at]
            levels += [PLAYS[before.kind]["all"], PLAYS[section.kind]["all"]]
        steps = np.arange(0, self._size + 256, 256)
        coarse = np.interp(steps / RATE, times, levels).astype(np.float32)
        return np.repeat(coarse, 256)[: self._size]

    def _drums(self) -> None:
        kit = KITS[self._style.kit]
        loose = 0.0 if self._style.kit in MACHINES else 0.004 / self._beat
        dice = self._chance.of("drummer")
        sounds = {
            kind: hit(kind, kit, self._chance) for kind in sorted({kind for kind, _, _ in self._score.hits})
        }
        kicks: list[float] = []
        for kind, beat, velocity in self._score.hits:
            late = float(np.clip(dice.normal(0, loose), -2 * loose, 2 * loose)) if loose else 0.0
            second = max(0.0, self.seconds(beat) + late * self._beat)
            if kind == "kick":
                kicks.append(second)
            wet = {"kick": 0.02, "hat": 0.05, "shaker": 0.05}.get(kind, 0.5) * self._style.wet
            level = velocity**1.3 * float(dice.uniform(0.93, 1.0))
            self._mix.add(sounds[kind], int(second * RATE), PANS.get(kind, 0.0), 0.62 * level, wet)
        # Nothing but drums is in the mix yet.
        gain = np.float32(gain_to(DRUMS + 20 * np.log10(kit.level), self._mix.dry))
        self._mix.dry *= gain
        self._mix.send *= gain
        if self._style.pumps:
            self._ducked = duck(self._size, kicks, self._beat)

    def _instrument(self, role: str) -> None:
        tone, notes = getattr(self._style, role), self._score.notes[role]
        if not tone or not notes:
            return
        loose = 0.0 if self._style.pumps or role == "pad" else 0.006 / self._beat
        target, pan, wet = STANDS[role]
        timed = self._timed(humanised(notes, self._chance.of("player", role), loose))
        wide, level = TONES[tone].wide, 0.0
        for take, side in ((0, -0.75), (1, 0.75)) if wide else ((0, pan),):
            sound = play(tone, timed, self._size, take)
            drive = self._style.drive if role == "comp" else 5.0 if tone == "distorted lead" else 0.0
            if drive:
                sound = cabinet(sound * np.float32(0.5), drive)
            if tone == "wobble bass":
                wobble = np.sin(np.pi * np.arange(self._size) / RATE / self._beat * 3) ** 2
                sound *= (0.25 + 0.75 * wobble).astype(np.float32)
            if take == 0:
                # Distorted comping is what such a band is about. Mono is heard from both sides: 3 dB more.
                more = 2.0 if role == "comp" and drive else 0.0
                level = gain_to(target + more - 3.0, sound[np.newaxis])
            if self._ducked is not None:
                sound *= self._ducked
            self._mix.add(sound, 0, side, level * (0.75 if wide else 1), wet * self._style.wet)
            if role in ("lead", "arp"):
                self._echo(sound, level * 0.22, -side)

    def _timed(self, notes: list[Note]) -> list[tuple[float, float, int, float]]:
        timed = []
        for note in notes:
            start = self.seconds(note.start)
            if start < self._duration - 0.02:
                timed.append(
                    (
                        start,
                        max(0.03, self.seconds(note.start + note.length) - start),
                        note.pitch,
                        note.velocity,
                    )
                )
        return timed

    def _echo(self, sound: np.ndarray, level: float, side: float) -> None:
        """Three quarters of a beat later, on the other side; and once more."""
        for turn in (1, 2):
            self._mix.add(
                sound, int(turn * 0.75 * self._beat * RATE), side * (-1) ** turn, level / turn**1.5, 0.3
            )

    def _voice(self) -> None:
        for number, ((kind, line), high) in enumerate(
            zip(self._score.lines, self._score.harmony, strict=True)
        ):
            notes = [note for note, _ in line]
            words = [syllable for _, syllable in line]
            takes = [(notes, 0.0, 0.0, 1.0)]
            if kind == "chorus":  # doubled, and a second voice above
                takes += [(notes, 9.0, -0.55, 0.4), (high or notes, -6.0, 0.55, 0.38)]
            for take, (melody, cents, pan, level) in enumerate(takes):
                sung = [
                    Sung(
                        self.seconds(note.start),
                        self.seconds(note.start + note.length),
                        note.pitch,
                        word,
                        note.velocity,
                    )
                    for note, word in zip(melody, words, strict=True)
                    if self.seconds(note.start + note.length) < self._duration - 0.05
                ]
                if not sung:
                    continue
                at, sound = sing(sung, self._ask.female, self._singer.of("singer", number, take), cents)
                level *= VOICE
                self._mix.add(sound, at, pan, level, 0.9 * self._style.wet + 0.08)
                if take == 0:
                    self._mix.add(sound, at + int(0.75 * self._beat * RATE), 0.4, level * 0.12, 0.2)
