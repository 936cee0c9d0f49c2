"""Tracks that are sung with a voice that was lent in a jam."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tracks", sa.Column("singer_id", sa.BigInteger))
