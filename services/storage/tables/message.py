"""What people are told, by whom it must not be told twice, and which messages name them."""

from __future__ import annotations

import sqlalchemy as sa

from services.storage.columns import Instant
from services.storage.tables.registry import metadata, partial_index

notices = sa.Table(  # what a member could not be told at the time
    "notices",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Index("notices_by_member", "guild_id", "member_id"),
)

announcements = sa.Table(  # what the bot says by itself, each thing once; services.messages says how
    "announcements",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),  # names the occasion
    sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id")),  # what it is about
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("began_at", Instant, nullable=False),  # before it can have been said for the first time
    sa.Column("said_at", Instant),  # NULL: it is still to be said
    sa.Column("way", sa.Text),  # how it was said, or is being said
    sa.Index("announcements_by_track", "track_id"),
    sa.Index("announcements_by_said", "said_at"),
)

mentions = sa.Table(  # the bot's messages that name people, beside those that tracks play in
    "mentions",
    metadata,
    sa.Column("message_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id")),  # what it is about, or …
    sa.Column("change_id", sa.Integer, sa.ForeignKey("audit.id")),  # what it tells
    sa.Column("stale", sa.Boolean, nullable=False),  # it names somebody who was erased
    sa.Index("mentions_by_track", "track_id"),
    sa.Index("mentions_by_change", "change_id"),
    sa.Index("mentions_by_stale", "stale"),
)

hints = sa.Table(  # those that a member has had
    "hints",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hint", sa.Text, primary_key=True),
)

kept_messages = sa.Table(  # the bot's messages that are kept up to date; services.messages.kept_messages
    "kept_messages",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),  # "contest:0123…": of what kind, and which it shows
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("message_id", sa.BigInteger),  # NULL: it is to be posted
    sa.Column("intent_at", Instant),  # set before it is posted
    sa.Column("changed", sa.Integer, nullable=False),  # counts how often what it shows became another
    sa.Column("said", sa.Integer, nullable=False),  # up to which of these it shows
    sa.Column("gone", sa.Boolean, nullable=False, default=False),  # it is to be taken down
    partial_index("kept_messages_due", "guild_id", where="said <> changed"),
)
