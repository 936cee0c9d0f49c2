"""Tracks are found by the messages that they are posted in, so that what was deleted is not linked."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _index("tracks_by_message", "message_channel_id", "message_id")
    _index("tracks_by_review_message", "review_channel_id", "review_message_id")


def _index(name: str, channel: str, message: str) -> None:
    there = sa.text(f"{message} IS NOT NULL")
    op.create_index(name, "tracks", [channel, message], sqlite_where=there, postgresql_where=there)
