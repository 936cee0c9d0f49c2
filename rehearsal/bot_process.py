"""The bot as a process of its own, between the stand-ins.

The rule: it gets the settings that are named here and no others, so no secret and no address of the person's
own reaches it, and it talks to loopback only.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import io
import os
import re
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from rehearsal.discord import DiscordStandIn
from rehearsal.discord.voice.certificate import certificate
from rehearsal.wavespeed import WaveSpeedStandIn

ROOT = Path(__file__).parents[1]
PARENT_DEATH_GUARD = Path(__file__).with_name("parent_death_guard.py")
SYSTEM = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
OPENING_SECONDS = 60.0  # a cold start takes five on a slow machine
CLOSING_SECONDS = 15.0  # more than the bot's own SHUTDOWN_GRACE
LONGEST_LINE = 16 * 2**20  # bytes; a traceback is one line of a JSON log
LAST_LINES = 12
KEYS_SECRET = base64.urlsafe_b64encode(b"rehearsal-room-key-not-a-secret!").decode()

# Of a line in either of the bot's log formats.
_IS_OPEN = re.compile(r'\[info +\] open\b|"event": "open"')
_IS_WARNING = re.compile(r'\[(warning|error|critical) *\]|"level": "(warning|error|critical)"')

T = TypeVar("T")


class BotEndedError(Exception):
    """The bot is not there any more, or never opened; str() says so with the last lines of its log."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code


def escape_what_cannot_be_shown() -> None:
    """Has a terminal that is not in UTF-8 show what it can, in place of an error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def environment(
    discord: DiscordStandIn, wave: WaveSpeedStandIn, folder: Path, settings: Mapping[str, str]
) -> dict[str, str]:
    """Everything that the bot finds in its environment; where it is pointed comes last and wins."""
    system = {name: os.environ[name] for name in SYSTEM if name in os.environ}
    return {
        **system,
        "PYTHONUTF8": "1",
        "GUILD_ACCESS": "open",  # everybody who comes to the rehearsal room may play
        "GUILD_PATIENCE": "0.2",  # two servers are there at once
        "VOICE_CLONING": "on",  # and sing; each server's moderators switch it on
        **settings,
        "DISCORD_TOKEN": discord.token,
        "WAVESPEED_API_KEY": next(iter(wave.accounts)),
        "DISCORD_API_URL": discord.api_url,
        "SSL_CERT_FILE": str(certificate()),  # of the voice gateway: it is asked over TLS only
        "WAVESPEED_BASE_URL": wave.url,
        "DATA_DIR": str(folder),
        "GUILD_KEYS_SECRET": KEYS_SECRET,
        "HOST_GUILD_ID": discord.world.guild("Rooftop").id,  # Dora, who hosts it, moderates there
    }


class BotProcess:
    """One run of `python bot.py`. Its log goes to `log`; `warn` gets each line that is a warning or worse."""

    def __init__(
        self, process: asyncio.subprocess.Process, log: Path, warn: Callable[[str], None] | None
    ) -> None:
        self.log = log
        self._process = process
        self._last: deque[str] = deque(maxlen=LAST_LINES)
        self._opened = asyncio.Event()
        self._warn = warn
        self._ended = asyncio.create_task(self._read())

    async def opened(self, patience: float | None = OPENING_SECONDS) -> None:
        """Waits until it takes interactions, for so many seconds (None: as long as it runs).

        Raises BotEndedError.
        """
        try:
            async with asyncio.timeout(patience):
                await self.beside(self._opened.wait())
        except TimeoutError:
            told = f"The bot does not open within {patience:g} s."
            raise BotEndedError(1, self._with_last_lines(told)) from None

    async def beside(self, work: Coroutine[Any, Any, T]) -> T:
        """Does the work while the bot runs. Raises BotEndedError as soon as it does not."""
        task = asyncio.create_task(work)
        try:
            await asyncio.wait({task, self._ended}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise self._end()
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task

    async def stop(self) -> None:
        """Ends it as an operator would, and by force if that takes too long."""
        for end in (self._process.terminate, self._process.kill):
            if self._ended.done():
                return
            with contextlib.suppress(ProcessLookupError):
                end()
            await asyncio.wait({self._ended}, timeout=CLOSING_SECONDS)

    def _end(self) -> BotEndedError:
        code = self._process.returncode or 0
        if code == 2 and self._last:  # a setting is wrong: its own line says all there is to say
            return BotEndedError(code, self._last[-1])
        ending = f"was ended by signal {-code}" if code < 0 else f"ended by itself with exit code {code}"
        return BotEndedError(1, self._with_last_lines(f"The bot {ending}."))

    def _with_last_lines(self, told: str) -> str:
        if not self._last:
            return f"{told} It wrote nothing into its log."
        return "\n".join([f"{told} The last lines of {self.log}:", *(f"  {line}" for line in self._last)])

    async def _read(self) -> None:
        """Until the process ends. What finds no room in the log goes: the bot runs on without it."""
        assert self._process.stdout
        with self.log.open("ab", buffering=0) as file:
            async for raw in self._process.stdout:
                line = raw.decode(errors="replace").rstrip()
                with contextlib.suppress(OSError):
                    file.write(f"{line}\n".encode())
                self._last.append(line)
                if _IS_OPEN.search(line):
                    self._opened.set()
                elif self._warn and _IS_WARNING.search(line):
                    self._warn(line)
        await self._process.wait()


@asynccontextmanager
async def running_bot(
    discord: DiscordStandIn,
    wave: WaveSpeedStandIn,
    folder: Path,
    settings: Mapping[str, str],
    *,
    warn: Callable[[str], None] | None = None,
    inherit: Sequence[int] = (),
) -> AsyncIterator[BotProcess]:
    """The bot, started and not yet open, with its data and its log in `folder`; ended afterwards.

    `inherit`: file descriptors that it keeps open for as long as it lives.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PARENT_DEATH_GUARD), str(os.getpid()), str(ROOT / "bot.py"),
        cwd=folder,  # there is no .env
        env=environment(discord, wave, folder, settings),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=LONGEST_LINE,
        pass_fds=inherit,
        start_new_session=True,  # a terminal's Ctrl+C is for us; we end the bot while Discord is still there
    )  # fmt: skip
    bot = BotProcess(process, folder / "bot.log", warn)
    try:
        yield bot
    finally:
        await bot.stop()
