"""`python bot.py --setup`, as a host goes through it, between both stand-ins."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import stat
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import openapi
import preloaded
import pytest
import pytest_asyncio
from dotenv import dotenv_values
from full_disk import fill, small_disk
from waiting import eventually, state_of

from cogs.hosting.permissions import NEEDED
from rehearsal.discord import DiscordStandIn
from rehearsal.discord.faults import Fault as DiscordFault
from rehearsal.wavespeed import Fault as WaveFault
from rehearsal.wavespeed import WaveSpeedStandIn

ROOT = Path(__file__).parents[3]
TOKEN, KEY, HOME = "good-token.of-the.bot", "wsk-a-key-of-the-hosts", "1180000000000000001"
TIMEOUT = 60.0  # seconds for anything that a test waits for


@dataclass
class Host:
    """Somebody who sets the bot up in that folder."""

    discord: DiscordStandIn
    wave: WaveSpeedStandIn
    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / ".env"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "DISCORD_API_URL": self.discord.api_url,
            "WAVESPEED_BASE_URL": self.wave.url,
        }

    async def answers(self, *lines: str, **environment: str) -> tuple[int | None, str]:
        """Goes through it with those answers; the exit code, and all that was printed."""
        process = await preloaded.start(
            ROOT / "bot.py", "--setup", folder=self.folder, environment=self.environment | environment,
            typed="".join(f"{line}\n" for line in lines).encode(),
        )  # fmt: skip
        printed, said = await asyncio.wait_for(process.communicate(), TIMEOUT)
        text = (printed + said).decode()
        assert "Traceback" not in text
        assert TOKEN not in text
        assert KEY not in text
        if openapi.available():
            assert [problem for one in self.discord.requests for problem in openapi.check(one)] == []
        assert (self.wave.predictions, self.wave.bill) == ({}, [])
        return process.returncode, text


@pytest_asyncio.fixture
async def host(tmp_path: Path) -> AsyncIterator[Host]:
    async with AsyncExitStack() as stack:
        discord = await stack.enter_async_context(DiscordStandIn(token=TOKEN))
        wave = await stack.enter_async_context(WaveSpeedStandIn(keys=(KEY,), balance=12.3))
        yield Host(discord, wave, tmp_path)
        discord.faults.clear()


async def test_from_nothing_to_settings_that_are_good(host: Host) -> None:
    code, printed = await host.answers(TOKEN, KEY, HOME)
    assert code == 0, printed
    assert host.discord.world.bot.name in printed
    assert "$12.30 is left" in printed
    link = (
        f"https://discord.com/oauth2/authorize?client_id={host.discord.world.bot.id}"
        f"&scope=bot+applications.commands&permissions={NEEDED.value}"
    )
    assert link in printed
    values = {name: value for name, value in dotenv_values(host.file).items() if value}
    assert values == {"DISCORD_TOKEN": TOKEN, "WAVESPEED_API_KEY": KEY, "HOST_GUILD_ID": HOME}
    assert stat.S_IMODE(host.file.stat().st_mode) == 0o600
    assert "# All guilds together, a day.\n#HOST_DAILY_LIMIT=20\n" in host.file.read_text()


async def test_what_is_there_stays_and_enter_keeps_it(host: Host) -> None:
    host.file.write_text(
        f"# mine\nDISCORD_TOKEN={TOKEN}\nLOG_FORMAT=json # for Loki\nWAVESPEED_API_KEY=old\n"
    )
    code, printed = await host.answers("", "", KEY, "")
    assert code == 0, printed
    assert host.file.read_text() == (
        f"# mine\nDISCORD_TOKEN={TOKEN}\nLOG_FORMAT=json # for Loki\nWAVESPEED_API_KEY={KEY}\n"
    )


async def test_what_is_refused_is_asked_for_again(host: Host) -> None:
    code, printed = await host.answers(
        "", "not one word", "a-wrong-token", TOKEN, "wsk-a-wrong-key", KEY, "my server", HOME
    )
    assert code == 0, printed
    for words in (
        "It cannot be left out", "has spaces", "Discord does not accept that token",
        "WaveSpeed does not accept that key", "That is no server id",
    ):  # fmt: skip
        assert printed.count(words) == 1
    assert "a-wrong" not in printed


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (
            DiscordFault("down", path="/users/@me", status=500),
            "Discord cannot check it right now: 500",
        ),
        (DiscordFault("rate_limited", path="/users/@me"), "right now: 429"),
        (DiscordFault("cloudflare", path="/users/@me", status=429), "error 1015"),
        (DiscordFault("cut", path="/users/@me", times=2), "no answer"),
        (
            DiscordFault("down", path="/oauth2/*", status=502),
            "Discord cannot check it right now: 502",
        ),
    ],
    ids=lambda value: f"{value.kind} {value.path}" if isinstance(value, DiscordFault) else "",
)
async def test_a_discord_that_is_away_is_not_a_wrong_token(
    host: Host, fault: DiscordFault, words: str
) -> None:
    host.discord.faults.add(fault)
    code, printed = await host.answers(TOKEN, "", KEY, "")
    assert code == 0, printed
    assert words in printed
    assert "does not accept" not in printed


@pytest.mark.parametrize("kind", ["down", "garbage", "rate_limited"])
async def test_a_wavespeed_that_is_away_is_not_a_wrong_key(host: Host, kind: str) -> None:
    host.wave.faults.add(WaveFault(kind, "*", times=None))
    code, printed = await host.answers(TOKEN, KEY)
    assert code == 1
    assert "WaveSpeed cannot check it right now" in printed
    assert "does not accept" not in printed
    assert not host.file.exists()


async def test_an_account_without_money_is_told(host: Host) -> None:
    async with WaveSpeedStandIn(keys=(KEY,), balance=0) as host.wave:
        code, printed = await host.answers(TOKEN, KEY, "")
    assert code == 0
    assert "its account is empty" in printed


@pytest.mark.parametrize("answers", [(), (TOKEN,), (TOKEN, KEY)])
async def test_an_input_that_ends_leaves_everything_as_it_was(host: Host, answers: tuple[str, ...]) -> None:
    host.file.write_text("# mine\n")
    code, printed = await host.answers(*answers)
    assert (code, host.file.read_text()) == (1, "# mine\n")
    assert "Nothing was changed." in printed
    assert [path.name for path in host.folder.iterdir()] == [".env"]


async def test_a_file_that_cannot_be_put_there_is_told(host: Host) -> None:
    (host.folder / "elsewhere").mkdir()
    host.file.symlink_to(host.folder / "nowhere" / ".env")
    code, printed = await host.answers()
    assert code == 1
    assert ".env cannot be written (No such file or directory). Nothing was changed. Make room" in printed
    assert "Token" not in printed  # it is told before anything is asked


async def test_a_disk_without_room_is_told_before_anything_is_asked(host: Host) -> None:
    with small_disk(host.folder) as disk:
        fill(disk / "filler")
        host.folder = disk
        code, printed = await host.answers()
        assert [path.name for path in disk.iterdir()] == ["filler"]
    assert code == 1
    assert ".env cannot be written (No space left on device). Nothing was changed. Make room" in printed
    assert "Token" not in printed


async def test_the_environment_would_win_and_is_told(host: Host) -> None:
    code, printed = await host.answers(TOKEN, KEY, "", DISCORD_TOKEN="another")
    assert (code, host.file.exists()) == (1, False)
    assert printed.startswith("DISCORD_TOKEN is set in the environment")


async def test_an_address_without_discord_is_no_wrong_token(host: Host) -> None:
    code, printed = await host.answers(TOKEN, KEY, "", DISCORD_API_URL=host.wave.url)
    assert (code, host.file.exists()) == (1, False)
    assert "Nothing was changed. DISCORD_API_URL: no Discord at" in printed


async def test_a_wrong_setting_comes_first(host: Host) -> None:
    host.file.write_text("GUILD_DAILY_LIMTI=3\n")
    code, printed = await host.answers(TOKEN, KEY, "")
    assert code == 2
    assert "do you mean GUILD_DAILY_LIMIT?" in printed


# at a terminal ------------------------------------------------------------------------------------------


class Terminal:
    """One at which it runs; what is typed there is echoed where nobody prevents it."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self.shown = ""

    async def __aenter__(self) -> Terminal:
        self._own, theirs = pty.openpty()
        self.process = await preloaded.start_at(
            theirs, ROOT / "bot.py", "--setup", folder=self._host.folder, environment=self._host.environment
        )
        os.close(theirs)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        os.close(self._own)

    async def read_until(self, words: str) -> None:
        async with asyncio.timeout(TIMEOUT):
            while words not in self.shown:
                self.shown += (await asyncio.to_thread(os.read, self._own, 4096)).decode()

    async def interrupt_at(self, prompt: str) -> None:
        """Ctrl+C, once it waits for what is typed: between the prompt and the waiting it would go unheard."""

        async def waits() -> bool:
            return state_of(self.process.pid) == "S"

        await self.read_until(prompt)
        await eventually(waits)
        self.process.send_signal(signal.SIGINT)

    async def type_after(self, prompt: str, line: str) -> None:
        await self.read_until(prompt)
        os.write(self._own, f"{line}\n".encode())


async def test_at_a_terminal_what_is_secret_is_not_shown(host: Host) -> None:
    async with Terminal(host) as terminal:
        await terminal.type_after("Token: ", TOKEN)
        await terminal.type_after("Key: ", KEY)
        await terminal.type_after("Server id: ", HOME)
        await terminal.read_until("--check")
        assert await asyncio.wait_for(terminal.process.wait(), TIMEOUT) == 0
    assert HOME in terminal.shown
    assert TOKEN not in terminal.shown
    assert KEY not in terminal.shown
    assert dotenv_values(host.file)["DISCORD_TOKEN"] == TOKEN


@pytest.mark.parametrize("prompt", ["Token: ", "Key: ", "Server id: "])
async def test_ctrl_c_leaves_everything_as_it_was(host: Host, prompt: str) -> None:
    async with Terminal(host) as terminal:
        for asked, answer in (("Token: ", TOKEN), ("Key: ", KEY), ("Server id: ", HOME)):
            if asked == prompt:
                break
            await terminal.type_after(asked, answer)
        await terminal.interrupt_at(prompt)
        await terminal.read_until("Nothing was changed.")
        assert await asyncio.wait_for(terminal.process.wait(), TIMEOUT) == 1
    assert list(host.folder.iterdir()) == []
    assert "Traceback" not in terminal.shown
