"""Which failed tracks the provider may have the sound of after all, and for how long."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from services.storage.database import now
from services.storage.tables import tracks as table
from services.tracks.track import Failure, State

KEPT = timedelta(days=7)  # the provider keeps outputs so long (wavespeed-api.md)

# Of these it is possible that the sound is there after all, or will be.
FETCHABLE = frozenset(
    {
        Failure.RENDER_TIMEOUT,
        Failure.NO_OUTPUT,
        Failure.NOT_AUDIO,
        Failure.GONE,
        Failure.UNTOLD,
        Failure.OVERSIZED,
        Failure.TOO_SLOW,
        Failure.TOO_LARGE,
        Failure.PROVIDER_DOWN,
        Failure.BAD_KEY,
        Failure.INTERNAL,
    }
)

# Of these nobody has the id of a prediction; should there be one after all, the history tells it.
LOST = frozenset({Failure.ANSWER_LOST, Failure.ANSWER_UNKNOWN})


def may_be_fetched() -> sa.ColumnElement[bool]:
    """Of tracks, in SQL: it failed and the provider may still be asked for its sound."""
    columns = table.c
    made = sa.and_(columns.prediction_id.is_not(None), columns.failure.in_(FETCHABLE))
    kept = sa.func.coalesce(columns.started_at, columns.created_at) > now() - KEPT
    failed = sa.and_(columns.state == State.FAILED, columns.deleted_at.is_(None))
    return sa.and_(failed, kept, sa.or_(made, columns.failure.in_(LOST)))
