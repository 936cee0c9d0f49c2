"""`python bot.py --probe`, as a host runs it."""

from __future__ import annotations

import os
from pathlib import Path

import preloaded
import pytest
from sounds import tone

from rehearsal.wavespeed import Fault, WaveSpeedStandIn

KEY = "wsk-a-key-of-the-hosts"
ROOT = Path(__file__).parents[3]


async def probe(wave: WaveSpeedStandIn, folder: Path, typed: bytes) -> tuple[int | None, str]:
    """Runs it with that on its standard input; its exit code, and all that it printed."""
    environment = {
        "PATH": os.environ["PATH"],
        "DISCORD_TOKEN": "token",
        "WAVESPEED_API_KEY": KEY,
        "WAVESPEED_BASE_URL": wave.url,
        "DATA_DIR": str(folder / "data"),
    }
    process = await preloaded.start(
        ROOT / "bot.py", "--probe", folder=folder, environment=environment, typed=typed
    )
    printed, said = await process.communicate()
    return process.returncode, (printed + said).decode()


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ("observed", ["which is the part", "no formula", "bill as_iso: 2 lines", "has has_more"]),
        (
            "documented",
            ["which is the whole", "audio.duration", "as_milliseconds: 2 lines", "has total"],
        ),
    ],
)
async def test_it_says_what_holds_without_the_key_for_less_than_a_cent(
    tmp_path: Path, shape: str, says: list[str]
) -> None:
    async with WaveSpeedStandIn(
        keys=(KEY,), shape=shape, render_seconds=0.05, render=lambda _t, _l, seconds, _s: tone(seconds)
    ) as wave:
        code, printed = await probe(wave, tmp_path, b"yes\n")
        assert code == 0, printed
        assert "at most one cent" in printed
        for words in (*says, "billed for the extension", "with include_inputs: 2 of 2"):
            assert words in printed, printed
        assert KEY not in printed
        assert len(wave.predictions) == 2
        assert 0 < sum(line.micro for line in wave.bill) <= 10_000


@pytest.mark.parametrize("typed", [b"", b"\n", b"no\n", b"y\n"])
async def test_without_a_yes_nothing_is_sent(tmp_path: Path, typed: bytes) -> None:
    async with WaveSpeedStandIn(keys=(KEY,)) as wave:
        code, printed = await probe(wave, tmp_path, typed)
        assert code == 1
        assert "nothing was spent" in printed
        assert wave.requests == []


async def test_what_would_cost_more_than_a_cent_is_not_made(tmp_path: Path) -> None:
    async with WaveSpeedStandIn(keys=(KEY,), price_per_second=3000) as wave:
        code, printed = await probe(wave, tmp_path, b"yes\n")
        assert (code, len(wave.predictions)) == (0, 0)
        assert "nothing was made" in printed


@pytest.mark.parametrize(
    ("fault", "made"),
    [
        (Fault("missing", endpoint="price", times=None), 0),
        (Fault("missing", endpoint="price", times=None, after=1), 1),
        (Fault("render_failed"), 1),
        (Fault("rate_limited", endpoint="submit"), 0),
        (Fault("missing", endpoint="billings", times=None), 2),
        (Fault("history_missing", times=None), 2),
    ],
    ids=lambda value: f"{value.kind} {value.endpoint} {value.after}" if isinstance(value, Fault) else "",
)
async def test_what_is_refused_ends_only_itself(tmp_path: Path, fault: Fault, made: int) -> None:
    async with WaveSpeedStandIn(
        keys=(KEY,), render_seconds=0.05, render=lambda _t, _l, seconds, _s: tone(seconds)
    ) as wave:
        wave.faults.add(fault)
        _code, printed = await probe(wave, tmp_path, b"yes\n")
        assert len(wave.predictions) == made, printed
        for told in ("formulas:", "history:", "bill as_iso:", "bill as_milliseconds:"):
            assert f"- {told}" in printed, printed
        assert "must not be empty" not in printed
