"""The spellings that replies come in, from a member's request to what became of the track."""

from __future__ import annotations

import pytest
from studio_harness import NewStudio

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.tracks.track import State


@pytest.mark.parametrize(
    "fault",
    [
        Fault("output_text"),
        Fault("output_object"),
        Fault("nsfw_text"),
        Fault("status_capitals"),
        Fault("text_code"),
        Fault("text_code", "result", times=None),
        Fault("bare", times=None),
        Fault("bare", "submit"),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.endpoint}",
)
async def test_a_song_is_delivered_in_every_spelling(
    new_studio: NewStudio, wave: WaveSpeedStandIn, fault: Fault
) -> None:
    wave.faults.add(fault)
    async with new_studio() as harness:
        track = await harness.settled((await harness.compose()).id)
        assert (track.state, track.explicit) == (State.DELIVERED, False)
        assert wave.submits == {track.seed: 1}


async def test_explicit_is_explicit_in_words_too(new_studio: NewStudio, wave: WaveSpeedStandIn) -> None:
    wave.faults.add(Fault("nsfw"))
    wave.faults.add(Fault("nsfw_text"))
    async with new_studio() as harness:
        track = await harness.settled((await harness.compose()).id)
        assert (track.state, track.explicit) == (State.WITHHELD, True)


async def test_no_balance_in_words_is_no_balance(new_studio: NewStudio, wave: WaveSpeedStandIn) -> None:
    fault = wave.faults.add(Fault("text_error_in_200"))
    async with new_studio() as harness:
        track = await harness.compose()
        await fault.reached()
        waiting = await harness.until(track.id, State.WAITING)
        assert (waiting.intent_at, await harness.kinds(track.id)) == (None, ["reserve"])
        assert wave.count("history") == 0
