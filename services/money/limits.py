"""Limits: how much may be spent, by whom, in which period; and what is said where it would be more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from zoneinfo import ZoneInfo

from services.prompts.rework import Shorter
from services.settings import Settings
from services.text.refusal import RequestRefusal


@dataclass(frozen=True, slots=True)
class Limits:
    """The host's limits, in micro-dollars, and the zone in which the host's day turns."""

    host_daily: int
    guild_daily: int
    guild_monthly: int
    guild_daily_ceiling: int
    guild_monthly_ceiling: int
    member_daily: int
    timezone: str

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """The host's defaults and ceilings, as the settings have them, in micro-dollars."""
        micro = settings.micro
        return cls(
            host_daily=micro(settings.host_daily_limit),
            guild_daily=micro(settings.guild_daily_limit),
            guild_monthly=micro(settings.guild_monthly_limit),
            guild_daily_ceiling=micro(settings.guild_daily_ceiling),
            guild_monthly_ceiling=micro(settings.guild_monthly_ceiling),
            member_daily=micro(settings.member_daily_limit),
            timezone=settings.host_timezone,
        )


class Scope(StrEnum):
    """Whose limit, and for how long it counts."""

    HOST_DAY = "host day"
    GUILD_DAY = "guild day"
    GUILD_MONTH = "guild month"
    MEMBER_DAY = "member day"


@dataclass(frozen=True, slots=True)
class Line:
    """One limit and what stands against it, in micro-dollars; `turns_at`: when it starts afresh."""

    scope: Scope
    reserved: int
    spent: int
    limit: int
    turns_at: datetime

    @property
    def left(self) -> int:
        """What can still be reserved, in micro-dollars; never less than nothing."""
        return max(0, self.limit - self.reserved - self.spent)


def tightest(lines: Sequence[Line]) -> Line:
    """The one that will be reached first."""
    return min(lines, key=attrgetter("left"))


class LimitReached(RequestRefusal):
    """A reservation would pass `line`'s limit; nothing was reserved.

    `price` is what each of `tracks` asked; `room` the most that all limits together still let in (both in
    micro-dollars). `instead`: what of that kind `room` would pay for, as whoever asked for it knows; None for
    nothing. `member_id`: whose own limit it is; None: the guild's or the host's. `sharing`: how many share
    the price.
    """

    instead: Shorter | None = None

    def __init__(
        self,
        line: Line,
        price: int,
        room: int,
        tracks: int = 1,
        member_id: int | None = None,
        sharing: int = 1,
    ) -> None:
        super().__init__(f"{line.scope}: {line.left} of {line.limit} micro-dollars left, {price} asked")
        self.line = line
        self.price = price
        self.room = room
        self.tracks = tracks
        self.member_id = member_id
        self.sharing = sharing

    @property
    def for_ever(self) -> bool:
        """Whether the whole limit is less than what was asked, so that waiting does not help."""
        shares = self.sharing if self.line.scope is Scope.MEMBER_DAY else 1
        return self.price * self.tracks // shares > self.line.limit

    def of_several(self, taken: Sequence[int], tracks: int) -> LimitReached:
        """The same for several tracks at once, some of which had taken what is given back with this."""
        line = replace(self.line, reserved=self.line.reserved - sum(taken))
        room = self.room + sum(taken)
        refusal = LimitReached(line, self.price, room, tracks, self.member_id, self.sharing)
        refusal.instead = self.instead
        return refusal


def periods(
    at: datetime, timezone: str, change: tuple[str, datetime] | None = None
) -> tuple[str, datetime, str, datetime]:
    """The day and the month of a moment in a time zone, each with the moment at which it turns.

    change: another zone, and from when on it counts: in one that is behind, the same day comes again there,
    with what stands against it.
    """
    local = at.astimezone(ZoneInfo(timezone))
    zone = ZoneInfo(change[0] if change else timezone)
    tomorrow = datetime.fromordinal(local.date().toordinal() + 1).replace(tzinfo=zone)
    year, month = (local.year + 1, 1) if local.month == 12 else (local.year, local.month + 1)
    next_month = datetime(year, month, 1, tzinfo=zone)
    if change:
        tomorrow, next_month = max(tomorrow, change[1]), max(next_month, change[1])
    return f"{local:%Y-%m-%d}", tomorrow, f"{local:%Y-%m}", next_month
