"""How often a track's sound ended the worker process that was to make its file."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tracks", sa.Column("worker_deaths", sa.Integer, nullable=False, server_default="0"))
