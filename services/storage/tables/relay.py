"""Relays: songs written a line each, by those who took a seat."""

from __future__ import annotations

import sqlalchemy as sa

from services.storage.columns import Instant
from services.storage.tables.registry import metadata, partial_index

# The condition of a partial index; a query uses it where it says the same, word for word.
RELAY_GOES_ON = "phase IN ('seats', 'writing', 'voting', 'making')"

relays = sa.Table(
    "relays",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("place_id", sa.BigInteger),  # the channel above a public thread: its readers see the relay
    sa.Column("starter_id", sa.BigInteger, nullable=False),  # who pays for the song, and may end it
    sa.Column("starter_name", sa.Text, nullable=False),
    sa.Column("theme", sa.Text, nullable=False),
    sa.Column("most", sa.Integer, nullable=False),  # seats
    sa.Column("rounds", sa.Integer, nullable=False),  # lines that each seat writes
    sa.Column("minutes", sa.Integer, nullable=False),  # for each line, and for the vote
    sa.Column("phase", sa.Text, nullable=False),  # services.relays.relay.Phase
    sa.Column("turn", sa.Integer, nullable=False),  # whose line it is, from 0
    sa.Column("due_at", Instant),  # when it goes on by itself
    sa.Column("track_id", sa.Text),  # what it is sung as; known before it is asked for, so that it is once
    sa.Column("refused", sa.Text, nullable=False),  # why it was not asked for
    sa.Column("created_at", Instant, nullable=False),
    partial_index("relays_going_on", "guild_id", where=RELAY_GOES_ON),
    sa.Index("relays_by_track", "track_id"),
    sa.Index("relays_by_starter", "starter_id"),
)

relay_seats = sa.Table(
    "relay_seats",
    metadata,
    sa.Column("relay_id", sa.Text, sa.ForeignKey("relays.id"), primary_key=True),
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("seat", sa.Integer, nullable=False),  # in which they take turns
    sa.Column("name", sa.Text, nullable=False),
    sa.Index("relay_seats_by_member", "member_id"),
)

relay_lines = sa.Table(
    "relay_lines",
    metadata,
    sa.Column("relay_id", sa.Text, sa.ForeignKey("relays.id"), primary_key=True),
    sa.Column("turn", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("text", sa.Text, nullable=False),  # "": it was passed
    sa.Index("relay_lines_by_member", "member_id"),
)

relay_votes = sa.Table(  # on the tags that it is sung with
    "relay_votes",
    metadata,
    sa.Column("relay_id", sa.Text, sa.ForeignKey("relays.id"), primary_key=True),
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("tag", sa.Text, primary_key=True),
    sa.Index("relay_votes_by_member", "member_id"),
)
