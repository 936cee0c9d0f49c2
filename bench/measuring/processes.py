"""What a process has used, by /proc (Linux: proc(5))."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")  # a second
PAGE = os.sysconf("SC_PAGE_SIZE")  # bytes


def cpu_seconds(pid: int) -> float:
    """Processor time of the process and of its children that have ended, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS


def thread_seconds(pid: int) -> float:
    """Processor time of the process's threads that live, in seconds, finer than a tick."""
    return sum(_ran(thread) for thread in Path(f"/proc/{pid}/task").iterdir())


def loop_seconds(pid: int) -> float:
    """Of it, that of its first thread, which has its event loop."""
    return _ran(Path(f"/proc/{pid}/task/{pid}"))


def _ran(thread: Path) -> float:
    return int((thread / "schedstat").read_text(encoding="ascii").split()[0]) / 1e9


def resident(pid: int) -> int:
    """Bytes of memory that it holds."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1]) * PAGE


def family(pid: int) -> Iterator[int]:
    """The process, its children and theirs that live."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text(encoding="ascii").split():
            yield from family(int(child))


def begin_peak() -> None:
    """The peak of this process's memory begins anew (Linux: proc(5))."""
    Path("/proc/self/clear_refs").write_text("5")


def memory(name: str) -> int:
    """VmRSS, the bytes that this process has now; VmHWM, at most until now."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition(f"{name}:")[2].split()[0]) * 1024
