"""`python -m rehearsal` as a process: the room with its bot, or the bot itself; nothing stays behind."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from soak.variants import few_of

from rehearsal.discord import DiscordStandIn
from rehearsal.discord.members.member import Member

ROOT = Path(__file__).parents[2]
TIMEOUT = 120.0  # seconds for anything that a test waits for
NOT_OURS = """\
DISCORD_API_URL=http://127.0.0.1:9/api
WAVESPEED_BASE_URL=http://127.0.0.1:9
DATABASE_URL=postgresql://nobody:secret@127.0.0.1:9/nowhere
DATA_DIR=of-the-real-bot
SHARD_COUNT=7
"""


class Run:
    """One `python -m rehearsal` in a folder of its own, with this .env."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self.process = process
        self.folder = folder

    async def address(self) -> str:
        """The room's, once it is printed."""
        assert self.process.stdout
        assert self.process.stderr
        printed = ""
        async with asyncio.timeout(TIMEOUT):
            while line := (await self.process.stdout.readline()).decode():
                printed += line
                if found := re.search(r"Open +(http://127\.0\.0\.1:\d+)$", line.rstrip()):
                    return found[1]
        raise AssertionError(printed + (await self.process.stderr.read()).decode())

    async def says(self, words: str) -> None:
        """Waits for a line with these words."""
        assert self.process.stdout
        async with asyncio.timeout(TIMEOUT):
            while line := (await self.process.stdout.readline()).decode():
                if words in line:
                    return
        raise AssertionError(f"It never said: {words}")

    async def ended(self) -> tuple[int, str, str]:
        """Exit code, and the rest of what it printed."""
        async with asyncio.timeout(TIMEOUT):
            out, err = await self.process.communicate()
        return self.process.returncode or 0, out.decode(), err.decode()

    async def bot_ended(self) -> None:
        """The bot holds the folder's lock for as long as it lives."""
        with (self.folder / "data" / "room.lock").open() as lock:
            async with asyncio.timeout(TIMEOUT):
                while True:
                    with contextlib.suppress(BlockingIOError):
                        return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    await asyncio.sleep(0.05)  # a lock that somebody else drops has no event


@asynccontextmanager
async def run(folder: Path, env_file: str = "", *options: str, **settings: str) -> AsyncIterator[Run]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    await asyncio.to_thread((folder / ".env").write_text, env_file)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "rehearsal", *(options or ("--port", "0")), "--data", str(folder / "data"),
        cwd=folder, env={**kept, "PYTHONPATH": str(ROOT), **settings},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Run(process, folder)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_the_room_opens_a_command_is_answered_and_sigterm_ends_all_of_it(tmp_path: Path) -> None:
    async with run(tmp_path, NOT_OURS + "GUILD_DAILY_LIMIT=0.07\n") as room:
        url = await room.address()
        async with aiohttp.ClientSession() as session, session.get(url) as page:
            assert page.status == 200
            assert "rehearsal room" in await page.text()
        async with await Member.join(url, guild="The Porch", name="Ben") as ben:
            answer = await ben.slash("budget")
            await answer.until(lambda now: "$0.07" in now.text, TIMEOUT)  # of the person's own settings
        room.process.send_signal(signal.SIGTERM)
        code, out, err = await room.ended()
        assert (code, err) == (0, "")
        assert "Closed." in out
        await room.bot_ended()
        assert not (tmp_path / "of-the-real-bot").exists()
        assert "Traceback" not in (tmp_path / "data" / "bot.log").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent is gone")
async def test_a_rehearsal_killed_hard_leaves_no_bot_and_the_next_one_its_songs(tmp_path: Path) -> None:
    async with run(tmp_path) as room:
        async with await Member.join(await room.address(), guild="The Porch", name="Ada") as ada:
            answer = await ada.slash("compose", tags="funk, brass", duration=5, title="Kept")
            await answer.until(lambda now: "is finished" in now.text, TIMEOUT)
        room.process.kill()
        await room.ended()
        await room.bot_ended()
    async with (
        run(tmp_path, "LOG_FORMAT=json\n") as room,
        await Member.join(await room.address(), guild="The Porch", name="Ada") as ada,
    ):
        answer = await ada.slash("library track", track="Kept")
        await answer.until(lambda now: "kept-1.mp3" in now.text, TIMEOUT)


async def test_the_console_starts_the_bot_anew_also_while_discord_is_down(tmp_path: Path) -> None:
    async with run(tmp_path) as room, aiohttp.ClientSession(url := await room.address()) as page:
        for what, body in (("trouble", {"name": "discord-down", "on": True}), ("restart", {})):
            async with page.post(f"/rehearsal/console/{what}", json=body) as answer:
                assert answer.status == 200
        await room.says("Ending the bot")
        async with page.post(
            "/rehearsal/console/trouble", json={"name": "discord-down", "on": False}
        ) as answer:
            assert answer.status == 200
        await room.says("The bot was started anew.")
        async with await Member.join(url, guild="The Porch", name="Ben") as ben:
            answered = await ben.slash("budget")
            await answered.until(lambda now: "This server, today" in now.text, TIMEOUT)
        room.process.send_signal(signal.SIGINT)
        assert (await room.ended())[0] == 0


async def test_a_taken_port_and_a_folder_in_use_are_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with run(tmp_path, "", "--port", str(port)) as first:
            url = await first.address()
            assert not url.endswith(f":{port}"), "another one is taken"
            async with run(tmp_path) as second:
                code, _, err = await second.ended()
    assert code == 1
    assert url in err, "the address of the folder's room"
    assert "Traceback" not in err


@pytest.mark.skipif(sys.platform != "linux", reason="finds the bot under /proc")
async def test_a_bot_that_dies_is_told_of_with_the_last_lines_of_its_log(tmp_path: Path) -> None:
    async with run(tmp_path) as room:
        await room.address()
        pid = room.process.pid
        children = await asyncio.to_thread(Path(f"/proc/{pid}/task/{pid}/children").read_text)
        os.kill(int(children.split()[0]), signal.SIGKILL)
        code, _, err = await room.ended()
        assert code == 1
        assert "ended by signal 9" in err
        assert "bot.log" in err
        assert "[jamboree]" in err
        assert "Traceback" not in err


@pytest.mark.parametrize("module", ["rehearsal --data .", "rehearsal.discord", "rehearsal.wavespeed"])
async def test_a_port_that_is_none_is_told_in_a_line(tmp_path: Path, module: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *module.split(), "--port", "99999",
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, err = await process.communicate()
    assert process.returncode == 1
    assert err.decode().strip() == "bind(): port must be 0-65535."


async def test_a_terminal_that_is_not_in_utf8_is_told_too(tmp_path: Path) -> None:
    async with run(tmp_path, "LOG_FORMAT=xml", PYTHONIOENCODING="latin-1") as room:
        code, out, _ = await room.ended()
    assert code == 2
    assert r"a few seconds \u2026" in out


async def test_a_wrong_setting_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    async with run(tmp_path, "MEMBER_WAITING_LIMIT=lots\n") as room:
        code, _, err = await room.ended()
    assert code == 2
    assert err.strip().startswith("Jamboree cannot start: MEMBER_WAITING_LIMIT")
    assert "\n" not in err.strip()


@pytest.mark.parametrize(
    ("written", "meant"),
    few_of(1, [("DISCORD_TOKNE=a-secret", "DISCORD_TOKEN"), ("GUILD_DAILY_LIMTI=0.07", "GUILD_DAILY_LIMIT")]),
)
async def test_a_slip_of_the_pen_opens_no_room(tmp_path: Path, written: str, meant: str) -> None:
    async with run(tmp_path, f"{written}\nPOSTGRES_PASSWORD=a-secret\n") as room:
        code, _, err = await room.ended()
    name = written.partition("=")[0]
    assert code == 2
    assert err.strip().startswith(f"Jamboree cannot start: {name} is no setting; do you mean {meant}?")
    assert "a-secret" not in err + (tmp_path / "data" / "bot.log").read_text()


# with secrets -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "missing"),
    few_of(1, [("DISCORD_TOKEN", "WAVESPEED_API_KEY"), ("WAVESPEED_API_KEY", "DISCORD_TOKEN")]),
)
async def test_one_secret_without_the_other_is_one_line_and_exit_code_2(
    tmp_path: Path, given: str, missing: str
) -> None:
    async with run(tmp_path, f"{given}=a-secret\n{missing}=\n") as bot:
        code, out, err = await bot.ended()
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert f"{missing} is missing" in err
    assert "Without both of them, `make run` opens the rehearsal room" in err


async def test_with_both_secrets_it_becomes_the_bot(tmp_path: Path) -> None:
    async with DiscordStandIn(token="another-token") as discord:
        secrets = {"DISCORD_TOKEN": "refused-token", "WAVESPEED_API_KEY": "key"}
        async with run(tmp_path, f"DISCORD_API_URL={discord.api_url}\n", **secrets) as bot:
            code, out, err = await bot.ended()
        assert [request.path for request in discord.requests] == ["/users/@me"]
    assert (code, out) == (2, "")
    assert "DISCORD_TOKEN: Discord does not accept it" in err
