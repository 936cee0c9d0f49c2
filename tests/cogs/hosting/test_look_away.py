"""What a bot that runs leaves lying about is of no use to another account, or to a reader of its log."""

from __future__ import annotations

import asyncio
import base64
import io
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from bot_harness import Harness, made, said
from kept_logging import kept_logging
from waiting import eventually

from rehearsal.wavespeed.accounts import Account
from services import logs, watch
from services.storage.tables import tracks as table

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]
WORDS = "Quetzalcoatl hums in the pantry"
OWN_KEY = "wsk-the-porch-brought-this-one"


@pytest.fixture
def an_ordinary_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def log() -> Iterator[Callable[[Harness], io.StringIO]]:
    """Sends a bot's log, on DEBUG, into a text."""

    def start(harness: Harness) -> io.StringIO:
        stream = io.StringIO()
        logs.configure("console", "DEBUG", harness.settings.secrets, stream)
        return stream

    with kept_logging():
        yield start


@pytest.mark.usefixtures("an_ordinary_umask")
async def test_no_other_account_can_read_what_the_bot_keeps(new_harness: NewHarness, tmp_path: Path) -> None:
    _of_an_older_run(tmp_path)
    async with new_harness() as harness:
        await harness.start()
        await made(await harness.member("Ben"), "Private")
        await eventually(lambda: asyncio.to_thread((tmp_path / "health").exists))
        kept = _all_in(tmp_path)
        names = {path.name for path in kept}
        assert {"jamboree.sqlite", "jamboree.sqlite-wal", "queue.sqlite", "0.mp3"} <= names
        assert len([path for path in kept if path.suffix == ".mp3"]) == 2
        assert [(path, mode) for path in kept if (mode := _others(path))] == []


def _of_an_older_run(folder: Path) -> None:
    folder.chmod(0o755)
    (folder / "tracks").mkdir()
    old = folder / "tracks" / "0.mp3"
    old.write_bytes(b"music")
    old.chmod(0o644)


def _all_in(folder: Path) -> list[Path]:
    return [folder, *folder.rglob("*")]


def _others(path: Path) -> int:
    """What others than the owner may do with it; nothing where it went meanwhile."""
    try:
        return stat.S_IMODE(path.stat().st_mode) & 0o077
    except FileNotFoundError:
        return 0


async def test_debug_tells_no_words_no_token_and_no_key(
    new_harness: NewHarness, log: Callable[[Harness], io.StringIO]
) -> None:
    async with new_harness(guild_keys_secret=base64.urlsafe_b64encode(bytes(32)).decode()) as harness:
        stream = log(harness)
        harness.wave.accounts[OWN_KEY] = Account(OWN_KEY, "ultra", 2_000_000)
        await harness.start()
        ada, ben = await harness.member("Ada"), await harness.member("Ben")
        await said(
            await ada.submit(await ada.slash("moderation key set"), key=OWN_KEY, level="silver"), "accepts"
        )
        sung = ("song.txt", f"[verse]\n{WORDS}".encode())
        message = await made(ben, "Debugged", files={"lyrics_file": sung})
        await said(await ben.press(message, "Lyrics"), WORDS)
        form = await ben.slash("compose", tags="ska", duration=5, vocals="write", title="In A Form")
        await said(await ben.submit(form, lyrics=f"[verse]\n{WORDS}"), "is finished")
        await harness.stop()
    written = stream.getvalue()
    assert "open" in written
    tokens = [one.token for one in harness.discord.interactions.all.values()]
    assert len(tokens) > 3
    hidden = [WORDS, OWN_KEY, "rehearsal-token", "rehearsal-key", *tokens]
    assert [secret for secret in hidden if secret in written] == []


async def test_a_token_is_kept_no_longer_than_it_can_be_used(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "RARELY", 0.2)
    async with new_harness(interaction_token_lifetime=3.0) as harness:
        bot = await harness.start()
        ben = await harness.member("Ben")
        held = harness.hold("slow")
        await ben.slash("compose", tags="slow", duration=5, title="Slow")
        await held.reached()
        assert await _kept(bot) == 1
        await eventually(lambda: _forgotten(bot))  # by itself, although the track has not ended
        held.release()
        await eventually(lambda: _delivered(bot))


async def _rows(bot: Any) -> list[Any]:
    async with bot.studio.database.read() as connection:
        return list((await connection.execute(sa.select(table.c.reply_token, table.c.state))).all())


async def _kept(bot: Any) -> int:
    return len([row for row in await _rows(bot) if row.reply_token is not None])


async def _forgotten(bot: Any) -> bool:
    return await _kept(bot) == 0


async def _delivered(bot: Any) -> bool:
    return all(row.state == "delivered" for row in await _rows(bot))
