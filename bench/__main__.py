"""`python -m bench [name …]`: measures and prints a table, with the machine's facts."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

from bench import acknowledgement, crowd, knowing, machine, mastering, music, reservations, walk, words
from bench.figures import table

MEASUREMENTS = {
    "acknowledgement": acknowledgement,
    "reservations": reservations,
    "music": music,
    "mastering": mastering,
    "words": words,
    "knowing": knowing,
    "crowd": crowd,
    "walk": walk,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures Jamboree on this machine.")
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(MEASUREMENTS)}; none: all")
    names = parser.parse_args().names or list(MEASUREMENTS)
    if unknown := set(names) - set(MEASUREMENTS):
        parser.error(f"no measurement {', '.join(sorted(unknown))}; there are {', '.join(MEASUREMENTS)}")
    began = time.monotonic()
    print(f"{machine.facts()}\n\npython -m bench {' '.join(names)}")
    for name in names:
        module = MEASUREMENTS[name]
        print(f"… {name}", file=sys.stderr)
        figures = asyncio.run(module.measure())
        print(f"\n{(module.__doc__ or '').splitlines()[0]}\n\n{table(figures)}", flush=True)
    print(f"\n{time.monotonic() - began:.0f} s in all")


if __name__ == "__main__":
    main()
