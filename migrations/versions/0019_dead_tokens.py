"""Interactions' tokens that are still kept, which are few, are found without reading every track."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kept = sa.text("reply_token IS NOT NULL")
    op.create_index("tracks_with_token", "tracks", ["reply_at"], sqlite_where=kept, postgresql_where=kept)
