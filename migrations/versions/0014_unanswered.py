"""Submissions without an answer, which are few, are found without reading every track."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    unanswered = sa.text("prediction_id IS NULL AND intent_at IS NOT NULL")
    op.create_index(
        "tracks_unanswered", "tracks", ["intent_at"], sqlite_where=unanswered, postgresql_where=unanswered
    )
