"""The bot, which notes the longest time for which one callback held the thread of its event loop.

`python -m bench.programs.held_bot FILE`. SIGUSR1 writes that, in seconds of the thread's processor time, to
the file, and begins anew.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import bot


def main() -> None:
    file = Path(sys.argv.pop(1))
    run: Any = vars(asyncio.Handle)["_run"]  # what the loop calls for each of its callbacks
    longest, of_the_loop = 0.0, threading.get_ident()

    def timed(handle: asyncio.Handle) -> None:
        nonlocal longest
        began = time.thread_time()
        run(handle)
        if threading.get_ident() == of_the_loop:
            longest = max(longest, time.thread_time() - began)

    def write(*_signal: Any) -> None:
        nonlocal longest
        file.with_suffix(".part").write_text(str(longest))
        file.with_suffix(".part").rename(file)
        longest = 0.0

    asyncio.Handle._run = timed  # pyright: ignore[reportAttributeAccessIssue]
    signal.signal(signal.SIGUSR1, write)
    bot.main()


if __name__ == "__main__":
    main()
