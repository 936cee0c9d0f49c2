"""Interactions as Discord tells of them, read as far as they can be.

The rule: a member is answered, also where their interaction is told in another way than discord.py expects,
as with a partial channel that lacks what a whole one has, or a field that is null or new. discord.py reads
all of an interaction or nothing, and then nobody would be answered. Names, and all that was written, can be
kept and looked for, whatever a client made of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import discord
from discord.state import ConnectionState

from services.text.characters import make_storable
from services.wavespeed.json_values import mapping

# What comes of reading something else than is there; what is wrong with the connection is none of them.
UNREADABLE = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
_UNTOLD: dict[str, Any] = {  # what is taken for so where it is not told; Discord refuses what is not so
    "version": 1,
    "attachment_size_limit": 10 * 1024 * 1024,  # bytes, as in a server without boosts
    "app_permissions": str(discord.Permissions.all().value),
}
_NOT_LOOKED_AT = ("entitlements", "authorizing_integration_owners")
_parse: Any = ConnectionState.parse_interaction_create


def use() -> None:
    """From now on, for every client that is made."""
    states: Any = ConnectionState
    states.parse_interaction_create = _read


def _read(state: Any, data: dict[str, Any]) -> None:
    make_storable(data)
    data = _UNTOLD | {"channel": {"id": data.get("channel_id")}} | data
    for told in _ways(data):
        with suppress(*UNREADABLE):
            return _parse(state, told)  # reads it before it does anything with it
    return _parse(state, data)  # whoever calls tells of it


def _ways(data: dict[str, Any]) -> Iterator[Any]:
    yield data
    told = {name: value for name, value in data.items() if value is not None and name not in _NOT_LOOKED_AT}
    told = _UNTOLD | told
    where = {"id": data.get("channel_id")}
    yield told | {"channel": where | dict(mapping(data["channel"]))}
    yield told | {"channel": where}  # the bot knows it, or says that it does not


def without_nulls(told: dict[str, Any]) -> dict[str, Any]:
    """What Discord tells, less what it tells as nothing: to discord.py that is something else."""
    return {name: value for name, value in told.items() if value is not None}
