"""The form: which sections, of how many bars, at what tempo. The piece ends where the duration does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from rehearsal.music.chance import Chance
from rehearsal.music.style import Ask
from rehearsal.music.words import Syllable, Verse, wants_no_voice, wordless

BODY = "VCVCSBC"  # sections between opening and closing, around and around
LETTERS = {"I": "intro", "V": "verse", "C": "chorus", "B": "bridge", "O": "outro", "S": "inst"}


@dataclass(slots=True)
class Section:
    kind: str  # intro, verse, chorus, bridge, inst, outro
    bars: int
    start: int = 0  # in bars
    lines: list[list[Syllable]] = field(default_factory=list)
    line_bars: float = 2
    sung: bool = False


@dataclass(slots=True)
class Form:
    bpm: float
    meter: int
    bars: int  # the final chord comes at the end of the last one
    sections: list[Section]
    fades: bool
    goes_on: bool = False  # other music follows: no closing

    @property
    def end(self) -> int:
        """Beats."""
        return self.bars * self.meter


def _bars(ask: Ask, duration: float) -> tuple[int, float]:
    """How many bars there are, and the tempo that makes them fit; asked-for tempos stay as they are."""
    bar = ask.style.meter * 60 / ask.bpm
    if ask.style.fades:
        return max(1, -int(-duration // bar)), ask.bpm
    room = duration - min(1.7, 0.12 * duration)  # the rest is for the last chord to ring
    if ask.exact:
        return max(1, int(room / bar)), ask.bpm
    bars = max(1, round(room / bar))
    bpm = bars * ask.style.meter * 60 / room
    return (bars, bpm) if 0.86 < bpm / ask.bpm < 1.16 else (max(1, int(room / bar)), ask.bpm)


def _template(bars: int) -> list[Section]:
    if bars < 4:
        return [Section("chorus", bars)]
    size = 8 if bars >= 64 else 4
    count = bars // size
    middle = max(1, count - 2) if count > 3 else count
    names = "".join(BODY[k % len(BODY)] for k in range(middle - 1)) + "C"
    names = f"I{names}O" if count > 3 else names
    sections = [Section(LETTERS[name], size) for name in names]
    _stretch(sections, bars)
    return sections


def _stretch(sections: list[Section], bars: int) -> None:
    """Fills up to `bars`: whole four-bar phrases to the middle, the odd bars to the opening."""
    spare = bars - sum(section.bars for section in sections)
    middle = [section for section in sections if section.kind not in ("intro", "outro")] or sections
    turn = 0
    while spare >= 4:
        middle[-1 - turn % len(middle)].bars += 4
        spare -= 4
        turn += 1
    if spare:
        if sections[0].kind == "intro":
            sections[0].bars += spare
        else:
            sections.insert(0, Section("intro", spare))


def _bars_a_line(lines: Sequence[Sequence[Syllable]], bpm: float, meter: int) -> float:
    """One, two or four bars, so that a syllable has about a third of a second."""
    if not lines:
        return 2
    usual = sorted(len(line) for line in lines)[len(lines) * 3 // 4]
    bars = (usual * 0.31 + 0.8) * bpm / 60 / meter
    return 1 if bars <= 1.05 else 2 if bars <= 2.3 else 4


def _with_lyrics(verses: list[Verse], ask: Ask, bars: int) -> list[Section]:
    meter = ask.style.meter
    sections: list[Section] = []
    for verse in verses:
        step = _bars_a_line(verse.lines, ask.bpm, meter)
        size = max(1, round(len(verse.lines) * step)) if verse.lines else 4
        size = -(-size // 4) * 4 if size > 2 else size
        kind = "verse" if verse.kind == "inst" and verse.lines else verse.kind
        sections.append(Section(kind, size, lines=verse.lines, line_bars=step, sung=bool(verse.lines)))
    total = sum(section.bars for section in sections)
    tightest = 0.5
    while total > bars and any(s.line_bars > tightest for s in sections if s.sung):
        for section in sections:  # too much text: first no spare bars, then shorter lines
            if section.sung:
                tight = max(1, -int(-len(section.lines) * section.line_bars // 1))
                if section.bars > tight:
                    section.bars = tight
                elif section.line_bars > tightest:
                    section.line_bars /= 2
                    section.bars = max(1, -int(-len(section.lines) * section.line_bars // 1))
            else:
                section.bars = max(1, section.bars // 2)
        total = sum(section.bars for section in sections)
    if total > bars:  # what cannot be sung in time is not sung
        kept: list[Section] = []
        for section in sections:
            section.bars = min(section.bars, bars - sum(s.bars for s in kept))
            section.lines = section.lines[: max(1, int(section.bars / section.line_bars))]
            if section.bars > 0:
                kept.append(section)
        return kept
    return _open_up(sections, bars)


def _open_up(sections: list[Section], bars: int) -> list[Section]:
    """More time than text: an opening, a solo, the chorus once more, a closing; then longer ones."""
    spare = bars - sum(section.bars for section in sections)
    if spare >= 4 and sections[0].kind != "intro":
        sections.insert(0, Section("intro", 4 if spare < 24 else 8))
    choruses = [section for section in sections if section.kind == "chorus" and section.sung]
    sung = [section for section in sections if section.sung]
    while (spare := bars - sum(section.bars for section in sections)) >= 8 and sung:
        again = (choruses or sung)[-1]
        closing = sections.pop() if sections[-1].kind == "outro" else None
        if spare >= again.bars + 8 and sections[-1].kind != "inst":
            sections.append(Section("inst", 8 if spare >= again.bars + 12 else 4))
            spare -= sections[-1].bars
        if spare >= again.bars:
            repeat = sung if spare >= sum(s.bars for s in sung) + 8 else [again]
            sections += [Section(s.kind, s.bars, 0, s.lines, s.line_bars, True) for s in repeat]
        else:
            sections.append(Section("outro", min(8, spare)))
        if closing:
            sections.append(closing)
    spare = bars - sum(section.bars for section in sections)
    if spare >= 4 and sections[-1].kind != "outro":
        sections.append(Section("outro", 4))
    elif spare >= 4:
        sections[-1].bars += 4
    spare = bars - sum(section.bars for section in sections)
    if spare > 0:
        if sections[0].kind == "intro":
            sections[0].bars += spare
        else:
            sections.insert(0, Section("intro", spare))
    return sections


def plan(
    ask: Ask, verses: list[Verse], duration: float, chance: Chance, bars: int = 0, *, goes_on: bool = False
) -> Form:
    """A form of a duration (seconds), or of so many `bars` at the tempo that is asked for."""
    bars, bpm = (bars, ask.bpm) if bars else _bars(ask, duration)
    if any(verse.lines for verse in verses) and ask.vocals is not False:
        sections = _with_lyrics(verses, ask, bars)
    else:
        given = [Section(verse.kind, 4) for verse in verses if verse.kind != "inst"]
        if given and sum(section.bars for section in given) <= bars:
            sections = given
            _stretch(sections, bars)
        else:
            sections = _template(bars)
        if not wants_no_voice(verses) and ask.vocals is not False:
            _hum(sections, ask, chance)
    return Form(bpm, ask.style.meter, bars, in_order(sections), ask.style.fades, goes_on)


def in_order(sections: list[Section]) -> list[Section]:
    """The same, each beginning where the one before it ends."""
    start = 0
    for section in sections:
        section.start, start = start, start + section.bars
    return sections


def _hum(sections: list[Section], ask: Ask, chance: Chance) -> None:
    """No words were given: the seed decides whether somebody sings without any."""
    dice = chance.of("wordless")
    if not ask.vocals and dice.random() < 0.4:
        return
    vowels, consonant = ((("u",), ""), (("a",), "l"), (("ou", "a"), ""), (("a", "a", "u"), "d"))[
        int(dice.integers(4))
    ]
    counts = [int(dice.integers(3, 6)), int(dice.integers(4, 8))]
    for section in sections:
        if section.kind == "chorus" or (ask.vocals and section.kind in ("verse", "bridge")):
            section.line_bars = 2 if section.bars >= 2 else 1
            lines = max(1, int(section.bars / section.line_bars))
            section.lines = [wordless(vowels, consonant, counts[k % 2]) for k in range(lines)]
            section.sung = True
