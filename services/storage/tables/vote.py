"""What members like best: votes, ballots and the weekly charts."""

from __future__ import annotations

import sqlalchemy as sa

from services.storage.columns import Instant
from services.storage.tables.registry import metadata

votes = sa.Table(  # one for each member in a set of tracks
    "votes",
    metadata,
    sa.Column("set_id", sa.Text, primary_key=True),  # the track's set, or its own id where it is in none
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), nullable=False),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index("votes_by_track", "track_id"),
    sa.Index("votes_by_guild", "guild_id", "at"),
    sa.Index("votes_by_member", "member_id"),
)

ballots = sa.Table(  # sets of variations, and the message in which a channel chooses among them
    "ballots",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # the set's id
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("member_id", sa.BigInteger, nullable=False),  # who asked for it, and may close it
    sa.Column("parent_id", sa.Text, sa.ForeignKey("tracks.id")),
    sa.Column("minutes", sa.Integer, nullable=False),  # for which it is open, from its message on
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("intent_at", Instant),  # set before its message is posted
    sa.Column("message_id", sa.BigInteger),
    sa.Column("closes_at", Instant),
    sa.Column("closed_at", Instant),
    sa.Column("closed_by", sa.BigInteger),  # NULL: its time was over
    sa.Column("result", sa.JSON),  # by track id: the votes it had when it was closed
    sa.Column("shown", sa.Boolean, nullable=False, default=False),  # the result, in its message
    sa.Index("ballots_by_shown", "shown"),
)

chart_posts = sa.Table(  # the weekly charts; services.tracks.charts says how they are posted once
    "chart_posts",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("week", sa.Text, primary_key=True),  # "2026-W05"; "": since when they are switched on
    sa.Column("since", Instant, nullable=False),
    sa.Column("until", Instant),
    sa.Column("channel_id", sa.BigInteger),
    sa.Column("intent_at", Instant),
    sa.Column("message_id", sa.BigInteger),
    sa.Column("done", sa.Boolean, nullable=False),
    sa.Column("stale", sa.Boolean, nullable=False),  # names what was erased since
)
