"""Which hints a member has had in a guild. The rule: nobody waits for one, and nothing fails by one.

What was had is remembered in the process, so a member who has had all costs no statement.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import sqlalchemy as sa
import structlog

from services.storage.database import Database, insert
from services.storage.tables import hints

log = structlog.get_logger(__name__)

REMEMBERED = 100_000  # members at once; then it is begun anew, from the database


class Hints:
    """Hints by their names, of which whoever gives them knows the words."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._had: dict[tuple[int, int], set[str]] = {}
        self._writing: set[asyncio.Task[None]] = set()

    def remembered(self, guild_id: int, member_id: int) -> Collection[str] | None:
        """What the member has had, as far as this process knows; None: it has not looked yet."""
        return self._had.get((guild_id, member_id))

    async def look_up(self, guild_id: int, member_id: int) -> Collection[str] | None:
        """The same, looked up where it is not known; None where it cannot be. Raises nothing."""
        if (guild_id, member_id) not in self._had:
            own = sa.select(hints.c.hint).where(hints.c.member_id == member_id, hints.c.guild_id == guild_id)
            try:
                async with self._database.read() as connection:
                    found = set(await connection.scalars(own))
            except Exception as error:  # noqa: BLE001  (a courtesy)
                log.info("hints not looked up", member=member_id, error=str(error) or type(error).__name__)
                return None
            if len(self._had) >= REMEMBERED:
                self._had.clear()
            self._had.setdefault((guild_id, member_id), found)
        return self._had[guild_id, member_id]

    def note(self, guild_id: int, member_id: int, hint: str) -> None:
        """The member has it now; that is written down in the background."""
        self._had.setdefault((guild_id, member_id), set()).add(hint)
        task = asyncio.create_task(self._write(guild_id, member_id, hint))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def close(self) -> None:
        """Waits until what was noted is written down."""
        if self._writing:
            await asyncio.wait(self._writing)

    async def _write(self, guild_id: int, member_id: int, hint: str) -> None:
        row = {"guild_id": guild_id, "member_id": member_id, "hint": hint}
        try:
            async with self._database.write(patient=True) as connection:
                await connection.execute(insert(connection, hints).values(**row).on_conflict_do_nothing())
        except Exception as error:  # noqa: BLE001  (after the next start it is given once more)
            log.info("hint not written down", member=member_id, error=str(error) or type(error).__name__)
