"""Relays: seats, lines, and votes on tags."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "relays",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("place_id", sa.BigInteger),
        sa.Column("starter_id", sa.BigInteger, nullable=False),
        sa.Column("starter_name", sa.Text, nullable=False),
        sa.Column("theme", sa.Text, nullable=False),
        sa.Column("most", sa.Integer, nullable=False),
        sa.Column("rounds", sa.Integer, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("phase", sa.Text, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("track_id", sa.Text),
        sa.Column("refused", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    going_on = sa.text("phase IN ('seats', 'writing', 'voting', 'making')")
    op.create_index(
        "relays_going_on", "relays", ["guild_id"], sqlite_where=going_on, postgresql_where=going_on
    )
    op.create_index("relays_by_track", "relays", ["track_id"])
    op.create_index("relays_by_starter", "relays", ["starter_id"])
    op.create_table(
        "relay_seats",
        sa.Column("relay_id", sa.Text, sa.ForeignKey("relays.id"), primary_key=True),
        sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("seat", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
    )
    op.create_index("relay_seats_by_member", "relay_seats", ["member_id"])
    op.create_table(
        "relay_lines",
        sa.Column("relay_id", sa.Text, sa.ForeignKey("relays.id"), primary_key=True),
        sa.Column("turn", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("relay_lines_by_member", "relay_lines", ["member_id"])
    op.create_table(
        "relay_votes",
        sa.Column("relay_id", sa.Text, sa.ForeignKey("relays.id"), primary_key=True),
        sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("tag", sa.Text, primary_key=True),
    )
    op.create_index("relay_votes_by_member", "relay_votes", ["member_id"])
