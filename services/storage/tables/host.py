"""What holds for all guilds: the state of the house, and who runs as which cluster."""

from __future__ import annotations

import sqlalchemy as sa

from services.storage.columns import Instant
from services.storage.tables.registry import metadata

house = sa.Table(  # what holds for all guilds: a pause, a price that was quoted, what the host was told
    "house",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

clusters = sa.Table(  # who runs as which cluster, on PostgreSQL; services.storage.leases says how
    "clusters",
    metadata,
    sa.Column("cluster_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("epoch", sa.BigInteger, nullable=False),  # counted up by every start and every takeover
    sa.Column("expires_at", Instant, nullable=False),  # by the database's clock
    sa.Column("taken_by", sa.Integer),  # the cluster that took its work over; NULL: it has a place
    sa.UniqueConstraint("cluster_id", "epoch"),  # makes a change of the epoch wait for those who rely on it
)
