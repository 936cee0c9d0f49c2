"""The whole bot for the tests: see bot_harness.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from bot_harness import Harness, make_harness
from short_pauses import shorten
from waiting import eventually, nothing_due


@pytest.fixture(scope="module")
def changes() -> dict[str, Any]:
    """Settings of a test file's own."""
    return {}


@pytest.fixture(scope="module", autouse=True)
def intervals(request: pytest.FixtureRequest) -> Iterator[None]:
    """Short pauses; a test file names in its INTERVALS the cogs that are to have others, in seconds."""
    with pytest.MonkeyPatch.context() as patch:
        shorten(patch.setattr, getattr(request.module, "INTERVALS", {}))
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
