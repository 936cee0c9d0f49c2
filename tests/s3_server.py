"""A real S3 API for tests: moto's server, one for a test process, with which it ends."""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from functools import cache
from itertools import count

HOST = "127.0.0.1"
# Takes a free port and says which; its input ends when the test process does, in whatever way.
SERVE = """
import os, sys, threading
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
server = make_server(sys.argv[1], 0, DomainDispatcherApplication(create_backend_app), threaded=True)
print(server.port, flush=True)
server.serve_forever()
"""
KEY = {"aws_access_key_id": "key-of-the-store", "aws_secret_access_key": "secret+of/the-store"}

_numbers = count(1)


class S3Server:
    """One server on a port of its own, in memory."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVE, HOST],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        self.url = f"http://{HOST}:{self.port}"

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
