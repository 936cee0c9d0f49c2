"""Contests: what was asked for, what was entered, who opened it, and what was voted."""

from __future__ import annotations

import sqlalchemy as sa

from services.storage.columns import Instant
from services.storage.tables.registry import metadata, partial_index

GOING_ON = "phase IN ('entries', 'voting')"  # the condition of a partial index, and of queries that use it

contests = sa.Table(  # services.contests.contest says what is in each
    "contests",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("channel_id", sa.BigInteger, nullable=False),  # where it was started, and its post is
    sa.Column("place_id", sa.BigInteger),  # the channel above, where that is a public thread
    sa.Column("thread_id", sa.BigInteger),  # below its post
    sa.Column("event_id", sa.BigInteger),  # the scheduled event of Discord's
    sa.Column("starter_id", sa.BigInteger),  # NULL: started by itself, because moderators set it
    sa.Column("week", sa.Text),  # "2026-W05" of one that starts by itself
    sa.Column("theme", sa.Text, nullable=False),
    sa.Column("voting", sa.Text, nullable=False),
    sa.Column("rules", sa.JSON, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("entries_until", Instant, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),  # for which is voted
    sa.Column("round", sa.Integer, nullable=False, default=0),  # of votes, from 1; 0: none yet
    sa.Column("rounds", sa.Integer, nullable=False, default=0),
    sa.Column("round_until", Instant),
    sa.Column("ended_at", Instant),
    sa.Column("ended_by", sa.BigInteger),  # NULL: its time was over
    sa.Column("voters", sa.Integer),  # whose votes were counted, once it has ended
    sa.UniqueConstraint("guild_id", "week"),
    sa.Index("contests_by_guild", "guild_id", "ended_at"),
    partial_index("contests_going_on", "guild_id", where=GOING_ON),
)

contest_entries = sa.Table(
    "contest_entries",
    metadata,
    sa.Column("contest_id", sa.Text, sa.ForeignKey("contests.id"), primary_key=True),
    sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), primary_key=True),
    sa.Column("entered_by", sa.BigInteger, nullable=False),
    sa.Column("entered_at", Instant, nullable=False),
    sa.Column("number", sa.Integer),  # drawn when the vote opens
    sa.Column("place", sa.Integer),  # from 1, once the contest has ended; of those that there were then
    sa.Column("points", sa.Integer),
    sa.Index("contest_entries_by_track", "track_id"),
    sa.Index("contest_entries_by_member", "entered_by"),
)

contest_pairs = sa.Table(  # rounds of two; second NULL: the first has nobody against it, and goes on
    "contest_pairs",
    metadata,
    sa.Column("contest_id", sa.Text, sa.ForeignKey("contests.id"), primary_key=True),
    sa.Column("round", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("pair", sa.Integer, primary_key=True, autoincrement=False),  # from 1
    sa.Column("first", sa.Text, sa.ForeignKey("tracks.id"), nullable=False),
    sa.Column("second", sa.Text, sa.ForeignKey("tracks.id")),
    sa.Column("winner", sa.Text, sa.ForeignKey("tracks.id")),  # NULL: open, or both have left
    sa.Column("first_votes", sa.Integer),  # once the round is over
    sa.Column("second_votes", sa.Integer),
)

contest_votes = sa.Table(  # one for each member in a pair, or in a ranking (round and pair 0)
    "contest_votes",
    metadata,
    sa.Column("contest_id", sa.Text, sa.ForeignKey("contests.id"), primary_key=True),
    sa.Column("round", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("pair", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("choices", sa.JSON, nullable=False),  # ids of tracks, the best first
    sa.Column("at", Instant, nullable=False),
    sa.Index("contest_votes_by_member", "member_id"),
)

contest_listens = sa.Table(  # who has opened which entry: a vote counts from nobody else
    "contest_listens",
    metadata,
    sa.Column("contest_id", sa.Text, sa.ForeignKey("contests.id"), primary_key=True),
    sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), primary_key=True),
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index("contest_listens_by_member", "member_id"),
)
