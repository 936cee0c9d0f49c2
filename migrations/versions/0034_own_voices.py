"""Members' own voices, and the tracks that are sung with them."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "own_voices",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("given_at", sa.BigInteger),
        sa.Column("decided_by", sa.BigInteger),
    )
    op.create_index("own_voices_by_member", "own_voices", ["guild_id", "member_id"])
    op.create_index("own_voices_by_digest", "own_voices", ["digest"])
    op.add_column("tracks", sa.Column("voice_id", sa.Text))
    op.add_column("tracks", sa.Column("voice_url", sa.Text))
    for name, table, column, where in (
        ("own_voices_forgotten", "own_voices", "id", "state = 'forgotten'"),
        ("own_voices_asked", "own_voices", "asked_at", "state = 'asked'"),
        ("tracks_by_voice", "tracks", "voice_id", "voice_id IS NOT NULL"),
    ):
        op.create_index(name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
