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
from house import TIMEOUT, House, made, said, track_of
from waiting import eventually

import bot as front_door
from cogs.core import history as in_channel
from cogs.posts.moderators_delivery import ModeratorsDelivery
from rehearsal.discord.faults import Fault as DiscordFault
from rehearsal.wavespeed import Fault as WaveFault
from services.tracks.sight import everything_in

ROOT = Path(front_door.__file__).parent
NewHouse = Callable[..., AbstractAsyncContextManager[House]]


async def started(house: House) -> str:
    """The line with which the bot refuses to start."""
    with pytest.raises(front_door.CannotStart) as refusal:
        await house.start()
    line = str(refusal.value)
    assert "\n" not in line
    return line


async def test_a_token_that_discord_refuses(new_house: NewHouse) -> None:
    async with new_house(discord_token="wrong-token") as house:
        assert (await started(house)).startswith("DISCORD_TOKEN")


async def test_a_folder_that_cannot_be_written(new_house: NewHouse, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with new_house(data_dir=tmp_path / "file" / "data") as house:
        assert (await started(house)).startswith("DATA_DIR")


async def test_a_restart_knows_every_button_form_and_answer(new_house: NewHouse) -> None:
    async with new_house() as house:
        await house.start()
        ben = await house.member("Ben")
        message = await made(ben, "Before")
        song = "[verse]\n" + "A line that goes on\n" * 380
        long = await made(ben, "Long Before", files={"lyrics_file": ("song.txt", song.encode())})
        pages = await said(await ben.press(long, "Lyrics"), "Page 1 of 2")
        refused = await said(await ben.slash("compose", tags="fu\u200bnk", duration=5, title="Draft"), "Edit")
        form = await ben.slash("compose", tags="ska", duration=5, vocals="write", title="Open Form")
        held = house.hold("slow")
        waiting = await said(
            await ben.slash("compose", tags="slow", duration=5, title="Under Way"), "rendered"
        )

        await house.stop()
        held.release()
        await house.start()
        await track_of(ben, "Under Way")
        await said(waiting, "is finished")
        await said(await ben.press(message, "Lyrics"), "asked for without lyrics")
        await said(await ben.press(pages, "Later"), "Page 2 of 2")
        edit = await ben.press(refused, "Edit")
        await said(await ben.submit(edit, tags="funk"), "Draft")
        await said(await ben.submit(form, lyrics="[verse]\nStill here"), "Open Form")
        await track_of(ben, "Open Form")


async def test_a_message_posted_and_not_written_down_is_found_after_a_restart(
    new_house: NewHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_house() as house:
        monkeypatch.setattr(in_channel, "FRESH", in_channel.timedelta(0))
        house.discord.messages.nonce_lifetime = 0.0
        bot = await house.start()
        ben = await house.member("Ben")
        post, posted = bot.part(ModeratorsDelivery).publish, asyncio.Event()

        async def post_and_hang(track: Any, mp3: Path) -> Any:
            await post(track, mp3)
            posted.set()
            await asyncio.Event().wait()

        monkeypatch.setattr(bot.part(ModeratorsDelivery), "publish", post_and_hang)
        house.settings.shutdown_grace = 0.0
        await ben.slash("compose", tags="ska", duration=5, title="Posted")
        await asyncio.wait_for(posted.wait(), TIMEOUT)
        await house.stop()

        bot = await house.start()
        guild = int(ben.guild["id"])

        async def settled() -> bool:
            (track,) = await bot.studio.search(everything_in(guild), "Posted")
            return track.state.ended

        await eventually(settled)
        messages = [
            m for m in await ben.messages() if m["embeds"] and m["embeds"][0].get("title") == "Posted"
        ]
        assert len(messages) == 1
        (track,) = await bot.studio.search(everything_in(guild), "Posted")
        assert str(track.message_id) == messages[0]["id"]


async def test_an_open_bot_is_healthy_patient_and_polite(new_house: NewHouse) -> None:
    async with new_house() as house:
        bot = await house.start()
        await eventually(lambda: asyncio.to_thread((house.settings.data_dir / "health").exists))
        ben = await house.member("Ben")
        house.discord.faults.add(DiscordFault("slow", method="POST", path="/interactions/*", seconds=1.0))
        queue = await said(await ben.slash("queue"), "Nothing is running")
        bot.open = False
        await said(await ben.press(queue, "queue:page:0", forged=True), "starting up or shutting down")
        await said(await ben.slash("queue"), "starting up or shutting down")
        assert await ben.suggest("track", "track", track="x") == []


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


def between(house: House, folder: Path) -> dict[str, str]:
    """Settings of a bot between the house's two stand-ins, with its data in that folder."""
    return {
        "DISCORD_TOKEN": "rehearsal-token",
        "GUILD_ACCESS": "open",
        "WAVESPEED_API_KEY": "rehearsal-key",
        "DISCORD_API_URL": house.discord.api_url,
        "WAVESPEED_BASE_URL": house.wave.url,
        "DATA_DIR": str(folder),
    }


async def test_a_missing_setting_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    bot = await process(tmp_path, WAVESPEED_API_KEY="key")
    _out, err = await asyncio.wait_for(bot.communicate(), TIMEOUT)
    assert bot.returncode == 2
    assert err.decode().count("\n") == 1
    assert "DISCORD_TOKEN" in err.decode()


async def test_a_wrong_wavespeed_key_is_one_line_and_exit_code_2(new_house: NewHouse, tmp_path: Path) -> None:
    async with new_house() as house:
        given = between(house, tmp_path / "data") | {"WAVESPEED_API_KEY": "wsk-no-longer-good"}
        bot = await process(tmp_path, **given)
        _out, err = await asyncio.wait_for(bot.communicate(), TIMEOUT)
    lines = err.decode().splitlines()
    assert bot.returncode == 2
    assert [line for line in lines if line.startswith("Jamboree cannot start: WAVESPEED_API_KEY")]
    assert "Traceback" not in err.decode()
    assert "wsk-no-longer-good" not in err.decode() + _out.decode()


@pytest.mark.parametrize("fault", ["down", "garbage", "missing"])
async def test_a_wavespeed_that_does_not_say_is_started_with(new_house: NewHouse, fault: str) -> None:
    async with new_house() as house:
        house.wave.faults.add(WaveFault(fault, "*", times=None))
        bot = await house.start()
        assert bot.open


async def test_sigterm_ends_it_within_the_grace_with_exit_code_0(new_house: NewHouse, tmp_path: Path) -> None:
    async with new_house() as house:
        bot = await process(tmp_path, **between(house, tmp_path / "data"))
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
