"""`python -m rehearsal.demo`: plays the evening, prints it, leaves its MP3s; fails if anything is missing.

The rule: nothing of the person's is touched: the bot has a temporary folder, and no setting from .env.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from rehearsal.bot_process import ROOT, BotEndedError, escape_what_cannot_be_shown, running_bot
from rehearsal.demo import script
from rehearsal.demo.evening import Evening, MissingError
from rehearsal.demo.transcript import Transcript
from rehearsal.discord import DiscordStandIn
from rehearsal.discord.members.member import Member, NotPossibleError
from rehearsal.folders import CannotWriteError, try_to_write, written_in
from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from rehearsal.wavespeed.faults import KINDS

LEVEL = "silver"  # bronze starts two tracks a minute, and the evening is shorter than that
ELSEWHERE = ".venv/bin/python -m rehearsal.demo --out FOLDER"
RENDER_SECONDS = 2.0  # long enough for the members to see a track move
SETTINGS = {"WAVESPEED_ACCOUNT_LEVEL": LEVEL, "POLL_INTERVAL": "0.25"}


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal.demo", description=__doc__)
    parser.add_argument(
        "--out", type=Path, default=ROOT / "rehearsal-out", metavar="FOLDER",
        help="where the MP3s go (default: rehearsal-out)",
    )  # fmt: skip
    parser.add_argument(
        "--fault", choices=KINDS, action="append", default=[],
        help="what WaveSpeed shall do wrong every time, to see the demo fail",
    )  # fmt: skip
    args = parser.parse_args()
    escape_what_cannot_be_shown()
    try:
        return asyncio.run(perform(args.out, args.fault))
    except (MissingError, BotEndedError, NotPossibleError, CannotWriteError, OSError) as error:
        print(f"\nThe demo failed: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130


async def perform(out: Path, faults: list[str]) -> int:
    """Raises MissingError, BotEndedError, NotPossibleError, CannotWriteError, OSError."""
    with written_in(out, ELSEWHERE):  # before an evening is played of which nothing could be kept
        try_to_write(out)
    task = asyncio.current_task()
    assert task
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, task.cancel)
    began = time.monotonic()
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    transcript = Transcript(colour=colour)
    with tempfile.TemporaryDirectory(prefix="jamboree-demo-") as folder:
        async with (
            DiscordStandIn() as discord,
            WaveSpeedStandIn(level=LEVEL, render_seconds=RENDER_SECONDS) as wave,
            running_bot(discord, wave, Path(folder), SETTINGS) as bot,
        ):
            for kind in faults:
                wave.faults.add(Fault(kind, times=None))
            transcript.say(
                "Jamboree, headless: the real bot; Discord and WaveSpeed are stand-ins on this machine."
            )
            transcript.say("Ada moderates The Porch, Ben and Cleo are members; all look at #music.")
            await bot.opened()
            async with (
                await Member.join(discord.url, guild="The Porch", name="Ada") as ada,
                await Member.join(discord.url, guild="The Porch", name="Ben") as ben,
                await Member.join(discord.url, guild="The Porch", name="Cleo") as cleo,
            ):
                evening = Evening(ada, ben, cleo, wave, transcript)
                await bot.beside(_told_live(evening))
    return conclude(evening, out, time.monotonic() - began)


async def _told_live(evening: Evening) -> None:
    """Plays the evening, and tells each event when it comes."""
    members = (evening.ada, evening.ben, evening.cleo)
    for member in members:
        evening.transcript.hear(member)
    telling = [asyncio.create_task(evening.transcript.follow(member)) for member in members]
    try:
        await script.play(evening)
    finally:
        evening.transcript.catch_up()
        for task in telling:
            task.cancel()


def conclude(evening: Evening, out: Path, seconds: float) -> int:
    """Leaves the files and says what was found. Returns the exit code. Raises CannotWriteError."""
    with written_in(out, ELSEWHERE):
        for recording in evening.recordings:
            (out / recording.name).write_bytes(recording.data)
        for name, data in evening.downloads:
            (out / name).write_bytes(data)
    faults = [*(fault for one in evening.recordings for fault in one.faults), *evening.faults]
    shown = out.relative_to(Path.cwd()) if out.is_relative_to(Path.cwd()) else out
    say = evening.transcript.say
    evening.transcript.act("What is left of it")
    for recording in evening.recordings:
        say(f"♪ {shown / recording.name}")
    for name, _data in evening.downloads:
        say(f"▤ {shown / name}")
    if faults:
        print("\nThe demo failed:", *(f"- {fault}" for fault in faults), sep="\n", file=sys.stderr)
        return 1
    say("\nEach file was decoded and plays as long as was asked for; titles and lyrics are in its ID3 tags.")
    say("What /budget says was spent is what the tracks cost, and what WaveSpeed billed.")
    say(f"It took {seconds:.0f} s. `make run` opens the room, where you do this yourself.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
