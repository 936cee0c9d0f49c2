"""The front door: settings, services, the bot, and the order in which they start and stop.

`python bot.py` runs until SIGTERM or SIGINT. A wrong setting ends it with one line on stderr and exit code 2.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import discord
import psycopg
import sqlalchemy.exc
import structlog

from cogs import gateway
from cogs.client import Jamboree
from cogs.webhooks import Webhooks
from services import logs
from services.database import Database
from services.file_locks import InUse, this_data_only
from services.leases import Lease, PlaceTaken
from services.settings import Settings, SettingsError, load_settings
from services.wavespeed import WaveSpeed

log = structlog.get_logger("jamboree")

STOPS = (signal.SIGTERM, signal.SIGINT)
WRONG_SETTING = 2
FAILED = 1
DBOS_SQLITE = (3, 42, 0)  # dbos asks SQLite for unixepoch('subsec') on Python 3.12 and newer
CLOSING_SECONDS = 1.0  # for interactions taken up before the studio closes, and for answers edited after


class CannotStart(Exception):
    """One line that says what stands in the way, and which setting to look at."""


def main() -> int:
    """Returns the process's exit code."""
    try:
        settings = load_settings()
        logs.configure(settings.log_format, settings.log_level, settings.secrets)
        return asyncio.run(run(settings))
    except (SettingsError, CannotStart) as error:
        print(f"Jamboree cannot start: {error}", file=sys.stderr)  # noqa: T201
        return WRONG_SETTING
    except KeyboardInterrupt:
        return 0


async def run(settings: Settings) -> int:
    """Runs the bot until a signal comes, at any moment, or until Discord ends the connection for good."""
    serving = asyncio.create_task(_serve(settings))
    loop = asyncio.get_running_loop()

    def stop() -> None:
        log.info("stopping")
        for name in STOPS:  # a second signal is not taken politely
            loop.remove_signal_handler(name)
        serving.cancel()

    for name in STOPS:
        loop.add_signal_handler(name, stop)
    try:
        return await serving
    except asyncio.CancelledError:
        return 0


async def _serve(settings: Settings) -> int:
    async with running(settings) as bot:
        assert bot.connection is not None
        await asyncio.wait({bot.connection})
        log.error("Discord ended the connection", exc_info=bot.connection.exception())
    return FAILED


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Jamboree]:
    """The bot, connected and open for interactions; what it must finish is finished at the end.

    Raises CannotStart.
    """
    gateway.use_api(settings.discord_api_url)
    async with AsyncExitStack() as stack:
        database = _database(settings)
        _lock_data(settings, stack)
        if database.lease is not None:
            stack.push_async_callback(database.lease.release)
        stack.push_async_callback(database.close)
        await _open(database)
        wavespeed = WaveSpeed(
            settings.wavespeed_base_url,
            settings.wavespeed_api_key.get_secret_value(),
            timeout=settings.request_timeout,
        )
        stack.push_async_callback(wavespeed.close)
        bot = Jamboree(settings, database, wavespeed)
        Webhooks(bot).use()
        stack.push_async_callback(_disconnect, bot)
        await _log_in(bot, settings)
        await _connect(bot)
        await bot.studio.launch()
        health = asyncio.create_task(bot.stay_healthy(settings.health_file))
        bot.open = True
        log.info("open", user=str(bot.user), guilds=len(bot.guilds), shards=bot.shard_count)
        try:
            yield bot
        finally:
            health.cancel()
            await bot.shut_door(CLOSING_SECONDS)
            await bot.studio.close()
            await bot.stage.settle(CLOSING_SECONDS)
            await bot.folding.close(CLOSING_SECONDS)


def _database(settings: Settings) -> Database:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        probe = settings.data_dir / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise CannotStart(f"DATA_DIR: {settings.data_dir} cannot be written ({error.strerror})") from error
    try:
        database = Database(settings.tracks_database_url, _lease(settings))
    except (ValueError, sqlalchemy.exc.ArgumentError) as error:
        raise CannotStart(f"DATABASE_URL: {error}") from error
    if database.sqlite and sys.version_info >= (3, 12) and sqlite3.sqlite_version_info < DBOS_SQLITE:
        raise CannotStart(
            f"Python {sys.version_info.major}.{sys.version_info.minor} needs SQLite 3.42 and here is "
            f"{sqlite3.sqlite_version}; use Python 3.11, or PostgreSQL with DATABASE_URL"
        )
    return database


def _lock_data(settings: Settings, stack: AsyncExitStack) -> None:
    try:
        stack.enter_context(this_data_only(settings))
    except InUse as error:
        raise CannotStart(str(error)) from error
    except OSError as error:
        raise CannotStart(
            f"DATA_DIR: {settings.data_dir} is on a file system that cannot lock files ({error.strerror})"
        ) from error


def _lease(settings: Settings) -> Lease | None:
    """This process's place among all that work on that PostgreSQL; a SQLite file is locked instead."""
    url = settings.tracks_database_url
    if not url.startswith("postgresql"):
        return None
    return Lease(
        url,
        settings.cluster_id,
        duration=settings.lease_duration,
        renewal=settings.lease_renewal,
        lost=_leave_at_once,
    )


def _leave_at_once(why: str) -> None:
    """Ends the process without finishing anything: somebody else has its place, and does its work."""
    log.error("this process has lost its place and ends; the next start takes it again", because=why)
    sys.stderr.flush()
    os._exit(FAILED)


async def _open(database: Database) -> None:
    """Makes sure that the place is this process's alone, and brings the tables up to date."""
    try:
        if database.lease is not None:
            await database.lease.lock()
        await database.migrate()
        if database.lease is not None:
            await database.lease.acquire()
    except PlaceTaken as error:
        assert database.lease is not None
        raise CannotStart(
            f"CLUSTER_ID: a cluster {database.lease.cluster_id} is running on this database already; stop "
            "that one first, or give this one another CLUSTER_ID or DATABASE_URL"
        ) from error
    except (sqlalchemy.exc.SQLAlchemyError, psycopg.Error) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise CannotStart(f"DATABASE_URL: the database does not answer ({reason})") from error


async def _log_in(bot: Jamboree, settings: Settings) -> None:
    try:
        await bot.login(settings.discord_token.get_secret_value())
    except discord.LoginFailure as error:
        raise CannotStart(
            "DISCORD_TOKEN: Discord does not accept it; copy it again from the Developer Portal"
        ) from error
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        raise CannotStart(
            f"DISCORD_API_URL: no Discord at {settings.discord_api_url} ({type(error).__name__})"
        ) from error


async def _connect(bot: Jamboree) -> None:
    """Waits until every shard is ready. Raises CannotStart where Discord refuses them for good."""
    bot.connection = asyncio.create_task(bot.connect())
    ready = asyncio.create_task(bot.wait_until_ready())
    await asyncio.wait({ready, bot.connection}, return_when=asyncio.FIRST_COMPLETED)
    if not ready.done():
        ready.cancel()
        error = bot.connection.exception()
        if isinstance(error, discord.ConnectionClosed):
            raise CannotStart(
                f"DISCORD_TOKEN or SHARD_COUNT: Discord's gateway refuses them ({error.code})"
            ) from error
        raise CannotStart(f"Discord's gateway cannot be used ({type(error).__name__})") from error


async def _disconnect(bot: Jamboree) -> None:
    await bot.close()
    if bot.connection is not None:
        await asyncio.wait({bot.connection})


if __name__ == "__main__":
    sys.exit(main())
