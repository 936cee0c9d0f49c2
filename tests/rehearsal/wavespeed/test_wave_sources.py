"""Where reworks get their audio from, what it costs, and what is refused before it costs anything."""

import asyncio

import numpy as np
import pytest
from aiohttp import web
from recordings import encoded, pcm, tune

from rehearsal.wavespeed import Fault, sources

FAMILY = "/api/v3/wavespeed-ai/ace-step"
PRICE = "/api/v3/model/price"
FIVE = encoded(tune(5), "wav")


@pytest.fixture
async def wave(start):
    return await start(render=None)


@pytest.fixture
async def elsewhere():
    """Another server, as Discord's files are on one; `/slow` never ends."""

    async def give(request: web.Request) -> web.StreamResponse:
        match request.path:
            case "/tune.wav":
                return web.Response(body=FIVE, content_type="text/plain")  # a type is no promise
            case "/page":
                return web.Response(text="<html>not found</html>", content_type="audio/mpeg")
            case "/list":
                return web.Response(text="#EXTM3U\nfile:///etc/passwd\n", content_type="audio/mpeg")
            case "/slow":
                await asyncio.Event().wait()
            case _:
                pass
        raise web.HTTPNotFound

    app = web.Application()
    app.router.add_get("/{path:.*}", give)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def uploaded(wire, data):
    ticket = await wire.post("/api/v3/media/uploads", filename="a b/c.wav", size=len(data))
    assert await wire.put(ticket["upload"], data) == 200
    return ticket["download_url"]


@pytest.mark.parametrize(
    ("path", "inputs", "seconds"),
    [
        ("/audio-to-audio", {"original_tags": "pop", "tags": "funk"}, 5),
        ("/audio-inpaint", {"tags": "funk", "start_time": 1.5, "end_time": 3}, 1.5),
        ("/audio-inpaint", {"tags": "funk"}, 5),  # by default to 30 s, and there are 5
        ("/audio-inpaint", {"tags": "a", "start_time": 4, "start_time_relative_to": "end",
                            "end_time": 1, "end_time_relative_to": "end"}, 3),
        ("/audio-outpaint", {"tags": "funk"}, 30),
        ("/audio-outpaint", {"tags": "funk", "extend_before_duration": 240, "extend_after_duration": 0}, 240),
    ],
)  # fmt: skip
async def test_what_is_new_is_paid_for_as_the_quote_says(wave, wire, elsewhere, path, inputs, seconds):
    asked = inputs | {"audio": f"{elsewhere}/tune.wav", "seed": 3}
    quote = await wire.post(PRICE, model_id=f"wavespeed-ai/ace-step{path}", inputs=asked)
    assert quote["price"] == pytest.approx(seconds * 0.0002)
    done = await wire.ended(await wire.post(FAMILY + path, **asked))
    assert done["model"] == f"wavespeed-ai/ace-step{path}"
    assert [entry.micro for entry in wave.bill] == [round(200 * seconds)]
    history = await wire.post("/api/v3/predictions", page=1, page_size=1, include_inputs=True)
    assert asked.items() <= history["items"][0]["inputs"].items()


async def test_audio_comes_from_uploads_and_outputs_without_a_request(wave, wire):
    first = await wire.ended(await wire.post(FAMILY, tags="funk", duration=5, seed=1))
    for address in (await uploaded(wire, FIVE), first["outputs"][0]):
        await wire.ended(await wire.post(f"{FAMILY}/audio-outpaint", audio=address, tags="funk"))
    assert "media" not in wave.counts
    assert "download" not in wave.counts


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("funk.mp3", "must be an http"),
        ("file:///etc/passwd", "must be an http"),
        ("http://127.0.0.1:1/none.mp3", "could not be fetched: nothing could be read there"),
        ("http://[::1", "must be an http"),
        ("{elsewhere}/gone.mp3", "could not be fetched: it answers with HTTP 404"),
        ("{elsewhere}/slow", "could not be fetched: it took too long"),
        ("{elsewhere}/page", "is not audio that can be read"),
        ("{elsewhere}/list", "is not audio that can be read"),
        ("{wave}/outputs/0123.mp3", "could not be fetched: there is no such file"),
        ("{wave}/media/0123/mine.mp3", "could not be fetched: there is no such file"),
        ("{wave}/rehearsal/state", "could not be fetched: there is no such file"),
    ],
)
async def test_audio_that_cannot_be_had_is_refused_and_costs_nothing(
    wave, wire, elsewhere, address, words, monkeypatch
):
    monkeypatch.setattr(sources, "PATIENCE", 0.2)
    audio = address.format(elsewhere=elsewhere, wave=wave.url)
    asked = {"audio": audio, "tags": "funk"}
    for path, body in (
        (f"{FAMILY}/audio-outpaint", asked),
        (PRICE, {"model_id": "wavespeed-ai/ace-step/audio-outpaint", "inputs": asked}),
    ):
        envelope = await wire.refused(400, path, **body)
        assert f'"audio" {words}' in envelope["message"]
    assert not wave.predictions
    assert not wave.bill


async def test_audio_that_is_too_long_or_too_large_is_refused(wave, wire, elsewhere, monkeypatch):
    asked = {"audio": f"{elsewhere}/tune.wav", "tags": "funk"}
    monkeypatch.setattr(sources, "LONGEST", 4.0)
    assert "longer than the 4 s" in (await wire.refused(400, f"{FAMILY}/audio-outpaint", **asked))["message"]
    monkeypatch.setattr(sources, "LARGEST", 2**20 // 2)
    assert "has more than" in (await wire.refused(400, f"{FAMILY}/audio-outpaint", **asked))["message"]
    assert not wave.bill


@pytest.mark.parametrize(
    ("path", "inputs", "words"),
    [
        ("/audio-outpaint", {"extend_after_duration": 0}, "nothing to extend"),
        ("/audio-outpaint", {"extend_after_duration": 241}, '"extend_after_duration" must be at most 240'),
        ("/audio-outpaint", {"extend_before_duration": -1}, '"extend_before_duration" must be at least 0'),
        ("/audio-inpaint", {"start_time": 3, "end_time": 3}, "goes from 3 to 3 s of 5.0 s"),
        ("/audio-inpaint", {"start_time": 6}, "goes from 6 to 5 s"),
        ("/audio-inpaint", {"start_time_relative_to": "middle"}, "must be one of start, end"),
        ("/audio-to-audio", {"original_tags": "a", "edit_mode": "karaoke"}, "must be one of remix, lyrics"),
        ("/audio-to-audio", {}, '"original_tags" is missing'),
        ("/audio-to-audio", {"original_tags": "a", "audio": None}, '"audio" is missing'),
    ],
)
async def test_inputs_that_make_no_sense_are_refused(wave, wire, elsewhere, path, inputs, words):
    asked = {"audio": f"{elsewhere}/tune.wav", "tags": "funk"} | inputs
    envelope = await wire.refused(400, FAMILY + path, **asked)
    assert words in envelope["message"]
    assert not wave.bill


async def test_faults_strike_reworks_as_they_strike_anything(wave, wire, elsewhere):
    asked = {"audio": f"{elsewhere}/tune.wav", "tags": "polka", "extend_after_duration": 2}

    async def ended(kind, **more):
        wave.faults.add(Fault(kind, tags="polka", **more))
        return await wire.ended(await wire.post(f"{FAMILY}/audio-outpaint", **asked))

    wave.faults.add(Fault("no_balance", tags="polka"))
    await wire.refused(402, f"{FAMILY}/audio-outpaint", **asked)
    assert (await ended("render_failed"))["status"] == "failed"
    assert [entry.billing_type for entry in wave.bill] == ["deduct", "refund"]
    assert (await ended("nsfw"))["has_nsfw_contents"] == [True]
    url = (await ended("wav"))["outputs"][0]
    assert url.endswith(".wav")
    assert pcm(await wire.bytes(url)).shape == (2, 7 * 44100)
    assert b"<html>" in await wire.bytes((await ended("not_audio"))["outputs"][0])


async def test_what_a_rework_was_made_from_outlives_a_restart(start, connect, tmp_path):
    options = {"render": None, "state": tmp_path / "wave.json"}
    wave = await start(**options)
    wire = connect(wave)
    asked = {"audio": await uploaded(wire, FIVE), "tags": "funk", "extend_after_duration": 2, "seed": 1}
    done = await wire.ended(await wire.post(f"{FAMILY}/audio-outpaint", **asked))
    before = await wire.bytes(done["outputs"][0])
    await wave.stop()
    wire = connect(await start(**options))
    again = await wire.get(f"/api/v3/predictions/{done['id']}/result")
    assert await wire.bytes(again["outputs"][0]) == before


async def test_outputs_and_uploads_are_kept_for_seven_days(wave, wire, monkeypatch):
    done = await wire.ended(await wire.post(FAMILY, tags="funk", duration=5))
    address = await uploaded(wire, FIVE)
    assert await wire.bytes(address) == FIVE
    now = wave.now()
    monkeypatch.setattr(wave, "now", lambda: now + 7 * 86400 + 60)
    for old in (address, done["outputs"][0]):
        envelope = await wire.refused(400, f"{FAMILY}/audio-outpaint", audio=old, tags="funk")
        assert "no longer kept" in envelope["message"]
        await wire.refused(404, old.removeprefix(wave.url), "GET")


async def test_an_upload_is_made_as_announced_in_time_and_once(wave, wire, monkeypatch):
    def ticket():
        return wire.post("/api/v3/media/uploads", filename="a.mp3", size=5, content_type="audio/mpeg")

    first = await ticket()
    assert await wire.put(first["upload"], b"music", **{"Content-Type": "audio/wav"}) == 403
    assert await wire.put(first["upload"], b"song") == 400
    assert await wire.put(first["upload"], b"music") == 200
    assert await wire.put(first["upload"], b"other") == 403
    assert await wire.bytes(first["download_url"]) == b"music"
    late = await ticket()
    now = wave.now()
    monkeypatch.setattr(wave, "now", lambda: now + 3601)
    assert await wire.put(late["upload"], b"music") == 403
    await wire.refused(404, late["download_url"].removeprefix(wave.url), "GET")
    for body in ({"size": 5}, {"filename": "a", "size": 0}, {"filename": "a", "size": 201 * 2**20}):
        await wire.refused(400, "/api/v3/media/uploads", **body)


async def test_measuring_a_long_source_holds_nobody_up(wave, wire):
    """It is decoded in a thread: others are answered meanwhile."""
    long = encoded(np.tile(tune(5), 8), "mp3")
    asked = asyncio.create_task(
        wire.post(
            PRICE,
            model_id="wavespeed-ai/ace-step/audio-to-audio",
            inputs={"audio": await uploaded(wire, long), "original_tags": "a", "tags": "b"},
        )
    )
    await wave.wait_for("price")
    answered = 0
    while not asked.done():
        await wire.get("/api/v3/balance")
        answered += 1
    assert (await asked)["price"] == pytest.approx(0.008, abs=0.0001)
    assert answered > 3
