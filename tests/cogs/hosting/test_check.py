"""`python bot.py --check`, before the bot runs, beside it, and where something is wrong."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import discord
import openapi
import preloaded
import pytest
import pytest_asyncio
from aiohttp import web
from bot_harness import between, make_harness, track_of
from full_disk import read_only
from migrated import migrated_folder, migrated_postgresql, migrated_sqlite
from postgresql import new_postgresql
from pydantic import SecretStr
from s3_server import stored

from cogs.core.permissions import JAMS_IN_THREADS
from cogs.hosting import check
from cogs.hosting.permissions import NEEDED
from cogs.texts.permissions import PERMISSIONS
from rehearsal.discord import DiscordStandIn
from rehearsal.discord.faults import Fault as DiscordFault
from rehearsal.discord.permissions import EVERYONE, P
from rehearsal.wavespeed import Fault as WaveFault
from rehearsal.wavespeed import WaveSpeedStandIn
from services.settings import Settings
from services.storage import disk, readiness
from services.storage.database import Database, now
from services.storage.readiness import MOVED
from services.storage.schema import Schema
from services.tracks import tracks
from services.tracks.track import State

ROOT = Path(__file__).parents[3]
TOKEN, KEY = "good-token.of-the.bot", "wsk-a-key-of-the-hosts"
TIMEOUT = 60.0  # seconds for anything that a test waits for


async def checked(folder: Path, **settings: str) -> tuple[int | None, list[str]]:
    """Its exit code, and the lines that it printed."""
    process = await preloaded.start(
        ROOT / "bot.py", "--check", folder=folder, environment={"PATH": os.environ["PATH"], **settings}
    )
    printed, said = await asyncio.wait_for(process.communicate(), TIMEOUT)
    text = (printed + said).decode()
    assert "Traceback" not in text, text
    assert TOKEN not in text
    assert KEY not in text
    return process.returncode, text.splitlines()


@dataclass
class Host:
    """Somebody who has settings, and the bot in two servers."""

    discord: DiscordStandIn
    wave: WaveSpeedStandIn
    folder: Path
    settings: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def data(self) -> Path:
        return self.folder / "data"

    async def lines(self, code: int, **settings: str) -> list[str]:
        """What it says; and that it ends with that code."""
        ended, lines = await checked(self.folder, **self.settings | settings)
        assert ended == code, lines
        if openapi.available():
            assert [problem for one in self.discord.requests for problem in openapi.check(one)] == []
        assert not [one for one in self.discord.requests if one.method != "GET"]
        assert not self.wave.predictions
        return lines

    async def mended(self, words: str, **settings: str) -> None:
        """It says that, of the one thing that is wrong."""
        lines = await self.lines(1, **settings)
        assert [one for one in lines if one.startswith("✗ ") and words in one], lines
        assert lines[-1] == "1 thing needs fixing; its line says how."


@pytest_asyncio.fixture
async def host(tmp_path: Path) -> AsyncIterator[Host]:
    async with AsyncExitStack() as stack:
        discord = await stack.enter_async_context(DiscordStandIn(token=TOKEN))
        wave = await stack.enter_async_context(WaveSpeedStandIn(keys=(KEY,), balance=12.3))
        settings = {
            "DISCORD_TOKEN": TOKEN,
            "WAVESPEED_API_KEY": KEY,
            "DISCORD_API_URL": discord.api_url,
            "WAVESPEED_BASE_URL": wave.url,
            "HOST_GUILD_ID": discord.world.guild("Rooftop").id,
        }
        yield Host(discord, wave, tmp_path, settings)
        discord.faults.clear()


async def test_before_the_first_start_nothing_is_made(host: Host) -> None:
    lines = await host.lines(0)
    assert [one for one in lines if "none yet at data/jamboree.sqlite" in one]
    assert [one for one in lines if one.startswith("✓ Commands: none yet")]
    assert [one for one in lines if "The Porch and Rooftop" in one or "Rooftop and The Porch" in one]
    assert [one for one in lines if "$12.30 is left" in one]
    assert lines[-1] == "All is well."
    assert list(host.folder.iterdir()) == []
    assert host.discord.gateway.connected == 0


async def test_beside_a_bot_that_runs(tmp_path: Path) -> None:
    async with make_harness(tmp_path / "data") as harness:
        await harness.start()
        ben = await harness.member("Ben")
        sessions = set(harness.discord.gateway.sessions)
        code, lines = await checked(tmp_path, **between(harness, tmp_path / "data"))
        assert code == 0, lines
        assert [one for one in lines if one.startswith("✓ Database") and "up to date" in one]
        assert [one for one in lines if one.startswith("✓ Commands: all ")]
        assert set(harness.discord.gateway.sessions) == sessions
        await ben.slash("compose", tags="ska", duration=5, title="Still Here")
        await track_of(ben, "Still Here")


async def test_everything_wrong_is_told_at_once(host: Host) -> None:
    world = host.discord.world
    managed = next(one for one in world.guild("The Porch").roles.values() if one.managed_by)
    everyone = world.guild("The Porch").roles[world.guild("The Porch").id]
    managed.permissions = everyone.permissions = int(EVERYONE & ~P.ATTACH_FILES & ~P.EMBED_LINKS)
    world.guild("The Porch").name = "The \x1b[31mPorch"
    world.snowflakes.ahead = -3600
    host.wave.faults.add(WaveFault("bad_key", "*", times=None))
    host.data.touch()
    lines = await host.lines(1)
    folder, clock, server, key = [one for one in lines if one.startswith("✗ ")]
    assert folder.startswith("✗ Disk: data is a file, or a link that leads nowhere")
    assert clock.startswith("✗ Clock: this machine's is 60 min ahead of Discord's")
    assert server.startswith("✗ Server The [31mPorch: the bot's role lacks Embed Links and Attach Files.")
    assert f"permissions={NEEDED.value}" in server
    assert key.startswith("✗ WAVESPEED_API_KEY")
    assert [one for one in lines if one.startswith("✓ Servers: in Rooftop the bot")]


@pytest.mark.parametrize("name", JAMS_IN_THREADS)
async def test_each_permission_that_is_missing_is_named(host: Host, name: str) -> None:
    world = host.discord.world
    for role in world.guild("Rooftop").roles.values():
        role.permissions = int(EVERYONE) & ~discord.Permissions(**{name: True}).value
    await host.mended(f"Server Rooftop: the bot's role lacks {PERMISSIONS[name]}.")


async def test_more_servers_than_discord_tells_at_once(host: Host) -> None:
    for number in range(400 - len(host.discord.world.guilds)):
        host.discord.world.add_guild(f"Server {number}")
    last = host.discord.world.add_guild("The Last One")
    for role in last.roles.values():
        role.permissions = 0
    await host.mended("Server The Last One: the bot's role lacks View Channel, Send Messages,")
    pages = [one for one in host.discord.requests if one.path.startswith("/users/@me/guilds")]
    assert len(pages) == 3


async def test_a_bot_that_nobody_has_invited(host: Host) -> None:
    for guild in list(host.discord.world.guilds):
        host.discord.world.remove_guild(guild)
    await host.mended("Servers: the bot is in none. Invite it: https://discord.com/oauth2/authorize?")


async def test_lists_that_are_null_are_empty() -> None:
    async def ask(_path: str) -> None:
        return None

    assert [one async for one in check._guilds(ask)] == []


async def test_a_home_in_which_it_is_not(host: Host) -> None:
    await host.mended("HOST_GUILD_ID: the bot is not in server 123", HOST_GUILD_ID="123")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (DiscordFault("down", path="/oauth2/*", status=500), "Discord: it cannot be reached right now (500)"),
        (DiscordFault("rate_limited", path="/users/@me"), "Discord: it cannot be reached right now (429)"),
        (
            DiscordFault("cut", path="/users/@me/guilds*", times=2),
            "Discord: it cannot be reached right now (no answer",
        ),
        (
            DiscordFault("refuse", path="/applications/*", code=50001),
            "Discord: it cannot be reached right now (403)",
        ),
        (DiscordFault("down", path="/gateway", status=502), "Discord: it cannot be reached right now (502)"),
    ],
    ids=lambda value: f"{value.kind} {value.path}" if isinstance(value, DiscordFault) else "",
)
async def test_a_discord_that_is_away(host: Host, fault: DiscordFault, words: str) -> None:
    host.discord.faults.add(fault)
    await host.mended(words)


@pytest.mark.parametrize(("kind", "words"), [("down", "503"), ("rate_limited", "429"), ("garbage", "")])
async def test_a_wavespeed_that_is_away(host: Host, kind: str, words: str) -> None:
    host.wave.faults.add(WaveFault(kind, "*", times=None))
    await host.mended("WaveSpeed: it cannot be reached right now (")


async def test_a_wrong_token(host: Host) -> None:
    await host.mended("DISCORD_TOKEN: Discord does not accept it", DISCORD_TOKEN="another")


async def test_intents_that_discord_refuses(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host.discord.gateway, "_allowed", 0)
    await host.mended("Discord does not allow this bot what it needs (4014)")


async def test_little_money(host: Host) -> None:
    await host.mended("$12.30 is left at WaveSpeed, less than LOW_BALANCE ($20.00)", LOW_BALANCE="20")


async def test_a_wrong_setting_is_all_that_is_said(host: Host) -> None:
    lines = await host.lines(1, GUILD_DAILY_LIMTI="3")
    assert len(lines) == 1
    assert lines[0].startswith("✗ Settings: GUILD_DAILY_LIMTI is no setting; do you mean GUILD_DAILY_LIMIT?")


async def test_a_database_that_is_damaged_and_left_as_it_is(host: Host) -> None:
    migrated_folder(host.data)
    file = host.data / "jamboree.sqlite"
    damaged = file.read_bytes()[:8192] + b"\0" * 4096
    file.write_bytes(damaged)
    await host.mended("Database: ")
    assert file.read_bytes() == damaged
    assert sorted(path.name for path in host.data.iterdir()) == ["jamboree.sqlite", "queue.sqlite"]


async def test_a_database_that_was_moved_and_is_not_named(host: Host) -> None:
    host.data.mkdir()
    (host.data / f"jamboree.sqlite{MOVED}20261129-201157").touch()
    await host.mended("Database: DATABASE_URL: what was in data/jamboree.sqlite is on PostgreSQL now")


async def test_postgresql(host: Host) -> None:
    lines = await host.lines(0, DATABASE_URL=new_postgresql())
    assert [one for one in lines if one.startswith("✓ Database: there is none yet at jamboree_")]
    await host.mended("Database: the database does not answer", DATABASE_URL="postgresql://127.0.0.1:9/jam")


async def test_an_empty_postgresql_beside_a_file_with_tracks(host: Host) -> None:
    migrated_folder(host.data)
    await with_a_track(f"sqlite:///{host.data / 'jamboree.sqlite'}")
    said = "Database: DATABASE_URL: that database is empty, and data/jamboree.sqlite has 1 track; take them"
    await host.mended(said, DATABASE_URL=new_postgresql())
    await host.mended(said, DATABASE_URL=migrated_postgresql())
    full = migrated_postgresql()
    await with_a_track(full)
    lines = await host.lines(0, DATABASE_URL=full)
    assert [one for one in lines if one.startswith("✓ Database: jamboree_")]


async def test_another_empty_file_beside_one_with_tracks(host: Host) -> None:
    migrated_folder(host.data)
    await with_a_track(f"sqlite:///{host.data / 'jamboree.sqlite'}")
    other = host.data / "other.sqlite"
    said, url = "data/jamboree.sqlite has 1 track; take DATABASE_URL out", f"sqlite:///{other}"
    await host.mended(said, DATABASE_URL=url)
    migrated_sqlite(other)
    await host.mended(said, DATABASE_URL=url)
    await host.lines(0, DATABASE_URL=f"sqlite:///{host.data}/../data/jamboree.sqlite")
    await with_a_track(url)
    await host.lines(0, DATABASE_URL=url)


async def with_a_track(url: str) -> None:
    database = Database(url)
    async with database.write() as connection:
        await tracks.add(
            connection, id=tracks.new_id(), guild_id=1, number=1, guild_name="Guild", channel_id=2,
            member_id=7, member_name="Ben", model="m", title="Song", tags="funk", lyrics="", duration=5,
            seed=1, price=1000, turn=0, state=State.DELIVERED, created_at=now(),
        )  # fmt: skip
    await database.close()


async def test_a_webhook_address(host: Host) -> None:
    status = 404

    async def proxy(_: web.Request) -> web.Response:
        return web.Response(status=status)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", proxy)
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    behind = {"WEBHOOK_URL": url, "WEBHOOK_ADDRESS": url.removeprefix("http://")}
    try:
        assert f"✓ Webhooks: {url} answers (404)." in await host.lines(0, **behind)
        status = 502
        await host.mended(f"Webhooks: {url} does not lead to the bot (it answers 502)", **behind)
        assert [
            one
            for one in await host.lines(0, WEBHOOK_URL=url)
            if "but the bot behind it is not running" in one
        ]
    finally:
        await runner.cleanup()
    await host.mended("does not lead to the bot (no answer", **behind)


async def test_an_object_store(host: Host) -> None:
    settings = {name.upper(): str(value) for name, value in stored().items()}
    assert f"✓ Store: {settings['STORAGE_URL']} can be written to." in await host.lines(0, **settings)
    await host.mended("STORAGE_URL does not work", **settings | {"STORAGE_URL": "s3://a-bucket-of-nobody"})


async def test_a_disk_that_is_nearly_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(
        discord_token=SecretStr("a"), wavespeed_api_key=SecretStr("b"), data_dir=tmp_path / "not" / "yet"
    )
    found = [one async for one in check._disk(settings)]
    assert [one.good for one in found] == [True]
    monkeypatch.setattr(disk, "LEAST_FREE", 2**60)
    found = [one async for one in check._disk(settings)]
    assert [one.good for one in found] == [False]
    assert "Make room, or set KEEP_AUDIO_DAYS" in found[0].words
    monkeypatch.setattr(disk, "LEAST_FREE", 1)
    monkeypatch.setattr(disk, "LEAST_FILES", 2**60)
    if os.statvfs(tmp_path).f_files:
        (found,) = [one async for one in check._disk(settings)]
        assert not found.good
        assert "more files can be made" in found.words


def test_what_is_being_written_is_not_found_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "READING", 0.1)
    settings = Settings(
        discord_token=SecretStr("a"), wavespeed_api_key=SecretStr("b"), data_dir=tmp_path / "data"
    )
    migrated_folder(tmp_path / "data")
    with closing(sqlite3.connect(tmp_path / "data" / "queue.sqlite", isolation_level=None)) as bot:
        bot.execute("CREATE TABLE more (it)")
        bot.executemany("INSERT INTO more VALUES (?)", [("x" * 500,)] * 500)
        bot.execute("PRAGMA cache_size = 5")
        bot.execute("BEGIN IMMEDIATE")
        bot.execute("UPDATE more SET it = it || it")
        with pytest.raises(readiness.Away, match="locked"):
            readiness.look(settings)
        shutil.copytree(tmp_path / "data", tmp_path / "as after a kill")
        bot.execute("ROLLBACK")
    assert (tmp_path / "as after a kill" / "queue.sqlite-journal").stat().st_size
    for name in ("data", "as after a kill"):
        found = readiness.look(settings.model_copy(update={"data_dir": tmp_path / name}))
        assert found == (Schema.CURRENT, str(tmp_path / name / "jamboree.sqlite"))


async def test_what_may_not_be_written_in_the_folder_is_named(tmp_path: Path) -> None:
    settings = Settings(discord_token=SecretStr("a"), wavespeed_api_key=SecretStr("b"), data_dir=tmp_path)
    (tmp_path / "tracks").mkdir()
    assert [one.good async for one in check._disk(settings)] == [True]
    with read_only(tmp_path / "tracks"):
        (found,) = [one async for one in check._disk(settings)]
        assert not found.good
        assert f"may not write at {tmp_path / 'tracks'}" in found.words


@pytest.mark.parametrize("there", ["a file", "a link"])
async def test_what_is_no_folder_is_named(tmp_path: Path, there: str) -> None:
    (tmp_path / "a file").touch()
    (tmp_path / "a link").symlink_to(tmp_path / "nowhere")
    for place in (tmp_path / there, tmp_path / there / "data"):
        settings = Settings(discord_token=SecretStr("a"), wavespeed_api_key=SecretStr("b"), data_dir=place)
        (found,) = [one async for one in check._disk(settings)]
        assert not found.good
        assert f"{tmp_path / there} is a file, or a link that leads nowhere" in found.words


async def test_no_session_is_begun_where_none_may_be(host: Host) -> None:
    answer: dict[str, Any] = {"url": host.discord.gateway_url, "shards": 1}
    answer["session_start_limit"] = {"remaining": 0, "reset_after": 7_200_000}
    settings = Settings(discord_token=SecretStr("a"), wavespeed_api_key=SecretStr("b"))
    found = await check._gateway(settings, answer)
    assert (found.good, host.discord.gateway.identifies) == (False, 0)
    assert "Discord lets it in again in 2 h" in found.words


async def test_shards_that_discord_does_not_let_begin(host: Host) -> None:
    await host.mended("SHARD_COUNT: Discord lets 1,000 shards begin a day", SHARD_COUNT="1001")
    assert host.discord.gateway.identifies == 0
