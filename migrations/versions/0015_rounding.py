"""Entries that follow the provider's price and bill may come more than once for a track."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    once = sa.text("kind in ('reserve', 'spend', 'release')")
    op.drop_index("ledger_entries_once", "ledger_entries")
    op.create_index(
        "ledger_entries_once",
        "ledger_entries",
        ["track_id", "kind"],
        unique=True,
        sqlite_where=once,
        postgresql_where=once,
    )
