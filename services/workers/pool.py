"""Worker processes: what decodes strangers' bytes, or takes the processor for long, runs in one of them.

The rule: whatever a job does, it ends at most its own worker, and whoever asked for it hears how. Workers
start when they are needed, leave when they have had nothing to do for a while, and never outlive the bot.
Each is a Pebble pool of one, so that the end of one touches nothing that another shares.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from importlib.machinery import ModuleSpec
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any, ParamSpec, TypeVar

import structlog
from pebble import ProcessExpired, ProcessPool

from services.storage.private_files import UMASK
from services.workers.worker import begin, do, ready

log = structlog.get_logger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

MEMORY = (
    150 * 2**20
)  # bytes that a job may take beyond what an idle worker has; mastering takes a fifth of it
IDLE = 30.0  # seconds without a job after which a worker leaves
START_SECONDS = 60.0  # for one to be ready; half a second where nothing else is going on
CLOCK = 5  # times the processor time that a job may take by the clock
MOST_JOBS = 200  # of one worker; then another takes its place, so that nothing that leaks adds up
STOPS = (
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGHUP,
)  # not a job's doing: somebody stops the bot, and all of it
TRIES = 3  # to have one job begin
ENDED = (ProcessExpired, BrokenProcessPool)  # the latter where Pebble had not seen the job begin yet

# To Linux, a worker's parent is the thread that started it, and the worker ends with that one. These threads
# stay until the bot ends; the loop's own end when it closes.
_starters = ThreadPoolExecutor(2, thread_name_prefix="workers")


class WorkerEnded(Exception):
    """The job ended its worker, or had to be ended with it. str() says how, as the end of a sentence."""


class WorkerDied(WorkerEnded):
    """The process ended: it aborted, crashed or took all memory. how: the signal's name, or the exit code."""

    def __init__(self, how: str) -> None:
        super().__init__(f"its process ended ({how})")
        self.how = how


class TookTooLong(WorkerEnded):
    """It was not done within its time, `seconds`; of: what counts them, where that is not the clock."""

    def __init__(self, seconds: float, of: str = "") -> None:
        super().__init__(f"it was not done after {seconds:.0f} s{of}")
        self.seconds = seconds


class NoWorker(Exception):
    """No worker can be had now: the machine gives no process, or the bot stops. Later it may."""


class Workers:
    """As many at a time as there are `places`; whoever finds them all taken waits, first come, first served.

    memory: bytes that a job may take. idle: seconds after which a worker without a job leaves. ended: is told
    of each that a job has ended.
    """

    def __init__(
        self,
        places: int,
        *,
        memory: int = MEMORY,
        idle: float = IDLE,
        ended: Callable[[WorkerEnded], None] = lambda _error: None,
    ) -> None:
        self._places = asyncio.Semaphore(places)
        self._ended = ended
        self._memory, self._idle_seconds = memory, idle
        self._idle: list[tuple[_Worker, asyncio.TimerHandle]] = []
        self._all: set[_Worker] = set()
        self._leaving: set[asyncio.Task[None]] = set()
        self._preparing: asyncio.Task[None] | None = None
        self._closed = False

    async def run(self, seconds: float, job: Callable[P, T], /, *args: P.args, **options: P.kwargs) -> T:
        """What the job returns or raises.

        seconds: of processor time that it may take, however busy the machine is; and CLOCK times as many by
        the clock. The job is a function of a module, with arguments that can be pickled. Raises WorkerDied,
        TookTooLong, NoWorker.
        """
        async with self._places:
            for _ in range(TRIES):
                worker = await self._ready_worker()
                try:
                    result = await worker.run(seconds, job, args, options)
                except _Stopped:
                    self._dismiss(worker)
                    continue
                except (WorkerEnded, asyncio.CancelledError) as error:
                    self._dismiss(worker)
                    if isinstance(error, WorkerEnded):
                        self._ended(error)
                    raise
                except BaseException:
                    self._rest(worker)
                    raise
                self._rest(worker)
                return result
        raise NoWorker("workers are ended from outside")

    def prepare(self) -> None:
        """Has a worker there soon, and for as long as one stays without a job: it is about to be needed."""
        if self._idle:
            worker, timer = self._idle.pop()
            timer.cancel()
            self._rest(worker)
        elif not self._all and (self._preparing is None or self._preparing.done()) and not self._closed:
            self._preparing = asyncio.create_task(self._prepare())

    async def _prepare(self) -> None:
        with suppress(NoWorker):  # whoever needs one hears of it
            self._rest(await self._new_worker())

    async def close(self) -> None:
        """Ends all workers at once; their jobs' callers are cancelled. There are none any more then."""
        self._closed = True
        if self._preparing is not None:
            self._preparing.cancel()
        for _worker, timer in self._idle:
            timer.cancel()
        for worker in list(self._all):
            self._dismiss(worker)
        if self._leaving:
            await asyncio.wait(self._leaving)

    @property
    def pids(self) -> list[int]:
        """The ids of the workers' processes that there are now."""
        return [pid for worker in self._all for pid in worker.pids]

    @property
    def idle(self) -> int:
        """How many of them have nothing to do now."""
        return len(self._idle)

    async def _ready_worker(self) -> _Worker:
        if self._preparing is not None and not self._idle:
            await asyncio.wait([self._preparing])
        if self._closed:
            raise NoWorker("the bot stops")
        while self._idle:
            worker, timer = self._idle.pop()
            timer.cancel()
            if worker.alive:
                return worker
            self._dismiss(worker)
        return await self._new_worker()

    async def _new_worker(self) -> _Worker:
        worker = _Worker(self._memory)
        self._all.add(worker)
        try:
            await worker.start()
        except BaseException as error:
            self._dismiss(worker)
            if isinstance(error, asyncio.CancelledError):
                raise
            log.error("no worker process can be started", error=f"{type(error).__name__}: {error}")
            raise NoWorker("none can be started") from error
        return worker

    def _rest(self, worker: _Worker) -> None:
        if self._closed:
            self._dismiss(worker)
            return

        def leave() -> None:
            self._idle.remove(entry)
            self._dismiss(worker)

        entry = worker, asyncio.get_running_loop().call_later(self._idle_seconds, leave)
        self._idle.append(entry)

    def _dismiss(self, worker: _Worker) -> None:
        """Ends the worker at once; what Pebble keeps of it is cleared away in a thread."""
        if worker not in self._all:
            return
        self._all.discard(worker)
        worker.kill()
        task = asyncio.create_task(asyncio.to_thread(worker.clear_away))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)


class _Stopped(Exception):
    """The worker was ended from outside, by a signal or with all others; the job had no part in it."""


class _Worker:
    """One process, in a pool of its own."""

    def __init__(self, memory: int) -> None:
        self._context = _Context()
        self._pool = ProcessPool(
            1, MOST_JOBS, initializer=begin, initargs=(os.getpid(), memory, UMASK), context=self._context
        )
        self._job: asyncio.Future[Any] | None = None

    async def start(self) -> None:
        """Begins it, and waits until it is ready. Whatever goes wrong is raised."""
        async with asyncio.timeout(START_SECONDS):
            await self._call(START_SECONDS, ready, (), {})

    async def run(self, seconds: float, job: Callable[..., T], args: Any, options: Any) -> T:
        """What the job returns or raises. Raises WorkerDied, TookTooLong, _Stopped."""
        try:
            return await self._call(seconds, job, args, options)
        except ENDED as error:
            code = error.exitcode if isinstance(error, ProcessExpired) else self._context.exit_code()
            if -code in STOPS:
                raise _Stopped from error
            if -code == signal.SIGPROF:
                raise TookTooLong(seconds, " of processor time") from None
            raise WorkerDied(_named(code)) from None
        except TimeoutError as error:
            if error.args[:1] != ("Task timeout",):  # Pebble's own
                raise
            raise TookTooLong(seconds * CLOCK) from None

    async def _call(self, seconds: float, job: Callable[..., T], args: Any, options: Any) -> T:
        task = (seconds, job, args, options)
        try:
            schedule = partial(self._pool.schedule, do, task, {}, seconds * CLOCK)
            scheduled = await asyncio.get_running_loop().run_in_executor(_starters, schedule)
        except RuntimeError as error:  # it was ended meanwhile, before it was given the job
            raise _Stopped from error
        self._job = asyncio.wrap_future(scheduled)
        try:
            return await self._job
        finally:
            self._job = None

    @property
    def alive(self) -> bool:
        """Whether it can be given a job."""
        return bool(self.pids) and self._pool.active

    @property
    def pids(self) -> list[int]:
        return [pid for one in self._context.started if (pid := one.pid) and one.exitcode is None]

    def kill(self) -> None:
        self._pool.stop()
        self._context.kill()
        if self._job is not None:
            self._job.cancel()

    def clear_away(self) -> None:
        """Ends its process and gives back what it held. Blocks for a moment."""
        with suppress(RuntimeError, OSError):
            self._pool.join()
        self._context.kill()


class _Context(SpawnContext):
    """Starts processes, and knows which, so that they can be killed at once."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[SpawnProcess] = []
        self._lock = threading.Lock()

    def Process(self, *args: Any, **options: Any) -> SpawnProcess:  # type: ignore[override]  # noqa: N802
        """A worker's process, to be started by Pebble."""
        _hide_main()
        process = SpawnProcess(*args, **options)
        with self._lock:
            self.started = [*self.started[-1:], process]
        return process

    def exit_code(self) -> int:
        """The exit code of the process that ended last; 0 where none did."""
        return next((one.exitcode for one in reversed(self.started) if one.exitcode is not None), 0)

    def kill(self) -> None:
        """Ends all of them."""
        with self._lock:
            for process in self.started:
                with suppress(ValueError, AssertionError, OSError, AttributeError):
                    process.kill()


def _hide_main() -> None:
    """Keeps a new process from running the file again that this one was started with, with all it imports.

    multiprocessing leaves that out where it is a package's __main__, which is what this makes it look like.
    """
    main = sys.modules["__main__"]
    if getattr(main, "__spec__", None) is None:
        main.__spec__ = ModuleSpec("jamboree.__main__", None)


def _named(code: int) -> str:
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"exit code {code}"
