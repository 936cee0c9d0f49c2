"""Clocks elsewhere, which may show another time than this machine's: by how much, their answers' dates tell.

The rule: a moment of ours and one of theirs are compared by one clock.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp

ON_ITS_WAY = timedelta(seconds=5)  # of a difference, what an answer's way explains, and whole seconds
SET_SINCE = timedelta(minutes=2)  # by which either may have been set, unheard
_LONGEST = 64  # characters of a date


class OtherClock:
    """That of a server which is asked over HTTP. difference: theirs minus ours, by its last answer."""

    def __init__(self) -> None:
        self.difference = timedelta(0)

    def hear(self, date: str) -> None:
        """date: the answer's header of that name; what is no date says nothing."""
        if (moment := http_date(date)) is not None:
            self.difference = moment - datetime.now(UTC)

    def trace(self) -> aiohttp.TraceConfig:
        """For a session with that server: hears the date of each of its answers."""

        async def ended(_session: object, _context: object, end: aiohttp.TraceRequestEndParams) -> None:
            self.hear(end.response.headers.get("Date", ""))

        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(ended)
        return trace

    @property
    def differs(self) -> bool:
        """Whether they surely show different times."""
        return abs(self.difference) > ON_ITS_WAY

    @property
    def far(self) -> bool:
        """Whether they differ by so much that people notice."""
        return abs(self.difference) > SET_SINCE

    def ours(self, theirs: datetime) -> datetime:
        """What our clock shows at that moment of theirs."""
        return theirs - self.difference if self.differs else theirs

    def theirs(self, ours: datetime) -> datetime:
        """What theirs shows at that moment of ours."""
        return ours + self.difference if self.differs else ours

    def not_after(self, ours: datetime) -> datetime:
        """What theirs showed by then: where to look for what they did since that moment of ours."""
        return min(ours, self.theirs(ours)) - SET_SINCE


def http_date(value: str) -> datetime | None:
    """A date as HTTP headers write it; None where it is none."""
    try:
        moment = parsedate_to_datetime(value[:_LONGEST])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
