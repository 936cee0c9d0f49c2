"""Messages that are kept up to date: where they are, and whether they show what is so."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_messages",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("intent_at", sa.BigInteger),
        sa.Column("changed", sa.Integer, nullable=False),
        sa.Column("said", sa.Integer, nullable=False),
        sa.Column("gone", sa.Boolean, nullable=False),
    )
    where = sa.text("said <> changed")
    columns = ["guild_id"]
    op.create_index("kept_messages_due", "kept_messages", columns, sqlite_where=where, postgresql_where=where)
