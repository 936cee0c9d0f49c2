"""What is due is found in our own tables, without reading every track; DBOS's queue is used no more.

Tracks that wait stood on that queue under the names of their workflows: they get new ones.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

UNFINISHED = "state IN ('waiting', 'submitting', 'rendering', 'mastering', 'delivering')"
IN_LINE = "(state = 'waiting' OR put_off = 'back')"


def upgrade() -> None:
    op.add_column("tracks", sa.Column("put_off", sa.Text))
    op.execute("UPDATE tracks SET pauses = pauses + 1 WHERE state = 'waiting'")
    op.drop_index("tracks_by_state", "tracks")
    for name, columns, where in (
        ("tracks_unfinished", ["guild_id", "key_id"], UNFINISHED),
        ("tracks_in_line", ["key_id", "turn", "created_at"], IN_LINE),
        ("tracks_started", ["key_id", "started_at"], "started_at IS NOT NULL"),
        ("tracks_moderated", ["moderated_at"], "moderated_at IS NOT NULL"),
    ):
        op.create_index(name, "tracks", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
