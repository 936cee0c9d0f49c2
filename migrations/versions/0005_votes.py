"""Votes, sets of tracks to choose from, and what tracks are found by."""

import sqlalchemy as sa
from alembic import op

from services.tracks.search import searchable, searchable_tags

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tracks", sa.Column("set_id", sa.Text))
    op.create_index("tracks_by_parent", "tracks", ["parent_id"])
    op.create_index("tracks_by_set", "tracks", ["set_id"])
    op.create_table(
        "votes",
        sa.Column("set_id", sa.Text, primary_key=True),
        sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), nullable=False),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("votes_by_track", "votes", ["track_id"])
    op.create_index("votes_by_guild", "votes", ["guild_id", "at"])
    op.create_index("votes_by_member", "votes", ["member_id"])
    op.create_table(
        "ballots",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("parent_id", sa.Text, sa.ForeignKey("tracks.id")),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("intent_at", sa.BigInteger),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("closes_at", sa.BigInteger),
        sa.Column("closed_at", sa.BigInteger),
        sa.Column("closed_by", sa.BigInteger),
        sa.Column("result", sa.JSON),
        sa.Column("shown", sa.Boolean, nullable=False),
    )
    op.create_index("ballots_by_shown", "ballots", ["shown"])
    _keep_words()


def _keep_words() -> None:
    """What the tracks that there are are found by."""
    kept = op.create_table(
        "track_words",
        sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), primary_key=True),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("tags", sa.Text, nullable=False),
    )
    connection = op.get_bind()
    tracks = sa.table("tracks", *(sa.column(name) for name in ("id", "member_id", "title", "tags", "lyrics")))
    named = sa.select(tracks.c.id, tracks.c.title, tracks.c.tags, tracks.c.lyrics)
    rows = connection.execute(named.where(tracks.c.member_id >= 0)).all()
    words = [
        {"track_id": track_id, "words": searchable(f"{title}\n{lyrics}"), "tags": searchable_tags(tags)}
        for track_id, title, tags, lyrics in rows
    ]
    if words:
        connection.execute(kept.insert(), words)
