"""Kinds of columns of our own."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa


class Instant(sa.TypeDecorator[datetime]):
    """A moment, kept as whole microseconds since 1970 UTC, the same in every database."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> int | None:
        """The moment as whole microseconds."""
        return None if value is None else round(value.timestamp() * 1_000_000)

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> datetime | None:
        """The moment, in UTC."""
        return None if value is None else datetime.fromtimestamp(value / 1_000_000, UTC)
