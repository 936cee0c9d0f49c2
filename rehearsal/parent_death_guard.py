"""`python parent_death_guard.py PARENT PROGRAM …`: becomes `python PROGRAM …`, and ends when its parent does.

The rule: a parent that is killed hard leaves no bot behind. On Linux, that is; elsewhere nothing tells it.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2); it outlives the exec below


def main() -> None:
    parent, program = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it went before it could be watched
            sys.exit(1)
    os.execv(sys.executable, [sys.executable, *program])  # noqa: S606


if __name__ == "__main__":
    main()
