"""`python -m services.monitoring.container_check`: whether a container's bot is well; exit code 0: it is.

With METRICS_ADDRESS the bot itself is asked whether a restart would mend something (/livez). Without it the
age of a file is looked at, which the bot touches every 15 s for as long as every shard is connected.
It needs nothing but Python's own library, because it is run every half minute.
"""

from __future__ import annotations

import os
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from services.addresses import seen_from_here

PATIENCE = 5.0  # seconds for the bot to answer
OLDEST = 60.0  # seconds since the file was touched


def main() -> int:
    """The exit code; what is wrong is printed, where the bot says it."""
    address = os.environ.get("METRICS_ADDRESS", "").strip()
    return _asked(address) if address else _by_file()


def _asked(address: str) -> int:
    try:
        connection = HTTPConnection(seen_from_here(address), timeout=PATIENCE)
        connection.request("GET", "/livez")
        answer = connection.getresponse()
        said = answer.read().decode(errors="replace").strip()
    except (OSError, HTTPException, ValueError) as error:
        print(f"no answer from METRICS_ADDRESS ({error})")  # noqa: T201
        return 1
    print(said)  # noqa: T201
    return 0 if answer.status == 200 else 1


def _by_file() -> int:
    several = int(os.environ.get("CLUSTER_COUNT") or 1) > 1
    name = f"health-{os.environ.get('CLUSTER_ID') or 0}" if several else "health"
    file = Path(os.environ.get("DATA_DIR") or "data", name)
    return 0 if file.exists() and time.time() - file.stat().st_mtime <= OLDEST else 1


if __name__ == "__main__":
    sys.exit(main())
