"""Jams, who was in them, and the makers of a track that several made."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tracks", sa.Column("jam_id", sa.Text))
    op.create_index("tracks_by_jam", "tracks", ["jam_id"])
    op.create_table(
        "track_makers",
        sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), primary_key=True),
        sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
    )
    op.create_index("track_makers_by_member", "track_makers", ["member_id"])
    op.create_table(
        "jams",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("state", sa.JSON, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("touched_at", sa.BigInteger, nullable=False),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("ended_by", sa.BigInteger),
        sa.Column("recap_at", sa.BigInteger),
        sa.Column("recap_message_id", sa.BigInteger),
        sa.Column("told", sa.Boolean, nullable=False),
    )
    op.create_index("jams_by_guild", "jams", ["guild_id", "phase"])
    op.create_index("jams_by_told", "jams", ["told", "phase"])
    op.create_table(
        "jam_people",
        sa.Column("jam_id", sa.Text, sa.ForeignKey("jams.id"), primary_key=True),
        sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    )
    op.create_index("jam_people_by_member", "jam_people", ["member_id"])
