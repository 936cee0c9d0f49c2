"""`make soak`: a community, faults of every kind and kills on both databases, and then everything must hold.

SOAK_SEED repeats a campaign; SOAK_TRACKS, SOAK_KILLS, SOAK_FAULTS say how many, of each database.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from soak.campaign import Campaign, Wanted
from soak.databases import PostgreSql, Sqlite
from soak.history import history
from soak.invariants import violations
from soak.records import Records
from soak.seed import new_seed, wanted
from soak.world import World, a_world

TOLD = 2  # violations of one rule whose history is told
MOST = 8  # of one rule that are listed


@pytest.mark.soak
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("database", [Sqlite, PostgreSql])
async def test_whatever_happens_everything_holds(
    tmp_path: Path, database: type[Sqlite] | type[PostgreSql]
) -> None:
    seed = new_seed()
    many = Wanted(wanted("tracks", 200), wanted("kills", 100), wanted("faults", 500), wanted("heal", 180))
    async with a_world(tmp_path, database, seed) as world:
        campaign = Campaign(world, many, seed)
        records = await campaign.run()
        print(summary(campaign, records))  # noqa: T201
        found = violations(records)
        if found:
            pytest.fail(report(world, records, found, seed), pytrace=False)


def summary(campaign: Campaign, records: Records) -> str:
    """What there was of what."""
    states = Counter(track["failure"] or track["state"] for track in records.tracks.values())
    faults = Counter({name: sum(one.hits for one in kind) for name, kind in campaign.armed.items()})
    return "\n".join(
        [
            campaign.progress(),
            f"  tracks: {_listed(states)}",
            f"  kills: {_listed(campaign.kills)}",
            f"  faults: {_listed(faults)}",
            f"  {len(records.interactions)} interactions, {len(records.posts)} messages, "
            f"{campaign.limits.looks} looks at the limits, {len(records.lives)} lives of the bot",
        ]
    )


def _listed(counted: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counted.most_common() if count)


def report(world: World, records: Records, found: list, seed: int) -> str:
    """Every rule that is broken, with examples and the history of some."""
    lines = [f"SOAK_SEED={seed} on {world.database.name}: {len(found)} violations. Logs: {world.logs}"]
    for rule, count in Counter(one.rule for one in found).most_common():
        lines.append(f"\n== {rule}: {count}")
        of_rule = [one for one in found if one.rule == rule]
        for number, violation in enumerate(of_rule[:MOST]):
            lines.append(f"- {violation.text}")
            if number < TOLD and (told := history(world, records, violation)):
                lines.append(told)
        if count > MOST:
            lines.append(f"- … and {count - MOST} more")
    return "\n".join(lines)
