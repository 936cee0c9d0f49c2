"""Where a track's sections begin: an estimate from its lyrics' markers and from its sound.

The rule: nobody tells where the model began its chorus, so whatever shows these times calls them estimated.
The lyrics give the order of the sections and about how long each takes to sing; the borders are put where
the sound changes most. Without markers the sound alone is divided, and parts that sound alike share a letter.

The weights below were chosen on the rehearsal's music, whose sections are known: of the borders found,
about four in five are within 1.5 s of one (tests/services/audio/test_sections.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from services.audio.loudness import STEP, Loudness, decibels
from services.prompts.section_markers import INSTRUMENTAL, heading_in
from services.prompts.singing import singing_seconds

Values = NDArray[np.float64]

FRAME = 0.5  # seconds; borders are put on whole frames
WIDTHS = (4.0, 8.0)  # seconds before and after a moment that are compared
AROUND = 6.0  # seconds before and after a border within which it should be where most changes
SHORTEST = 2.0  # seconds of a section with a marker
MOST = 30  # sections; a picture shows no more
UNSUNG = 8.0  # seconds that an intro, outro or break is expected to take: four bars at 120 a minute
LENGTH = 3.0  # how much a section's length counts, against the sound's typical change
UNMARKED = 1.0  # the change that an intro or outro without a marker must be worth
LOUDER = 0.3  # the change that each LU counts by which a chorus is louder than its neighbour
CROWDED = 2.0  # times a track's length: of lyrics that take longer to sing, the first sections come
SHORTEST_PART = 7.0  # seconds of a part that has no marker; a 24th of long tracks
STEEPEST = 4  # frames to both sides within which the sound changes less than at such a part's border
LEAST = 1.5  # dB by which the sound must change at such a part's border
CHANGES = 1.15  # times the typical change that such a part's border must be
PART = "part "  # and a letter: the name of one that has no marker
AT_ONCE = 64  # moments for which a division is looked for; of 20 minutes they take 1 MB
ALIKE = 0.55  # of the parts' typical distance, within which two are the same again


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a track, in seconds. name: "verse", "chorus", …, or "part A" from the sound alone."""

    name: str
    start: float
    end: float


def section_at(sections: Sequence[Section], moment: float) -> Section | None:
    """The section that is heard then (seconds); None where there is none."""
    return next((one for one in reversed(sections) if one.start <= moment), None)


def name_at(sections: Sequence[Section], moment: float) -> str:
    """That section's name, "" where there is none."""
    section = section_at(sections, moment)
    return section.name if section else ""


def estimate(lyrics: str, loudness: Loudness) -> tuple[Section, ...]:
    """The sections in their order, without gaps, from 0 to the track's end; none in silence,
    and none where there are no markers and the sound stays as it is.

    `lyrics` as `services.prompts.lyrics.parse_lyrics` gives them. 240 s take about 0.2 s at the most.
    """
    if loudness.integrated is None:
        return ()
    marked = _marked(lyrics, loudness.seconds)
    frames = _frames(loudness)
    change = _change(frames)
    if marked:
        names, borders = _by_lyrics(marked, change / _typical(change), _steps_up(loudness, len(frames)))
    else:
        names, borders = _by_sound(frames, change)
        if not borders:
            return ()
    times = [0.0, *(float(border) * FRAME for border in borders), loudness.seconds]
    return tuple(Section(*one) for one in zip(names, times, times[1:], strict=False))


# what the sound does ------------------------------------------------------------------------------


def _frames(loudness: Loudness) -> Values:
    """How loud each band is in each frame: (frames, bands), in dB."""
    steps = round(FRAME / STEP)
    count = max(1, len(loudness.bands) // steps)
    power = np.resize(10 ** (loudness.bands / 10), (count, steps, loudness.bands.shape[1]))
    return decibels(power.mean(axis=1))


def _change(frames: Values) -> Values:
    """(frames + 1,): by how many dB, over the bands, what follows a moment differs from what is before."""
    count = len(frames)
    sums = np.concatenate([np.zeros((1, frames.shape[1])), np.cumsum(frames, axis=0)])
    change = np.zeros(count + 1)
    for width in WIDTHS:
        before, after = _around(sums, width)
        change[1:-1] += np.sqrt(np.square(after - before).mean(axis=1)) / len(WIDTHS)
    return change


def _around(sums: Values, width: float) -> tuple[Values, Values]:
    """The means of the frames before and after each inner moment."""
    count = len(sums) - 1
    reach = max(1, min(int(width / FRAME), count // 4))
    at = np.arange(1, count)
    first, last = np.maximum(0, at - reach), np.minimum(count, at + reach)
    return (
        (sums[at] - sums[first]) / (at - first)[:, None],
        (sums[last] - sums[at]) / (last - at)[:, None],
    )


def _typical(change: Values) -> float:
    inner = change[1:-1]
    return max(1e-9, float(np.median(inner))) if inner.size else 1.0


def _steps_up(loudness: Loudness, count: int) -> Values:
    """(frames + 1,): by how many LU, at most 6, it is louder after a moment than before."""
    steps = round(FRAME / STEP)
    power = np.resize(10 ** (loudness.momentary / 10), (count, steps))
    sums = np.concatenate([np.zeros((1, 1)), np.cumsum(decibels(power.mean(axis=1)))[:, None]])
    up = np.zeros(count + 1)
    before, after = _around(sums, WIDTHS[-1])
    up[1:-1] = np.clip(after - before, -6, 6)[:, 0]
    return up


# with markers -------------------------------------------------------------------------------------


def _marked(lyrics: str, seconds: float) -> list[tuple[str, float]]:
    """The lyrics' sections, by name and the seconds they take to sing, as many as there is time for."""
    if lyrics == INSTRUMENTAL:
        return []
    found: list[tuple[str, list[str]]] = []
    for line in lyrics.split("\n"):
        heading = heading_in(line) if line.lstrip().startswith("[") else None
        if heading is not None:
            found.append((heading.name, []))
        if found:
            found[-1][1].append(line)
    timed = [(name, singing_seconds("\n".join(lines)) or UNSUNG) for name, lines in found]
    ends = np.cumsum([needed for _name, needed in timed])
    fitting = int(np.searchsorted(ends, seconds * CROWDED)) + 1
    return timed[: min(fitting, MOST, max(1, int(seconds)))]


def _by_lyrics(marked: list[tuple[str, float]], change: Values, up: Values) -> tuple[list[str], list[int]]:
    """The cheapest division, with or without an intro and an outro that the lyrics do not mention."""
    count = len(change) - 1
    reach = int(AROUND / FRAME)
    around = np.convolve(
        np.pad(change, reach, mode="edge"), np.ones(2 * reach + 1) / (2 * reach + 1), "valid"
    )
    novelty = change - around
    best: tuple[float, list[str], list[int]] | None = None
    for intro in (False, True):
        for outro in (False, True):
            if (intro and marked[0][0] == "intro") or (outro and marked[-1][0] == "outro"):
                continue
            names = ["intro"] * intro + [name for name, _ in marked] + ["outro"] * outro
            left = count - (intro + outro) * UNSUNG / FRAME
            if left < len(names) or ((intro or outro) and left < count / 2):
                continue
            scale = left / sum(needed for _, needed in marked)
            lengths = [needed * scale for _, needed in marked]
            weights = [LENGTH] * len(marked)
            for place in [0] * intro + [len(names) - 1] * outro:
                lengths.insert(place, UNSUNG / FRAME)
                weights.insert(place, LENGTH / 2)
            gains = [novelty + LOUDER * up * _louder(*pair) for pair in pairwise(names)]
            cost, borders = _divide(count, lengths, weights, gains)
            cost += UNMARKED * (intro + outro)
            if best is None or cost < best[0]:
                best = cost, names, borders
    assert best is not None
    return best[1], best[2]


def _louder(before: str, after: str) -> int:
    """Whether music usually gets louder (1) or quieter (-1) from one section to the other."""
    loud = {"intro": -1, "outro": -1, "chorus": 1}
    return int(np.sign(loud.get(after, 0) - loud.get(before, 0)))


def _divide(
    count: int, lengths: Sequence[float], weights: Sequence[float], gains: Sequence[Values]
) -> tuple[float, list[int]]:
    """The borders, in frames, that cost least: unexpected lengths cost, borders in the right place gain."""
    moments = np.arange(count + 1)
    shortest = max(1, min(int(SHORTEST / FRAME), count // len(lengths) // 2))
    logs = np.log(np.maximum(moments, 1))
    best = np.where(moments == 0, 0.0, np.inf)
    origins: list[NDArray[np.intp]] = []
    for index, (length, weight) in enumerate(zip(lengths, weights, strict=True)):
        costs = weight * np.square(logs - np.log(length))  # by length
        costs[:shortest] = np.inf
        origin, best = _cheapest(best, np.concatenate([np.full(count, np.inf), costs]))
        origins.append(origin)
        if index < len(gains):
            best = best - gains[index]
    borders: list[int] = []
    at = count
    for origin in reversed(origins):
        at = int(origin[at])
        borders.insert(0, at)
    return float(best[count]), borders[1:]


def _cheapest(best: Values, costs: Values) -> tuple[NDArray[np.intp], Values]:
    """For each moment, from which one a section that ends there should begin, and what all costs until then.

    best: what it costs until each moment. costs: (2 * count + 1,) of each length, from -count on.
    """
    moments = np.arange(len(best))
    origins, cheapest = np.zeros(len(best), np.intp), np.zeros(len(best))
    for first in range(0, len(best), AT_ONCE):
        ends = moments[first : first + AT_ONCE]
        each = costs[ends[None, :] - moments[:, None] + len(best) - 1] + best[:, None]  # [from, to]
        origins[ends], cheapest[ends] = each.argmin(axis=0), each.min(axis=0)
    return origins, cheapest


# without markers ----------------------------------------------------------------------------------


def _by_sound(frames: Values, change: Values) -> tuple[list[str], list[int]]:
    """Borders where the sound changes more than usual; parts that are alike get the same letter."""
    count = len(frames)
    apart = int(max(SHORTEST_PART, count * FRAME / 24) / FRAME)
    found: list[int] = []
    for at in np.argsort(-change, kind="stable"):
        if change[at] < max(LEAST, CHANGES * _typical(change)) or len(found) == MOST - 1:
            break
        steepest = change[at] >= change[max(0, at - STEEPEST) : at + STEEPEST + 1].max()
        if steepest and apart // 2 <= at <= count - apart and all(abs(at - one) >= apart for one in found):
            found.append(int(at))
    borders = [0, *sorted(found), count]
    parts = np.array([frames[a:b].mean(axis=0) for a, b in pairwise(borders)])
    distances = np.sqrt(np.square(parts[:, None] - parts[None, :]).mean(axis=2))
    pairs = distances[np.triu_indices(len(parts), 1)]
    alike = ALIKE * float(np.median(pairs)) if pairs.size else 0.0
    letters: list[int] = []
    for index in range(len(parts)):
        nearest = int(np.argmin(distances[index, :index])) if index else -1
        new = nearest < 0 or distances[index, nearest] >= alike
        letters.append(max(letters, default=-1) + 1 if new else letters[nearest])
    kept = [index for index in range(len(parts)) if not index or letters[index] != letters[index - 1]]
    names = [f"{PART}{chr(ord('A') + letters[index] % 26)}" for index in kept]
    return names, [borders[index] for index in kept[1:]]
