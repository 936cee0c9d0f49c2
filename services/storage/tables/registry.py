"""What all tables are registered with, and how they are indexed in part."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()


def partial_index(name: str, *columns: str, where: str) -> sa.Index:
    """An index of those rows only of which that is true."""
    return sa.Index(name, *columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
