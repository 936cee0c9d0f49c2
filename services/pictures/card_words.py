"""What a track's card says, in words: its alt text, for those who hear a picture instead of seeing it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from services.audio.credits import Credits, clock
from services.audio.loudness import SILENCE, Loudness
from services.audio.sections import Section
from services.pictures.card_file import LONGEST

FOR_A_RANGE = 80  # of them, left to what is said of a marked range
SOFT = 6.0  # LU below the whole from which a beginning is quiet, and an end fades
EDGE = 0.04  # of the track, its beginning and its end
STRETCHES = 8  # whose levels are told where there are no sections to tell them of
SHOWN_TAGS = 60  # characters; about as many as the picture shows


def described(loudness: Loudness, sections: Sequence[Section], label: Credits) -> str:
    """Everything that the card shows, in at most LONGEST - FOR_A_RANGE characters."""
    most = LONGEST - FOR_A_RANGE
    whose = f" by {label.maker}, track {label.number}" if label.number else ""
    for levels, tags in ((True, label.tags), (False, label.tags), (False, label.tags[:SHOWN_TAGS])):
        told = filter(
            None,
            [
                f"Card of “{label.name}”{whose}, {clock(loudness.seconds)} long.",
                *_loudness(loudness, sections),
                *_sections(loudness, sections, levels=levels),
                f"Tags: {tags}. Seed {label.seed}." if label.number else "",
            ],
        )
        words = " ".join(told)
        if len(words) <= most:
            break
    words = words.replace("\0", "").encode("utf-8", "replace").decode()
    return words if len(words) <= most else words[: most - 1] + "…"


def marked_words(words: str, sections: Sequence[Section], start: float, end: float) -> str:
    """A card's alt text with what is marked on it told first; of more than 3 sections how many they are."""
    within = [one.name for one in sections if one.start < end and one.end > start]
    where = f"within {', '.join(within)}" if 0 < len(within) <= 3 else f"{len(within)} sections"
    return f"Marked: {clock(start)} to {clock(end)}, {where}. {words}"[:LONGEST]


def _loudness(loudness: Loudness, sections: Sequence[Section]) -> list[str]:
    if loudness.integrated is None:
        return ["Its loudness over time: it is silent."]
    loudest = int(np.argmax(loudness.momentary))
    moment = loudest / len(loudness.momentary) * loudness.seconds
    within = next((one.name for one in reversed(sections) if one.start <= moment), "")
    course = [
        f"Its loudness over time: {_level(loudness.integrated)} LUFS overall, the most "
        f"{_level(float(loudness.momentary[loudest]))} at {clock(moment)}"
        + (f" ({within})." if within else ".")
    ]
    edge = loudness.seconds * EDGE
    begins = loudness.level(0, edge) < loudness.integrated - SOFT
    ends = loudness.level(loudness.seconds - edge, loudness.seconds) < loudness.integrated - SOFT
    if begins or ends:
        told = ["begins quietly"] * begins + ["fades out"] * ends
        course.append(f"It {' and '.join(told)}.")
    if len(sections) < 2:
        marks = np.linspace(0, loudness.seconds, STRETCHES + 1)
        levels = [_level(loudness.level(a, b)) for a, b in pairwise(marks)]
        course.append(f"In eighths: {', '.join(levels)} LUFS.")
    return course


def _sections(loudness: Loudness, sections: Sequence[Section], *, levels: bool) -> list[str]:
    if not sections:
        return []
    told = [
        f"{one.name} {clock(one.start)}" + f" ({_level(loudness.level(one.start, one.end))})" * levels
        for one in sections
    ]
    unit = ", with LUFS" * levels
    return [f"Sections, estimated, by where they begin{unit}: {', '.join(told)}."]


def _level(level: float) -> str:
    return "silence" if level <= SILENCE else f"{level:.0f}".replace("-", "−")
