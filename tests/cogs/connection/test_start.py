"""Starting while Discord is away: it is waited for and said; what is surely wrong ends with one line."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from bot_harness import TIMEOUT, Harness, forked_bot, identify_at_once, made, said
from soak.variants import few_of
from structlog.testing import capture_logs
from test_front_door import started
from test_unreadable_events import OF_A_GUILD, known
from waiting import eventually

from cogs.connection import command_registration, rate_limits, rest, startup
from cogs.core.client import Jamboree
from rehearsal.discord import shapes
from rehearsal.discord.api import guilds
from rehearsal.discord.faults import Fault
from rehearsal.discord.members.member import NotPossibleError

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]
ME, ABOUT, WHERE, SOCKET = "/users/@me", "/oauth2/applications/@me", "/gateway/bot", "/gateway"


@pytest.fixture(autouse=True)
def hurried(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    given = getattr(request.node, "callspec", None)
    fault = given.params.get("fault") if given else None
    silence = 2.0 if fault and fault.kind in ("hang", "mute") else 30.0  # it is waited out
    monkeypatch.setattr(startup, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(rest, "PATIENCE", aiohttp.ClientTimeout(total=silence))
    monkeypatch.setattr(startup, "READY_PATIENCE", silence)
    monkeypatch.setattr(command_registration, "FIRST_PAUSE", 0.2)


@pytest.mark.parametrize(
    ("fault", "words"),
    few_of(
        7,
        [
            (Fault("cloudflare", "GET", ME, status=429, retry_after=0, times=2), "error 1015"),
            (Fault("cloudflare", "GET", ME, status=403, retry_after=0), "403 with a page"),
            (Fault("hang", "GET", ME), "no answer"),
            (Fault("cut", "GET", ME, skip=1, times=4), "no answer"),  # at the login, after it was there
            (Fault("down", "GET", ABOUT, status=503), "503"),
            (Fault("rate_limited", "GET", WHERE, retry_after=1.5), "429"),
            (Fault("mute", "GET", SOCKET), "no answer"),
            (Fault("cloudflare", "GET", ME, status=429, retry_after=1), "error 1015"),
            (Fault("rate_limited", "GET", ME, retry_after=0.2), "429"),
            (Fault("down", "GET", ME, status=503, times=2), "503"),
            (Fault("cut", "GET", ME, times=4), "no answer"),
            (Fault("cut", "GET", ABOUT, times=4), "no answer"),
            (Fault("cloudflare", "GET", WHERE, status=429, retry_after=0), "error 1015"),
            (Fault("cut", "GET", WHERE, times=4), "no answer"),
            (Fault("down", "GET", SOCKET, status=502, times=3), "502"),
            (Fault("cut", "GET", SOCKET, times=4), "no answer"),
        ],
    ),
    ids=lambda value: f"{value.kind} {value.path} {value.status}" if isinstance(value, Fault) else "",
)
async def test_what_is_not_now_is_waited_for_and_said(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch, fault: Fault, words: str
) -> None:
    monkeypatch.setattr(rate_limits, "LONGEST_HOLD", 1.0)  # less than what one of them asks for
    async with new_harness() as harness:
        harness.discord.faults.add(fault)
        with capture_logs() as logs:
            await harness.start()
        waited = [entry for entry in logs if entry["event"] == "waiting for Discord"]
        assert fault.hits == fault.times
        assert len(waited) == fault.times or (waited and fault.kind == "cut")  # aiohttp asks twice itself
        assert all(words in entry["reason"] for entry in waited)
        assert all(
            entry["again_in"] >= (fault.retry_after if "limit" in fault.kind else 0) for entry in waited
        )
        await said(await (await harness.member("Ben")).slash("queue"), "Nothing is running")


async def test_shards_that_are_not_made_ready_begin_anew(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Jamboree, "before_identify_hook", identify_at_once)
    monkeypatch.setattr(startup, "READY_PATIENCE", 2.0)
    async with new_harness() as harness:
        harness.discord.faults.add(Fault("slow", "GET", SOCKET, seconds=0))  # the first, which only looks
        make_ready = harness.discord.gateway._identify  # pyright: ignore[reportPrivateUsage]
        silent: list[Any] = []

        def once_silent(link: Any, data: Any) -> Any:
            if silent:
                return make_ready(link, data)
            silent.append(link)
            return None

        harness.discord.gateway._identify = once_silent  # pyright: ignore[reportPrivateUsage]
        await harness.start()
        assert silent
        await said(await (await harness.member("Ben")).slash("queue"), "Nothing is running")


@asynccontextmanager
async def something_else(status: int) -> AsyncIterator[str]:
    """A web server that is no Discord."""

    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<html>Welcome</html>", status=status, content_type="text/html")

    app = web.Application()
    app.router.add_get("/{rest:.*}", page)
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/v10"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("status", [200, 404])
async def test_an_address_that_is_no_discord(new_harness: NewHarness, status: int) -> None:
    async with something_else(status) as url, new_harness(discord_api_url=url) as harness:
        line = await started(harness)
        assert line.startswith("DISCORD_API_URL")
        assert str(status) in line


async def test_what_the_gateway_refuses_for_good(new_harness: NewHarness) -> None:
    async with new_harness() as harness:
        harness.discord.gateway._allowed = 0  # pyright: ignore[reportPrivateUsage]
        assert "4014" in await started(harness)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/api/v10", "http://discord.invalid/api/v10"])
async def test_sigterm_while_it_waits_ends_it_at_once(tmp_path: Path, url: str) -> None:
    settings = {"DISCORD_TOKEN": "rehearsal-token", "WAVESPEED_API_KEY": "key", "DATA_DIR": str(tmp_path)}
    bot = await forked_bot(tmp_path, **settings, DISCORD_API_URL=url)
    assert bot.stderr is not None
    try:
        async with asyncio.timeout(4 * TIMEOUT):
            while b"waiting for Discord" not in (line := await bot.stderr.readline()):
                assert line
        bot.send_signal(signal.SIGTERM)
        _out, err = await asyncio.wait_for(bot.communicate(), TIMEOUT)
    finally:
        bot.kill()
        await bot.wait()
    assert bot.returncode == 0
    assert "Traceback" not in err.decode()


async def test_a_guild_is_known_without_what_cannot_be_read_of_it(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = shapes.guild_created

    def with_odd_parts(*given: Any) -> dict[str, Any]:
        guild = told(*given)
        return guild | {name: [*parts, *guild.get(name, ())] for name, parts in OF_A_GUILD.items()}

    monkeypatch.setattr(shapes, "guild_created", with_odd_parts)
    async with new_harness() as harness:
        await harness.start()
        await known(harness)
        await made(await harness.member("Ben"), "Of an Odd Guild")


# commands ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        Fault("down", "PUT", "/applications/*/commands", status=503, times=2),
        Fault("rate_limited", "PUT", "/applications/*/commands", retry_after=7000, times=None),
        Fault("refuse", "PUT", "/applications/*/commands", code=50035, times=2),
        Fault("cut", "PUT", "/applications/*/commands", times=2),
    ],
    ids=lambda fault: fault.kind,
)
async def test_a_bot_whose_commands_cannot_be_registered_opens_and_tries_on(
    new_harness: NewHarness, fault: Fault
) -> None:
    async with new_harness() as harness:
        await harness.start()
        ben = await harness.member("Ben")
        message = await made(ben, "Before")
        await harness.stop()
        known = dict(harness.discord.world.commands)
        harness.discord.world.commands.pop(next(k for k, one in known.items() if one["name"] == "library"))

        harness.discord.faults.add(fault)
        await harness.start()  # with the commands that Discord has
        await said(await ben.press(message, "Lyrics"), "asked for without lyrics")
        await said(await ben.slash("queue"), "Nothing is running")
        if fault.times is None:
            with pytest.raises(NotPossibleError):
                await ben.slash("library tracks")
            assert fault.hits == 1  # not before Discord wants to be asked again
        else:
            await eventually(lambda: _has(harness, "library"))


async def test_an_answer_to_the_commands_that_cannot_be_read_holds_up_nothing(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = guilds.overwrite
    monkeypatch.setattr(
        guilds, "overwrite", lambda *given: [{"id": one["id"], "type": 99} for one in told(*given)]
    )
    async with new_harness() as harness:
        with capture_logs() as logs:
            await harness.start()
        assert any(entry["event"] == "commands registered" for entry in logs)


async def test_an_application_of_which_only_what_is_required_is_told(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, optional = shapes.application_json, ("bot", "bot_public", "bot_require_code_grant")

    def of(world: Any) -> dict[str, Any]:
        return {name: value for name, value in told(world).items() if name not in optional}

    monkeypatch.setattr(shapes, "application_json", of)
    async with new_harness() as harness:
        await harness.start()
        await said(await (await harness.member("Ben")).slash("queue"), "Nothing is running")


async def _has(harness: Harness, name: str) -> bool:
    return any(one["name"] == name for one in harness.discord.world.commands.values())
