"""Review: moderators publish or withhold what was made. The rule: one decision at a time, and none is lost.

A decision changes the track's state in one transaction, from the state that was expected, together with its
audit record; a workflow named for that moment carries it out. A kill in between loses nothing: every start
begins the workflows of the last days' decisions again, and DBOS runs none twice.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from dbos import DBOS
from sqlalchemy.ext.asyncio import AsyncConnection

from services.delivery import Delivery
from services.guilds.audit import Action, record
from services.guilds.bans import LONGEST_REASON
from services.pipeline import workflow
from services.pipeline.naming import tell_anew
from services.storage.database import Database, now
from services.storage.tables import tracks as track_table
from services.text.refusal import Refusal
from services.tracks import charts, mentions, tracks
from services.tracks.reports import handled
from services.tracks.sight import Sight
from services.tracks.track import Failure, NoSuchTrack, State, Track, WithheldBecause
from services.tracks.track_audit import subject_of

RECENT = timedelta(days=2)  # how old a decision may be that a start carries out


class AlreadyDecided(Refusal):
    """The track is not in a state in which that can be decided; another moderator may have been quicker."""

    def __init__(self, track: Track) -> None:
        super().__init__(f"track {track.number} is {track.state}")
        self.track = track


class NotForItsChannel(Refusal):
    """The track is marked explicit, and its channel is not age-restricted."""

    def __init__(self, track: Track) -> None:
        super().__init__(f"track {track.number} is explicit")
        self.track = track


def may_publish(track: Track) -> bool:
    """Whether a moderator can have the track posted."""
    return track.held_back


def may_withhold(track: Track) -> bool:
    """Whether a moderator can take the track down, or not let it through."""
    return track.state in (State.DELIVERED, State.IN_REVIEW)


class Review:
    """What moderators decide about tracks; whoever calls has made sure that they are moderators.

    begin: starts a workflow, given its id, its function and what it takes.
    """

    def __init__(self, database: Database, delivery: Delivery, begin: Callable[..., None]) -> None:
        self._database = database
        self._delivery = delivery
        self._begin = begin

    async def waiting(self, sight: Sight, *, offset: int = 0, limit: int = 10) -> tuple[list[Track], int]:
        """The tracks seen that no moderator has decided on, the oldest first, and how many there are."""
        columns = track_table.c
        unheard = sa.and_(
            columns.state == State.WITHHELD,
            columns.withheld_because.is_not(None),
            columns.withheld_by.is_(None),
        )
        undecided = sa.or_(columns.state == State.IN_REVIEW, unheard)
        async with self._database.read() as connection:
            return await tracks.listed(connection, sight, undecided, offset=offset, limit=limit)

    async def shown(self, sight: Sight, track_id: str, channel_id: int, message_id: int) -> None:
        """Writes down what a review's message proves, for a moderator quicker than whoever posted it."""
        async with self._database.write() as connection:
            if await tracks.seen(connection, sight, track_id) is not None:
                await tracks.shown(connection, track_id, channel_id, message_id)

    async def publish(self, sight: Sight, reference: str, moderator_id: int) -> Track:
        """Has the track posted in its channel, once. Raises NoSuchTrack, AlreadyDecided, NotForItsChannel."""
        adults_only = False
        while True:
            async with self._database.write() as connection:
                track = await _seen(connection, sight, reference)
                if not may_publish(track):
                    raise AlreadyDecided(track)
                if adults_only or not track.explicit:
                    track = await self._publish(connection, track, moderator_id)
                    break
            if not await self._delivery.allows_explicit(track):  # may ask Discord, so in no transaction
                raise NotForItsChannel(track)
            adults_only = True
        self._carry_out(track)
        return track

    async def _publish(self, connection: AsyncConnection, track: Track, moderator_id: int) -> Track:
        decided: dict[str, Any] = {"state": State.DELIVERING, "reviewed_by": moderator_id}
        decided |= {"withheld_by": None, "withheld_because": None, "publish_intent_at": None}
        before = track.withheld_because or ""
        track = await _decide(connection, track, decided)
        said = {"subject": subject_of(track), "before": before}
        await record(connection, track.guild_id, moderator_id, Action.PUBLISH, **said)
        return track

    async def withhold(self, sight: Sight, reference: str, moderator_id: int, reason: str) -> Track:
        """Takes the track's message down and keeps the record. Raises NoSuchTrack or AlreadyDecided."""
        reason = reason.strip()[:LONGEST_REASON]
        async with self._database.write() as connection:
            track = await _seen(connection, sight, reference)
            if not may_withhold(track):
                raise AlreadyDecided(track)
            decided = {"state": State.WITHHELD, "withheld_by": moderator_id, "withheld_because": reason}
            track = await _decide(connection, track, decided)
            await handled(connection, track.id, moderator_id)
            await charts.mark_naming(connection, track)
            said = {"subject": subject_of(track), "after": reason}
            await record(connection, track.guild_id, moderator_id, Action.WITHHOLD, **said)
        self._carry_out(track)
        return track

    async def resume(self) -> None:
        """Carries out what was decided just before a stop or a kill."""
        recent = track_table.c.moderated_at > now() - RECENT
        open_states = track_table.c.state.in_((State.DELIVERING, State.WITHHELD))
        async with self._database.read() as connection:
            ids = list(await connection.scalars(sa.select(track_table.c.id).where(recent, open_states)))
            decided = [await tracks.get(connection, track_id) for track_id in ids]
        for track in decided:
            if track is not None and track.deleted_at is None:
                self._carry_out(track)

    def _carry_out(self, track: Track) -> None:
        """Begins the decision's workflow; nothing comes of it where that runs or has ended."""
        assert track.moderated_at is not None
        at = round(track.moderated_at.timestamp() * 1_000_000)
        if track.state is State.WITHHELD:
            where = track.message_channel_id, track.message_id
            self._begin(f"{track.id}.withhold.{at}", withhold_track, track.id, *where)
        elif track.state is State.DELIVERING:
            self._begin(f"{track.id}.publish.{at}", publish_track, track.id)


async def _seen(connection: AsyncConnection, sight: Sight, reference: str) -> Track:
    track = await tracks.seen(connection, sight, reference)
    if track is None:
        raise NoSuchTrack
    return track


async def _decide(connection: AsyncConnection, track: Track, decided: dict[str, Any]) -> Track:
    """Writes the decision where the track still is as it was; raises AlreadyDecided where it is not."""
    after = await tracks.changed(connection, track.id, expect=track.state, moderated_at=now(), **decided)
    if after is None:
        there = await tracks.get(connection, track.id)
        if there is None or there.deleted_at is not None:
            raise NoSuchTrack
        raise AlreadyDecided(there)
    await tell_anew(connection, track)
    return after


async def _take_down(track_id: str, channel_id: int, message_id: int) -> None:
    """Deletes the message and forgets it; the MP3, which may be there alone, is kept.

    One that stays, because its channel is closed to the bot, is not forgotten: it goes when Discord lets it.
    """
    steps = workflow.pipeline_steps()
    async with steps.database.read() as connection:
        track = await tracks.get(connection, track_id)
    if track is None:
        return
    await steps.audio.save(track, stop=lambda: steps.closing)
    taken = await steps.until_answered(lambda: steps.delivery.take_down(track, channel_id, message_id))
    if not taken:
        place = {"guild_id": track.guild_id, "channel_id": channel_id, "message_id": message_id}
        async with steps.database.write() as connection:
            await mentions.mark_message(connection, **place, track_id=track_id)
        steps.message_stays.set()
        return
    async with steps.database.write() as connection:
        await tracks.forget_message(connection, track_id, message_id)


async def _hold_back(track_id: str, because: WithheldBecause) -> None:
    """What could not be posted is withheld, and can be published again."""
    async with workflow.pipeline_steps().database.write() as connection:
        held = {"state": State.WITHHELD, "withheld_because": because}
        for state in (State.DELIVERING, State.MASTERING):
            await tracks.change(connection, track_id, expect=state, **held)


@DBOS.workflow(max_recovery_attempts=None)
async def publish_track(track_id: str) -> None:
    """From a moderator's decision to the channel."""
    through = workflow.pipeline_steps().through
    async with workflow.stoppable(track_id):
        # Where its file was lost, an earlier run may have ended in the middle of making it anew.
        done = await workflow.master_and_deliver_decided(track_id)
        if isinstance(done, Failure):
            gone = done is Failure.GONE
            because = WithheldBecause.NOT_KEPT if gone else WithheldBecause.BROKE
            await through(lambda: _hold_back(track_id, because))
        await workflow.tell(track_id, decided=True)


@DBOS.workflow(max_recovery_attempts=None)
async def withhold_track(track_id: str, channel_id: int | None, message_id: int | None) -> None:
    """From a moderator's decision to a message that is gone and a member who knows why."""
    through = workflow.pipeline_steps().through
    async with workflow.stoppable(track_id):
        if channel_id is not None and message_id is not None:
            await through(lambda: _take_down(track_id, channel_id, message_id))
        await workflow.tell(track_id, decided=True)
