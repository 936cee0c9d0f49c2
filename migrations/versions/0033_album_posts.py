"""The posts in which albums are published, and the tracks in them."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "album_posts",
        sa.Column("album_id", sa.Text, primary_key=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("place_id", sa.BigInteger),
        sa.Column("intent_at", sa.BigInteger),
        sa.Column("tag", sa.Text, nullable=False, unique=True),
        sa.Column("counted", sa.Boolean, nullable=False),
        sa.Column("sounds", sa.Integer, nullable=False),
        sa.Column("archives", sa.Integer, nullable=False),
        sa.Column("posted", sa.Boolean, nullable=False),
        sa.Column("renamed", sa.Boolean, nullable=False),
        sa.Column("gone", sa.Boolean, nullable=False),
    )
    pending = sa.text("NOT posted OR renamed OR gone")
    op.create_index(
        "album_posts_pending", "album_posts", ["guild_id"], sqlite_where=pending, postgresql_where=pending
    )
    op.create_table(
        "album_prints",
        sa.Column("album_id", sa.Text, sa.ForeignKey("album_posts.album_id"), primary_key=True),
        sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("sound", sa.Integer),
        sa.Column("archive", sa.Integer),
    )
    op.create_index("album_prints_by_track", "album_prints", ["track_id"])
