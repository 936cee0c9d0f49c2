"""How long a render may take and an output may be missing before a track is given up, for the time being.

The rule: only what the provider says counts; time in which it says nothing, or in which nobody asks, counts
for next to nothing.
"""

from __future__ import annotations

import asyncio

from services.backoff import Backoff
from services.settings import Settings
from services.tracks.fetchable import KEPT
from services.tracks.track import Failure
from services.wavespeed.predictions import Prediction

NOT_BEGUN = frozenset({"created", "pending"})  # the account has as many rendering as its level allows
BROKEN_SHARE = 0.1  # of that patience for what is there and is no sound: that seldom becomes any
LONGEST_BETWEEN_FETCHES = 10.0  # seconds, while an output is not there yet
TURNED_AWAY = 5  # times that what was answered with a page is sent again, within a minute
QUEUED_PATIENCE = 24 * 3600.0  # seconds that a track may wait its turn at the provider

_NO_ANSWER = Failure.GONE, KEPT.total_seconds()


class RenderPatience:
    """How long a render may take, by what the provider says of it; time without its word counts little."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clock = asyncio.get_running_loop().time
        self._took: dict[tuple[Failure, float], float] = {}
        self._standing: tuple[Failure, float] | None = None  # of what it would fail, after how many seconds
        self._since = self._clock()

    def saw(self, prediction: Prediction) -> None:
        """It waits its turn, is being rendered, or is completed and names no output yet."""
        if prediction.succeeded:
            self._goes_on((Failure.NO_OUTPUT, self._settings.fetch_patience))
        elif prediction.status in NOT_BEGUN:
            self._goes_on((Failure.RENDER_TIMEOUT, QUEUED_PATIENCE))
        else:
            self._goes_on((Failure.RENDER_TIMEOUT, self._settings.render_patience))

    def nothing_there(self) -> None:
        """The provider knows of no such prediction, or not yet."""
        self._goes_on((Failure.GONE, self._settings.fetch_patience))

    def untold(self, most: float) -> None:
        """The provider does not say of this one, for `most` seconds, while it says it of others."""
        self._goes_on((Failure.UNTOLD, most))

    def no_answer(self) -> None:
        """The provider does not say, for longer than it would keep the output."""
        self._goes_on(_NO_ANSWER)

    @property
    def silence(self) -> float:
        """Seconds without an answer from the provider."""
        return self._took.get(_NO_ANSWER, 0.0)

    def refused(self) -> None:
        """It does not accept the guild's own key any more, with which the track was paid for."""
        self._goes_on((Failure.BAD_KEY, self._settings.fetch_patience))

    def over(self) -> Failure | None:
        """What it is to fail of, where something has gone on for too long."""
        return next((failure for (failure, most), took in self._took.items() if took > most), None)

    def _goes_on(self, standing: tuple[Failure, float]) -> None:
        at = self._clock()
        if standing == self._standing:
            self._took[standing] = self._took.get(standing, 0.0) + at - self._since
        self._standing, self._since = standing, at


class Pages:
    """Tries at what was answered with a page: a gateway's, of just now or of that request.

    They are counted, because time in which the account does not answer either says nothing of the request.
    """

    def __init__(self) -> None:
        self._left = TURNED_AWAY
        self._backoff = Backoff(2.0)

    async def again(self) -> bool:
        """Waits until the next try; False where none is sensible."""
        self._left -= 1
        return self._left >= 0 and await self._backoff.wait()


class Tries:
    """Tries at having an output, ever rarer; `patience` in seconds from the first of each kind of failure."""

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._clock = asyncio.get_running_loop().time
        self._first: dict[Failure, float] = {}
        self._backoff = Backoff(0.5, LONGEST_BETWEEN_FETCHES)

    async def again(self, failure: Failure | None) -> bool:
        """Waits until the next try; False where none is sensible. None: it is the line that fails."""
        if failure is not None:
            patience = self._patience * (BROKEN_SHARE if failure is Failure.NOT_AUDIO else 1.0)
            if self._clock() - self._first.setdefault(failure, self._clock()) >= patience:
                return False
        return await self._backoff.wait()
