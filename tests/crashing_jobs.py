"""Jobs that end their worker, for tests: each as bytes from outside could end it."""

from __future__ import annotations

import ctypes
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from services.audio.mastered import AudioError, Master
from services.workers import jobs


def abort() -> None:
    os.abort()


def draw(*_: object) -> None:
    """In place of a picture."""
    os.abort()


def crash() -> None:
    ctypes.string_at(0)


def leave() -> None:
    os._exit(3)


def eat_memory() -> None:
    """As a library in C does that does not expect to be refused any."""
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    for _ in range(1000):
        got = libc.malloc(10**7)
        if got is None:
            os.abort()
        ctypes.memset(got, 1, 10**7)


def hold_memory(count: int) -> int:
    """As Python does: so many bytes, each of them written to."""
    return len(bytearray(b"x") * count)


def loop() -> None:
    while True:
        pass


def sleep(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def pid() -> int:
    return os.getpid()


def once(marker: Path) -> int:
    """Takes for ever the first time, and no time the second."""
    if marker.exists():
        return os.getpid()
    marker.write_text(str(os.getpid()))
    time.sleep(600)
    return 0


def loaded() -> list[str]:
    """What a worker has no use for and has all the same."""
    import sys

    names = ("bot", "discord", "dbos", "sqlalchemy", "aiohttp", "structlog")
    return [name for name in names if name in sys.modules]


def peak(job: Callable[..., object], *args: Any) -> tuple[float, str]:
    """By how many MiB the job raised its worker's memory at most, and what it raised, if anything."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    before, said = _memory("VmRSS"), ""
    try:
        job(*args)
    except AudioError as error:
        said = f"{type(error).__name__}: {error}"
    return _memory("VmHWM") - before, said


def _memory(name: str) -> float:
    found = re.search(rf"^{name}:\s*(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024


def raise_it(words: str) -> None:
    raise LookupError(words)


def master(source: Path, folder: Path, label: Any, *, max_bytes: int) -> Master:
    """Mastering, which aborts on every track of that title, as LAME did on a sample that is no number."""
    if label.title == "Deadly":
        os.abort()
    if label.title == "Endless":
        loop()
    return jobs.master(source, folder, label, max_bytes=max_bytes)


def mastered(source: Path, folder: Path, label: Any, max_bytes: int) -> Master:
    return jobs.master(source, folder, label, max_bytes=max_bytes)
