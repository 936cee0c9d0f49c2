"""Reworks: what a track was asked with beside tags and lyrics, and members' own files."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tracks", sa.Column("idea", sa.Text, nullable=False, server_default=""))
    op.add_column("tracks", sa.Column("rework", sa.JSON))
    op.add_column("tracks", sa.Column("source_url", sa.Text))
    op.create_table(
        "own_files",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("statement", sa.Text),
        sa.Column("confirmed_at", sa.BigInteger),
        sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id")),
        sa.Column("deleted_at", sa.BigInteger),
    )
    op.create_index("own_files_by_member", "own_files", ["member_id"])
    op.create_index("own_files_kept", "own_files", ["deleted_at"])
