"""Jams, and who is or was in them."""

from __future__ import annotations

import sqlalchemy as sa

from services.storage.columns import Instant
from services.storage.tables.registry import metadata

jams = sa.Table(  # services.jams.storage says what is in `state`
    "jams",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("state", sa.JSON, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),  # counts its changes
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("touched_at", Instant, nullable=False),  # when somebody last did something
    sa.Column("message_id", sa.BigInteger),  # the panel's; NULL: to be posted
    sa.Column("old_message_id", sa.BigInteger),  # the panel's before; to be deleted once the new one is there
    sa.Column("ended_at", Instant),
    sa.Column("ended_by", sa.BigInteger),  # NULL: nobody did anything any more
    sa.Column("recap_at", Instant),  # set before the recap is posted
    sa.Column("recap_message_id", sa.BigInteger),
    sa.Column("told", sa.Boolean, nullable=False, default=False),  # the recap says what is so
    sa.Index("jams_by_guild", "guild_id", "phase"),
    sa.Index("jams_by_told", "told", "phase"),
)

jam_people = sa.Table(  # everybody who is or was in a jam
    "jam_people",
    metadata,
    sa.Column("jam_id", sa.Text, sa.ForeignKey("jams.id"), primary_key=True),
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Index("jam_people_by_member", "member_id"),
)
