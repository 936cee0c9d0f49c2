"""What a campaign prints when it is over: what there was, and what does not hold, with its history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import mean
from typing import TYPE_CHECKING

from soak.answers import BROKE, asked
from soak.history import history
from soak.records import Records, log_lines
from soak.together.ears import PACKETS
from soak.violation import Violation
from soak.world import World

if TYPE_CHECKING:
    from soak.campaign import Campaign

TOLD = 2  # violations of one rule whose history is told
MOST = 8  # of one rule that are listed


def summary(campaign: Campaign, records: Records) -> str:
    """What there was of what."""
    states = Counter(track["failure"] or track["state"] for track in records.tracks.values())
    faults = Counter({name: sum(one.hits for one in kind) for name, kind in campaign.armed.items()})
    opening = [life.opened - life.started for life in records.lives if life.opened]
    broke = sum(1 for question in asked(records) if BROKE in question.text)
    return "\n".join(
        [
            campaign.progress(),
            f"  tracks: {_listed(states)}",
            f"  kills: {_listed(campaign.kills)}",
            f"  faults: {_listed(faults)}",
            f"  evenings: {_listed(_evenings(records)) or 'none'}",
            f"  parties: {_listed(_parties(campaign.world, records)) or 'none'}",
            f"  voices: {_listed(_voices(records)) or 'none'}",
            f"  {len(records.interactions)} interactions, {len(records.posts)} messages, "
            f"{campaign.limits.looks} looks at the limits; {len(records.lives)} lives of the bot, open after "
            f"{mean(opening or [0.0]):.1f} s",
            f"  for whoever mends: {broke} answers “{BROKE}”; errors in the log: "
            f"{_listed(_errors(campaign.world, records)) or 'none'}",
        ]
    )


def _evenings(records: Records) -> Counter[str]:
    return Counter(
        {
            "contests over": sum(one["phase"] == "ended" for one in records.contests),
            "entries": len(records.contest_entries),
            "votes": len(records.contest_votes),
            "albums' messages": sum(one["key"].startswith("album") for one in records.kept_messages),
            "relays": len(records.relays),
            "of them sung": sum(one["track_id"] in records.tracks for one in records.relays),
        }
    )


def _parties(world: World, records: Records) -> Counter[str]:
    return Counter(
        {
            **Counter(f"over because {one['ended_because']}" for one in records.parties),
            "tracks in queues": len(records.party_tracks),
            "seconds heard": world.ears.heard // PACKETS,
            "times that a track began to be heard or went on": len(records.runs),
            "packets unreadable": world.ears.unreadable,
            "packets of nothing": sum(one.frames for one in records.runs if not one.track),
        }
    )


def _voices(records: Records) -> Counter[str]:
    return Counter(
        {
            "recordings given": len(records.recordings),
            "erased": sum(one.gone_at is not None for one in records.recordings),
            "songs asked for": len(records.songs),
            "lent in jams": sum(one["singer_id"] is not None for one in records.tracks.values()),
            "times switched off": len(records.voices_off),
        }
    )


def _errors(world: World, records: Records) -> Counter[str]:
    found: Counter[str] = Counter()
    for life in records.lives:
        for _at, told in log_lines(world.log_of(life)):
            if told.get("level") in ("error", "critical", "raw"):
                found[str(told.get("event")).strip()[:70]] += 1
    return found


def _listed(counted: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counted.most_common() if count)


def report(world: World, records: Records, found: Sequence[Violation], seed: int) -> str:
    """Every rule that is broken, with examples and the history of some."""
    known: set[str | None] = {None}
    lines = [f"SOAK_SEED={seed} on {world.database.name}: {len(found)} violations. Logs: {world.logs}"]
    for rule, count in Counter(one.rule for one in found).most_common():
        lines.append(f"\n== {rule}: {count}")
        of_rule = [one for one in found if one.rule == rule]
        for number, violation in enumerate(of_rule[:MOST]):
            lines.append(f"- {violation.text}")
            whose = violation.track or violation.interaction
            if number >= TOLD or (whose in known and violation.life is None):
                continue
            known.add(whose)
            lines += filter(None, [history(world, records, violation)])
        if count > MOST:
            lines.append(f"- … and {count - MOST} more")
    return "\n".join(lines)
