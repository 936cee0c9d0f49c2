"""Asking for tracks: who asked hears of it before anything starts, or else nothing was asked for."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from studio_harness import NewStudio, StudioHarness

from rehearsal.wavespeed import WaveSpeedStandIn
from services.prompts.prompt import parse_prompt
from services.requests import Accepted, Request
from services.tracks import tracks
from services.tracks.sight import everything_in
from services.tracks.track import State, Track


class NotToldError(Exception):
    """The member cannot be told."""


async def ask(harness: StudioHarness, accepted: Accepted) -> None:
    prompt = parse_prompt(tags="funk", duration=5, title="Asked For")
    await harness.studio.requests.compose_all([Request(1, "Guild", 51, 7, "Ben", prompt)] * 2, None, accepted)


async def test_nothing_starts_before_its_member_was_told(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    told: list[Track] = []

    async with new_studio() as harness:

        async def accepted(written: Sequence[Track], _lines: object) -> None:
            told.extend(written)
            other = await harness.compose("Another")
            await harness.settled(other.id)
            assert [(await harness.track(one.id)).state for one in written] == [State.WAITING] * 2
            assert not {one.seed for one in written} & set(wave.submits)

        await ask(harness, accepted)
        assert [(await harness.settled(one.id)).state for one in told] == [State.DELIVERED] * 2


async def test_of_whom_nobody_could_tell_nothing_is_made_and_nothing_reserved(
    new_studio: NewStudio, wave: WaveSpeedStandIn
) -> None:
    told: list[Track] = []

    async def accepted(written: Sequence[Track], _lines: object) -> None:
        told.extend(written)
        raise NotToldError

    async with new_studio() as harness:
        with pytest.raises(NotToldError):
            await ask(harness, accepted)
        assert [await harness.kinds(one.id) for one in told] == [["reserve", "release"]] * 2
        assert all(sums == (0, 0) for sums in (await harness.money()).values())
        assert await harness.studio.search(everything_in(1), "Asked For") == []
        await harness.settled((await harness.compose("Another")).id)
        assert not {one.seed for one in told} & set(wave.submits)


async def test_what_has_begun_is_not_taken_back(new_studio: NewStudio) -> None:
    told: list[Track] = []

    async with new_studio() as harness:

        async def accepted(written: Sequence[Track], _lines: object) -> None:
            told.extend(written)
            async with harness.database.write() as connection:  # as another process may
                await tracks.change(connection, written[0].id, state=State.SUBMITTING)
            raise NotToldError

        with pytest.raises(NotToldError):
            await ask(harness, accepted)
        assert [await harness.kinds(one.id) for one in told] == [["reserve"], ["reserve", "release"]]
