"""The whole bot for the tests: see bot_harness.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from bot_harness import Harness, make_harness
from waiting import eventually, nothing_due

from cogs.albums.posting import AlbumPosting
from cogs.contests.keeper import ContestKeeper
from cogs.core.coalesced_edits import CoalescedEdits
from cogs.jams.panels import JamPanels
from cogs.moderating.log_channel import LogChannel
from cogs.posts.ballots import BallotBox
from cogs.posts.kept_messages import KeptMessages
from cogs.relays.keeper import RelayKeeper
from services.backoff import Backoff
from services.pipeline import kept_audio

COMMON_INTERVALS = {
    AlbumPosting: 0.3,
    BallotBox: 0.5,
    ContestKeeper: 0.5,
    JamPanels: 0.5,
    KeptMessages: 0.5,
    LogChannel: 0.5,
    RelayKeeper: 0.5,
}  # tests wait for them; 20 a second cost


@pytest.fixture(scope="module")
def changes() -> dict[str, Any]:
    """Settings of a test file's own."""
    return {}


@pytest.fixture(scope="module", autouse=True)
def intervals(request: pytest.FixtureRequest) -> Iterator[None]:
    """Seconds between two tasks, for the cogs that a test file names in its INTERVALS, in that file alone.

    And less between two edits of a message, and before what failed is tried again.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CoalescedEdits, "interval", 0.2)
        patch.setattr(Backoff, "pace", 0.3)
        patch.setattr(kept_audio, "BETWEEN_ASKS", 0.1)
        for cog, interval in {**COMMON_INTERVALS, **getattr(request.module, "INTERVALS", {})}.items():
            patch.setattr(cog, "interval", interval)
        yield


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def harness(
    tmp_path_factory: pytest.TempPathFactory, shape: str, changes: dict[str, Any]
) -> AsyncIterator[Harness]:
    """A bot that runs, between both stand-ins."""
    async with make_harness(tmp_path_factory.mktemp("data"), shape, **changes) as made:
        await made.start()
        yield made


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def quiet(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """The loop stands still between two tests, and DBOS would start what is due then on a loop of its own."""
    yield
    if "harness" in request.fixturenames:
        await eventually(nothing_due)


@pytest.fixture
def new_harness(tmp_path: Path, shape: str) -> Callable[..., AbstractAsyncContextManager[Harness]]:
    """Makes a harness of the test's own, with other settings, whose bot has not started."""
    return lambda **changes: make_harness(tmp_path, shape, **changes)
