"""The room's console, as its page asks it: speed, faults, the restart, the bill beside the ledger."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from rehearsal.console import Console, ledger
from rehearsal.discord import DiscordStandIn
from rehearsal.wavespeed import WaveSpeedStandIn


class Page:
    """What the page does with its console."""

    def __init__(self, session: aiohttp.ClientSession, console: Console, wave: WaveSpeedStandIn) -> None:
        self._session, self.console, self.wave = session, console, wave

    async def sees(self) -> dict[str, Any]:
        async with self._session.get("/rehearsal/console") as answer:
            return await answer.json()

    async def turns(self, what: str, **body: Any) -> int:
        async with self._session.post(f"/rehearsal/console/{what}", json=body) as answer:
            return answer.status

    async def discord(self) -> int:
        """What Discord answers the bot."""
        headers = {"Authorization": "Bot rehearsal-token"}
        async with self._session.get("/api/v10/users/@me", headers=headers) as answer:
            return answer.status


@pytest.fixture
async def page(tmp_path: Path) -> AsyncIterator[Page]:
    async with WaveSpeedStandIn() as wave:
        console = Console(wave, tmp_path)
        async with (
            DiscordStandIn(beside=console.add_to) as discord,
            aiohttp.ClientSession(discord.url) as session,
        ):
            yield Page(session, console, wave)


async def test_a_fault_is_switched_on_and_off(page: Page) -> None:
    assert await page.turns("trouble", name="discord-down", on=True) == 200
    assert await page.discord() == 503
    assert [one["name"] for one in (await page.sees())["troubles"] if one["on"]] == ["discord-down"]
    assert await page.turns("trouble", name="discord-down", on=True) == 200  # twice is once
    assert await page.turns("trouble", name="discord-down", on=False) == 200
    assert await page.discord() == 200
    assert [one for one in (await page.sees())["troubles"] if one["on"]] == []


async def test_every_fault_can_be_switched_on(page: Page) -> None:
    names = [one["name"] for one in (await page.sees())["troubles"]]
    assert [await page.turns("trouble", name=name, on=True) for name in names] == [200] * len(names)
    assert all(
        one["on"] != one["once"] for one in (await page.sees())["troubles"]
    )  # what happens once is over
    assert await page.turns("trouble", name="nothing", on=True) == 404


async def test_the_speed_of_renders_is_one_of_those_offered(page: Page) -> None:
    assert await page.turns("speed", speed=5.0) == 200
    assert (page.wave.speed, (await page.sees())["speed"]) == (5.0, 5.0)
    assert await page.turns("speed", speed=0) == 404
    assert page.wave.speed == 5.0


async def test_requests_are_shown_as_they_pass_newest_first(page: Page) -> None:
    await page.discord()
    assert await page.turns("trouble", name="discord-down", on=True) == 200
    await page.discord()
    shown = [(one["to"], one["path"], one["status"]) for one in (await page.sees())["requests"]]
    assert shown == [("Discord", "/users/@me", 503), ("Discord", "/users/@me", 200)]


async def test_a_restart_is_asked_for_once(page: Page) -> None:
    assert not page.console.restart.is_set()
    assert await page.turns("restart") == 200
    assert page.console.restart.is_set()
    assert (await page.sees())["bot"] == "restarting"


async def test_the_ledger_before_there_is_one_says_nothing(tmp_path: Path) -> None:
    assert ledger(tmp_path / "none.sqlite") == (0, 0)


async def test_what_is_settled_is_spent_and_the_rest_is_reserved(tmp_path: Path) -> None:
    database = tmp_path / "jamboree.sqlite"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE ledger_entries (track_id TEXT, kind TEXT, amount INTEGER)")
        rows = [
            ("a", "reserve", 9000), ("a", "spend", 8000), ("a", "correct", -500),
            ("b", "reserve", 4000), ("b", "adjust", -1000),
            ("c", "reserve", 7000), ("c", "release", 7000),
        ]  # fmt: skip
        connection.executemany("INSERT INTO ledger_entries VALUES (?, ?, ?)", rows)
    assert ledger(database) == (7500, 3000)
