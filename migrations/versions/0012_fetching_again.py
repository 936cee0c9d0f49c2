"""When a paid track that could not be had is fetched again by itself."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tracks", sa.Column("fetch_at", sa.BigInteger))
    op.create_index("tracks_by_fetch", "tracks", ["fetch_at"])
