"""A track's money, and a guild's waiting tracks, are found without reading a long history."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

IN_LINE = "(state = 'waiting' OR put_off = 'back')"


def upgrade() -> None:
    op.create_index("ledger_entries_by_track", "ledger_entries", ["track_id"])
    in_line, columns = sa.text(IN_LINE), ["guild_id", "state"]
    op.create_index("tracks_waiting", "tracks", columns, sqlite_where=in_line, postgresql_where=in_line)
