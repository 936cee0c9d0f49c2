"""What hands and feet do in a bar: drum grooves in sixteenths, bass lines and comping as timed strokes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

STRENGTH = {"X": 1.0, "x": 0.75, "o": 0.4}  # velocity; anything else is a rest

# Sixteen steps a bar; a bar of three beats has twelve. A second pattern after "/" is for every other bar.
GROOVES: dict[str, dict[str, str]] = {
    "none": {},
    "pop": {"kick": "X.....x.X......./X.....x.X.x.....", "snare": "....X.......X...",
        "hat": "x.o.x.o.x.o.x.o."},
    "rock": {"kick": "X.......X.x...../X.....x.X.......", "snare": "....X.......X...",
        "hat": "X.x.X.x.X.x.X.x."},
    "metal": {"kick": "XxxXxxXxXxxXxxXx", "snare": "....X.......X...", "ride": "X...X...X...X..."},
    "punk": {"kick": "X...x.X.X...x...", "snare": "..X...X...X...X.", "hat": "X.X.X.X.X.X.X.X."},
    "brushes": {"kick": "X.......x.......", "rim": "....x.......x...", "shaker": "x.oxx.oxx.oxx.ox"},
    "train": {"kick": "X.......X.......", "snare": "o.oox.ooo.oox.oo", "shaker": "..o...o...o...o."},
    "bodhran": {"tom": "X..xo.x.X..xo.xo", "shaker": "x.xox.xox.xox.xo"},
    "ride": {"kick": "o...o...o...o...", "ride": "x...x.o.x...x.o.", "hat": "....x.......x...",
             "snare": "......o......... /..........o...o."},
    "shuffle": {"kick": "X.......X.....o.", "snare": "....X.......X...", "ride": "x.o.x.o.x.o.x.o."},
    "backbeat": {"kick": "X..o..x...x.....", "snare": "....X..o.o..X...", "hat": "x.o.x.o.x.o.x.oo"},
    "funk": {"kick": "X..x..x...x..x../X..x..x.....x...", "snare": "....X..o.o..X..o",
        "hat": "xoxoxoxoxoxox.xo",
             "open": "..............o."},
    "disco": {"kick": "X...X...X...X...", "snare": "....X.......X...", "hat": "x.o.x.o.x.o.x.o.",
        "open": "..x...x...x...x."},
    "one drop": {"kick": "........X.......", "rim": "........X.....o.", "hat": "x.o.x.o.x.o.x.oo"},
    "ska": {"kick": "X.......X.......", "snare": "....X.......X...", "hat": "..x...x...x...x."},
    "boom bap": {"kick": "X......x..x...../X.x....x..x....o", "snare": "....X.......X...",
        "hat": "x.o.x.o.x.o.x.o."},
    "trap": {"kick": "X......x..x...../X..x......x.....", "clap": "........X.......",
             "hat": "x.o.x.o.x.ooxoxo/x.o.xxo.x.o.xoxx"},
    "lazy": {"kick": "X......o.x......", "snare": "....x.......x...", "hat": "o.o.o.o.o.o.o.oo"},
    "house": {"kick": "X...X...X...X...", "clap": "....X.......X...", "hat": "o.o.o.o.o.o.o.oo",
        "open": "..x...x...x...x."},
    "techno": {"kick": "X...X...X...X...", "hat": "oxoooxoooxoooxoo", "open": "..x...x...x...x.",
        "rim": "...o..o....o..o."},
    "trance": {"kick": "X...X...X...X...", "clap": "....X.......X...", "open": "..X...X...X...X.",
        "hat": "x.x.x.x.x.x.x.x."},
    "breaks": {"kick": "X.x.......x...../X.......x.x.....", "snare": "....X..o.o..X..o",
        "ride": "x.x.x.x.x.x.x.x."},
    "half time": {"kick": "X.....x..x......", "snare": "........X.......", "hat": "x.x.x.x.x.xxx.x."},
    "electro": {"kick": "X...X...X...X.x.", "clap": "....X.......X...", "hat": "..x...x...x...x."},
    "gated snare": {"kick": "X...X...X...X...", "snare": "....X.......X...", "hat": "x.o.x.o.x.o.x.o."},
    "taiko": {"tom": "X...x.oxX.x.x.oo", "kick": "X.......x......."},
    "waltz": {"kick": "X...........", "rim": "....x...x...", "ride": "x...o...o.o."},
    "salsa": {"kick": "......x.....x...", "conga": "x.oox.ooo.oox.XX", "rim": "X..x..x...x.x...",
        "shaker": "x.oox.oox.oox.oo"},
    "bossa": {"kick": "X..xX..xX..xX..x", "rim": "X..x..x...x..x..", "shaker": "xoxoxoxoxoxoxoxo"},
    "afrobeat": {"kick": "X..x..x.X..x..x.", "snare": "....o..x....o.x.", "hat": "x.xox.xox.xox.xo",
        "conga": "..x..o.x..x..oxo"},
    "march": {"kick": "X.......X.......", "snare": "..o.x.oo..o.xooo"},
}  # fmt: skip


LOOSE = (3, 6, 7, 10, 11, 14)  # sixteenths where one more kick does not upset a bar


def varied(groove: dict[str, str], dice: np.random.Generator) -> dict[str, str]:
    """A drummer's own way with a groove: a kick more here and there, the hands busier or calmer."""
    own = dict(groove)
    taste = int(dice.integers(3))
    for kind in ("hat", "ride", "shaker"):
        if kind in own and taste < 2:
            own[kind] = own[kind].replace(*((".", "o") if taste else ("o", ".")))
    if "kick" in own and own["kick"].count("X") < 3:  # four on the floor stays four
        takes = [list(take.strip()) for take in own["kick"].split("/")] * 2
        for take in takes[:2]:
            step = int(dice.choice(LOOSE))
            if step < len(take) and take[step] == ".":
                take[step] = "o"
        own["kick"] = "/".join("".join(take) for take in takes[:2])
    return own


class Stroke(NamedTuple):
    at: float  # beats into the bar
    length: float  # beats
    velocity: float
    what: int = 0  # comping: -1 all notes, else the note of the chord; bass: see BASS


def _every(
    step: float, length: float, velocity: float, count: int, what: int = -1, first: float = 0
) -> list[Stroke]:
    return [
        Stroke(first + k * step, length, velocity * (1 if k % 2 == 0 else 0.82), what) for k in range(count)
    ]


def _steps(pattern: str, length: float, what: int = -1) -> list[Stroke]:
    return [Stroke(k / 4, length, STRENGTH[c], what) for k, c in enumerate(pattern) if c in STRENGTH]


# `what` of a bass stroke: semitones over the root, 7 the chord's own fifth; STEP leads to the next root.
STEP = 99
BASS: dict[str, list[Stroke]] = {
    "eighths": _every(0.5, 0.46, 0.85, 8, 0),
    "gallop": [Stroke(b + o, 0.22, 0.9 if o == 0 else 0.7) for b in range(4) for o in (0, 0.5, 0.75)],
    "root fifth": [Stroke(0, 0.9, 0.95), Stroke(2, 0.9, 0.85, 7), Stroke(3.5, 0.4, 0.6, STEP)],
    "walking": [Stroke(0, 0.95, 0.95), Stroke(1, 0.95, 0.8, 4), Stroke(2, 0.95, 0.88, 7), Stroke(3, 0.95,
        0.8, STEP)],
    "syncopated": [Stroke(0, 0.7, 1.0), Stroke(1.5, 0.45, 0.75), Stroke(2.5, 0.9, 0.85, 7), Stroke(3.75,
        0.22, 0.6, STEP)],
    "funk": [Stroke(0, 0.4, 1.0), Stroke(0.75, 0.2, 0.7, 12), Stroke(1.5, 0.3, 0.8), Stroke(2.25, 0.2, 0.7,
        7),
             Stroke(2.75, 0.2, 0.8, 10), Stroke(3.25, 0.2, 0.75, 12), Stroke(3.75, 0.2, 0.65, STEP)],
    "octaves": [Stroke(k / 2, 0.4, 0.9 if k % 2 == 0 else 0.75, 12 * (k % 2)) for k in range(8)],
    "dub": [Stroke(0, 0.8, 1.0), Stroke(1.5, 0.45, 0.8, 7), Stroke(2.5, 0.4, 0.8), Stroke(3, 0.6, 0.85, 12)],
    "808": [Stroke(0, 1.6, 1.0), Stroke(1.75, 0.7, 0.8), Stroke(2.5, 1.4, 0.9, 0)],
    "offbeat": [Stroke(b + 0.5, 0.4, 0.9) for b in range(4)],
    "rolling": [Stroke(b + o, 0.22, v) for b in range(4) for o, v in ((0.25, 0.7), (0.5, 0.9), (0.75, 0.75))],
    "wobble": [Stroke(0, 2.0, 1.0), Stroke(2, 1.0, 0.9), Stroke(3, 1.0, 0.9, 7)],
    "long": [Stroke(0, 4.0, 0.8)],
    "waltz": [Stroke(0, 1.4, 0.9)],
    "tumbao": [Stroke(0, 1.3, 0.7), Stroke(1.5, 1.3, 0.85, 7), Stroke(3, 0.95, 0.95, STEP)],
    "bossa": [Stroke(0, 1.4, 0.9), Stroke(1.5, 0.45, 0.7, 7), Stroke(2, 1.4, 0.85, 7), Stroke(3.5, 0.45,
        0.7)],
}  # fmt: skip

ALL = -1
COMPING: dict[str, list[Stroke]] = {
    "push": [Stroke(0, 1.4, 0.9, ALL), Stroke(1.5, 0.9, 0.7, ALL), Stroke(2.5, 0.45, 0.7, ALL), Stroke(3,
        0.9, 0.75, ALL)],
    "power": _every(0.5, 0.48, 0.9, 8),
    "chug": _steps("XooxooXoXooxooXo", 0.16),
    "picking": [Stroke(k / 2, 1.2, 0.9 if k % 4 == 0 else 0.7, n) for k, n in enumerate((0, 2, 1, 3, 0, 2,
        1, 2))],
    "strum": _steps("X..xx.x.X..xx.xo", 0.6),
    "boom chick": [Stroke(1, 0.4, 0.85, ALL), Stroke(1.5, 0.3, 0.5, ALL), Stroke(3, 0.4, 0.85, ALL),
        Stroke(3.5, 0.3, 0.55, ALL)],
    "charleston": [Stroke(0, 0.5, 0.85, ALL), Stroke(1.5, 0.45, 0.8, ALL), Stroke(3.5, 0.4, 0.6, ALL)],
    "scratch": _steps("x.ox..xo.xo.x.xo", 0.14),
    "skank": [Stroke(b + 0.5, 0.22, 0.9, ALL) for b in range(4)],
    "stabs": [Stroke(0.75, 0.3, 0.85, ALL), Stroke(1.5, 0.3, 0.8, ALL), Stroke(3.25, 0.3, 0.75, ALL)],
    "sparse": [Stroke(0, 3.5, 0.7, ALL), Stroke(2.5, 1.4, 0.5, 2)],
    "lazy": [Stroke(0, 1.9, 0.8, ALL), Stroke(2.5, 1.2, 0.65, ALL)],
    "gated": [Stroke(k / 4, 0.2, v, ALL) for k, v in enumerate((1, 0, 0.7, 0.7, 0, 0.8, 0.7, 0, 1, 0, 0.7,
        0.7, 0, 0.8, 0, 0.7)) if v],
    "sustain": [Stroke(0, 3.9, 0.7, ALL)],
    "alberti": [Stroke(k / 2, 0.55, 0.85 if k % 4 == 0 else 0.62, n) for k, n in enumerate((0, 2, 1, 2) * 2)],
    "ostinato": _steps("XooXooXoXooXooXo", 0.2),
    "waltz": [Stroke(1, 0.7, 0.7, ALL), Stroke(2, 0.7, 0.62, ALL)],
    "montuno": [Stroke(k / 4, 0.24, 0.9 if k in (0, 6) else 0.72, n) for k, n in ((0, 0), (2, -1), (3, 1),
        (5, -1), (6, 2), (8, -1), (9, 1), (11, -1), (13, 2), (14, -1))],
    "bossa": [Stroke(0, 0.6, 0.8, ALL), Stroke(0.75, 0.6, 0.65, ALL), Stroke(1.5, 0.9, 0.8, ALL),
        Stroke(2.5, 0.6, 0.7, ALL), Stroke(3.25, 0.6, 0.7, ALL)],
    "tango": [Stroke(0, 0.4, 0.95, ALL), Stroke(1, 0.4, 0.75, ALL), Stroke(2, 0.4, 0.85, ALL), Stroke(3,
        0.4, 0.75, ALL), Stroke(3.5, 0.3, 0.8, ALL)],
    "sixteenths": [Stroke(k / 4, 0.22, 0.8 if k % 4 == 0 else 0.6, k % 3) for k in range(16)],
    "eighths": [Stroke(k / 2, 0.7, 0.8 if k % 2 == 0 else 0.62, (0, 1, 2, 3, 2, 1, 2,
        1)[k]) for k in range(8)],
}  # fmt: skip
