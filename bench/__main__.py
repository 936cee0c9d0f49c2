"""`python -m bench [name …]`: measures, prints a table with the machine's facts, keeps it in results.json."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from bench import (
    acknowledgement,
    clusters,
    crowd,
    evenings,
    fairness,
    history,
    idle,
    knowing,
    mastering,
    music,
    parties,
    postgresql,
    reservations,
    walk,
    words,
)
from bench.measuring import machine
from bench.measuring.figures import table
from bench.page.write import write

RESULTS = Path(__file__).with_name("results.json")
MEASUREMENTS = {
    "knowing": knowing,
    "walk": walk,
    "idle": idle,
    "fairness": fairness,
    "crowd": crowd,
    "history": history,
    "postgresql": postgresql,
    "acknowledgement": acknowledgement,
    "mastering": mastering,
    "reservations": reservations,
    "words": words,
    "music": music,
    "parties": parties,
    "evenings": evenings,
    "clusters": clusters,
}
BY_NAME_ONLY = {"clusters"}  # or all would take longer than ten minutes
BESIDE_KNOWING = ("walk", "idle", "fairness")  # they count, and `knowing` mostly waits
LONGEST = 300.0  # seconds for one, after which it has failed


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures Jamboree on this machine.")
    parser.add_argument(
        "names",
        nargs="*",
        metavar="name",
        help=f"of {', '.join(MEASUREMENTS)}; none: all but {', '.join(sorted(BY_NAME_ONLY))}",
    )
    names = parser.parse_args().names or [name for name in MEASUREMENTS if name not in BY_NAME_ONLY]
    if unknown := set(names) - set(MEASUREMENTS):
        parser.error(f"no measurement {', '.join(sorted(unknown))}; there are {', '.join(MEASUREMENTS)}")
    began = time.monotonic()
    print(f"{machine.facts()}\n\npython -m bench {' '.join(names)}", flush=True)
    failed = asyncio.run(measure_all(names))
    print(f"\n{time.monotonic() - began:.0f} s in all")
    if failed:
        sys.exit(f"Failed: {', '.join(failed)}")


async def measure_all(names: Sequence[str]) -> list[str]:
    """One after another, but for those that count beside `knowing`; the names of those that failed."""
    beside = [name for name in names if name in BESIDE_KNOWING] if "knowing" in names else []
    lanes = [["knowing"], beside] if beside else []
    rest = [name for name in names if not any(name in lane for lane in lanes)]
    failed: list[str] = []
    for part in await asyncio.gather(*map(_measure, lanes)):
        failed += part
    return failed + await _measure(rest)


async def _measure(names: Sequence[str]) -> list[str]:
    """Those, each kept as soon as it is measured; the names of those that failed."""
    return [name for name in names if not await measure_one(name, MEASUREMENTS[name])]


async def measure_one(name: str, module: ModuleType) -> bool:
    """Measures, prints and keeps it; False where it failed, which is kept too."""
    print(f"… {name}", file=sys.stderr, flush=True)
    about: dict[str, Any] = {
        "measured": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "machine": machine.facts(),
        "figures": [],
    }
    began = time.monotonic()
    try:
        async with asyncio.timeout(LONGEST):
            figures = await module.measure()
    except Exception as error:  # noqa: BLE001  (the others are measured all the same)
        traceback.print_exc()
        figures = None
        about["failed"] = f"{type(error).__name__}: {error}".splitlines()[0]
        print(f"\n{_said(module)}\n\n{about['failed']}", flush=True)
    else:
        about["figures"] = [asdict(figure) for figure in figures]
        print(f"\n{_said(module)}\n\n{table(figures)}", flush=True)
    keep(name, about | {"took": time.monotonic() - began})
    return figures is not None


def _said(module: ModuleType) -> str:
    return (module.__doc__ or "").splitlines()[0]


def keep(name: str, measured: dict[str, Any]) -> None:
    """Writes what was measured in place of what was measured before of the same; the rest stays."""
    kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    kept = {**kept, name: measured}
    write(kept, {name: _said(module) for name, module in MEASUREMENTS.items()})
    RESULTS.write_text(
        json.dumps(kept, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
