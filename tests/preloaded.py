"""Bots, and the suite's workers, as processes that need not import everything first: each is forked from one
that has.

Half of what a bot's start costs is imports, and two thirds of what a worker needs to collect the tests.
`python bot.py` itself is started in test_front_door.py.
"""

from __future__ import annotations

import asyncio
import fcntl
import gc
import io
import json
import os
import runpy
import select
import shlex
import signal
import socket
import subprocess
import sys
import termios
import threading
from collections.abc import Mapping
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path
from typing import IO, Any

import aiohttp.connector
import pytest

ROOT = Path(__file__).parents[1]
LARGEST = 2**20  # bytes of a request
ADDRESS = "PRELOADED"  # the setting that says where the process is that forks them


class BotProcess:
    """What of `asyncio.subprocess.Process` the tests use."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.stdout: asyncio.StreamReader | None = None
        self.stderr: asyncio.StreamReader | None = None
        self._ended = asyncio.Event()
        self._watched = os.pidfd_open(pid)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._watched, self._note_end)

    def _note_end(self) -> None:
        self._loop.remove_reader(self._watched)
        os.close(self._watched)
        self.returncode = os.waitstatus_to_exitcode(_ask({"wait": self.pid}))
        self._ended.set()

    async def wait(self) -> int:
        await self._ended.wait()
        assert self.returncode is not None
        return self.returncode

    async def communicate(self) -> tuple[bytes, bytes]:
        """Waits for its end; what it wrote to the pipes that it was given."""
        pipes = [pipe.read() for pipe in (self.stdout, self.stderr) if pipe]
        written = await asyncio.gather(*pipes)
        await self.wait()
        out = written.pop(0) if self.stdout else b""
        return out, written.pop(0) if self.stderr else b""

    def send_signal(self, what: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, what)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


async def start(
    program: Path,
    *arguments: str,
    folder: Path,
    environment: Mapping[str, str],
    typed: bytes = b"",
    log: IO[bytes] | None = None,
) -> BotProcess:
    """`python program arguments …` in that folder; reads what is typed, writes to the log, or to pipes."""
    source, keyboard = os.pipe()
    os.write(keyboard, typed)
    os.close(keyboard)
    readers = []
    if log is None:
        (out_end, out), (err_end, err) = os.pipe(), os.pipe()
        readers = [out_end, err_end]
    else:
        out, err = os.dup(log.fileno()), os.dup(log.fileno())
    order = {"run": [str(program), *arguments], "folder": str(folder), "environment": dict(environment)}
    process = BotProcess(_ask(order, source, out, err))
    for end in (source, out, err):
        os.close(end)
    if readers:
        process.stdout, process.stderr = [await _reader(end) for end in readers]
    return process


async def start_at(
    terminal: int, program: Path, *arguments: str, folder: Path, environment: Mapping[str, str]
) -> BotProcess:
    """The same at a terminal, as the first process there: what is typed at it goes to that one."""
    order = {"run": [str(program), *arguments], "folder": str(folder), "environment": dict(environment)}
    return BotProcess(_ask({**order, "at_terminal": True}, terminal, terminal, terminal))


async def _reader(end: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(end, "rb"))
    return reader


@cache
def _server() -> socket.socket:
    """A connection to the process that forks them."""
    address = os.environ.get(ADDRESS) or _begin()
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.connect(f"\0{address}")
    return connection


def share() -> None:
    """Has one such process, from now on, for all processes of this suite's."""
    os.environ[ADDRESS] = _begin()
    _server()  # as long as this connection is there, so is it


def suite_worker(tests: list[str]) -> str:
    """The command that has a worker of the suite forked from a process that has imported those tests."""
    program = Path(__file__).with_name("suite_worker.py")
    return shlex.join([sys.executable, "-S", "-E", str(program), _begin(*tests)])


def _begin(*tests: str) -> str:
    """Begins one, for bots or with those tests; its address, which is no file's. It ends when nobody is
    connected any more."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
        door.bind("")
        door.listen()
        subprocess.Popen(
            [sys.executable, __file__, str(door.fileno()), *tests], cwd=ROOT, pass_fds=[door.fileno()],
            env=os.environ | {"PYTHONPATH": str(ROOT)}, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return door.getsockname()[1:].decode()


def _ask(order: dict[str, object], *files: int) -> int:
    socket.send_fds(_server(), [json.dumps(order).encode()], files)
    return int(_server().recv(LARGEST))


def _serve(door: socket.socket) -> list[str] | None:
    """Forks and waits as it is asked to. Returns what to run, in the process that is to run it."""
    interrupted = signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with those who asked, not before
    alive: dict[socket.socket, set[int]] = {door.accept()[0]: set()}  # by who asked for them
    while alive:
        for one in select.select([door, *alive], [], [])[0]:
            if one is door:
                alive[door.accept()[0]] = set()
                continue
            message, files, *_ = socket.recv_fds(one, LARGEST, 3)
            if not message:  # who asks is gone
                for pid in alive.pop(one):
                    os.kill(pid, signal.SIGKILL)
                continue
            order = json.loads(message)
            if "wait" in order:
                _pid, answer = os.waitpid(order["wait"], 0)
                alive[one].discard(order["wait"])
            else:
                assert threading.active_count() == 1
                answer = os.fork()
                if answer == 0:
                    for held in (door, *alive):
                        held.close()
                    signal.signal(signal.SIGINT, interrupted)
                    return _become(order, files)
                alive[one].add(answer)
                for file in files:
                    os.close(file)
            one.send(str(answer).encode())
    return None


def _become(order: dict[str, Any], files: list[int]) -> list[str]:
    """Makes this process what was asked for; what it is to run."""
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    if "at_terminal" in order:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)  # who runs in the background has none
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nor has who was started by `nohup`
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        for written in (sys.stdout, sys.stderr):
            assert isinstance(written, io.TextIOWrapper)
            written.reconfigure(line_buffering=True)
    os.chdir(order["folder"])
    os.environ.clear()
    os.environ.update(order["environment"])
    if trusted := os.environ.get("SSL_CERT_FILE"):  # whom to trust was read when aiohttp was imported
        aiohttp.connector._SSL_CONTEXT_VERIFIED.load_verify_locations(trusted)  # pyright: ignore[reportPrivateUsage]
    gc.enable()
    return order["run"]


def _import_tests(tests: list[str]) -> None:
    """What cannot be imported, each worker finds out for itself, and says it."""
    import migrated

    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        pytest.main(["--collect-only", "-q", "-n", "0", "-p", "no:cacheprovider", *tests])
    migrated.prepare()


def _main() -> None:
    gc.disable()
    door, tests = socket.socket(fileno=int(sys.argv[1])), sys.argv[2:]
    if tests:
        _import_tests(tests)
    from short_pauses import shorten

    import bot  # noqa: F401  (with all that it imports)
    from cogs.texts.translation import LANGUAGES, catalogue
    from services.storage import file_locks

    file_locks.LOOK = 0.5
    if not tests:  # a worker of the suite's has tests which know how long a pause is
        shorten(setattr, {})
    for language in LANGUAGES:
        catalogue(language)
    gc.disable()  # who collects tests enables it
    gc.collect()
    gc.freeze()
    run = _serve(door)
    if run is None:
        return
    sys.argv = run
    if run[0] == "-c":
        exec(run[1], {"__name__": "__main__"})  # noqa: S102  # xdist's own, as Python would
    else:
        sys.path[0] = str(Path(run[0]).parent)
        runpy.run_path(run[0], run_name="__main__")


if __name__ == "__main__":
    _main()
