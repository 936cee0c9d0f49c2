"""`python -m bench.programs.sdk_clients URL KEY`: the provider's own SDK makes tracks, many at once.

A process of its own, because it blocks threads. Standard input: a line for each track when it is to be made,
as JSON with `model` and `input`. Ends when all have ended.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor

from wavespeed.api import Client

MOST = 500  # at once


def main() -> None:
    url, key = sys.argv[1:]
    client = Client(key, url)
    with ThreadPoolExecutor(MOST) as threads:
        running = [threads.submit(client.run, **json.loads(line)) for line in sys.stdin]
        for one in running:
            one.result()


if __name__ == "__main__":
    main()
