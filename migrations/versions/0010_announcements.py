"""Announcements: what the bot says by itself, each thing once; and jams' panels that have moved."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "announcements",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id")),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("began_at", sa.BigInteger, nullable=False),
        sa.Column("said_at", sa.BigInteger),
        sa.Column("way", sa.Text),
    )
    op.create_index("announcements_by_track", "announcements", ["track_id"])
    op.create_index("announcements_by_said", "announcements", ["said_at"])
    op.add_column("jams", sa.Column("old_message_id", sa.BigInteger))
