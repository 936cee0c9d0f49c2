"""Albums, what is on them, and with whom they are shared."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "albums",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("owner_id", sa.BigInteger, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("title_by", sa.BigInteger, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("description_by", sa.BigInteger, nullable=False),
        sa.Column("cover_id", sa.Text, sa.ForeignKey("tracks.id")),
        sa.Column("origin", sa.Text, unique=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
    )
    op.create_index("albums_by_guild", "albums", ["guild_id", "changed_at"])
    op.create_index("albums_by_owner", "albums", ["owner_id"])
    op.create_index("albums_by_title_writer", "albums", ["title_by"])
    op.create_index("albums_by_description_writer", "albums", ["description_by"])
    op.create_table(
        "album_tracks",
        sa.Column("album_id", sa.Text, sa.ForeignKey("albums.id"), primary_key=True),
        sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), primary_key=True),
        sa.Column("place", sa.Integer, nullable=False),
    )
    op.create_index("album_tracks_by_track", "album_tracks", ["track_id"])
    op.create_table(
        "album_sharers",
        sa.Column("album_id", sa.Text, sa.ForeignKey("albums.id"), primary_key=True),
        sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    )
    op.create_index("album_sharers_by_member", "album_sharers", ["member_id"])
