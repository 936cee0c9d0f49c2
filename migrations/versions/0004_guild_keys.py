"""Guild keys: WaveSpeed keys that guilds bring along, sealed, and which of them pays for a track."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "guild_keys",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("hold", sa.Text),
        sa.Column("added_by", sa.BigInteger, nullable=False),
        sa.Column("added_at", sa.BigInteger, nullable=False),
        sa.Column("removed_at", sa.BigInteger),
    )
    op.add_column("guilds", sa.Column("key_id", sa.Integer))
    op.add_column("tracks", sa.Column("key_id", sa.Integer))
