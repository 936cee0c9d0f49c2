"""Recordings of members' voices as they are kept: whose each is, and how far it has come.

The rule: a recording is its member's own, in one guild. It is found by who asks, never by what they send, so
nobody sings with another's.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messages import kept_messages
from services.storage.database import now
from services.storage.tables import own_voices as table
from services.text.refusal import RequestRefusal

FRESH = timedelta(minutes=15)  # in which what is recorded is for the sentence that was shown


class State(StrEnum):
    """How far a recording has come."""

    ASKED = "asked"  # its sentence was shown, and nothing is recorded yet
    IN_REVIEW = "in review"  # moderators hear it first
    READY = "ready"
    FORGOTTEN = "forgotten"  # the recording is erased; what the provider has of it is not yet


KEPT = (State.IN_REVIEW, State.READY)  # of which there is a recording


class NotOffered(RequestRefusal):
    """Songs are not sung with members' voices here. by_host: it is the host who has not switched it on."""

    def __init__(self, *, by_host: bool) -> None:
        super().__init__("by the host" if by_host else "by the guild")
        self.by_host = by_host


class NoVoice(RequestRefusal):
    """The member has no recording of their voice in that guild."""


class NotHeardYet(RequestRefusal):
    """Moderators have not heard the recording yet."""


@dataclass(frozen=True, slots=True)
class OwnVoice:
    """A row of `own_voices`, without the recording. seconds: how long it plays."""

    id: str
    guild_id: int
    member_id: int
    state: str
    sentence: str
    asked_at: datetime
    seconds: float
    given_at: datetime | None
    decided_by: int | None

    @property
    def owner(self) -> str:
        """To whom the recording is sealed."""
        return f"{self.guild_id}:{self.member_id}:{self.id}"

    @property
    def expires_at(self) -> datetime:
        """Until when what is recorded may be given."""
        return self.asked_at + FRESH


_COLUMNS = [table.c[one.name] for one in fields(OwnVoice)]


ASKED = sa.text("state = 'asked'")
FORGOTTEN = sa.text("state = 'forgotten'")  # so that its index is used


def not_forgotten() -> sa.ColumnElement[bool]:
    """The condition that a recording is kept, or asked for; whatever another version calls that."""
    return table.c.state != State.FORGOTTEN


def message_of(voice_id: str) -> str:
    """The key of the message in which moderators hear it (`services.messages.kept_messages`)."""
    return f"voice:{voice_id}"


async def find(
    connection: AsyncConnection, *where: sa.ColumnElement[bool] | sa.TextClause, lock: bool = False
) -> list[OwnVoice]:
    """Those of which that is true, the newest first. lock: nobody else changes them until the end."""
    query = sa.select(*_COLUMNS).where(*where).order_by(table.c.asked_at.desc())
    rows = await connection.execute(query.with_for_update() if lock else query)
    return [OwnVoice(*row) for row in rows]


async def get(connection: AsyncConnection, voice_id: str, *, lock: bool = False) -> OwnVoice | None:
    """The one with that id."""
    return next(iter(await find(connection, table.c.id == voice_id, lock=lock)), None)


async def of_member(
    connection: AsyncConnection, guild_id: int, member_id: int, *states: State, lock: bool = False
) -> list[OwnVoice]:
    """The member's in that guild that have come so far."""
    theirs = sa.and_(table.c.guild_id == guild_id, table.c.member_id == member_id)
    return await find(connection, theirs, table.c.state.in_(states), lock=lock)


async def usable(connection: AsyncConnection, guild_id: int, member_id: int) -> OwnVoice:
    """What the member sings with there. Raises NoVoice, NotHeardYet."""
    kept = await of_member(connection, guild_id, member_id, *KEPT)
    for voice in kept:
        if voice.state == State.READY:
            return voice
    raise NotHeardYet if kept else NoVoice


async def sealed(connection: AsyncConnection, voice_id: str) -> str:
    """The recording, as it is kept; "" where there is none."""
    return await connection.scalar(sa.select(table.c.sealed).where(table.c.id == voice_id)) or ""


async def change(connection: AsyncConnection, voice_id: str, **values: Any) -> None:
    """Sets these columns."""
    await connection.execute(table.update().where(table.c.id == voice_id).values(**values))


async def forget(connection: AsyncConnection, *which: OwnVoice) -> None:
    """Erases the recordings, and has the messages taken down in which they are heard.

    Of each a row stays until what the provider has of it is deleted, too (`copies`).
    """
    for voice in which:
        erased = {"state": State.FORGOTTEN, "sealed": "", "digest": "", "sentence": ""}
        await change(connection, voice.id, **erased)
        await kept_messages.take_down(connection, message_of(voice.id))


def too_old() -> datetime:
    """Before which what was asked for is no longer to be given."""
    return now() - FRESH
