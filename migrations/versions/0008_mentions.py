"""Where the bot's messages are that name people, so that they can be taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mentions",
        sa.Column("message_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id")),
        sa.Column("change_id", sa.Integer, sa.ForeignKey("audit.id")),
        sa.Column("stale", sa.Boolean, nullable=False),
    )
    op.create_index("mentions_by_track", "mentions", ["track_id"])
    op.create_index("mentions_by_change", "mentions", ["change_id"])
    op.create_index("mentions_by_stale", "mentions", ["stale"])
