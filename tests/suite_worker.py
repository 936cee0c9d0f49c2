"""What xdist starts as one of the suite's workers: has it forked from a process that has imported all tests
(`preloaded`), and stands for it as long as it lives.

python suite_worker.py ADDRESS … -c CODE, with nothing imported that takes its time
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys


def main() -> int:
    """The worker's exit code. It is ended where this process is: the connection is closed then."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the worker itself hears of it
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.connect(f"\0{sys.argv[1]}")
    order = {"run": sys.argv[-2:], "folder": os.getcwd(), "environment": dict(os.environ)}
    socket.send_fds(connection, [json.dumps(order).encode()], [0, 1, 2])
    pid = int(connection.recv(64))
    select.select([os.pidfd_open(pid)], [], [])
    connection.send(json.dumps({"wait": pid}).encode())
    return os.waitstatus_to_exitcode(int(connection.recv(64))) & 255


if __name__ == "__main__":
    sys.exit(main())
