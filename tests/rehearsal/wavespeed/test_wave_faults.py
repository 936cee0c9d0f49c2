"""Every fault on demand does what it says, as often as it says, to whom it says."""

import asyncio

import aiohttp
import pytest

from rehearsal.wavespeed import Fault
from rehearsal.wavespeed.faults import KINDS

ACE = "/api/v3/wavespeed-ai/ace-step"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("bad_key", 401),
        ("no_balance", 402),
        ("rate_limited", 429),
        ("refused", 400),
        ("down", 503),
        ("missing", 404),
    ],
)
async def test_a_refusal_creates_nothing_and_happens_once(wave, wire, kind, status):
    wave.faults.add(Fault(kind, endpoint="submit", retry_after=0.25))
    envelope = await wire.refused(status, tags="funk")
    assert envelope["headers"].get("Retry-After") == ("0.25" if kind == "rate_limited" else None)
    assert not wave.predictions
    await wire.submit()
    assert [request.status for request in wave.requests] == [status, 200]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_down_takes_its_status_and_may_come_after_the_work_is_done(wave, wire, status):
    wave.faults.add(Fault("down", "submit", status=status, when="after"))
    await wire.refused(status, tags="funk", seed=9)
    assert [prediction.seed for prediction in wave.predictions.values()] == [9]
    assert len(wave.bill) == 1


async def test_an_answer_is_lost_before_or_after_the_task_was_created(wave, wire):
    for kind, created in (("lost_before", 0), ("lost_after", 1)):
        wave.faults.add(Fault(kind))
        with pytest.raises(aiohttp.ClientConnectionError):
            await wire.submit(seed=5)
        assert len(wave.predictions) == len(wave.bill) == created
    assert wave.submits == {5: 2}
    assert [request.status for request in wave.requests] == [None, None]
    found = await wire.post("/api/v3/predictions", page=1, page_size=10, include_inputs=True)
    assert [item["inputs"]["seed"] for item in found["items"]] == [5]


async def test_garbage_and_errors_in_a_good_status(wave, wire):
    wave.faults.add(Fault("garbage", "submit"))
    with pytest.raises(aiohttp.ContentTypeError):
        await wire.submit()
    assert len(wave.predictions) == 1
    wave.faults.add(Fault("error_in_200", "submit", status=429))
    status, envelope = await wire.ask("POST", ACE, json={"tags": "funk"})
    assert (status, envelope["code"]) == (200, 429)
    assert len(wave.predictions) == 1


@pytest.mark.parametrize("when", ["before", "after"])
async def test_an_answer_is_held_until_it_is_released(wave, wire, when):
    hold = wave.faults.add(Fault("hold", "submit", when=when))
    asked = asyncio.create_task(wire.submit())
    await hold.reached()
    assert len(wave.predictions) == (when == "after")
    assert not asked.done()
    hold.release()
    assert (await asked)["id"] in wave.predictions


@pytest.mark.parametrize(("when", "created"), [("before", 0), ("after", 1)])
async def test_a_held_answer_can_be_dropped(wave, wire, when, created):
    hold = wave.faults.add(Fault("hold", "submit", when=when))
    asked = asyncio.create_task(wire.submit())
    await hold.reached()
    hold.release(drop=True)
    with pytest.raises(aiohttp.ClientConnectionError):
        await asked
    assert len(wave.predictions) == created


async def test_a_hanging_socket_gives_no_answer_while_others_are_served(wave, wire):
    hang = wave.faults.add(Fault("hang", "price"))
    asked = asyncio.create_task(wire.post("/api/v3/model/price", model_id="wavespeed-ai/ace-step"))
    await hang.reached()
    assert (await wire.ended(await wire.submit()))["status"] == "completed"
    assert not asked.done()
    wave.faults.clear()
    with pytest.raises(aiohttp.ClientConnectionError):
        await asked


async def test_stopping_lets_go_of_what_is_held(start, connect):
    wave = await start()
    hold = wave.faults.add(Fault("hold"))
    asked = asyncio.create_task(connect(wave).submit())
    await hold.reached()
    async with asyncio.timeout(60):
        await wave.stop()
    with pytest.raises(aiohttp.ClientConnectionError):
        await asked


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        *(("render_failed", "failed"), ("moderated", "failed"), ("cancelled", "cancelled")),
        *(("timeout", "timeout"), ("deleted", "deleted")),
    ],
)
async def test_a_render_ends_badly_and_is_refunded(wave, wire, kind, status):
    wave.faults.add(Fault(kind))
    ended = await wire.ended(await wire.submit())
    assert (ended["status"], ended["outputs"]) == (status, [])
    assert ended["error"] == KINDS[kind].message
    assert ended.get("code", 0) == KINDS[kind].code
    assert [entry.billing_type for entry in wave.bill] == ["deduct", "refund"]


async def test_outputs_may_be_flagged_objects_missing_or_no_audio_at_all(wave, wire):
    async def output(kind):
        wave.faults.add(Fault(kind))
        return await wire.ended(await wire.submit(duration=5, seed=1))

    assert (await output("nsfw"))["has_nsfw_contents"] == [True]
    assert (await output("output_object"))["outputs"][0]["url"].endswith(".mp3")
    assert (await output("output_text"))["outputs"].endswith(".mp3")
    assert (await output("nsfw_text"))["has_nsfw_contents"] == ["false"]
    assert (await output("status_capitals"))["status"] == "COMPLETED"
    assert (await output("no_output"))["outputs"] == []
    assert b"<html>" in await wire.bytes((await output("not_audio"))["outputs"][0])


async def test_a_render_may_take_longer_or_until_it_is_released(wave, wire):
    wave.faults.add(Fault("render_slow", seconds=30))
    slow = wave.predictions[(await wire.submit())["id"]]
    assert slow.ends_at - slow.created_at > 30
    held = wave.faults.add(Fault("render_held"))
    created = await wire.submit()
    await held.reached()
    assert wave.predictions[created["id"]].status == "processing"
    held.release()
    assert (await wire.ended(created))["status"] == "completed"


async def test_the_history_may_be_missing_late_or_without_inputs(wave, wire):
    async def items(**asked):
        return (await wire.post("/api/v3/predictions", page=1, page_size=10, **asked))["items"]

    wave.faults.add(Fault("history_missing"))
    await wire.refused(404, "/api/v3/predictions", page=1, page_size=10)
    wave.faults.add(Fault("history_late", seconds=60))
    late = await wire.submit()
    assert await items() == []
    wave.predictions[late["id"]].listed_at = 0
    assert "inputs" not in (await items())[0]
    assert "inputs" not in (await items(include_inputs="yes"))[0]
    assert "inputs" in (await items(include_inputs=True))[0]
    wave.faults.add(Fault("without_inputs"))
    assert "inputs" not in (await items(include_inputs=True))[0]


async def test_what_is_not_there_yet_is_there_later(wave, wire):
    for kind in ("result_late", "outputs_late", "output_late"):
        wave.faults.add(Fault(kind, seconds=60, count=2))
    task = wave.predictions[(await wire.submit())["id"]]
    path = f"/api/v3/predictions/{task.id}/result"
    await wave.finished()
    await wire.refused(404, path, "GET")
    task.known_at = 0
    told = [await wire.get(path) for _ in range(3)]
    assert [(one["status"], len(one["outputs"])) for one in told] == [("completed", n) for n in (0, 0, 1)]
    async with aiohttp.ClientSession() as session:
        for late, status in ((60, 404), (0, 200)):
            task.late = late
            async with session.get(told[-1]["outputs"][0]) as answer:
                assert answer.status == status


async def test_an_envelope_may_be_missing_or_have_a_code_in_words(wave, wire):
    wave.faults.add(Fault("text_code"))
    _status, envelope = await wire.ask("POST", ACE, json={"tags": "funk"})
    assert (envelope["code"], envelope["data"]["status"]) == ("200", "created")
    wave.faults.add(Fault("text_error_in_200"))
    _status, envelope = await wire.ask("POST", ACE, json={"tags": "funk"})
    assert (envelope["code"], envelope["data"]) == ("402", None)
    assert len(wave.predictions) == 1
    wave.faults.add(Fault("bare"))
    _status, told = await wire.ask("GET", f"/api/v3/predictions/{next(iter(wave.predictions))}/result")
    assert "data" not in told
    assert told["id"] in wave.predictions


async def test_a_download_is_cut_short_and_then_comes_whole(wave, wire):
    wave.faults.add(Fault("cut_download"))
    url = (await wire.ended(await wire.submit()))["outputs"][0]
    with pytest.raises(aiohttp.ClientPayloadError):
        await wire.bytes(url)
    assert len(await wire.bytes(url)) == 16_000


async def test_a_rule_picks_by_tags_seed_key_and_turn(start, connect):
    wave = await start(keys=("ada", "ben"))
    ada, ben = connect(wave, "ada"), connect(wave, "ben")
    wave.faults.add(Fault("refused", tags="polka", times=None))
    wave.faults.add(Fault("refused", seed=13, times=None))
    wave.faults.add(Fault("refused", key="ben", times=1, after=1))
    await ada.refused(400, tags="slow polka")
    await ada.refused(400, tags="funk", seed=13)
    await ada.submit()
    await ben.submit()
    await ben.refused(400, tags="funk")
    await ben.submit()


async def test_rules_for_results_and_files_look_at_what_the_prediction_was_made_from(wave, wire):
    wave.faults.add(Fault("down", "result", seed=2, times=None))
    one, two = await wire.submit(seed=1), await wire.submit(seed=2)
    await wire.ended(one)
    await wire.refused(503, f"/api/v3/predictions/{two['id']}/result", "GET")


async def test_a_rate_gives_the_same_faults_for_the_same_seed(start, connect):
    async def course(seed):
        wave = await start(seed=seed)
        wave.faults.at_rate("refused", 0.5)
        wire = connect(wave)
        return [(await wire.ask("POST", ACE, json={"tags": "funk"}))[0] for _ in range(40)]

    first = await course(1)
    assert set(first) == {200, 400}
    assert await course(1) == first
    assert await course(2) != first


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "x"},
        {"kind": "down", "endpoint": "x"},
        {"kind": "nsfw", "endpoint": "result"},
        {"colour": 1},
        {},
    ],
)
def test_a_fault_that_cannot_be_is_told_with_the_reason(wrong):
    with pytest.raises(ValueError, match=r"fault|endpoint|happens"):
        Fault.read(wrong)


async def test_waiting_for_requests_needs_no_sleep(wave, wire):
    waiting = asyncio.create_task(wave.wait_for("submit", 3, timeout=60))
    for seed in range(4):
        await wire.submit(seed=seed)
    assert (await waiting).json["seed"] == 2
    assert wave.counts == {"submit": 4}
    with pytest.raises(TimeoutError):
        await wave.wait_for("download", timeout=0.01)


async def test_a_refused_submission_uses_up_no_fault_of_a_render(wave, wire):
    wave.faults.add(Fault("refused"))
    failure = wave.faults.add(Fault("render_failed"))
    await wire.refused(400, tags="funk")
    assert failure.hits == 0
    assert (await wire.ended(await wire.submit()))["status"] == "failed"
