"""How long renders take: what is learnt from those that ended, when to ask for one, and who waits how long.

The rule: what is learnt is what the provider took, never how late we looked; and no look depends on one
render alone, so that a slow one makes nobody after it wait.
"""

from __future__ import annotations

import heapq
import json
import math
from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import median

FIRST_GUESS = (
    0.15  # seconds of rendering for a second of audio, until one was measured; ours, not the provider's
)
REMEMBERED = 200  # renders of a model
ENOUGH = 24  # renders of a model, before looks rely on them: of many that run at once the quick end first
LIKELY = 0.04, 0.95  # a render is likely to end between these shares of what was seen
DOUBT = 3  # as many steps from one render seen to the next, on average, it may still end before or after

# Between two looks at a render that is to end within `left` seconds at the latest: 0.17 × left ^ 0.58. Where
# any moment is as likely, so many looks know soonest if they come as the square root of `left`; a little
# steeper spends fewer of them on what cannot be foretold. `python -m bench knowing` plays it through.
PAUSE, STEEPNESS = 0.17, 0.58
SHORTEST_PAUSE = 0.15  # seconds
SHARE = 0.02  # of a window that a pause is at least: while its end is still being learnt, looks crowd there
LONGEST_PAUSE = 30.0  # seconds; also until the first look
LATE = 0.1  # share of the time since the POST by which a render may be known late, where that is over a pause
LATE_UNKNOWN = 0.025  # the same, where too little is known of such renders


@dataclass(frozen=True, slots=True)
class Window:
    """When a render is likely to end: between so many seconds after it began."""

    earliest: float
    latest: float


def until_next_look(window: Window | None, elapsed: float, usual: float, waited: float = 0.0) -> float:
    """Seconds until it is worth asking whether a render has ended that was asked for `elapsed` seconds ago.

    window: None where nothing is known. usual: seconds between two looks at such a one, at first. waited:
    those of the seconds elapsed after which it had surely not begun.
    """
    if window is None:
        return min(max(usual, LATE_UNKNOWN * elapsed), LONGEST_PAUSE)
    shortest = max(SHORTEST_PAUSE, SHARE * (window.latest - window.earliest))
    rendering = elapsed - waited
    before = max(0.0, window.earliest - rendering)
    if before:
        rendering = window.earliest
    if rendering < window.latest:
        pause = PAUSE * (window.latest - rendering) ** STEEPNESS
    else:
        pause = (rendering - window.latest) / 2
    pause = min(max(shortest, pause), _longest(usual, elapsed + before))
    if not before:
        return pause
    # A pause later than it may end: at that moment itself hardly any has ended.
    return min(max(shortest, before + pause), _longest(usual, elapsed) if waited else LONGEST_PAUSE)


def _longest(usual: float, elapsed: float) -> float:
    return min(max(usual, LATE * elapsed), LONGEST_PAUSE)


@dataclass(frozen=True, slots=True)
class Fit:
    """A model's renders: a line over the seconds of audio, and by what share of it they vary.

    offset, slope: of the line, in seconds. shortest, longest: seconds of audio seen. ratios: of what each
    took to the line's value, smallest first.
    """

    offset: float
    slope: float
    shortest: float
    longest: float
    ratios: tuple[float, ...]

    @classmethod
    def of(cls, renders: Collection[tuple[float, float]]) -> Fit:
        """Through the medians of the shortest and the longest third, so that a few slow ones do not move it.

        renders: seconds of audio and seconds that it took, at least one. Each length counts once, however
        often it was asked for.
        """
        by_length: dict[float, list[float]] = {}
        for duration, took in renders:
            by_length.setdefault(duration, []).append(took)
        points = sorted((duration, median(tooks)) for duration, tooks in by_length.items())
        third = math.ceil(len(points) / 3)
        (x, y), (far_x, far_y) = _middle(points[:third]), _middle(points[-third:])
        slope = (far_y - y) / (far_x - x) if far_x > x else y / x
        offset = y - slope * x
        if slope < 0:
            slope, offset = 0.0, median(took for _, took in renders)
        elif offset < 0:
            slope, offset = median(took / duration for duration, took in renders), 0.0
        ratios = sorted(took / (offset + slope * duration) for duration, took in renders)
        return cls(offset, slope, points[0][0], points[-1][0], tuple(ratios))

    def seconds(self, duration: float) -> float:
        """What a render of so many seconds of audio takes, as a rule."""
        return (self.offset + self.slope * duration) * median(self.ratios)

    def window(self, duration: float) -> Window:
        """When a render of so many seconds of audio is likely to end; wider where fewer were seen.

        A longer one than any that was seen takes at least as long as that, and at most longer in proportion.
        """
        nearest = min(max(duration, self.shortest), self.longest)
        line = self.offset + self.slope * nearest
        in_proportion = line * duration / nearest
        low, high = (self.ratios[round(share * (len(self.ratios) - 1))] for share in LIKELY)
        doubt = DOUBT * (high - low) / len(self.ratios)
        return Window(
            min(line, in_proportion) * max(0.0, low - doubt), max(line, in_proportion) * (high + doubt)
        )


class RenderTimes:
    """How long renders take, by model: learnt from the last ones."""

    def __init__(self) -> None:
        self._renders: dict[str, deque[tuple[float, float]]] = {}
        self._fits: dict[str, Fit] = {}

    @property
    def measured(self) -> bool:
        """Whether any render was seen."""
        return bool(self._renders)

    def learn(self, duration: float, took: float, model: str) -> None:
        """A render of `duration` seconds of audio took `took` seconds with that model; both above 0."""
        self._renders.setdefault(model, deque(maxlen=REMEMBERED)).append((duration, took))
        self._fits.pop(model, None)

    @property
    def kept(self) -> str:
        """All that was learnt, for `recall`: JSON, by model, seconds of audio and those that it took."""
        rounded = {
            model: [(float(duration), round(took, 3)) for duration, took in renders]
            for model, renders in self._renders.items()
        }
        return json.dumps(rounded)

    def recall(self, kept: str) -> None:
        """Learns what another one has kept; nothing of it where it raises ValueError."""
        try:
            renders = [
                (float(duration), float(took), model)
                for model, learnt in json.loads(kept).items()
                for duration, took in learnt
            ]
        except (ValueError, TypeError, AttributeError) as error:
            raise ValueError("no renders by model") from error
        if not all(0 < seconds < math.inf for duration, took, _ in renders for seconds in (duration, took)):
            raise ValueError("a render takes a time")
        for render in renders:
            self.learn(*render)

    def render_seconds(self, duration: float, model: str) -> float:
        """The seconds that a render of that many seconds of audio is expected to take with that model."""
        fit = self._fit(model)
        return fit.seconds(duration) if fit else FIRST_GUESS * duration

    def window(self, duration: float, model: str) -> Window | None:
        """When such a render is likely to end; None where too few were seen."""
        fit = self._fit(model)
        return fit.window(duration) if fit and len(fit.ratios) >= ENOUGH else None

    def _fit(self, model: str) -> Fit | None:
        if model not in self._fits and model in self._renders:
            self._fits[model] = Fit.of(self._renders[model])
        return self._fits.get(model)


def _middle(renders: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return median(duration for duration, _ in renders), median(took for _, took in renders)


def expected_starts(
    running: Sequence[float],
    waiting: Sequence[float],
    recent: Sequence[float],
    *,
    at_once: int,
    per_minute: int,
) -> list[float]:
    """In how many seconds each waiting track starts.

    running: seconds until each running one ends; waiting: seconds that each will take, in start order;
    recent: how many seconds ago each start of the last minute was. at_once, per_minute: the account's level.
    """
    ends = list(running)
    heapq.heapify(ends)
    starts = sorted(-ago for ago in recent if ago < 60)
    result: list[float] = []
    for takes in waiting:
        moment = 0.0
        while len(ends) >= at_once:
            moment = max(moment, heapq.heappop(ends))
        if len(starts) >= per_minute:
            moment = max(moment, starts[-per_minute] + 60)
        if result:
            moment = max(moment, result[-1])
        result.append(moment)
        starts.append(moment)
        heapq.heappush(ends, moment + takes)
    return result
