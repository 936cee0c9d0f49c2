"""Guilds: their limits, keys and rules, whom they keep out, and what their moderators did."""

from __future__ import annotations

import sqlalchemy as sa

from services.storage.columns import Instant
from services.storage.tables.registry import metadata

guilds = sa.Table(
    "guilds",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("daily_limit", sa.BigInteger),  # micro-dollars; NULL: the host's default
    sa.Column("monthly_limit", sa.BigInteger),  # micro-dollars; NULL: the host's default
    sa.Column("timezone", sa.Text),  # IANA name; NULL: the host's
    sa.Column("paused", sa.Boolean, nullable=False, default=False),
    sa.Column("last_number", sa.Integer, nullable=False, default=0),  # of the guild's newest track
    sa.Column("member_daily_limit", sa.BigInteger),  # micro-dollars; NULL: the host's default
    sa.Column("daily_ceiling", sa.BigInteger),  # micro-dollars, set by the host; NULL: the host's default
    sa.Column("monthly_ceiling", sa.BigInteger),  # micro-dollars, set by the host; NULL: the host's default
    sa.Column("next_timezone", sa.Text),  # takes the place of `timezone` at …
    sa.Column("next_timezone_at", Instant),
    sa.Column("access", sa.Text),  # allowed, blocked; NULL: as the host's setting says
    sa.Column("key_id", sa.Integer),  # the guild's own WaveSpeed key; NULL: the host pays
)

guild_keys = sa.Table(  # WaveSpeed keys that guilds brought along
    "guild_keys",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("sealed", sa.Text, nullable=False),  # encrypted; empty once nothing needs it any more
    sa.Column("level", sa.Text, nullable=False),  # of the account that it opens, as its guild says
    sa.Column("account_id", sa.Integer),  # the first guild's key that was the same; NULL: this one is
    sa.Column("hold", sa.Text),  # why nothing starts on that account; NULL: everything does
    sa.Column("added_by", sa.BigInteger, nullable=False),
    sa.Column("added_at", Instant, nullable=False),
    sa.Column("removed_at", Instant),
    sa.Index("guild_keys_by_account", "account_id"),
)

rules = sa.Table(  # what a guild's moderators allow; services.guilds.rules says what is in it
    "rules",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("settings", sa.JSON, nullable=False),
)

bans = sa.Table(  # members who may not make tracks
    "bans",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("until", Instant),  # NULL: until it is lifted
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("moderator_id", sa.BigInteger, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

reports = sa.Table(
    "reports",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), nullable=False),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("handled_by", sa.BigInteger),  # the moderator who has seen to it
    sa.Column("handled_at", Instant),
    sa.UniqueConstraint("track_id", "member_id"),
)

audit = sa.Table(  # who changed what, from what to what; only appended
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("actor_id", sa.BigInteger, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index("audit_by_guild", "guild_id", "id"),
)
