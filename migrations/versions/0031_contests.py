"""Contests: what was entered, who opened it, what was voted; and which tracks are secret until one ends."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contests",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("place_id", sa.BigInteger),
        sa.Column("thread_id", sa.BigInteger),
        sa.Column("event_id", sa.BigInteger),
        sa.Column("starter_id", sa.BigInteger),
        sa.Column("week", sa.Text),
        sa.Column("theme", sa.Text, nullable=False),
        sa.Column("voting", sa.Text, nullable=False),
        sa.Column("rules", sa.JSON, nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("entries_until", sa.BigInteger, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("rounds", sa.Integer, nullable=False),
        sa.Column("round_until", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("ended_by", sa.BigInteger),
        sa.Column("voters", sa.Integer),
        sa.UniqueConstraint("guild_id", "week"),
    )
    op.create_index("contests_by_guild", "contests", ["guild_id", "ended_at"])
    going_on = sa.text("phase IN ('entries', 'voting')")
    op.create_index(
        "contests_going_on", "contests", ["guild_id"], sqlite_where=going_on, postgresql_where=going_on
    )
    op.create_table(
        "contest_entries",
        sa.Column("contest_id", sa.Text, sa.ForeignKey("contests.id"), primary_key=True),
        sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), primary_key=True),
        sa.Column("entered_by", sa.BigInteger, nullable=False),
        sa.Column("entered_at", sa.BigInteger, nullable=False),
        sa.Column("number", sa.Integer),
        sa.Column("place", sa.Integer),
        sa.Column("points", sa.Integer),
    )
    op.create_index("contest_entries_by_track", "contest_entries", ["track_id"])
    op.create_index("contest_entries_by_member", "contest_entries", ["entered_by"])
    op.create_table(
        "contest_pairs",
        sa.Column("contest_id", sa.Text, sa.ForeignKey("contests.id"), primary_key=True),
        sa.Column("round", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("pair", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("first", sa.Text, sa.ForeignKey("tracks.id"), nullable=False),
        sa.Column("second", sa.Text, sa.ForeignKey("tracks.id")),
        sa.Column("winner", sa.Text, sa.ForeignKey("tracks.id")),
        sa.Column("first_votes", sa.Integer),
        sa.Column("second_votes", sa.Integer),
    )
    op.create_table(
        "contest_votes",
        sa.Column("contest_id", sa.Text, sa.ForeignKey("contests.id"), primary_key=True),
        sa.Column("round", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("pair", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("choices", sa.JSON, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("contest_votes_by_member", "contest_votes", ["member_id"])
    op.create_table(
        "contest_listens",
        sa.Column("contest_id", sa.Text, sa.ForeignKey("contests.id"), primary_key=True),
        sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), primary_key=True),
        sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("contest_listens_by_member", "contest_listens", ["member_id"])
    op.add_column("tracks", sa.Column("contest_id", sa.Text))
    secret = sa.text("contest_id IS NOT NULL")
    op.create_index(
        "tracks_by_contest", "tracks", ["contest_id"], sqlite_where=secret, postgresql_where=secret
    )
