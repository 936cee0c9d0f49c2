"""People: when a track was published or withheld by a moderator, and who has seen to a report."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tracks", sa.Column("moderated_at", sa.BigInteger))
    op.add_column("reports", sa.Column("handled_by", sa.BigInteger))
    op.add_column("reports", sa.Column("handled_at", sa.BigInteger))
