"""A member's recordings: handed out, and erased."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from services.own_voices import voices
from services.storage.tables import own_voices as table


async def guilds_of(connection: AsyncConnection, member_id: int) -> set[int]:
    """The guilds in which the member has recordings."""
    return {voice.guild_id for voice in await voices.find(connection, table.c.member_id == member_id)}


async def erase(connection: AsyncConnection, member_id: int, number: int) -> None:
    """Erases the member's recordings everywhere. number: what stands in the id's place."""
    for voice in await voices.find(connection, table.c.member_id == member_id):
        await voices.forget(connection, voice)
        await voices.change(connection, voice.id, member_id=number)
    decided = table.update().where(table.c.decided_by == member_id)
    await connection.execute(decided.values(decided_by=number))


async def export(connection: AsyncConnection, member_id: int) -> list[dict[str, Any]]:
    """What is kept of the member's voice."""
    theirs = table.c.member_id == member_id, voices.not_forgotten()
    return [
        {
            "guild_id": str(voice.guild_id),
            "state": str(voice.state),
            "sentence": voice.sentence,
            "asked_at": voice.asked_at.isoformat(),
            "given_at": voice.given_at.isoformat() if voice.given_at else None,
            "seconds": voice.seconds,
        }
        for voice in await voices.find(connection, *theirs)
    ]
