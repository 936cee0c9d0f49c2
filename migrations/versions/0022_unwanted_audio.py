"""Finished audio that is to go is written down, until it is gone from wherever it is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unwanted_audio",
        sa.Column("track_id", sa.Text, primary_key=True),
        sa.Column("marked_at", sa.BigInteger, nullable=False),
    )
