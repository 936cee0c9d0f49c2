"""Recordings of members' own voices, with which songs are sung."""

from __future__ import annotations

import sqlalchemy as sa

from services.storage.columns import Instant
from services.storage.tables.registry import metadata, partial_index

own_voices = sa.Table(
    "own_voices",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # services.own_voices.voices.State
    sa.Column("sentence", sa.Text, nullable=False),  # what its member was asked to say, this one time
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("sealed", sa.Text, nullable=False),  # the MP3, encrypted; empty where there is none
    sa.Column(
        "digest", sa.Text, nullable=False
    ),  # of the file that was given, so that nobody gives another's
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("given_at", Instant),  # when its member gave it, and with it their consent
    sa.Column("decided_by", sa.BigInteger),  # the moderator who let it through
    sa.Index("own_voices_by_member", "guild_id", "member_id"),
    sa.Index("own_voices_by_digest", "digest"),
    partial_index("own_voices_forgotten", "id", where="state = 'forgotten'"),
    partial_index("own_voices_asked", "asked_at", where="state = 'asked'"),
)
