"""A private answer goes on in the language in which it began."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tracks", sa.Column("reply_language", sa.Text(), nullable=False, server_default="en"))
