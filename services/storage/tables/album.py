"""Albums, what is on them, with whom they are shared, and the posts in which they are published."""

from __future__ import annotations

import sqlalchemy as sa

from services.storage.columns import Instant
from services.storage.tables.registry import metadata, partial_index

# The condition of a partial index; a query uses it where it says the same, word for word.
PENDING_POST = "NOT posted OR renamed OR gone"

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

album_posts = sa.Table(  # where an album is published; services.albums.posts says how it is posted once
    "album_posts",
    metadata,
    sa.Column("album_id", sa.Text, primary_key=True),  # of one that may be deleted already
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("member_id", sa.BigInteger, nullable=False),  # who published it
    sa.Column("kind", sa.Text, nullable=False),  # services.albums.posts.Kind
    sa.Column("channel_id", sa.BigInteger, nullable=False),  # the channel or forum that was chosen
    sa.Column("place_id", sa.BigInteger),  # where its messages stand; NULL: a thread that is to be made
    sa.Column("intent_at", Instant),  # set before the thread is made
    sa.Column("tag", sa.Text, nullable=False, unique=True),  # in the keys and files of its messages
    sa.Column("counted", sa.Boolean, nullable=False, default=False),  # which of its messages has which tracks
    sa.Column("sounds", sa.Integer, nullable=False, default=0),  # how many messages have its MP3s
    sa.Column("archives", sa.Integer, nullable=False, default=0),
    sa.Column("posted", sa.Boolean, nullable=False, default=False),  # all of its messages are there
    sa.Column("renamed", sa.Boolean, nullable=False, default=False),  # its thread is to be named anew
    sa.Column("gone", sa.Boolean, nullable=False, default=False),  # its thread is to be closed
    partial_index("album_posts_pending", "guild_id", where=PENDING_POST),
)

album_prints = sa.Table(  # the tracks in a post
    "album_prints",
    metadata,
    sa.Column("album_id", sa.Text, sa.ForeignKey("album_posts.album_id"), primary_key=True),
    sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), primary_key=True),
    sa.Column("number", sa.Integer, nullable=False),  # on the album as it was published, from 1
    sa.Column("sound", sa.Integer),  # which message has its MP3, from 1; NULL: none
    sa.Column("archive", sa.Integer),  # which one has it in an archive
    sa.Index("album_prints_by_track", "track_id"),
)
