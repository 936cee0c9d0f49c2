"""What a worker process does itself: how it begins, and how it does one job.

The rule: nothing is imported here that no job needs, because each worker's start and memory pay for it.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import re
import resource
import signal
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

BEHIND = 5  # steps of niceness by which a worker gives way to the bot, which answers members meanwhile
KEPT = 16 * 2**20  # bytes that stay with a worker for its next job; mastering takes twice as many

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # <malloc.h>


def do(seconds: float, job: Callable[..., T], args: Any, options: Any) -> T:
    """The job; then what it took is given back, also what the C library would keep beyond KEPT."""
    signal.setitimer(signal.ITIMER_PROF, seconds)  # then SIGPROF ends the process
    try:
        return job(*args, **options)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        with suppress(AttributeError):
            ctypes.CDLL(None).malloc_trim(KEPT)


def ready() -> None:
    """The first job: when it is done, the worker is there."""


def begin(parent: int, memory: int, umask: int) -> None:
    """Makes a process that has just begun a worker: bounded, harmless, and gone when its parent is.

    memory: bytes that a job may take. umask: the rights that nobody has to the files it makes.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.umask(umask)
    os.nice(BEHIND)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")  # they would stand among the log's lines
    os.environ["OPENBLAS_NUM_THREADS"] = (
        "1"  # each thread of it takes memory, and nothing here multiplies matrices
    )
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before that was said
            os._exit(0)
        with suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000")  # whoever must go, this first
        _keep_memory()
    # All that jobs need, so that what they take is theirs alone.
    importlib.import_module("services.workers.post_production")
    if sys.platform == "linux":
        taken = re.search(r"^VmData:\s*(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
        if taken is not None:
            most = int(taken[1]) * 1024 + memory
            resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _keep_memory() -> None:
    """Has the C library keep what is freed, until `do` gives it back at the job's end.

    A job frees a block of samples or a picture some hundred times, and a page that the system gives anew
    costs as much as the work on it.
    """
    with suppress(AttributeError):  # another C library than GNU's
        library = ctypes.CDLL(None)
        library.mallopt(_M_MMAP_THRESHOLD, 32 * 2**20)  # the most there is
        library.mallopt(_M_TRIM_THRESHOLD, 2**30)
