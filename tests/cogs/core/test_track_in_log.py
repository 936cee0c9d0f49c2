"""The log tells of one track from the command to the delivery: each of its lines has the track's id."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from bot_harness import Harness, made, said
from kept_logging import logged

from rehearsal.discord.faults import Fault as DiscordFault
from rehearsal.wavespeed import Fault
from services.tracks.sight import everything_in
from services.tracks.track import Track

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the bot logs as JSON, from now on; what was there is put back."""
    with logged("json", "INFO") as stream:
        yield stream


def written(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


async def titled(harness: Harness, title: str) -> Track:
    assert harness.bot is not None
    guild = int(harness.discord.world.guild("The Porch").id)
    (track,) = await harness.bot.studio.search(everything_in(guild), title)
    return track


async def test_every_line_of_a_track_that_meets_hiccups_has_its_id(
    harness: Harness, lines: io.StringIO
) -> None:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    for fault in (
        Fault("rate_limited", "submit", times=2),
        Fault("down", "result", times=2),
        Fault("render_failed", tags="ska"),
    ):
        harness.wave.faults.add(fault)
    harness.discord.faults.add(
        DiscordFault("rate_limited", "POST", "/channels/*/messages", retry_after=0.1, times=1)
    )
    failing = await cleo.slash("compose", tags="ska", duration=5, title="Meets More")
    await asyncio.gather(made(ben, "Meets Hiccups"), said(failing, "failed"))

    good, bad = await titled(harness, "Meets Hiccups"), await titled(harness, "Meets More")
    told = written(lines)
    events = {line["event"] for line in told if line.get("track") in (good.id, bad.id)}
    assert {
        "a track is asked for",
        "submission put off",
        "no result yet",
        "render failed",
        "a track has ended",
    } <= events
    for event in ("a track is asked for", "a track has ended"):
        assert {line["track"] for line in told if line["event"] == event} == {good.id, bad.id}
    assert [line["track"] for line in told if line["event"] == "render failed"] == [bad.id]
    assert any(line["logger"] == "discord.http" and line["track"] == good.id for line in told), "a library's"
    warnings = [line for line in told if line["level"] not in ("info", "debug")]
    assert [line for line in warnings if line.get("track") not in (good.id, bad.id)] == []


async def test_the_line_of_the_request_leads_from_the_interaction_to_its_tracks(
    harness: Harness, lines: io.StringIO
) -> None:
    ben = await harness.member("Ben")
    await made(ben, "Asked For Here")
    track = await titled(harness, "Asked For Here")
    (asked,) = [line for line in written(lines) if line["event"] == "a track is asked for"]
    assert asked["track"] == track.id
    callbacks = [one.path for one in harness.discord.requests if one.path.endswith("/callback")]
    known = {path.split("/")[2] for path in callbacks}
    assert asked["interaction"] in known
    ended = [line for line in written(lines) if line["event"] == "a track has ended"]
    assert [line.get("interaction") for line in ended] == [None], "a workflow is nobody's press"
