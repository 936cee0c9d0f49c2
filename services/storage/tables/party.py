"""Parties: who listens to what in which voice channel, and how far it has got."""

from __future__ import annotations

import sqlalchemy as sa

from services.storage.columns import Instant
from services.storage.tables.registry import metadata

GOING_ON = "ended_at IS NULL"

parties = sa.Table(
    "parties",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("channel_id", sa.BigInteger, nullable=False),  # the voice channel, in whose chat the panel is
    sa.Column("starter_id", sa.BigInteger, nullable=False),
    sa.Column("starter_name", sa.Text, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("place", sa.Integer, nullable=False),  # in the queue, from 0: what plays now
    sa.Column("played", sa.Integer, nullable=False),  # milliseconds of that
    sa.Column("paused", sa.Boolean, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("ended_because", sa.Text),  # services.parties.party.Ended
    sa.Index(  # a guild has one at a time
        "parties_going_on",
        "guild_id",
        unique=True,
        sqlite_where=sa.text(GOING_ON),
        postgresql_where=sa.text(GOING_ON),
    ),
    sa.Index("parties_by_starter", "starter_id"),
)

party_tracks = sa.Table(  # a party's queue
    "party_tracks",
    metadata,
    sa.Column("party_id", sa.Text, sa.ForeignKey("parties.id"), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),  # from 0
    sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), nullable=False),
    sa.Column("added_by", sa.BigInteger, nullable=False),
    sa.Index("party_tracks_by_track", "track_id"),
    sa.Index("party_tracks_by_member", "added_by"),
)

party_skips = sa.Table(  # who wants to hear no more of what plays
    "party_skips",
    metadata,
    sa.Column("party_id", sa.Text, sa.ForeignKey("parties.id"), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Index("party_skips_by_member", "member_id"),
)
