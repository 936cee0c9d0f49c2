"""Albums, what is on them, and with whom they are shared."""

from __future__ import annotations

import sqlalchemy as sa

from services.storage.columns import Instant
from services.storage.tables.registry import metadata

albums = sa.Table(
    "albums",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("owner_id", sa.BigInteger, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("title_by", sa.BigInteger, nullable=False),  # whose words it is
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("description_by", sa.BigInteger, nullable=False),
    sa.Column("cover_id", sa.Text, sa.ForeignKey("tracks.id")),  # whose cover it has; NULL: one of its own
    sa.Column("origin", sa.Text, unique=True),  # what was made one by one press: "jam:…"; NULL: nothing
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Index("albums_by_guild", "guild_id", "changed_at"),
    sa.Index("albums_by_owner", "owner_id"),
    sa.Index("albums_by_title_writer", "title_by"),
    sa.Index("albums_by_description_writer", "description_by"),
)

album_tracks = sa.Table(
    "album_tracks",
    metadata,
    sa.Column("album_id", sa.Text, sa.ForeignKey("albums.id"), primary_key=True),
    sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), primary_key=True),
    sa.Column("place", sa.Integer, nullable=False),  # from 0; with gaps where something was taken off
    sa.Index("album_tracks_by_track", "track_id"),
)

album_sharers = sa.Table(  # who may change an album that is not their own
    "album_sharers",
    metadata,
    sa.Column("album_id", sa.Text, sa.ForeignKey("albums.id"), primary_key=True),
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Index("album_sharers_by_member", "member_id"),
)
