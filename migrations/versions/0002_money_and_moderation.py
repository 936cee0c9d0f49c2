"""Money and moderation: zones, ceilings and access of guilds; corrections; rules, people, reports, audit."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

GUILDS = (
    ("member_daily_limit", sa.BigInteger),
    ("daily_ceiling", sa.BigInteger),
    ("monthly_ceiling", sa.BigInteger),
    ("next_timezone", sa.Text),
    ("next_timezone_at", sa.BigInteger),
    ("access", sa.Text),
)
TRACKS = (
    ("withheld_by", sa.BigInteger),
    ("withheld_because", sa.Text),
    ("reviewed_by", sa.BigInteger),
    ("review_channel_id", sa.BigInteger),
    ("review_message_id", sa.BigInteger),
)


def upgrade() -> None:
    for name, kind in GUILDS:
        op.add_column("guilds", sa.Column(name, kind))
    for name, kind in TRACKS:
        op.add_column("tracks", sa.Column(name, kind))
    op.create_table(
        "house",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "rules",
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("settings", sa.JSON, nullable=False),
    )
    op.create_table(
        "bans",
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("until", sa.BigInteger),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("moderator_id", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "reports",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), nullable=False),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("track_id", "member_id"),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("actor_id", sa.BigInteger, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("audit_by_guild", "audit", ["guild_id", "id"])
