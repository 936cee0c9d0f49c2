"""The front door: settings, services, the bot, and the order in which they start and stop.

`python bot.py` runs until SIGTERM or SIGINT; with an option (`--help`) it does something else, and ends. A
wrong setting ends it with one line on stderr and exit code 2.
"""

from __future__ import annotations

import gc

# New objects before the youngest are looked through, and how often those before the older ones (gc's three).
# With thousands of tracks in flight Python's own 700, 10, 10 has all looked through every few seconds. Before
# the imports: what they make stays, and to look through it takes a tenth of the start.
gc.set_threshold(10_000, 20, 20)

import asyncio
import logging
import os
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy.exc
import structlog

from cogs import extensions
from cogs.connection import ending, gateway, patience, rate_limits, startup
from cogs.connection.command_registration import Registering
from cogs.connection.rest import WrongSetting
from cogs.core.client import Jamboree
from cogs.core.webhooks import Webhooks
from cogs.extensions import Bot
from cogs.hosting import check, command_line, setup
from cogs.posts.moderators_delivery import ModeratorsDelivery
from services import backup, logs, probe
from services.listener import CannotListen
from services.metrics import Metrics
from services.money.key_check import check_key
from services.money.ledger import Ledger
from services.money.limits import Limits
from services.monitoring.server import MonitoringServer
from services.settings import Settings
from services.settings_source import SettingsError, load_settings
from services.storage import readiness
from services.storage.audio_store import StoreRefuses
from services.storage.database import Database
from services.storage.disk import in_words, make_folder
from services.storage.file_locks import InUse, this_data_only, told_of_replaced
from services.storage.leases import Lease, PlaceTaken
from services.storage.outages import until_back
from services.storage.private_files import UMASK, make_private
from services.studio import Studio
from services.wavespeed.client import BadKey, TurnedAway, WaveSpeed, WaveSpeedError

log = structlog.get_logger("jamboree")

STOPS = (signal.SIGTERM, signal.SIGINT)
WRONG_SETTING = 2
FAILED = 1
KEY_SECONDS = 5.0  # for WaveSpeed to say whether the key is good; the watch asks again
REGISTERING_SECONDS = 10.0  # for the commands, before the bot opens with those that Discord has
CLOSING_SECONDS = 1.0  # for interactions taken up before the studio closes, and for answers edited after
AFTER_GRACE = 4.0  # seconds of SHUTDOWN_GRACE that are for closing what is open
LEAST_STOP = 3.0  # seconds that a stop may take, however short SHUTDOWN_GRACE is
DBOS_SECONDS = 5.0  # for the workflows' threads to end


class CannotStart(Exception):
    """One line that says what stands in the way, and which setting to look at."""


def main() -> int:
    """Returns the process's exit code."""
    logs.open_streams()
    wanted = command_line.asked_for(sys.argv[1:])
    try:
        if wanted == "setup":
            logs.configure("console", "CRITICAL", ())
            return setup.main()
        if wanted == "check":
            return check.main()
        settings = load_settings()
        logs.configure(settings.log_format, settings.log_level, settings.secrets)
        if wanted == "probe":
            return probe.main(settings)
        return asyncio.run(run(settings))
    except (SettingsError, CannotStart) as error:
        logs.tell(f"Jamboree cannot start: {error}")
        return WRONG_SETTING
    except KeyboardInterrupt:
        return 0


async def run(settings: Settings) -> int:
    """Runs the bot until a signal comes, at any moment, or until Discord ends the connection for good."""
    serving = asyncio.create_task(_serve(settings))
    loop = asyncio.get_running_loop()
    stopping = ending.end_after(max(LEAST_STOP, settings.shutdown_grace - 1))

    def stop() -> None:
        if stopping.is_set():  # a terminal that is closed may say so twice
            return
        stopping.set()
        log.info("stopping")
        for name in STOPS:  # a second signal is not taken politely
            loop.remove_signal_handler(name)
        serving.cancel()

    for name in STOPS:
        loop.add_signal_handler(name, stop)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as `nohup` starts what is to stay
        loop.add_signal_handler(signal.SIGHUP, stop)
    try:
        return await serving
    except asyncio.CancelledError:
        return 0


async def _serve(settings: Settings) -> int:
    async with running(settings) as bot:
        assert bot.connection is not None
        gc.freeze()  # what is loaded stays; to look through it again and again holds everybody up
        await asyncio.wait({bot.connection})
        log.error("Discord ended the connection", exc_info=bot.connection.exception())
    return FAILED


@asynccontextmanager
async def running(settings: Settings) -> AsyncGenerator[Jamboree]:
    """The bot, connected and open for interactions; what it must finish is finished at the end.

    Raises CannotStart.
    """
    gateway.use_api(settings.discord_api_url)
    gateway.drop_unreadable()
    async with AsyncExitStack() as stack:
        await _make_folder(settings.data_dir)
        database = _database(settings)
        await _lock_data(settings, stack)
        await asyncio.to_thread(make_private, settings.data_dir, settings.sqlite_files)
        if database.lease is not None:
            stack.push_async_callback(_within, CLOSING_SECONDS, database.lease.release)
        stack.push_async_callback(_within, CLOSING_SECONDS, database.close)
        metrics = Metrics()
        wavespeed = WaveSpeed(
            settings.wavespeed_base_url,
            settings.wavespeed_api_key.get_secret_value(),
            timeout=settings.request_timeout,
            may_post=database.place_is_sure,
            heard=metrics.provider_answered,
        )
        stack.push_async_callback(_within, CLOSING_SECONDS, wavespeed.close)
        bot = extensions.build(
            settings,
            lambda posts: Studio(settings, database, wavespeed, Ledger(Limits.of(settings)), posts, metrics),
        )
        await _tell_outside(bot, stack)
        await _open(database, settings)
        tables, queue = settings.sqlite_files[:1], settings.sqlite_files[1:]
        stack.enter_context(told_of_replaced(tables, _leave_at_once))
        await until_back(bot.studio.own_voices.recall)  # before the commands are made known
        bot.add_part(Webhooks(bot))
        bot.part(Webhooks).use()
        rate_limits.use_in(bot.http)
        patience.use_in(bot.http)
        await _connect(bot, settings, stack)
        await _check_key(wavespeed)
        await _check_store(bot.studio)
        await _until_usable(database, settings)  # Discord may have kept us waiting for long
        await _launch(bot)
        stack.push_async_callback(_close_studio, bot)
        stack.enter_context(told_of_replaced(queue, _leave_at_once))
        registering = Registering(bot)
        stack.callback(registering.stop)
        await registering.begin(REGISTERING_SECONDS)
        health = asyncio.create_task(bot.stay_healthy(settings.health_file))
        stack.callback(health.cancel)
        bot.open = True
        log.info("open", user=str(bot.user), guilds=len(bot.guilds), shards=bot.shard_count)
        yield bot


async def _within(seconds: float, close: Any) -> None:
    """Closes something, for at most so many seconds; what is open then ends with the process."""
    closing = asyncio.ensure_future(close())
    await asyncio.wait({closing}, timeout=seconds)
    if not closing.done():
        closing.cancel()
        log.warning("not closed in time", what=getattr(close, "__qualname__", str(close)))
    elif not closing.cancelled() and (error := closing.exception()):
        log.warning("not closed properly", error=str(error))


async def _close_studio(bot: Bot) -> None:
    """Takes no more interactions and finishes what must not be cut short; the next start does the rest."""
    end = time.monotonic() + bot.settings.shutdown_grace - AFTER_GRACE
    await bot.drain(CLOSING_SECONDS)
    grace = max(0.0, end - time.monotonic())
    await _within(grace + DBOS_SECONDS, partial(bot.studio.close, grace))
    await bot.part(ModeratorsDelivery).settle(CLOSING_SECONDS)
    await bot.edits.close(CLOSING_SECONDS)


async def _make_folder(folder: Path) -> None:
    """Makes DATA_DIR, and sees that it can be written; a disk that is full is waited for."""
    os.umask(UMASK)
    try:
        await readiness.until_room(partial(make_folder, folder))
    except OSError as error:
        raise _shut(folder, error) from error


def _database(settings: Settings) -> Database:
    try:
        database = Database(settings.tracks_database_url, _lease(settings))
    except (ValueError, sqlalchemy.exc.ArgumentError) as error:
        raise CannotStart(f"DATABASE_URL: {error}") from error
    try:
        readiness.check_library(database)
    except readiness.Unusable as error:
        raise CannotStart(str(error)) from error
    return database


async def _lock_data(settings: Settings, stack: AsyncExitStack) -> None:
    try:
        await readiness.until_room(lambda: stack.enter_context(this_data_only(settings)))
        if (source := backup.finish(settings.data_dir)) is not None:
            log.warning("a restore that was broken off is finished", source=source)
    except InUse as error:
        raise CannotStart(str(error)) from error
    except OSError as error:
        raise _shut(settings.data_dir, error) from error


def _shut(folder: Path, error: OSError) -> CannotStart:
    return CannotStart(f"DATA_DIR: {in_words(error, folder, 'set it to another one')}")


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
    ending.leave(FAILED)


async def _tell_outside(bot: Jamboree, stack: AsyncExitStack) -> None:
    """Tells from now on how the bot is, where that is wanted: also while it waits for what it needs."""
    address = bot.settings.metrics_address
    if address is None:
        return
    server = MonitoringServer(address, bot.studio, lambda: bot.gateway)
    try:
        await server.open()
    except CannotListen as error:
        raise CannotStart(str(error)) from error
    stack.push_async_callback(_within, CLOSING_SECONDS, server.close)


async def _open(database: Database, settings: Settings) -> None:
    """Makes sure that the place is this process's alone, and brings the tables up to date."""
    lease = database.lease
    try:
        await readiness.until_fit(database)
        if lease is not None:
            await readiness.until_answered(database, lease.lock)
        await _until_usable(database, settings)
        await readiness.check_nothing_left(database, settings)
        if lease is not None:
            await readiness.until_answered(database, lease.acquire)
    except readiness.Unusable as error:
        raise CannotStart(str(error)) from error
    except PlaceTaken as error:
        assert lease is not None
        raise CannotStart(
            f"CLUSTER_ID: a cluster {lease.cluster_id} is running on this database already; stop that one "
            "first, or give this one another CLUSTER_ID or DATABASE_URL"
        ) from error


async def _until_usable(database: Database, settings: Settings) -> None:
    try:
        await readiness.until_usable(database, settings.queue_database_url)
    except readiness.Unusable as error:
        raise CannotStart(str(error)) from error


async def _connect(bot: Jamboree, settings: Settings, stack: AsyncExitStack) -> None:
    """Returns when every shard is ready, however long Discord is away. Raises CannotStart."""
    token = settings.discord_token.get_secret_value()
    try:
        await startup.wait_for_api(settings.discord_api_url, token)
        stack.push_async_callback(_within, CLOSING_SECONDS, partial(_disconnect, bot))
        await startup.log_in(bot, token)
        await startup.find_gateway(bot)
        await startup.until_ready(bot)
    except WrongSetting as error:
        raise CannotStart(str(error)) from error


async def _check_key(wavespeed: WaveSpeed) -> None:
    """Raises CannotStart where WaveSpeed says that the key is wrong; one that is away is not waited for."""
    try:
        async with asyncio.timeout(KEY_SECONDS):
            await check_key(wavespeed)
    except TurnedAway as error:
        log.warning("something before WaveSpeed turns us away", error=str(error))
    except BadKey as error:
        raise CannotStart(
            "WAVESPEED_API_KEY: WaveSpeed does not accept it; copy it again from wavespeed.ai/accesskey"
        ) from error
    except (WaveSpeedError, TimeoutError) as error:
        log.warning("WaveSpeed does not say whether the key is good", error=str(error) or "no answer")


async def _check_store(studio: Studio) -> None:
    """Raises CannotStart where the store for audio refuses us; one that is away is not waited for."""
    try:
        async with asyncio.timeout(KEY_SECONDS):
            await studio.store.check()
    except StoreRefuses as error:
        raise CannotStart(f"STORAGE_URL: {error}; docs/storage.md says what the bot needs there") from error
    except OSError as error:
        reason = str(error) or "no answer"
        log.warning("STORAGE_URL: the store does not answer; finished tracks wait for it", reason=reason)


async def _launch(bot: Jamboree) -> None:
    """Starts the studio. Raises CannotStart where its workflows' database, or its listener, is none."""
    dbos = logging.getLogger("dbos")
    dbos.addFilter(_told_by_us)
    try:
        await bot.studio.launch()
    except (sqlalchemy.exc.SQLAlchemyError, psycopg.Error, sqlite3.Error) as error:
        reason = " ".join(str(getattr(error, "orig", None) or error).split())
        raise CannotStart(f"{_queue(bot.settings)} cannot be used for the queue ({reason})") from error
    except CannotListen as error:
        raise CannotStart(str(error)) from error
    finally:
        dbos.removeFilter(_told_by_us)


def _told_by_us(record: logging.LogRecord) -> bool:  # DBOS raises it, too
    return not record.getMessage().startswith("DBOS failed to launch")


def _queue(settings: Settings) -> str:
    url = sqlalchemy.make_url(settings.queue_database_url)
    return url.database or "" if url.get_backend_name() == "sqlite" else "DATABASE_URL: the database"


async def _disconnect(bot: Jamboree) -> None:
    await bot.close()
    if bot.connection is not None:
        await asyncio.wait({bot.connection})


if __name__ == "__main__":
    ending.end(main())
