"""How far a database's tables are: which of the steps in `migrations` it has gone."""

from __future__ import annotations

from enum import Enum, auto
from pathlib import Path

import sqlalchemy as sa

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


class Schema(Enum):
    """There are none, they want bringing up to date, or they are the newest."""

    ABSENT = auto()
    OLDER = auto()
    CURRENT = auto()


class UnknownSchema(Exception):
    """Somebody else has brought the schema further: a newer Jamboree, most likely. str(): to which step."""


def schema_of(connection: sa.Connection) -> Schema:
    """How far the tables there are. Raises UnknownSchema."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return Schema.ABSENT
    version = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    steps = sorted(path.name.partition("_")[0] for path in MIGRATIONS.glob("versions/[0-9]*.py"))
    if version is not None and version not in steps:
        raise UnknownSchema(version)
    return Schema.CURRENT if version == steps[-1] else Schema.OLDER
