"""Money: the entries, the sums that are kept for speed, and which entry stands in which."""

from __future__ import annotations

import sqlalchemy as sa

from services.storage.columns import Instant
from services.storage.tables.registry import metadata

entries = sa.Table(
    "ledger_entries",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # reserve, adjust, spend, release, correct, round
    sa.Column("amount", sa.BigInteger, nullable=False),  # micro-dollars; negative where it takes away
    sa.Column("at", Instant, nullable=False),
    sa.Column("note", sa.Text, nullable=False, default=""),
    sa.Index("ledger_entries_by_track", "track_id"),
    sa.Index(
        "ledger_entries_once",
        "track_id",
        "kind",
        unique=True,
        sqlite_where=sa.text("kind in ('reserve', 'spend', 'release')"),
        postgresql_where=sa.text("kind in ('reserve', 'spend', 'release')"),
    ),
)

sums = sa.Table(
    "ledger_sums",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),  # "guild:5 day", "host day", "member:5:7 day", …
    sa.Column("period", sa.Text, primary_key=True),  # "2026-11-24" or "2026-11"
    sa.Column("reserved", sa.BigInteger, nullable=False, default=0),
    sa.Column("spent", sa.BigInteger, nullable=False, default=0),
)

postings = sa.Table(  # which sums a track's money stands in, so that it leaves the same ones
    "ledger_postings",
    metadata,
    sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), primary_key=True),
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("place", sa.Integer, nullable=False, default=0, server_default="0"),  # among those who share it
    sa.Column("parts", sa.Integer, nullable=False, default=1, server_default="1"),  # how many those are
)
