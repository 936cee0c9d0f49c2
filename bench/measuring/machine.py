"""The machine's facts, without which no figure says anything."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path


def facts() -> str:
    """Date, processor, memory, operating system, and the versions that matter, in three lines."""
    libraries = ", ".join(f"{name} {version(name)}" for name in ("dbos", "discord.py", "av", "numpy"))
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {_cores()} cores of {_processor()}, {_memory()} GiB; "
        f"load {os.getloadavg()[0]:.1f}\n"
        f"{platform.system()} {platform.release()} {platform.machine()}; "
        f"{platform.python_implementation()} {platform.python_version()}; SQLite {sqlite3.sqlite_version}\n"
        f"{libraries}"
    )


def _cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


def _memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
