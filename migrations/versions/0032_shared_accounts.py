"""Guild keys: which account a key opens that another guild brought before.

Of keys that were brought until now nobody knows here: they are sealed. Each counts for itself until it is
brought once more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("guild_keys", sa.Column("account_id", sa.Integer))
    op.create_index("guild_keys_by_account", "guild_keys", ["account_id"])
