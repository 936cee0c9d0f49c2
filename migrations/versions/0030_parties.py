"""Parties: members listen together in a voice channel."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "parties",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("starter_id", sa.BigInteger, nullable=False),
        sa.Column("starter_name", sa.Text, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("played", sa.Integer, nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("ended_because", sa.Text),
    )
    where = sa.text("ended_at IS NULL")
    op.create_index(
        "parties_going_on", "parties", ["guild_id"], unique=True, sqlite_where=where, postgresql_where=where
    )
    op.create_index("parties_by_starter", "parties", ["starter_id"])
    op.create_table(
        "party_tracks",
        sa.Column("party_id", sa.Text, sa.ForeignKey("parties.id"), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), nullable=False),
        sa.Column("added_by", sa.BigInteger, nullable=False),
    )
    op.create_index("party_tracks_by_track", "party_tracks", ["track_id"])
    op.create_index("party_tracks_by_member", "party_tracks", ["added_by"])
    op.create_table(
        "party_skips",
        sa.Column("party_id", sa.Text, sa.ForeignKey("parties.id"), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    )
    op.create_index("party_skips_by_member", "party_skips", ["member_id"])
