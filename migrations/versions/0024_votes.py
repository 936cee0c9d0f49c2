"""How many votes each track has, kept beside it: what is most voted is found without counting all votes."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tracks", sa.Column("votes", sa.Integer, nullable=False, server_default="0"))
    op.execute(
        "UPDATE tracks SET votes = (SELECT count(*) FROM votes WHERE track_id = tracks.id) "
        "WHERE id IN (SELECT track_id FROM votes)"
    )
    op.create_index("tracks_by_votes", "tracks", ["guild_id", "votes", "number"])
