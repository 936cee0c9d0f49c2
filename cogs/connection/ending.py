"""How the process ends: in time, whatever hangs, with its exit code, whoever reads its log."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from contextlib import suppress
from typing import NoReturn

import structlog

log = structlog.get_logger("jamboree")


def end_after(seconds: float) -> threading.Event:
    """Ends the process so long after that is set, whatever still hangs: the next start goes on from there.

    Its thread is there from now on: when it is needed, there may be no memory for another.
    """
    stopping = threading.Event()

    def wait_and_leave() -> None:
        stopping.wait()
        time.sleep(seconds)
        try:
            log.warning("stopping took too long; the next start goes on from there", seconds=seconds)
        finally:
            leave(0)

    threading.Thread(target=wait_and_leave, daemon=True, name="the end").start()
    return stopping


def end(code: int) -> NoReturn:
    """Ends the process, when everything is closed.

    Not by the interpreter's own end: a library's thread that still calls Python then (obstore's are Rust's)
    aborts the process, and a check that found all well would end as a crash.
    """
    logging.shutdown()
    leave(code)


def leave(code: int) -> NoReturn:
    """Ends the process at once, also where nobody reads, or the log's disk is full."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # None: it was closed by whoever started this
            stream.flush()
    os._exit(code)
