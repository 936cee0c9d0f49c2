"""A guild's rules, read and changed each in a transaction of its own."""

from __future__ import annotations

from functools import partial
from typing import Any

from services.guilds.rules import Rules, change_rules, read_rules
from services.storage.database import Database


class GuildRules:
    """What moderators have set, guild by guild."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, guild_id: int) -> Rules:
        """The guild's rules as they are now; defaults where it never set any."""
        return await self._database.read_in_one_go(partial(read_rules, guild_id=guild_id))

    async def change(self, guild_id: int, actor_id: int, *, seen: str | None = None, **changes: Any) -> Rules:
        """Sets the given rules in the moderator's name, and returns all of them.

        seen: the `fingerprint` of these rules as the moderator saw them. Raises RulesChanged where they are
        others now.
        """
        async with self._database.write() as connection:
            return await change_rules(connection, guild_id, actor_id, seen=seen, **changes)
