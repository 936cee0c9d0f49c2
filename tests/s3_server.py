"""A real S3 API for tests: moto's server, one for a test process, with which it ends."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from functools import cache
from itertools import count

HOST = "127.0.0.1"
# Its input ends when the test process does, in whatever way.
SERVE = """
import os, sys, threading
from moto.server import main
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
main(sys.argv[1:])
"""
STARTING = 60.0  # seconds, on a busy machine
KEY = {"aws_access_key_id": "key-of-the-store", "aws_secret_access_key": "secret+of/the-store"}

_numbers = count(1)


class S3Server:
    """One server on a port of its own, in memory."""

    def __init__(self) -> None:
        with socket.create_server((HOST, 0)) as free:
            self.port: int = free.getsockname()[1]
        self.url = f"http://{HOST}:{self.port}"
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVE, "-H", HOST, "-p", str(self.port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + STARTING
        while not _answers(self.port):
            assert time.monotonic() < end, "moto's server does not start"

    def new_bucket(self) -> str:
        """An empty one's name."""
        name = f"jamboree-{next(_numbers)}"
        request = urllib.request.Request(f"{self.url}/{name}", method="PUT")  # noqa: S310
        urllib.request.urlopen(request).close()  # noqa: S310
        return name


@cache
def s3_server() -> S3Server:
    """The one that a test process's tests share."""
    return S3Server()


def stored(url: str = "") -> dict[str, str]:
    """The settings with which a bot keeps its audio in a bucket of its own. url: another way there."""
    server = s3_server()
    return KEY | {
        "storage_url": f"s3://{server.new_bucket()}/bot/audio",
        "aws_endpoint_url": url or server.url,
    }


def _answers(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        time.sleep(0.02)
        return False
    return True
