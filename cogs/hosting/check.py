"""`python bot.py --check`: whether the bot can run here, a line for each thing that it needs.

The rule: it changes nothing and takes no lock, so that it works beside a bot that runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from functools import partial
from typing import Any, NamedTuple

import aiohttp
import yarl

from cogs.connection import rest, startup
from cogs.core.client import INTENTS
from cogs.extensions import Bot, build, command_names
from cogs.hosting.permissions import invite_link, missing
from cogs.texts.hosting import check as texts
from services import logs
from services.addresses import host_and_port, seen_from_here
from services.clocks import OtherClock
from services.money.key_check import KeyUntold, try_key
from services.setting_values import micro
from services.settings import Settings
from services.settings_source import SettingsError, load_settings
from services.storage import disk, readiness
from services.storage.audio_store import StoreRefuses
from services.storage.object_store import open_store
from services.studio import unopened
from services.wavespeed.client import BadKey
from services.wavespeed.json_values import mapping

PATIENCE = 20.0  # seconds for one thing
PAGE = 200  # guilds that Discord tells at once (Get Current User Guilds)


class Finding(NamedTuple):
    """One line, and whether what it says is as it should be."""

    good: bool
    words: str


Findings = AsyncGenerator[Finding, None]


def main() -> int:
    """Looks and says. Returns the exit code: 1 where something is to be mended."""
    try:
        settings = load_settings()
    except SettingsError as error:
        print(texts.BAD, texts.settings_bad(str(error)))  # noqa: T201
        return 1
    logs.configure("console", "CRITICAL", settings.secrets)
    return asyncio.run(_look(settings))


async def _look(settings: Settings) -> int:
    bad = 0
    async for good, words in _everything(settings):
        bad += not good
        print(texts.GOOD if good else texts.BAD, words, flush=True)  # noqa: T201
    print(f"\n{texts.to_mend(bad) if bad else texts.ALL_GOOD}")  # noqa: T201
    return 1 if bad else 0


async def _everything(settings: Settings) -> AsyncIterator[Finding]:
    yield Finding(good=True, words=str(texts.SETTINGS_GOOD))
    for look in (_database, _disk, _discord, _key, _store, _webhook):
        async with aclosing(look(settings)) as findings:
            async for finding in findings:
                yield finding


# this machine -------------------------------------------------------------------------------------------


async def _database(settings: Settings) -> Findings:
    try:
        async with asyncio.timeout(PATIENCE):
            found, place = await asyncio.to_thread(readiness.look, settings)
    except (readiness.Unusable, readiness.Away, TimeoutError) as error:
        yield Finding(good=False, words=texts.database_bad(str(error) or "it does not answer"))
    else:
        yield Finding(good=True, words=texts.schema(found, place))


async def _disk(settings: Settings) -> Findings:
    if (no_folder := await asyncio.to_thread(disk.no_folder, settings)) is not None:
        yield Finding(good=False, words=texts.no_folder(no_folder))
        return
    locked = await asyncio.to_thread(disk.locked, settings)
    if locked is not None:
        yield Finding(good=False, words=texts.disk_locked(locked))
        return
    room = await disk.least_room(settings)
    if room.left < 1:
        yield Finding(good=False, words=texts.disk_full(room))
    else:
        yield Finding(good=True, words=texts.disk_good(room.folder, room.free))


# Discord ------------------------------------------------------------------------------------------------


async def _discord(settings: Settings) -> Findings:
    """What comes after something that is refused would be refused for the same reason, and is left out."""
    try:
        async with rest.session(settings.discord_token.get_secret_value(), clock := OtherClock()) as session:

            async def ask(path: str) -> Any:
                return await rest.get(session, settings.discord_api_url, path)

            about = mapping(await ask("/oauth2/applications/@me"))
            name = rest.printable(mapping(await ask("/users/@me")).get("username"))
            yield Finding(good=True, words=texts.token_good(name))
            if clock.far:
                yield Finding(good=False, words=texts.clock_wrong(clock.difference))
            yield await _gateway(settings, mapping(await ask("/gateway/bot")))
            application_id = str(about.get("id"))
            guilds = [one async for one in _guilds(ask)]
            for finding in _permissions(settings, guilds, invite_link(application_id)):
                yield finding
            at_home = [one for one in guilds if one.get("id") == str(settings.host_guild_id)]
            bot = build(settings, partial(unopened, settings))
            yield await _commands(ask, application_id, bot, settings.host_guild_id if at_home else None)
    except rest.WrongSetting as error:
        yield Finding(good=False, words=f"{error}.")
    except rest.NotNow as error:
        yield Finding(good=False, words=texts.discord_away(str(error)))


async def _gateway(settings: Settings, told: Any) -> Finding:
    """Raises WrongSetting, NotNow."""
    limit = mapping(told.get("session_start_limit"))
    startup.check_shards(settings.shard_count, limit)
    if limit.get("remaining", 1) <= 0:
        return Finding(good=False, words=texts.no_sessions(limit.get("reset_after", 0) / 3_600_000))
    shards = settings.shard_count or told.get("shards") or 1
    token = settings.discord_token.get_secret_value()
    await startup.try_gateway(yarl.URL(str(told.get("url"))), token, shards, INTENTS.value)
    return Finding(good=True, words=str(texts.GATEWAY_GOOD))


async def _guilds(ask: Callable[[str], Any]) -> AsyncIterator[Any]:
    """All in which the bot is, page by page. Raises WrongSetting, NotNow."""
    after = "0"
    while True:
        page = _items(await ask(f"/users/@me/guilds?limit={PAGE}&after={after}"))
        for guild in page:
            yield guild
        if len(page) < PAGE:
            return
        after = max((str(one.get("id")) for one in page), key=int)


def _permissions(settings: Settings, guilds: list[Any], link: str) -> list[Finding]:
    lacking = [(rest.printable(one.get("name")), missing(int(one.get("permissions", 0)))) for one in guilds]
    findings = [
        Finding(good=False, words=texts.server_bad(name, lacks, link)) for name, lacks in lacking if lacks
    ]
    if fine := [name for name, lacks in lacking if not lacks]:
        findings.insert(0, Finding(good=True, words=texts.servers_good(fine)))
    if not guilds:
        findings.append(Finding(good=False, words=texts.no_server(link)))
    home = settings.host_guild_id
    if guilds and home is not None and str(home) not in {one.get("id") for one in guilds}:
        findings.append(Finding(good=False, words=texts.not_at_home(home)))
    return findings


async def _commands(ask: Callable[[str], Any], application_id: str, bot: Bot, home: int | None) -> Finding:
    """home: the host's server, where the bot is in it. Raises WrongSetting, NotNow."""
    await bot.setup_hook()
    wanted = command_names(bot)
    there = {one.get("name") for one in _items(await ask(f"/applications/{application_id}/commands"))}
    if home is not None and there:
        wanted += command_names(bot, home)
        path = f"/applications/{application_id}/guilds/{home}/commands"
        there |= {one.get("name") for one in _items(await ask(path))}
    lacking = [name for name in wanted if name not in there]
    if not there:
        return Finding(good=True, words=str(texts.COMMANDS_TO_COME))
    if lacking:
        return Finding(good=False, words=texts.commands_missing(lacking))
    return Finding(good=True, words=texts.commands_good(len(wanted)))


def _items(answer: Any) -> list[Any]:
    """Of a list, which may be null where it is empty (Discord's OpenAPI description)."""
    items: list[Any] = answer or []
    return [mapping(one) for one in items]


# WaveSpeed and what else is set -------------------------------------------------------------------------


async def _key(settings: Settings) -> Findings:
    key, least = settings.wavespeed_api_key.get_secret_value(), micro(settings.low_balance)
    try:
        balance = await try_key(
            settings.wavespeed_base_url, key, request_timeout=settings.request_timeout, patience=PATIENCE
        )
    except BadKey:
        yield Finding(good=False, words=str(texts.KEY_REFUSED))
    except KeyUntold as error:
        yield Finding(good=False, words=texts.wavespeed_away(str(error)))
    else:
        yield Finding(good=True, words=texts.key_good(balance))
        if balance is not None and balance < least:
            yield Finding(good=False, words=texts.money_low(balance, least))


async def _store(settings: Settings) -> Findings:
    if settings.storage_url is None:
        return
    try:
        async with asyncio.timeout(PATIENCE):
            await open_store(settings).check()
    except (StoreRefuses, OSError) as error:  # OSError: TimeoutError too
        yield Finding(good=False, words=texts.store_bad(str(error) or "no answer"))
    else:
        yield Finding(good=True, words=texts.store_good(settings.storage_url))


async def _webhook(settings: Settings) -> Findings:
    address, behind = settings.webhook_url, settings.webhook_address
    if address is None:
        return
    try:
        async with (
            aiohttp.ClientSession(timeout=rest.PATIENCE) as session,
            session.get(address, allow_redirects=False) as response,
        ):
            status = response.status
    except (aiohttp.ClientError, OSError) as error:
        yield Finding(good=False, words=texts.webhook_bad(address, rest.no_answer(error), behind))
        return
    if status < 500:
        yield Finding(good=True, words=texts.webhook_good(address, status))
    elif await _listens(behind):
        yield Finding(good=False, words=texts.webhook_bad(address, f"it answers {status}", behind))
    else:
        yield Finding(good=True, words=texts.webhook_untried(address))


async def _listens(address: str) -> bool:
    try:
        _reader, writer = await asyncio.open_connection(*host_and_port(seen_from_here(address)))
    except OSError:
        return False
    writer.close()
    return True
