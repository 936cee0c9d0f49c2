"""Whether WaveSpeed accepts a key, asked in a way that costs nothing."""

from __future__ import annotations

from services.wavespeed.client import BadKey, NoBalance, NotFound, RefusedInput, Unavailable, WaveSpeed


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
            await wavespeed.result("jamboree-checks-a-key")  # whoever has no key hears so before 404
        except (NotFound, NoBalance, RefusedInput):
            return None
    return None
