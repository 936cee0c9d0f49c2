"""*Fetch again*: a paid track that could not be had is fetched once more, by its maker or a moderator."""

from __future__ import annotations

from typing import Any

import pytest
from bot_harness import Harness, said, track_of

from rehearsal.wavespeed import Fault

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def changes() -> dict[str, Any]:
    return {"fetch_patience": 2.0}


async def test_what_could_not_be_had_is_fetched_by_a_button_and_posted(harness: Harness) -> None:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    broken = harness.wave.faults.add(Fault("garbage", "download", times=None))
    answer = await ben.slash("compose", tags="ska", duration=5, title="Broken At First")
    await said(answer, "could not be made yet", "is not audio", "counts as spent", "Fetch again")
    harness.wave.faults.remove(broken)
    shown = await said(await ben.slash("library track", track="Broken At First"), "[Fetch again]")
    hers = await said(await cleo.slash("library track", track="Broken At First"), "could not be made yet")
    assert "[Fetch again]" not in hers.text
    assert shown.message is not None
    again = next(
        one["custom_id"]
        for row in shown.message["components"]
        for one in row["components"]
        if one.get("label") == "Fetch again"
    )
    await said(await cleo.press(hers, again, forged=True), "Only the member who asked")
    await said(await ben.press(shown, "Fetch again"), "fetching", "costs nothing more")
    await track_of(ben, "Broken At First")
    assert sum(harness.wave.submits.values()) == 1
    await said(await ben.press(shown, "Fetch again"), "does not need to be fetched again")
