"""What was learnt of the provider's speed outlasts a restart, and stands in nobody's way."""

from __future__ import annotations

import pytest
from studio_harness import NewStudio

from services.pipeline.render_time import ENOUGH
from services.storage import host_state
from services.storage.host_state import Value


async def test_a_start_foretells_renders_as_the_process_before_did(new_studio: NewStudio) -> None:
    async with new_studio() as harness:
        times = harness.studio.steps.render_times
        for _ in range(ENOUGH):
            times.learn(60, 12, "a model")
        foretold = times.window(60, "a model")
    async with new_studio() as harness:
        assert foretold is not None
        assert harness.studio.steps.render_times.window(60, "a model") == foretold


@pytest.mark.parametrize("kept", ["nonsense", '{"a model": [[60, -1]]}'])
async def test_what_cannot_be_read_is_learnt_anew(new_studio: NewStudio, kept: str) -> None:
    async with new_studio(launch=False) as harness, harness.database.write() as connection:
        await host_state.write(connection, Value.PACE, kept)
    async with new_studio() as harness:
        times = harness.studio.steps.render_times
        assert not times.measured
        times.learn(60, 12, "a model")
    async with new_studio() as harness:
        assert harness.studio.steps.render_times.render_seconds(60, "a model") == 12
