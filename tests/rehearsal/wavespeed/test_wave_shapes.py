"""The provider as documented and as observed: where the two differ, the stand-in plays either."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from rehearsal.wavespeed import Fault, WaveSpeedStandIn

MODEL = "/api/v3/wavespeed-ai/ace-step"
HEADERS = {"Authorization": "Bearer rehearsal-key"}


async def ask(wave: WaveSpeedStandIn, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    async with (
        aiohttp.ClientSession(headers=HEADERS) as session,
        session.request("GET" if body is None else "POST", wave.url + path, json=body) as answer,
    ):
        return answer.status, (await answer.json()).get("data")


def tags(seed: int) -> dict[str, Any]:
    return {"tags": "funk", "duration": 5, "seed": seed}


async def test_documented_tasks_beyond_the_concurrency_wait_as_created() -> None:
    async with WaveSpeedStandIn(
        render_seconds=0.02, level="bronze", minute=0.001, render=lambda *_: b"sound", shape="documented"
    ) as wave:
        held = wave.faults.add(Fault("render_held", times=2))
        made = [(await ask(wave, MODEL, tags(seed)))[1]["id"] for seed in range(3)]
        await wave.until(lambda: [wave.predictions[one].status for one in made[:2]] == ["processing"] * 2)
        assert wave.predictions[made[2]].status == "created"
        held.release()
        assert [one.status for one in await wave.finished(3)] == ["completed"] * 3


async def test_observed_tasks_beyond_the_concurrency_are_refused() -> None:
    async with WaveSpeedStandIn(
        render_seconds=0.02, level="bronze", minute=0.001, render=lambda *_: b"sound"
    ) as wave:
        held = wave.faults.add(Fault("render_held", times=2))
        assert [(await ask(wave, MODEL, tags(seed)))[0] for seed in range(3)] == [200, 200, 429]
        held.release()


@pytest.mark.parametrize("shape", ["documented", "observed"])
async def test_outputs_are_objects_where_that_is_documented(shape: str) -> None:
    async with WaveSpeedStandIn(render_seconds=0, render=lambda *_: b"sound", shape=shape) as wave:
        made = (await ask(wave, MODEL, tags(1)))[1]["id"]
        await wave.finished()
        wave.predictions[made].known_at = 0
        (output,) = (await ask(wave, f"/api/v3/predictions/{made}/result"))[1]["outputs"]
        assert isinstance(output, dict) == (shape == "documented")


async def test_a_documented_result_is_not_there_in_its_first_moments() -> None:
    async with WaveSpeedStandIn(render_seconds=0, render=lambda *_: b"sound", shape="documented") as wave:
        made = (await ask(wave, MODEL, tags(1)))[1]["id"]
        wave.predictions[made].known_at += 3600
        assert (await ask(wave, f"/api/v3/predictions/{made}/result"))[0] == 404


async def test_who_asks_for_inputs_may_be_refused() -> None:
    async with WaveSpeedStandIn(render_seconds=0, render=lambda *_: b"sound") as wave:
        wave.faults.add(Fault("inputs_refused", times=None))
        page = {"page": 1, "page_size": 10}
        assert (await ask(wave, "/api/v3/predictions", page))[0] == 200
        assert (await ask(wave, "/api/v3/predictions", page | {"include_inputs": True}))[0] == 400


def test_no_other_shape_is_known() -> None:
    with pytest.raises(ValueError, match="shape"):
        WaveSpeedStandIn(shape="imagined")
