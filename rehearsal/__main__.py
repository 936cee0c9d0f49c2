"""`python -m rehearsal`: the bot on Discord where its two secrets are set, else the rehearsal room.

The rule: the room leads to no real service, whatever stands in .env; only limits and the like are taken over.
"""

from __future__ import annotations

import argparse
import asyncio
import errno
import fcntl
import io
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TextIO, TypeVar

from dotenv import dotenv_values

from rehearsal.bot_process import (
    OPENING_SECONDS,
    ROOT,
    BotEndedError,
    BotProcess,
    escape_what_cannot_be_shown,
    running_bot,
)
from rehearsal.console import Console
from rehearsal.discord import DiscordStandIn
from rehearsal.folders import CannotWriteError, try_to_write, written_in
from rehearsal.wavespeed import WaveSpeedStandIn
from rehearsal.wavespeed.accounts import LEVELS

SECRETS = ("DISCORD_TOKEN", "WAVESPEED_API_KEY")
ROOM_PORT, WAVESPEED_PORT = 8480, 8481
ELSEWHERE = ".venv/bin/python -m rehearsal --data FOLDER"
# Of the person's own settings, what a rehearsal can have in common with the real thing. Not LOG_LEVEL: the
# bot's log is where the room reads that it is open.
TAKEN_OVER = ("LOG_FORMAT", "METRICS_ADDRESS", "HOST_TIMEZONE", "PRICE_PER_SECOND", "WAVESPEED_ACCOUNT_LEVEL")
TAKEN_OVER_ENDINGS = ("_LIMIT", "_CEILING")
# A new account is bronze: two tracks a minute, and a newcomer's third would wait for most of one. From silver
# on nobody waits; who wants to see a queue pauses it as Ada, or sets WAVESPEED_ACCOUNT_LEVEL=bronze.
LEVEL = "silver"

OPENING = """\
Opening the rehearsal room.
  Discord is played at {discord}, and WaveSpeed at {wave}.
  The bot connects to both; a few seconds …"""
WELCOME = """
Jamboree, in rehearsal: the real bot, between a stand-in for Discord and one for WaveSpeed.
It needs no account and costs nothing; all of it, the music too, is made on this machine.

    Open    {url}

    You are Ada, who moderates The Porch; "You act as" makes you somebody else. Type this first:

            /compose tags: funk, brass

    and listen, a few seconds later. Or press Tour: two minutes, from the first song to a jam and a limit.
    Console shows what passes behind the page, and lets you disturb it.
    The channels start empty each time. The bot forgets no song, though: /library track finds the older ones.

    Its log: {log}
    To play on the real Discord: make configure.

    Ctrl+C closes the room."""

StandIn = TypeVar("StandIn", DiscordStandIn, WaveSpeedStandIn)


def main() -> int:
    """Returns the exit code, unless this process becomes the bot."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=ROOM_PORT, help="of the room; 0 takes a free one (default: %(default)s)"
    )
    parser.add_argument(
        "--data", type=Path, default=ROOT / "data" / "rehearsal", metavar="FOLDER",
        help="what the bot remembers from one rehearsal to the next (default: data/rehearsal)",
    )  # fmt: skip
    args = parser.parse_args()
    escape_what_cannot_be_shown()
    try:
        settings = persons_settings(Path(".env"))
    except (OSError, UnicodeDecodeError):
        settings = None
    if settings is None or any(settings.get(name) for name in SECRETS):
        # From here on signals and the exit code are the bot's. What is missing or unreadable, it says itself.
        os.execv(sys.executable, [sys.executable, str(ROOT / "bot.py")])  # noqa: S606
    try:
        return asyncio.run(rehearse(args.port, args.data.expanduser().resolve(), settings))
    except KeyboardInterrupt:
        return 0
    except (BotEndedError, AlreadyOpenError, CannotWriteError, OSError, OverflowError) as error:
        print(f"\n{error}", file=sys.stderr)
        return error.code if isinstance(error, BotEndedError) else 1  # OverflowError: no port


class AlreadyOpenError(Exception):
    """Another rehearsal has the folder."""


def persons_settings(file: Path) -> dict[str, str]:
    """What stands in .env and in the environment, which wins; as in the bot, empty is as good as absent.

    Raises OSError, UnicodeDecodeError.
    """
    # Read by ourselves: dotenv takes a file that cannot be read for one that is not there.
    text = file.read_text(encoding="utf-8-sig") if file.exists() else ""
    layers = (dotenv_values(stream=io.StringIO(text)), os.environ)
    found = {
        name.upper(): (value or "").strip() for layer in layers for name, value in layer.items() if value
    }
    return {name: value for name, value in found.items() if value}


async def rehearse(port: int, folder: Path, settings: Mapping[str, str]) -> int:
    """Holds the room open until a signal comes.

    Raises BotEndedError, AlreadyOpenError, CannotWriteError, OSError.
    """
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    own = no_settings(settings) | {"WAVESPEED_ACCOUNT_LEVEL": LEVEL} | taken_over(settings)
    with the_only_one(folder) as lock:
        async with wavespeed(folder, own) as wave, room(port, Console(wave, folder)) as (discord, console):
            with written_in(folder, ELSEWHERE):
                lock.truncate(0)
                print(discord.url, file=lock, flush=True)
            print(OPENING.format(discord=discord.url, wave=wave.url), flush=True)
            words, patience = WELCOME.format(url=discord.url, log=_shown(folder / "bot.log")), OPENING_SECONDS
            if port not in (0, int(discord.url.rpartition(":")[2])):
                words = f"Port {port} is taken; this room has another one.\n{words}"
            while not stop.is_set():
                async with running_bot(
                    discord, wave, folder, own, warn=_warn, inherit=[lock.fileno()]
                ) as bot:
                    await one_life(bot, words, patience, stop, console.restart)
                    print("\nClosing the room …" if stop.is_set() else "\nEnding the bot …", flush=True)
                # A fault that the console has switched on may keep it from opening.
                words, patience = "The bot was started anew.", None
    print("Closed.", flush=True)
    return 0


async def one_life(
    bot: BotProcess, words: str, patience: float | None, stop: asyncio.Event, restart: asyncio.Event
) -> None:
    """From the bot's start until it is to end; `words` are said when it is open. Raises BotEndedError."""
    await bot.beside(_first(bot.opened(patience), stop.wait()))
    restart.clear()
    if not stop.is_set():
        print(words, flush=True)
        await bot.beside(_first(restart.wait(), stop.wait()))


@asynccontextmanager
async def room(port: int, console: Console) -> AsyncIterator[tuple[DiscordStandIn, Console]]:
    """The Discord stand-in, whose page has that console."""
    async with at_port(lambda free: DiscordStandIn(free, beside=console.add_to), port) as discord:
        yield discord, console


def taken_over(settings: Mapping[str, str]) -> dict[str, str]:
    """Those of the person's settings that hold in the room too."""
    return {
        name: value
        for name, value in settings.items()
        if name in TAKEN_OVER or name.endswith(TAKEN_OVER_ENDINGS)
    }


def no_settings(settings: Mapping[str, str]) -> dict[str, str]:
    """What .env names and .env.example does not, and nothing of what stands in it.

    The bot says of which setting such a name is a slip of the pen; a token under one opens no room.
    """
    example = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    known = {line.lstrip("#").partition("=")[0] for line in example} | {name.upper() for name in os.environ}
    return {name: "" for name in settings if name not in known}


@contextmanager
def the_only_one(folder: Path) -> Iterator[TextIO]:
    """Holds the folder: two bots on one database would be one too many.

    Raises AlreadyOpenError, CannotWriteError.

    The bot inherits the lock, so one that outlives a killed rehearsal for a moment still has the folder.
    """
    os.umask(0o077)  # what is kept here is nobody else's on this machine
    with written_in(folder, ELSEWHERE):
        try_to_write(folder)
        opened = (folder / "room.lock").open("a+")
    with opened as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            where = lock.read().strip() or "another terminal"
            raise AlreadyOpenError(
                f"A rehearsal room is open already, or not quite closed yet: {where}\n"
                "Use that one; or end it with Ctrl+C in its terminal, and try again in a few seconds."
            ) from None
        yield lock


@asynccontextmanager
async def at_port(make: Callable[[int], StandIn], port: int) -> AsyncIterator[StandIn]:
    """A stand-in at that port, or at a free one where it is taken."""
    stand_in = make(port)
    try:
        await stand_in.start()
    except OSError as error:
        await stand_in.stop()
        if error.errno != errno.EADDRINUSE or port == 0:
            raise
        stand_in = make(0)
        await stand_in.start()
    try:
        yield stand_in
    finally:
        await stand_in.stop()


def wavespeed(folder: Path, settings: Mapping[str, str]) -> AbstractAsyncContextManager[WaveSpeedStandIn]:
    """WaveSpeed as the bot is told that it is; it remembers its bill and its predictions, as the bot does.

    Its render times are the realistic ones: 3 to 5 s for a minute of music, so that a newcomer sees a track
    move and hears it soon after. A wrong setting is left for the bot to tell of.
    """
    level = settings["WAVESPEED_ACCOUNT_LEVEL"].lower()
    price = settings.get("PRICE_PER_SECOND", "")

    def make(port: int) -> WaveSpeedStandIn:
        return WaveSpeedStandIn(
            port,
            keys=(
                "rehearsal-key",
                "porch-key",
            ),  # the host's; one that moderators can try `/moderation key set` with
            level=level if level in LEVELS else LEVEL,
            price_per_second=int(price) if price.isdecimal() else None,
            state=folder / "wavespeed.json",
        )

    return at_port(make, WAVESPEED_PORT)  # a usual port, because the bot may remember an address there


async def _first(*works: Coroutine[Any, Any, object]) -> None:
    """Waits for whichever ends first, and drops the rest."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _warn(line: str) -> None:
    print(f"The bot's log says: {line}", file=sys.stderr, flush=True)


def _shown(path: Path) -> Path:
    """Seen from here, where it is below here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


if __name__ == "__main__":
    sys.exit(main())
