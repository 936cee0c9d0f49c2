"""`make soak`: members, faults of every kind and kills, on both databases at once; then everything must hold.

SOAK_SEED repeats a campaign. SOAK_TRACKS, SOAK_KILLS, SOAK_FAULTS say how many in all, of which each database
has its half; SOAK_DATABASE (sqlite, postgresql) takes one of them alone. SOAK_PROVIDER is how WaveSpeed
answers: as its documents (documented, the default) or its clients (observed) have it, or with what no
client may believe or follow beside all the other faults (hostile).
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from soak.campaign import Campaign, Wanted
from soak.databases import DATABASES
from soak.invariants import violations
from soak.report import report, summary
from soak.seed import provider, soak_seed, wanted
from soak.violation import Violation
from soak.world import a_world

MANY = 100  # tracks from which on some must have met a limit


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_whatever_happens_everything_holds(tmp_path: Path) -> None:
    seed, alone = soak_seed(), os.environ.get("SOAK_DATABASE")
    chosen = [name for name in DATABASES if alone in (None, "", name)]
    all_of_it = {
        "tracks": wanted("tracks", 240),
        "kills": wanted("kills", 120),
        "faults": wanted("faults", 600),
    }
    each = Wanted(
        **{what: -(-many // len(chosen)) for what, many in all_of_it.items()}, heal=wanted("heal", 180)
    )
    told = await asyncio.gather(*(_campaign(tmp_path / name, name, each, seed) for name in chosen))
    if any(told):
        pytest.fail("\n\n".join(filter(None, told)), pytrace=False)


async def _campaign(folder: Path, database: str, many: Wanted, seed: int) -> str:
    """What does not hold, with its history; "" where all does."""
    async with a_world(folder, DATABASES[database], seed, provider()) as world:
        campaign = Campaign(world, many, seed)
        records = await campaign.run()
        print(summary(campaign, records))  # noqa: T201
        assert campaign.refused or many.tracks < MANY, "no request met a limit: this tries no limit"
        found = violations(records)
        if not campaign.over():
            found.append(Violation("gets nowhere", f"after {many.patience:g} s: {campaign.progress()}"))
        return report(world, records, found, seed) if found else ""
