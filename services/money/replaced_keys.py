"""Asking of a track with whichever key of its guild the provider accepts.

The rule: who replaces a key revokes the old one, and both may be of one account; the newer one shows that by
what it finds, and what it does not find may be the other account's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from services.money.accounts import Accounts
from services.tracks.track import Track
from services.wavespeed.client import (
    BadKey,
    NotFound,
    RefusedInput,
    TurnedAway,
    Unavailable,
)

T = TypeVar("T")


async def ask_with_either_key(
    accounts: Accounts, track: Track, ask: Callable[[int | None], Awaitable[T]]
) -> T:
    """What is found of the track with the key that paid for it, or where that is refused, with its guild's.

    ask: is given the key's id. Raises what it raises; BadKey where neither is accepted, or nothing is found
    with the newer one.
    """
    try:
        return await ask(track.key_id)
    except BadKey as refused:
        newer = await accounts.of_guild(track.guild_id) if own_key_refused(track, refused) else None
        if newer is None or newer.id == track.key_id:
            raise
        found: T | None = None
        try:
            found = await ask(newer.id)
        except TurnedAway:
            raise
        except (BadKey, NotFound, RefusedInput, Unavailable):
            pass
        if found is None:
            raise refused from None
        return found


def own_key_refused(track: Track, error: Exception) -> bool:
    """Whether the provider does not accept the key that the track's guild brought, and that paid for it.

    The host's own is waited for: the host is told, and all of it waits.
    """
    return isinstance(error, BadKey) and not isinstance(error, TurnedAway) and track.key_id is not None
