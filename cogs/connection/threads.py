"""Threads as Discord tells of them, read as far as the bot looks at them.

The rule: what Discord may leave out of a thread (its channel, its first message) keeps none from being read;
discord.py reads all of it or nothing, and what was opened would seem to have failed, and stay.
"""

from __future__ import annotations

from typing import Any

import discord
from discord.http import HTTPClient

from cogs.connection.interactions import without_nulls
from services.wavespeed.json_values import mapping

_UNTOLD: dict[str, Any] = {"parent_id": 0, "owner_id": 0, "name": "", "message_count": 0, "member_count": 0}
_OF_METADATA: dict[str, Any] = {
    "archived": False,
    "auto_archive_duration": 1440,
    "archive_timestamp": "1970-01-01T00:00:00+00:00",
}
_thread: Any = discord.Thread
_read: Any = _thread._from_data
_client: Any = HTTPClient
_begin: Any = _client.start_thread_in_forum


def use() -> None:
    """From now on, for every thread that discord.py is told of, in interactions too."""
    _thread._from_data = _read_plain
    _client.start_thread_in_forum = _begin_plain


def _read_plain(thread: discord.Thread, data: dict[str, Any]) -> None:
    metadata = without_nulls(dict(mapping(data.get("thread_metadata"))))
    _read(thread, _UNTOLD | without_nulls(data) | {"thread_metadata": _OF_METADATA | metadata})


async def _begin_plain(client: HTTPClient, channel_id: int, **options: Any) -> dict[str, Any]:
    """The message that a forum's post begins with has the post's id."""
    told: dict[str, Any] = await _begin(client, channel_id, **options)
    return {"message": {"id": told["id"]}} | told
