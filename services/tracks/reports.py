"""Reports: what members find wrong with a track. The rule: once a member and track, and few a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.guilds.audit import Action, record
from services.guilds.bans import LONGEST_REASON
from services.guilds.settings import lock_guild
from services.storage.database import Database, now
from services.storage.tables import reports
from services.text.refusal import Refusal
from services.tracks import tracks
from services.tracks.sight import Sight
from services.tracks.track import NoSuchTrack, State, Track
from services.tracks.track_audit import subject_of

MOST_A_DAY = 5  # reports of one member in one guild within 24 hours
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Report:
    """What one member found wrong with a track."""

    id: int
    guild_id: int
    track_id: str
    member_id: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Reported:
    """A track, and what members find wrong with it that no moderator has seen to; the oldest first."""

    track: Track
    reports: tuple[Report, ...]


class AlreadyReported(Refusal):
    """The member has reported that track before."""

    def __init__(self, track: Track) -> None:
        super().__init__(f"track {track.number}")
        self.track = track


class TooManyReports(Refusal):
    """The member has reported as many tracks as one may within 24 hours."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__(f"until {again_at}")
        self.again_at = again_at


class NothingToReport(Refusal):
    """The track is the member's own, or nobody but moderators hears it anyway."""

    def __init__(self, track: Track) -> None:
        super().__init__(f"track {track.number}")
        self.track = track


class Reports:
    """Kept for moderators; whoever dismisses has been made sure to be one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def check_may_report(self, sight: Sight, track_id: str, member_id: int) -> None:
        """Raises what `report` would, before anybody writes a reason."""
        async with self._database.read() as connection:
            await _to_report(connection, sight, track_id, member_id)

    async def report(self, sight: Sight, track_id: str, member_id: int, reason: str) -> Reported:
        """Raises NoSuchTrack, NothingToReport, AlreadyReported or TooManyReports; nothing is kept then."""
        async with self._database.write() as connection:
            await lock_guild(connection, sight.guild_id)  # so that of two at once each is counted
            track = await _to_report(connection, sight, track_id, member_id)
            await connection.execute(
                reports.insert().values(
                    guild_id=sight.guild_id,
                    track_id=track.id,
                    member_id=member_id,
                    reason=reason.strip()[:LONGEST_REASON],
                    at=now(),
                )
            )
            return await _reported(connection, track)

    async def dismiss(self, sight: Sight, track_id: str, moderator_id: int) -> Reported:
        """Says that a moderator has seen to the track's reports. Without any left, the answer has none.

        Raises NoSuchTrack.
        """
        async with self._database.write() as connection:
            await lock_guild(connection, sight.guild_id)
            track = await tracks.seen(connection, sight, track_id)
            if track is None:
                raise NoSuchTrack
            reported = await _reported(connection, track)
            if reported.reports:
                await handled(connection, track.id, moderator_id)
                said = {
                    "subject": subject_of(track),
                    "before": str(len(reported.reports)),
                    "after": "dismissed",
                }
                await record(connection, sight.guild_id, moderator_id, Action.REPORT, **said)
            return reported

    async def open(self, sight: Sight) -> list[Reported]:
        """The tracks seen with reports that no moderator has seen to, the longest reported first."""
        waiting = sa.and_(reports.c.guild_id == sight.guild_id, reports.c.handled_at.is_(None))
        query = sa.select(reports.c.track_id).where(waiting).group_by(reports.c.track_id)
        async with self._database.read() as connection:
            ids = list(await connection.scalars(query.order_by(sa.func.min(reports.c.at))))
            found = [await tracks.seen(connection, sight, track_id) for track_id in ids]
            return [
                await _reported(connection, track)
                for track in found
                if track is not None and track.state is State.DELIVERED
            ]


async def _to_report(connection: AsyncConnection, sight: Sight, track_id: str, member_id: int) -> Track:
    """The track, where that member may report it. Raises as `Reports.report` does."""
    track = await tracks.seen(connection, sight, track_id)
    if track is None:
        raise NoSuchTrack
    if member_id in track.makers or track.state is not State.DELIVERED:
        raise NothingToReport(track)
    own = reports.c.member_id == member_id
    before = sa.select(sa.func.count()).where(reports.c.track_id == track.id, own)
    if await connection.scalar(before):
        raise AlreadyReported(track)
    recent = sa.and_(reports.c.guild_id == sight.guild_id, own, reports.c.at > now() - DAY)
    times = list(await connection.scalars(sa.select(reports.c.at).where(recent).order_by(reports.c.at)))
    if len(times) >= MOST_A_DAY:
        raise TooManyReports(times[-MOST_A_DAY] + DAY)
    return track


async def _reported(connection: AsyncConnection, track: Track) -> Reported:
    columns = reports.c
    query = sa.select(
        columns.id, columns.guild_id, columns.track_id, columns.member_id, columns.reason, columns.at
    ).where(columns.track_id == track.id, columns.handled_at.is_(None))
    rows = await connection.execute(query.order_by(columns.id))
    return Reported(track, tuple(Report(*row) for row in rows))


async def handled(connection: AsyncConnection, track_id: str, moderator_id: int) -> None:
    """Notes that a moderator has seen to all that was reported of the track."""
    waiting = sa.and_(reports.c.track_id == track_id, reports.c.handled_at.is_(None))
    await connection.execute(
        reports.update().where(waiting).values(handled_by=moderator_id, handled_at=now())
    )
