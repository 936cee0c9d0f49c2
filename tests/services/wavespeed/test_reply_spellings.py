"""The spellings that replies come in, from a member's request to what became of the track."""

from __future__ import annotations

import pytest
from workshop import Workshops

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
    workshops: Workshops, wave: WaveSpeedStandIn, fault: Fault
) -> None:
    wave.faults.add(fault)
    async with workshops() as shop:
        track = await shop.settled((await shop.compose()).track.id)
        assert (track.state, track.explicit) == (State.DELIVERED, False)
        assert wave.submits == {track.seed: 1}


async def test_explicit_is_explicit_in_words_too(workshops: Workshops, wave: WaveSpeedStandIn) -> None:
    wave.faults.add(Fault("nsfw"))
    wave.faults.add(Fault("nsfw_text"))
    async with workshops() as shop:
        track = await shop.settled((await shop.compose()).track.id)
        assert (track.state, track.explicit) == (State.WITHHELD, True)


async def test_no_balance_in_words_is_no_balance(workshops: Workshops, wave: WaveSpeedStandIn) -> None:
    fault = wave.faults.add(Fault("text_error_in_200"))
    async with workshops() as shop:
        track = (await shop.compose()).track
        await fault.reached()
        waiting = await shop.until(track.id, State.WAITING)
        assert (waiting.intent_at, await shop.kinds(track.id)) == (None, ["reserve"])
        assert wave.count("history") == 0
