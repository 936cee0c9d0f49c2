"""`python -m bench [name …]`: measures, prints a table with the machine's facts, keeps it in results.json."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from bench import (
    acknowledgement,
    crowd,
    history,
    knowing,
    machine,
    mastering,
    music,
    performance,
    reservations,
    walk,
    words,
)
from bench.figures import table

RESULTS = Path(__file__).with_name("results.json")
MEASUREMENTS = {
    "acknowledgement": acknowledgement,
    "reservations": reservations,
    "music": music,
    "mastering": mastering,
    "words": words,
    "knowing": knowing,
    "crowd": crowd,
    "history": history,
    "walk": walk,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures Jamboree on this machine.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(MEASUREMENTS)}; none: all")
    names = parser.parse_args().names or list(MEASUREMENTS)
    if unknown := set(names) - set(MEASUREMENTS):
        parser.error(f"no measurement {', '.join(sorted(unknown))}; there are {', '.join(MEASUREMENTS)}")
    began, results = time.monotonic(), dict[str, Any]()
    print(f"{machine.facts()}\n\npython -m bench {' '.join(names)}")
    for name in names:
        module = MEASUREMENTS[name]
        print(f"… {name}", file=sys.stderr)
        figures = asyncio.run(module.measure())
        results[name] = [asdict(figure) for figure in figures]
        print(f"\n{_said(module)}\n\n{table(figures)}", flush=True)
    print(f"\n{time.monotonic() - began:.0f} s in all")
    keep(results)


def _said(module: ModuleType) -> str:
    return (module.__doc__ or "").splitlines()[0]


def keep(results: Mapping[str, Any]) -> None:
    """Writes what was measured in place of what was measured before of the same; the rest stays."""
    kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    about = {"measured": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", "machine": machine.facts()}
    kept |= {name: {**about, "figures": figures} for name, figures in results.items()}
    performance.write(kept, {name: _said(module) for name, module in MEASUREMENTS.items()})
    RESULTS.write_text(
        json.dumps(kept, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
