"""A member's own voice, lent to one round of a jam.

The rule: only its owner lends it, who is in and was shown the price; what is lent is lent to that round of
that jam. It is taken back by its owner, by going, and with the recording; asked last right before the POST.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from services.guilds.bans import Banned, check_ban
from services.jams import storage
from services.jams.jams import Jam, JamRefusal, Loan, Phase, changed, must_shape, without_voice
from services.tracks import tracks
from services.tracks.rework_sources import unfit
from services.tracks.track import Track


class LentAlready(JamRefusal):
    """Somebody else has lent theirs to this round."""

    def __init__(self, by: int) -> None:
        super().__init__(f"by {by}")
        self.by = by


class NothingToSingOver(JamRefusal):
    """There is no earlier round over whose track a voice could sing."""


class AnotherRound(JamRefusal):
    """The round that the member was asked about is over."""


class NotLent(JamRefusal):
    """The round has no voice that the member could take back."""


def can_be_sung(jam: Jam) -> bool:
    """Whether there is a track that this round could be sung over."""
    return jam.phase is Phase.SHAPING and bool(jam.parent_id or jam.rounds)


def source_of(jam: Jam) -> str:
    """The track that this round is sung over: the one that it started from. Raises NothingToSingOver."""
    if not can_be_sung(jam):
        raise NothingToSingOver
    return jam.parent_id or jam.rounds[-1].track_id


def check_may_lend(jam: Jam, member_id: int) -> None:
    """Raises NotIn, NotNow, LentAlready, NothingToSingOver."""
    must_shape(jam, member_id)
    if jam.loan is not None and jam.loan.by != member_id:
        raise LentAlready(jam.loan.by)
    source_of(jam)


def lend(jam: Jam, member_id: int, number: int, price: int) -> Jam:
    """The member lends their voice to that round, whose price in micro-dollars they said yes to.

    All lock in anew. Raises AnotherRound and as `check_may_lend`.
    """
    check_may_lend(jam, member_id)
    if jam.number != number:
        raise AnotherRound
    loan = Loan(member_id, source_of(jam), price)
    return jam if jam.loan == loan else replace(changed(jam), loan=loan)


def take_back(jam: Jam, member_id: int) -> Jam:
    """The voice is lent no more: its owner says so, or who leads the jam. Raises NotIn, NotNow, NotLent."""
    must_shape(jam, member_id)
    if jam.loan is None or member_id not in (jam.loan.by, jam.lead_id):
        raise NotLent
    return without_voice(jam)


async def still_holds(connection: AsyncConnection, loan: Loan) -> bool:
    """Whether what the voice was lent to sing over is still there to be heard."""
    source = await tracks.get(connection, loan.source_id)
    return source is not None and source.deleted_at is None and unfit(source, adults=True) is None


async def is_lent(connection: AsyncConnection, track: Track) -> bool:
    """Whether the voice that a jam's track is to be sung with still is: its owner is in, and not banned."""
    assert track.jam_id is not None
    assert track.singer_id is not None
    session = await storage.get(connection, track.jam_id)
    try:
        await check_ban(connection, track.guild_id, track.singer_id)
    except Banned:
        return False
    return session.jam.person(track.singer_id) is not None
