"""The weekly charts: which were posted, and where."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "chart_posts",
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("week", sa.Text, primary_key=True),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger),
        sa.Column("channel_id", sa.BigInteger),
        sa.Column("intent_at", sa.BigInteger),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("done", sa.Boolean, nullable=False),
        sa.Column("stale", sa.Boolean, nullable=False),
    )
