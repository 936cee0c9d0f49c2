"""Pictures that are drawn for whoever asks: where one cannot be drawn, the words come without it."""

from __future__ import annotations

from typing import Any

import crashing_jobs
import pytest
from bot_harness import Harness, made, said

from services.workers import jobs

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_picture_that_ends_its_worker_takes_nothing_else_away(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = await harness.member("Ben")
    await made(ben, "Drawn")
    answers: Any = (("budget", {}, "left"), ("library family", {"track": "Drawn"}, "The family of"))
    for command, options, words in answers:
        answer = await said(await ben.slash(command, **options), words)
        assert answer.message is not None
        assert "image" in answer.message["embeds"][0]
    for job in ("draw_month", "draw_family"):
        monkeypatch.setattr(jobs, job, crashing_jobs.draw)
    for command, options, words in answers:
        answer = await said(await ben.slash(command, **options), words)
        assert answer.message is not None
        assert "image" not in answer.message["embeds"][0]


async def test_a_passage_can_be_repainted_without_its_picture(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = await harness.member("Ben")
    await made(ben, "Passage", duration=9)
    asked: Any = {"track": "Passage", "from": "2", "to": "5"}
    answer = await said(await ben.slash("rework repaint", **asked), "is made anew", "Make it")
    assert answer.message is not None
    assert "image" in answer.message["embeds"][0]
    monkeypatch.setattr(jobs, "draw_marked", crashing_jobs.draw)
    answer = await said(await ben.slash("rework repaint", **asked), "is made anew", "Make it")
    assert answer.message is not None
    assert "image" not in answer.message["embeds"][0]
