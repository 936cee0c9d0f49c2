"""Starting, stopping and starting again: one line for a wrong setting, and nothing lost in between."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, between, made, said, track_of
from full_disk import read_only
from waiting import eventually

import bot as front_door
from cogs.core import history as in_channel
from cogs.posts.moderators_delivery import ModeratorsDelivery
from rehearsal.discord.faults import Fault as DiscordFault
from rehearsal.wavespeed import Fault as WaveFault
from services.tracks.sight import everything_in
from services.tracks.track import ENDED

ROOT = Path(front_door.__file__).parent
NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]


async def started(harness: Harness) -> str:
    """The line with which the bot refuses to start."""
    with pytest.raises(front_door.CannotStart) as refusal:
        await harness.start()
    line = str(refusal.value)
    assert "\n" not in line
    return line


async def test_a_token_that_discord_refuses(new_harness: NewHarness) -> None:
    async with new_harness(discord_token="wrong-token") as harness:
        assert (await started(harness)).startswith("DISCORD_TOKEN")


async def test_more_shards_than_discord_lets_begin(new_harness: NewHarness) -> None:
    async with new_harness(shard_count=1001) as harness:
        line = await started(harness)
        assert line == "SHARD_COUNT: Discord lets 1,000 shards begin a day, and not 1,001"
        assert harness.discord.gateway.identifies == 0


async def test_a_folder_that_cannot_be_written(new_harness: NewHarness, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for place in ("file", "file/data", "link"):
        async with new_harness(data_dir=tmp_path / "fine") as harness:
            harness.settings.data_dir = tmp_path / place
            assert (await started(harness)).startswith(f"DATA_DIR: {tmp_path / place} is no folder")


async def test_a_folder_in_it_that_cannot_be_written(new_harness: NewHarness, tmp_path: Path) -> None:
    (tmp_path / "tracks").mkdir()
    async with new_harness() as harness:
        with read_only(tmp_path / "tracks"):
            line = await started(harness)
        assert line.startswith(f"DATA_DIR: {tmp_path / 'tracks'} cannot be written (Read-only file system)")


async def test_a_restart_knows_every_button_form_and_answer(new_harness: NewHarness) -> None:
    async with new_harness() as harness:
        await harness.start()
        ben = await harness.member("Ben")
        message = await made(ben, "Before")
        song = "[verse]\n" + "A line that goes on\n" * 380
        long = await made(ben, "Long Before", files={"lyrics_file": ("song.txt", song.encode())})
        pages = await said(await ben.press(long, "Lyrics"), "Page 1 of 2")
        refused = await said(await ben.slash("compose", tags="fu\u200bnk", duration=5, title="Draft"), "Edit")
        form = await ben.slash("compose", tags="ska", duration=5, vocals="write", title="Open Form")
        held = harness.hold("slow")
        waiting = await ben.slash("compose", tags="slow", duration=5, title="Under Way")
        await held.reached()

        await harness.stop()
        held.release()
        await harness.start()
        await track_of(ben, "Under Way")
        await said(waiting, "is finished")
        await said(await ben.press(message, "Lyrics"), "asked for without lyrics")
        await said(await ben.press(pages, "Next"), "Page 2 of 2")
        edit = await ben.press(refused, "Edit")
        await said(await ben.submit(edit, tags="funk"), "Draft")
        await said(await ben.submit(form, lyrics="[verse]\nStill here"), "Open Form")
        await track_of(ben, "Open Form")


async def test_a_message_posted_and_not_written_down_is_found_after_a_restart(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_harness() as harness:
        monkeypatch.setattr(in_channel, "FRESH", in_channel.timedelta(0))
        harness.discord.messages.nonce_lifetime = 0.0
        bot = await harness.start()
        ben = await harness.member("Ben")
        post, posted = bot.part(ModeratorsDelivery).publish, asyncio.Event()

        async def post_and_hang(track: Any, mp3: Path) -> Any:
            await post(track, mp3)
            posted.set()
            await asyncio.Event().wait()

        monkeypatch.setattr(bot.part(ModeratorsDelivery), "publish", post_and_hang)
        harness.settings.shutdown_grace = 0.0
        await ben.slash("compose", tags="ska", duration=5, title="Posted")
        await asyncio.wait_for(posted.wait(), TIMEOUT)
        await harness.stop()

        bot = await harness.start()
        guild = int(ben.guild["id"])

        async def settled() -> bool:
            (track,) = await bot.studio.search(everything_in(guild), "Posted")
            return track.state in ENDED

        await eventually(settled)
        messages = [
            m for m in await ben.messages() if m["embeds"] and m["embeds"][0].get("title") == "Posted"
        ]
        assert len(messages) == 1
        (track,) = await bot.studio.search(everything_in(guild), "Posted")
        assert str(track.message_id) == messages[0]["id"]


async def test_an_open_bot_is_healthy_patient_and_polite(new_harness: NewHarness) -> None:
    async with new_harness() as harness:
        bot = await harness.start()
        await eventually(lambda: asyncio.to_thread((harness.settings.data_dir / "health").exists))
        ben = await harness.member("Ben")
        harness.discord.faults.add(DiscordFault("slow", method="POST", path="/interactions/*", seconds=1.0))
        queue = await said(await ben.slash("queue"), "Nothing is running")
        bot.open = False
        await said(await ben.press(queue, "queue:page:0", forged=True), "starting up or shutting down")
        await said(await ben.slash("queue"), "starting up or shutting down")
        assert await ben.suggest("library track", "track", track="x") == []


# as a process -----------------------------------------------------------------------------------------


async def process(folder: Path, **settings: str) -> asyncio.subprocess.Process:
    """`python bot.py` with these settings and no others."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "bot.py"),
        cwd=folder,
        env=kept | settings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_a_missing_setting_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    bot = await process(tmp_path, WAVESPEED_API_KEY="key")
    _out, err = await asyncio.wait_for(bot.communicate(), TIMEOUT)
    assert bot.returncode == 2
    assert err.decode().count("\n") == 1
    assert "DISCORD_TOKEN" in err.decode()


async def test_a_wrong_wavespeed_key_is_one_line_and_exit_code_2(
    new_harness: NewHarness, tmp_path: Path
) -> None:
    async with new_harness() as harness:
        given = between(harness, tmp_path / "data") | {"WAVESPEED_API_KEY": "wsk-no-longer-good"}
        bot = await process(tmp_path, **given)
        _out, err = await asyncio.wait_for(bot.communicate(), TIMEOUT)
    lines = err.decode().splitlines()
    assert bot.returncode == 2
    assert [line for line in lines if line.startswith("Jamboree cannot start: WAVESPEED_API_KEY")]
    assert "Traceback" not in err.decode()
    assert "wsk-no-longer-good" not in err.decode() + _out.decode()


@pytest.mark.parametrize("fault", ["down", "garbage", "missing"])
async def test_a_wavespeed_that_does_not_say_is_started_with(new_harness: NewHarness, fault: str) -> None:
    async with new_harness() as harness:
        harness.wave.faults.add(WaveFault(fault, "*", times=None))
        bot = await harness.start()
        assert bot.open


async def test_sigterm_ends_it_within_the_grace_with_exit_code_0(
    new_harness: NewHarness, tmp_path: Path
) -> None:
    async with new_harness() as harness:
        bot = await process(tmp_path, **between(harness, tmp_path / "data"))
        try:
            await eventually(lambda: asyncio.to_thread((tmp_path / "data" / "health").exists))
            bot.send_signal(signal.SIGTERM)
            out, err = await asyncio.wait_for(bot.communicate(), TIMEOUT)
        finally:
            if bot.returncode is None:
                bot.kill()
                await bot.wait()
        assert bot.returncode == 0
        assert "Traceback" not in out.decode() + err.decode()
        assert "rehearsal-token" not in out.decode() + err.decode()
