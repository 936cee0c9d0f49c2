"""`make soak`: members, faults of every kind and kills, on both databases at once, and then with two clusters
on one; and everything must hold.

SOAK_SEED repeats a campaign. SOAK_TRACKS, SOAK_KILLS, SOAK_FAULTS, SOAK_SONGS (sung with members' own voices)
and SOAK_PARTIES say how many in all, of which each database has its half; SOAK_DATABASE (sqlite, postgresql,
clusters) takes one of them alone. SOAK_PROVIDER is how WaveSpeed answers: as its documents (documented, the
default) or its clients (observed) have it, or with what no client may believe or follow beside all the other
faults (hostile).
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

CLUSTERS = "clusters"  # two on one PostgreSQL
MANY = 100  # tracks from which on some must have met a limit


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_whatever_happens_everything_holds(tmp_path: Path) -> None:
    seed, alone = soak_seed(), os.environ.get("SOAK_DATABASE")
    chosen = [name for name in DATABASES if alone in (None, "", name)]
    if not chosen:
        pytest.skip("SOAK_DATABASE says so")
    each = _share(len(chosen))
    told = await asyncio.gather(*(_campaign(tmp_path / name, name, each, seed) for name in chosen))
    if any(told):
        pytest.fail("\n\n".join(filter(None, told)), pytrace=False)


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_two_clusters_do_once_what_is_done_once(tmp_path: Path) -> None:
    """A contest, an album, a relay, a song, a party: whichever of them it is whose guild, or whose turn."""
    if os.environ.get("SOAK_DATABASE") not in (None, "", CLUSTERS):
        pytest.skip("SOAK_DATABASE says so")
    told = await _campaign(tmp_path / CLUSTERS, "postgresql", _share(2), soak_seed(), clusters=2)
    if told:
        pytest.fail(told, pytrace=False)


def _share(of: int) -> Wanted:
    all_of_it = {
        "tracks": wanted("tracks", 240),
        "kills": wanted("kills", 120),
        "faults": wanted("faults", 600),
        "songs": wanted("songs", 24),
        "parties": wanted("parties", 24),
    }
    return Wanted(**{what: -(-many // of) for what, many in all_of_it.items()}, heal=wanted("heal", 180))


async def _campaign(folder: Path, database: str, many: Wanted, seed: int, clusters: int = 1) -> str:
    """What does not hold, with its history; "" where all does."""
    async with a_world(folder, DATABASES[database], seed, provider(), clusters) as world:
        campaign = Campaign(world, many, seed)
        records = await campaign.run()
        print(summary(campaign, records))  # noqa: T201
        assert campaign.refused or many.tracks < MANY, "no request met a limit: this tries no limit"
        found = violations(records)
        if not campaign.over():
            found.append(Violation("gets nowhere", f"after {many.patience:g} s: {campaign.progress()}"))
        return report(world, records, found, seed) if found else ""
