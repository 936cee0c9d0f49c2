"""The contract of wavespeed-api.md, over a socket."""

from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

ACE = "/api/v3/wavespeed-ai/ace-step"


async def test_a_prediction_is_created_processed_and_completed(start, connect):
    wave = await start(render_seconds=0.3)
    wire = connect(wave)
    created = await wire.submit("funk, brass", lyrics="[inst]", duration=10, seed=7)
    assert created["status"] == "created"
    assert created["outputs"] == []
    assert created["has_nsfw_contents"] == []
    assert created["error"] == ""
    assert created["model"] == "wavespeed-ai/ace-step"
    assert abs(datetime.fromisoformat(created["created_at"]) - datetime.now(UTC)) < timedelta(seconds=10)
    address = created["urls"]["get"].removeprefix(wave.url)
    await wave.until(lambda: wave.predictions[created["id"]].status == "processing")
    assert (await wire.get(address))["status"] == "processing"

    await wave.finished()
    done = await wire.get(address)
    assert done["status"] == "completed"
    assert done["has_nsfw_contents"] == [False]
    assert done["timings"]["inference"] == pytest.approx(240, abs=60)
    assert await wire.bytes(done["outputs"][0]) == b"funk, brass|[inst]|10.0|7|".ljust(16_000, b".")


async def test_the_same_request_gives_the_same_bytes_and_another_seed_others(wire):
    files = []
    for seed in (3, 3, 4):
        done = await wire.ended(await wire.submit(seed=seed))
        files.append(await wire.bytes(done["outputs"][0]))
    assert files[0] == files[1] != files[2]


async def test_a_seed_left_to_the_provider_is_chosen_and_never_told(wave, wire):
    done = await wire.ended(await wire.submit())
    chosen = wave.predictions[done["id"]].seed
    assert 0 <= chosen <= 2147483647
    assert str(chosen) not in str(done)
    history = await wire.post("/api/v3/predictions", page=1, page_size=10, include_inputs=True)
    assert history["items"][0]["inputs"] == {"tags": "funk", "lyrics": "", "duration": 60, "seed": -1}


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({}, '"tags" is missing'),
        ({"tags": " "}, '"tags" must not be empty'),
        ({"tags": ["funk"]}, '"tags" must be a string'),
        ({"tags": "funk", "lyrics": 3}, '"lyrics" must be a string'),
        ({"tags": "funk", "duration": "60"}, '"duration" must be a number'),
        ({"tags": "funk", "duration": True}, '"duration" must be a number'),
        ({"tags": "funk", "duration": 4.9}, '"duration" must be at least 5'),
        ({"tags": "funk", "duration": 241}, '"duration" must be at most 240'),
        ({"tags": "funk", "seed": 1.5}, '"seed" must be an integer'),
        ({"tags": "funk", "seed": -2}, '"seed" must be at least -1'),
        ({"tags": "funk", "seed": 2147483648}, '"seed" must be at most 2147483647'),
    ],
)
async def test_inputs_that_the_model_does_not_take_are_refused_and_cost_nothing(wave, wire, inputs, words):
    envelope = await wire.refused(400, **(inputs or {"duration": 60}))
    assert words in envelope["message"]
    assert not wave.predictions
    assert not wave.bill


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "null", '{"tags": "funk", "duration": NaN}', '{"tags": "x", "duration": 1e999}']
)
async def test_a_body_that_is_no_json_object_is_refused(wire, body):
    status, envelope = await wire.ask("POST", ACE, data=body, headers={"Content-Type": "application/json"})
    assert (status, envelope["code"]) == (400, 400)


@pytest.mark.parametrize(
    "header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic rehearsal-key"}]
)
async def test_no_call_goes_without_a_key(wave, connect, header):
    wire = connect(wave, "")
    for method, path in (("POST", ACE), ("GET", "/api/v3/balance"), ("POST", "/api/v3/predictions")):
        status, envelope = await wire.ask(
            method, path, headers=header, json={"tags": "funk"} if method == "POST" else None
        )
        assert (status, envelope["code"], envelope["error_code"]) == (401, 401, "unauthorized")
    assert not wave.predictions


async def test_what_is_not_there_is_404_in_an_envelope(wire):
    await wire.refused(404, "/api/v3/wavespeed-ai/no-such-model", tags="funk")
    await wire.refused(404, "/api/v3/predictions/nothing/result", "GET")
    await wire.refused(404, "/api/v4/anything", "GET")
    async with (
        aiohttp.ClientSession() as session,
        session.get(wire.wave.url + "/outputs/nothing.mp3") as answer,
    ):
        assert answer.status == 404


async def test_an_output_is_not_there_before_its_prediction_has_completed(start, connect):
    wave = await start(render_seconds=60)
    wire = connect(wave)
    created = await wire.submit()
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{wave.url}/outputs/{created['id']}.mp3") as answer,
    ):
        assert answer.status == 404


async def test_the_whole_family_is_in_the_catalogue(wire):
    models = {model["model_id"]: model for model in await wire.get("/api/v3/models")}
    assert len(models) == 7
    assert models["wavespeed-ai/ace-step"]["api_schema"]["required"] == ["tags"]
    assert models["wavespeed-ai/ace-step"]["api_schema"]["properties"]["duration"]["maximum"] == 240
    prices = {name: model["base_price"] for name, model in models.items()}
    assert prices.pop("wavespeed-ai/ace-step-1.5") == 0.0003
    assert prices.pop("minimax/music-01") == 0.35
    assert set(prices.values()) == {0.0002}


async def test_history_pages_from_the_newest_and_past_the_end_is_empty(wire):
    ids = [(await wire.submit(seed=seed))["id"] for seed in range(5)]
    seen = []
    for page in (1, 2, 3):
        data = await wire.post("/api/v3/predictions", page=page, page_size=2, include_inputs=True)
        assert data["page"] == page
        seen += data["items"]
    assert [item["id"] for item in seen] == ids[::-1]
    assert [item["inputs"]["seed"] for item in seen] == [4, 3, 2, 1, 0]
    assert (await wire.post("/api/v3/predictions", page=4, page_size=2))["items"] == []


async def test_history_needs_a_page_and_a_size_of_100_at_most(wire):
    for body in (
        {"page": 1},
        {"page": 0, "page_size": 1},
        {"page": 1, "page_size": 101},
        {"page": "1", "page_size": 1},
    ):
        await wire.refused(400, "/api/v3/predictions", **body)


async def test_history_filters_by_model_status_and_time(wave, wire):
    old = await wire.ended(await wire.submit(seed=1))
    new = await wire.submit(seed=2, tags="jazz")
    wave.predictions[old["id"]].created_at -= 3600
    hour = datetime.fromisoformat(new["created_at"]) - timedelta(minutes=30)

    async def ids(**filters):
        data = await wire.post("/api/v3/predictions", page=1, page_size=10, **filters)
        return [item["id"] for item in data["items"]]

    assert await ids(created_after=f"{hour:%Y-%m-%dT%H:%M:%SZ}") == [new["id"]]
    assert await ids(created_before=hour.isoformat()) == [old["id"]]
    assert await ids(model="wavespeed-ai/ace-step") == [new["id"], old["id"]]
    assert await ids(model="wavespeed-ai/flux-dev") == []
    assert old["id"] in await ids(status="completed")
    assert await ids(status="failed") == []
    await wire.refused(400, "/api/v3/predictions", page=1, page_size=10, created_after="yesterday")


async def test_accounts_do_not_see_each_other(start, connect):
    wave = await start(keys=("ada", "ben"), balance=1)
    ada, ben = connect(wave, "ada"), connect(wave, "ben")
    hers = await ada.submit(duration=100)
    assert (await ben.post("/api/v3/predictions", page=1, page_size=10))["items"] == []
    await ben.refused(404, f"/api/v3/predictions/{hers['id']}/result", "GET")
    await ben.refused(404, "/api/v3/predictions/delete", ids=[hers["id"]])
    assert (await ada.get("/api/v3/balance"))["balance"] == pytest.approx(0.98)
    assert (await ben.get("/api/v3/balance"))["balance"] == 1
    assert (await ada.get("/api/v3/webhook/secret")) != (await ben.get("/api/v3/webhook/secret"))


async def test_deleting_takes_the_output_and_the_history_entry_away(wave, wire):
    done = await wire.ended(await wire.submit())
    assert await wire.post("/api/v3/predictions/delete", ids=[done["id"]]) == {"deleted": 1}
    after = await wire.get(f"/api/v3/predictions/{done['id']}/result")
    assert (after["status"], after["outputs"]) == ("deleted", [])
    assert (await wire.post("/api/v3/predictions", page=1, page_size=10))["items"] == []
    await wire.refused(400, "/api/v3/predictions/delete", ids="all")


async def test_sync_mode_answers_with_the_result_or_tells_to_ask_later(start, connect):
    wire = connect(await start(sync_seconds=5))
    assert (await wire.submit(enable_sync_mode=True))["status"] == "completed"
    late = await connect(await start(sync_seconds=0.05, render_seconds=60)).submit(enable_sync_mode=True)
    assert late["code"] == 5004
    assert "Sync mode timed out" in late["error"]


async def test_an_upload_is_announced_put_and_read_back(wire):
    ticket = await wire.post(
        "/api/v3/media/uploads", filename="my song.mp3", size=5, content_type="audio/mpeg"
    )
    upload = ticket["upload"]
    assert upload["method"] == "PUT"
    async with aiohttp.ClientSession() as session:
        async with session.put(upload["url"], data=b"toolong", headers=upload["headers"]) as answer:
            assert answer.status == 400
        async with session.put(upload["url"], data=b"music", headers=upload["headers"]) as answer:
            assert answer.status == 200
    assert await wire.bytes(ticket["download_url"]) == b"music"
    await wire.refused(400, "/api/v3/media/uploads", filename="x", size=300 * 2**20)


async def test_realistic_times_grow_with_the_duration_and_are_the_same_again(start, connect):
    async def seconds(duration: int) -> float:
        wave = await start(render_seconds=None)
        prediction = wave.predictions[(await connect(wave).submit(duration=duration, seed=1))["id"]]
        return prediction.ends_at - prediction.created_at

    short, long = await seconds(5), await seconds(240)
    assert 1 < short < 4 < long < 20
    assert await seconds(5) == pytest.approx(short)
