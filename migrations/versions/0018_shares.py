"""A jam's track stands in equal shares against its makers' limits; and whose readers see a track.

Servers that have made tracks stay in: from now on the host is asked about every other.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ledger_postings", sa.Column("place", sa.Integer, nullable=False, server_default="0"))
    op.add_column("ledger_postings", sa.Column("parts", sa.Integer, nullable=False, server_default="1"))
    op.add_column("tracks", sa.Column("place_id", sa.BigInteger))
    op.execute("UPDATE guilds SET access = 'allowed' WHERE access IS NULL AND last_number > 0")
