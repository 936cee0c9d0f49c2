"""More of a piece, and passages of it anew: takes in its tempo, key and chords, to be joined on its beat."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from rehearsal.music.arrangement import Arranger, Bars, closed
from rehearsal.music.chance import Chance
from rehearsal.music.form import Form, Section, in_order, plan
from rehearsal.music.style import Ask, read_tags
from rehearsal.music.take import Take
from rehearsal.music.words import Syllable, Verse, read_lyrics

PERIODS = (4, 8, 2, 12, 1)  # bars after which chords usually come again
SHORTEST = 2.0  # seconds of a take; what is asked for may be less, and is cut from it


def in_the_way_of(take: Take, tags: str, chance: Chance) -> Ask:
    """What tags ask for, with everything that makes it the same piece: tempo, metre, swing, mode, key."""
    want, has = read_tags(tags, chance), take.ask.style
    style = replace(
        want.style,
        meter=take.score.form.meter,
        swing=has.swing,
        swing_unit=has.swing_unit,
        spoken=has.spoken,
    )
    said = want.vocals is not None  # a voice that the tags name is that voice; else the singer stays
    return replace(
        want,
        style=style,
        bpm=take.score.form.bpm,
        exact=True,
        mode=take.ask.mode,
        key=take.score.key,
        female=want.female if said else take.ask.female,
        vocals=want.vocals if said else take.ask.vocals,
    )


def after(take: Take, seconds: float, tags: str, lyrics: str, seed: int) -> Take:
    """What follows a piece for so many seconds, and closes."""
    chance = Chance(seed)
    ask = in_the_way_of(take, tags, chance)
    first, lead_in = _bar_at(take, take.duration)
    duration = max(seconds, SHORTEST)
    form = plan(ask, _words(take, lyrics), lead_in + duration, chance)
    _open_fully(form)
    chords = _looped(take.score.bars, lambda bar: bar + first, form.bars)
    if not form.fades:
        chords = closed(chords, take.score.key, ask.mode)
    return Take(ask, Arranger(ask, form, chance, chords).score(), duration, chance, lead_in)


def before(take: Take, seconds: float, tags: str, lyrics: str, seed: int) -> Take:
    """What leads to a piece for so many seconds, and goes over into it."""
    chance = Chance(seed)
    ask = in_the_way_of(take, tags, chance)
    duration = max(seconds, SHORTEST)
    _, within = _bar_at(take, 0.0)
    bars = math.ceil(max(0.0, duration - within) / take.bar)
    chords = _looped(take.score.bars, lambda bar: bar - bars, bars + math.ceil(within))
    form = plan(ask, _words(take, lyrics), 0.0, chance, len(chords), goes_on=True)
    lead_in = bars * take.bar + within - duration
    return Take(ask, Arranger(ask, form, chance, chords).score(), duration, chance, lead_in)


def instead(take: Take, start: float, end: float, tags: str, lyrics: str, seed: int) -> Take:
    """What is to sound from `start` to `end` (seconds) of a piece; without lyrics its old words are sung."""
    chance = Chance(seed)
    ask = in_the_way_of(take, tags, chance)
    first, lead_in = _bar_at(take, start)
    duration = max(end - start, SHORTEST)
    bars = math.ceil((lead_in + duration) / take.bar - 1e-6)
    verses = read_lyrics(lyrics) if lyrics.strip() else _sung_in(take, start, end)
    whole = bars - 1 if bars > 2 and lead_in > 0.2 * take.bar else bars
    form = plan(ask, verses or read_lyrics("[inst]"), 0.0, chance, whole, goes_on=True)
    _open_fully(form)
    if whole < bars:  # nobody begins to sing in a bar that is heard from its middle on
        form.sections[:] = in_order([Section("inst", 1), *form.sections])
        form.bars = bars
    chords = _looped(take.score.bars, lambda bar: bar + first, bars)
    return Take(ask, Arranger(ask, form, chance, chords).score(), duration, chance, lead_in)


def _bar_at(take: Take, second: float) -> tuple[int, float]:
    """The bar in which a second of the piece lies, and how many seconds into it."""
    place = take.lead_in + second
    bar = int(place / take.bar + 1e-6)
    return bar, max(0.0, place - bar * take.bar)


def _looped(bars: Bars, old: Callable[[int], int], count: int) -> Bars:
    """So many bars of chords: those of the bars that `old` names; beyond the piece's ends they go around."""
    body = bars[:-2] if len(bars) > 6 else bars  # without the cadence
    head, tail = _period(body), _period(body[::-1])

    def chords(bar: int) -> int:
        if bar < 0:
            return bar % head
        return bar if bar < len(body) else len(body) - tail + (bar - len(body)) % tail

    return [body[chords(old(bar))] for bar in range(count)]


def _period(bars: Bars) -> int:
    fits = (size for size in PERIODS if len(bars) >= 2 * size and bars[:size] == bars[size : 2 * size])
    return next(fits, min(len(bars), 8))


def _open_fully(form: Form) -> None:
    """It is the middle of a piece: nothing begins with half a band."""
    for section in form.sections:
        if section.kind == "intro":
            section.kind = "inst"


def _words(take: Take, lyrics: str) -> list[Verse]:
    """What is to be sung; where nothing is said, a piece without a voice stays without."""
    silent = not lyrics.strip() and not take.score.lines
    return read_lyrics("[inst]" if silent else lyrics)


def _sung_in(take: Take, start: float, end: float) -> list[Verse]:
    verses: list[Verse] = []
    beat = 60 / take.score.form.bpm
    for kind, line in take.score.lines:
        if start <= line[0][0].start * beat - take.lead_in < end:
            words: list[Syllable] = [word for _, word in line]
            if not verses or verses[-1].kind != kind:
                verses.append(Verse(kind))
            verses[-1].lines.append(words)
    return verses
