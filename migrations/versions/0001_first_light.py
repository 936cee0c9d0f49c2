"""First light: guilds, tracks, the ledger, notices."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "guilds",
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("daily_limit", sa.BigInteger),
        sa.Column("monthly_limit", sa.BigInteger),
        sa.Column("timezone", sa.Text),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.Column("last_number", sa.Integer, nullable=False),
    )
    op.create_table(
        "tracks",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("guild_name", sa.Text, nullable=False),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("member_name", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("lyrics", sa.Text, nullable=False),
        sa.Column("duration", sa.Integer, nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("parent_id", sa.Text, sa.ForeignKey("tracks.id")),
        sa.Column("price", sa.BigInteger, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("pauses", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("failure", sa.Text),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("intent_at", sa.BigInteger),
        sa.Column("prediction_id", sa.Text, unique=True),
        sa.Column("output_url", sa.Text),
        sa.Column("explicit", sa.Boolean, nullable=False),
        sa.Column("publish_intent_at", sa.BigInteger),
        sa.Column("message_channel_id", sa.BigInteger),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("finished_at", sa.BigInteger),
        sa.Column("deleted_at", sa.BigInteger),
        sa.Column("bitrate", sa.Integer),
        sa.Column("lowered", sa.Boolean, nullable=False),
        sa.Column("seconds", sa.Float),
        sa.Column("reply_token", sa.Text),
        sa.Column("reply_at", sa.BigInteger),
        sa.UniqueConstraint("guild_id", "number"),
    )
    op.create_index("tracks_by_state", "tracks", ["state", "turn"])
    op.create_index("tracks_by_guild", "tracks", ["guild_id", "created_at"])
    op.create_index("tracks_by_member", "tracks", ["guild_id", "member_id", "state"])
    op.create_table(
        "ledger_entries",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    reserved_and_closed_once = sa.text("kind <> 'correct'")
    op.create_index(
        "ledger_entries_once",
        "ledger_entries",
        ["track_id", "kind"],
        unique=True,
        sqlite_where=reserved_and_closed_once,
        postgresql_where=reserved_and_closed_once,
    )
    op.create_table(
        "ledger_sums",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("period", sa.Text, primary_key=True),
        sa.Column("reserved", sa.BigInteger, nullable=False),
        sa.Column("spent", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "ledger_postings",
        sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), primary_key=True),
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("period", sa.Text, nullable=False),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_index("notices_by_member", "notices", ["guild_id", "member_id"])
