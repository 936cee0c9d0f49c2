"""Whether WaveSpeed accepts a key, asked in a way that costs nothing."""

from __future__ import annotations

import asyncio

from services.wavespeed.client import (
    BadKey,
    NoBalance,
    NotFound,
    RefusedInput,
    TurnedAway,
    Unavailable,
    WaveSpeed,
    WaveSpeedError,
)

NOBODYS = "jamboree-checks-a-key"  # the id of no prediction
ATTEMPTS = 3  # whoever brings the key waits for the answer, and can try it again


class KeyUntold(Exception):
    """Whether a key is good could not be told now. str() says why."""


async def try_key(address: str, key: str, *, request_timeout: float, patience: float) -> int | None:
    """The same as `check_key` of a key that nothing else uses yet, for at most `patience` seconds.

    address: WaveSpeed's. Raises BadKey where WaveSpeed itself refuses it; KeyUntold.
    """
    try:
        client = WaveSpeed(address, key, timeout=request_timeout, attempts=ATTEMPTS)
        async with asyncio.timeout(patience), client as wavespeed:
            return await check_key(wavespeed)
    except TurnedAway as error:
        raise KeyUntold(str(error)) from error
    except BadKey:
        raise
    except (WaveSpeedError, TimeoutError) as error:
        raise KeyUntold(str(error) or "no answer") from error


async def check_key(wavespeed: WaveSpeed) -> int | None:
    """Returns where the key is accepted: what its account has left, in micro-dollars; None: it is not told.

    Raises BadKey where WaveSpeed says that it is not, TurnedAway where something before it says so, and
    another WaveSpeedError where there is no answer from which to tell.
    """
    try:
        return await wavespeed.balance()
    except NoBalance:
        return 0
    except (Unavailable, NotFound, BadKey):  # no such call there, or one that this key may not make
        try:
            await wavespeed.result(NOBODYS)  # whoever has no key hears so before 404
        except (NotFound, NoBalance, RefusedInput):
            return None
    return None


async def tells_results(wavespeed: WaveSpeed) -> bool:
    """Whether WaveSpeed says now what became of predictions: of one that never was, that there is none."""
    try:
        await wavespeed.result(NOBODYS, attempts=1)
    except WaveSpeedError as error:
        return isinstance(error, NotFound | RefusedInput)
    return True


async def is_there(wavespeed: WaveSpeed) -> bool:
    """Whether WaveSpeed itself answers, and not only what stands before it."""
    try:
        await check_key(wavespeed)
    except WaveSpeedError as error:
        return isinstance(error, BadKey) and not isinstance(error, TurnedAway)
    return True
