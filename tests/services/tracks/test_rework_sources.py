"""Which tracks' sound may be reworked, by whom and where."""

from __future__ import annotations

from dataclasses import replace

import pytest
from reworking import original, rework
from studio_harness import NewStudio

from services.prompts.rework import Kind
from services.storage.tables import tracks as track_table
from services.tracks.rework_sources import NotASource, Unfit, check_source
from services.tracks.sight import Sight, everything_in
from services.tracks.track import NoSuchTrack, State

EVERYTHING = everything_in(1)


async def test_what_is_asked_of_a_track_and_in_which_order(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        track = await original(harness)
    check_source(track, adults=False)
    states = {
        State.IN_REVIEW: Unfit.HELD_BACK,
        State.WAITING: Unfit.NOT_FINISHED,
        State.DELIVERING: Unfit.NOT_FINISHED,
        State.FAILED: Unfit.NEVER_FINISHED,
        State.CANCELLED: Unfit.NEVER_FINISHED,
        State.DELIVERED: Unfit.EXPLICIT,
    }
    for state, why in states.items():
        with pytest.raises(NotASource) as refusal:
            check_source(replace(track, state=state, explicit=True), adults=False)
        assert refusal.value.why is why, state
    check_source(replace(track, explicit=True), adults=True)


async def test_a_source_is_found_by_whoever_sees_it(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        track = await original(harness)
        sources = harness.studio.rework_sources
        assert (await sources.find(EVERYTHING, track.id, adults=False)).id == track.id
        for blind in (Sight(1, frozenset({99}), 8), everything_in(2)):
            with pytest.raises(NoSuchTrack):
                await sources.find(blind, track.id, adults=False)


async def test_a_rework_is_made_once_more_from_its_source_while_that_may_be_heard(
    new_studio: NewStudio,
) -> None:
    async with new_studio() as harness:
        source = await original(harness)
        made = await harness.settled((await rework(harness, Kind.EXTEND, source)).id)
        sources = harness.studio.rework_sources

        async def refused(sight: Sight = EVERYTHING) -> Unfit:
            with pytest.raises(NotASource) as refusal:
                await sources.made_again_from(sight, made, adults=False)
            return refusal.value.why

        assert await sources.made_again_from(EVERYTHING, source, adults=False) is source
        assert (await sources.made_again_from(EVERYTHING, made, adults=False)).id == source.id
        assert await refused(Sight(1, frozenset({99}), 8)) is Unfit.SOURCE_DELETED
        async with harness.database.write() as connection:
            await connection.execute(
                track_table.update().where(track_table.c.id == source.id).values(explicit=True)
            )
        assert await refused() is Unfit.EXPLICIT
        await harness.studio.delete(EVERYTHING, source.id, 7, moderator=False)
        assert await refused() is Unfit.SOURCE_DELETED


async def test_what_was_made_from_a_file_is_not_made_once_more(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        made = await original(harness)
        made = await harness.settled((await rework(harness, Kind.EXTEND, made)).id)
        assert made.rework is not None
        of_file = replace(made, parent_id=None, rework=replace(made.rework, file_id="0" * 20))
        with pytest.raises(NotASource) as refusal:
            await harness.studio.rework_sources.made_again_from(EVERYTHING, of_file, adults=False)
        assert refusal.value.why is Unfit.FROM_A_FILE
