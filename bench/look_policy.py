"""When to look at a render, played through without a clock: our policy, and the SDK's fixed second."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import mean

from bench.measuring.figures import Figure
from services.pipeline.render_time import RenderTimes, until_next_look

RENDERS = 1000
EVERY = 0.7  # seconds from one request to the next, so that some thirty are rendering
LEARNING = 60  # renders at the beginning, told apart
SDK_PAUSE = 1.0  # seconds between two looks of the provider's SDK
WAIT = 0.3  # seconds at the provider before a render begins
LEVEL = 3.0  # seconds of any render; and a second for so many of audio:
AUDIO_PER_SECOND = 8.0
MODEL = "a model"

Took = Callable[[random.Random, float], float]


def predictable(chance: random.Random, duration: float) -> float:
    """By its length, up to 15 % less or more."""
    return (LEVEL + duration / AUDIO_PER_SECOND) * chance.uniform(0.85, 1.15)


def anything(chance: random.Random, duration: float) -> float:
    """From 3 to 40 seconds, whatever its length."""
    return chance.uniform(3, 40)


@dataclass(slots=True)
class Render:
    """One that both ask for; `requests` and `lag` are ours. All in seconds."""

    duration: float
    inference: float
    asked_at: float
    seen: float = 0.0
    requests: int = 1
    lag: float = 0.0

    @property
    def takes(self) -> float:
        """From the POST to its end."""
        return WAIT + self.inference


def played(took: Took, seed: int = 1) -> list[Figure]:
    """Mean lag and requests, the POST included, of both; of the first renders, and of the later."""
    chance = random.Random(seed)
    lengths = [chance.uniform(5, 240) for _ in range(RENDERS)]
    renders = [Render(length, took(chance, length), EVERY * n) for n, length in enumerate(lengths)]
    look_at_all(RenderTimes(), renders)
    return [
        figure
        for what, part in (("at first", renders[:LEARNING]), ("later", renders[LEARNING:]))
        for who, found in (
            ("we", [(one.lag, one.requests) for one in part]),
            ("SDK", [look_each_second(one.takes) for one in part]),
        )
        for figure in (
            Figure(f"{took.__name__}, {what}: {who}, mean lag", mean(lag for lag, _ in found) * 1000, "ms"),
            Figure(f"{took.__name__}, {what}: {who}, requests", mean(asked for _, asked in found), "a track"),
        )
    ]


def look_at_all(times: RenderTimes, renders: Sequence[Render]) -> None:
    """By our policy, which learns of each as soon as it is known."""

    def next_look(render: Render, elapsed: float) -> float:
        window = times.window(render.duration, MODEL)
        return render.asked_at + elapsed + until_next_look(window, elapsed, SDK_PAUSE)

    looks = [(one.asked_at, number, one) for number, one in enumerate(renders)]  # the first is the POST
    heapq.heapify(looks)
    while looks:
        at, number, render = heapq.heappop(looks)
        elapsed = at - render.asked_at
        render.requests += elapsed > 0
        if elapsed < render.takes:
            render.seen = elapsed
            heapq.heappush(looks, (next_look(render, elapsed), number, render))
        else:
            render.lag = elapsed - render.takes
            times.learn(render.duration, max(render.inference, render.seen), MODEL)


def look_each_second(takes: float) -> tuple[float, int]:
    """By the SDK's policy, which looks at once, and then each second: the lag, and requests with the POST."""
    looks = int(takes // SDK_PAUSE) + 1
    return looks * SDK_PAUSE - takes, looks + 2


def after_a_slow_one() -> list[Figure]:
    """How late a render of the usual length is known at worst, after one that took 300 seconds."""
    late = list[float]()
    for before in range(1, 100):
        times = RenderTimes()
        for _ in range(before):
            times.learn(120, 20, MODEL)
        times.learn(120, 300, MODEL)
        look_at_all(times, [render := Render(120, 18.2, 0.0)])
        late.append(render.lag)
    return [Figure("after a slow render, the next: worst lag, after 1 to 99 renders", max(late) * 1000, "ms")]
