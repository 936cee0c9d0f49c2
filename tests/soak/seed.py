"""What the environment says of a campaign: its seed (new each time, printed, SOAK_SEED=… takes one again),
its provider, its numbers."""

from __future__ import annotations

import os
import secrets
from functools import cache

PROVIDERS = ("observed", "documented", "hostile")


@cache
def soak_seed() -> int:
    """SOAK_SEED, or one that nobody has chosen; printed at once, so that it is known whatever comes.

    The same for all campaigns of one run.
    """
    given = os.environ.get("SOAK_SEED", "").strip()
    seed = int(given) if given else secrets.randbelow(1_000_000)
    print(f"\nSOAK_SEED={seed}", flush=True)  # noqa: T201
    return seed


def wanted(name: str, default: int) -> int:
    """A number of the campaign's: SOAK_TRACKS, SOAK_KILLS, SOAK_FAULTS, …; SOAK_HEAL in seconds."""
    return int(os.environ.get(f"SOAK_{name.upper()}", str(default)))


def provider() -> str:
    """How WaveSpeed behaves: SOAK_PROVIDER, one of PROVIDERS."""
    given = os.environ.get("SOAK_PROVIDER", "").strip() or "documented"
    if given not in PROVIDERS:
        raise ValueError(f"SOAK_PROVIDER is {', '.join(PROVIDERS)}; it says {given!r}.")
    return given
