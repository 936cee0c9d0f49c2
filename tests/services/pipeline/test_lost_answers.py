"""A submission whose answer was lost, where the history does not tell inputs: found only where it is certain.

What is taken for another's would be somebody else's song; what is taken for none would be billed twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from datetime import timedelta
from typing import Any

import pytest
from scripted_server import (
    INPUTS,
    MODEL,
    NOW,
    Answer,
    ScriptedServer,
    data,
    failing,
    prediction,
    refusal,
    send,
)
from sounds import tone

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.wavespeed.client import AnswerLost, Claims, Prediction, Unavailable, WaveSpeed

AFTER = NOW - timedelta(seconds=1)


def claims(*known: str, others: int = 0) -> Callable[[Collection[str]], Awaitable[Claims]]:
    async def read(_ids: Collection[str]) -> Claims:
        return Claims(known, others)

    return read


def history(*items: dict[str, Any]) -> list[Answer]:
    return [data({"items": list(items)}), data({"items": []})]


def later(prediction_id: str, seconds: float = 0, **more: Any) -> dict[str, Any]:
    return prediction(prediction_id, created_at=(NOW + timedelta(seconds=seconds)).isoformat(), **more)


async def test_inputs_are_asked_for(wire: ScriptedServer, client: WaveSpeed) -> None:
    wire.answers = history(later("mine", inputs=INPUTS))
    found = await client.find(MODEL, INPUTS, AFTER)
    assert found is not None
    assert wire.seen[0].json["include_inputs"] is True


@pytest.mark.parametrize(
    "refused",
    [
        refusal(400, "unknown field include_inputs"),
        send(200, {"code": 1401, "message": "unknown field include_inputs", "data": None}),
    ],
)
async def test_a_history_that_refuses_to_be_asked_for_inputs_is_read_without(
    wire: ScriptedServer, client: WaveSpeed, refused: Answer
) -> None:
    wire.answers = [refused, data({"items": [later("mine")]}), refused, data({"items": []})]
    found = await client.find(MODEL, INPUTS, AFTER, claims=claims())
    assert found is not None
    assert found.id == "mine"
    assert ["include_inputs" in request.json for request in wire.seen] == [True, False, True, False]


@pytest.mark.parametrize("number", [7.0, "7", "7.0"])
async def test_inputs_are_the_same_however_numbers_are_kept(
    wire: ScriptedServer, client: WaveSpeed, number: object
) -> None:
    wire.answers = history(later("mine", inputs={**INPUTS, "seed": number, "duration": "60"}))
    assert (await client.find(MODEL, INPUTS, AFTER)) is not None


async def test_the_only_one_that_nobody_has_is_it(wire: ScriptedServer, client: WaveSpeed) -> None:
    others = [
        later("known"),
        later("of another model", inputs=None) | {"model": "wavespeed-ai/flux"},
        later("told to be another", inputs={**INPUTS, "seed": 8}),
        later("of another time", -3600),
        later("taken"),
    ]
    wire.answers = history(later("mine", 1), *others)
    found = await client.find(MODEL, INPUTS, AFTER, taken={"taken"}, claims=claims("known"))
    assert found is not None
    assert found.id == "mine"


async def test_none_means_that_all_of_them_are_somebodys(wire: ScriptedServer, client: WaveSpeed) -> None:
    wire.answers = history(later("a"), later("b"))
    assert await client.find(MODEL, INPUTS, AFTER, claims=claims("a", "b", others=3)) is None


@pytest.mark.parametrize(
    ("items", "claimed"),
    [
        ([later("a"), later("b")], claims()),  # either could be it
        ([later("a")], claims(others=1)),  # it may be the other's
        ([later("a")], None),  # whoever asks does not know
        ([later("a", -60)], claims()),  # a minute before it was POSTed, by clocks that agree
        ([later("a") | {"model": ""}], claims()),
        ([later("a") | {"created_at": None}], claims()),
        ([later("a"), later("b") | {"model": ""}], claims()),
    ],
)
async def test_what_is_not_certain_is_not_taken(
    wire: ScriptedServer, client: WaveSpeed, items: list[dict[str, Any]], claimed: Any
) -> None:
    wire.answers = history(*items)
    async with failing(Unavailable):
        await client.find(MODEL, INPUTS, AFTER, claims=claimed)


async def test_claims_are_read_after_the_history(wire: ScriptedServer, client: WaveSpeed) -> None:
    """What is POSTed between the two would otherwise be nobody's, and be taken."""

    async def read(ids: Collection[str]) -> Claims:
        assert ids == ["a"]
        assert [request.json["page"] for request in wire.seen] == [1, 2]
        return Claims({"a"}, 0)

    wire.answers = history(later("a"))
    assert await client.find(MODEL, INPUTS, AFTER, claims=read) is None


# against the stand-in -----------------------------------------------------------------------------


class Books:
    """What a caller keeps of its submissions: the intent before the POST, the id after it."""

    def __init__(self, client: WaveSpeed) -> None:
        self.client = client
        self.ids: dict[int, str | None] = {}

    async def submit(self, seed: int) -> None:
        self.ids[seed] = None
        self.ids[seed] = (await self.client.submit(MODEL, {**INPUTS, "duration": 5, "seed": seed})).id

    async def find(self, seed: int) -> Prediction | None:
        async def read(_ids: Collection[str]) -> Claims:
            known = {found for found in self.ids.values() if found}
            lost = sum(found is None for other, found in self.ids.items() if other != seed)
            return Claims(known, lost)

        inputs = {**INPUTS, "duration": 5, "seed": seed}
        return await self.client.find(MODEL, inputs, NOW, claims=read)


@pytest.fixture
async def books() -> AsyncIterator[tuple[Books, WaveSpeedStandIn]]:
    async with (
        WaveSpeedStandIn(render_seconds=0.02, level="ultra", render=lambda *_: tone(5)) as wave,
        WaveSpeed(wave.url, "rehearsal-key", timeout=10, attempts=2, backoff=0.01) as client,
    ):
        wave.faults.add(Fault("without_inputs", times=None))
        yield Books(client), wave


async def test_one_lost_among_many_is_found(books: tuple[Books, WaveSpeedStandIn]) -> None:
    ours, wave = books
    wave.faults.add(Fault("lost_after", seed=5))
    await asyncio.gather(*(ours.submit(seed) for seed in range(10)), return_exceptions=True)
    found = await ours.find(5)
    assert found is not None
    assert wave.predictions[found.id].inputs["seed"] == 5
    ours.ids[5] = found.id
    assert await ours.find(5) is None


@pytest.mark.parametrize("made", [("lost_after", "lost_after"), ("lost_before", "lost_after")])
async def test_of_two_lost_at_once_neither_takes_anything(
    books: tuple[Books, WaveSpeedStandIn], made: tuple[str, str]
) -> None:
    ours, wave = books
    for seed, kind in enumerate(made):
        wave.faults.add(Fault(kind, seed=seed))
        with pytest.raises(AnswerLost):
            await ours.submit(seed)
    for seed in range(2):
        with pytest.raises(Unavailable):
            await ours.find(seed)


async def test_whoever_is_posting_meanwhile_loses_nothing(books: tuple[Books, WaveSpeedStandIn]) -> None:
    """One was lost before it was made; while its history is read, another is POSTed."""
    ours, wave = books
    wave.faults.add(Fault("lost_before", seed=1))
    with pytest.raises(AnswerLost):
        await ours.submit(1)
    slow = wave.faults.add(Fault("hold", "submit", seed=2, when="after"))
    posting = asyncio.create_task(ours.submit(2))
    await slow.reached()
    assert len(wave.predictions) == 1
    with pytest.raises(Unavailable):
        await ours.find(1)
    slow.release()
    await posting
    assert await ours.find(1) is None
