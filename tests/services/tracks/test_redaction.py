"""What the provider repeats of what members wrote is in no line of the log, on no level."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from kept_logging import logged
from reworking import original, rework
from studio_harness import NewStudio

from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.pipeline import sources
from services.prompts.rework import Kind
from services.storage.database import now
from services.tracks.redaction import for_log
from services.tracks.track import State, Track
from services.tracks.tracks import new_id

TAGS, LYRICS, TITLE = "polka, Zwiefacher", "[verse]\nO Quetzalcoatl, żółw under the Łódź moon", "Moonstruck"
SECRET = ("quetzalcoatl", "quetzal", "zwiefacher", "żółw", "moonstruck", "moon")
ECHO = "Unusable: Zwiefacher in tags, QUETZALCOATL (“żółw”) in 'lyrics'; see Quetzalc"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """The log on its most talkative level; puts back what was there."""
    with logged("console", "DEBUG") as stream:
        yield stream


def nothing_told(stream: io.StringIO, line: str) -> None:
    text = stream.getvalue().casefold()
    assert line in text
    assert [word for word in SECRET if word in text] == []


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        (Fault("refused", message=ECHO), "submission refused"),
        (Fault("refused", status=403, message=ECHO), "submission refused for key or money"),
        (Fault("refused", message=f"top-up {ECHO}"), "submission refused for key or money"),
        (Fault("rate_limited", "submit", message=ECHO, retry_after=0.1), "submission put off"),
        (Fault("error_in_200", message=ECHO), "answer to a submission lost"),
        (Fault("render_failed", message=ECHO), "render failed"),
        (Fault("refused", "result", message=ECHO), "the provider does not say what became of it"),
        (Fault("rate_limited", "result", message=ECHO, retry_after=0.1), "no result yet"),
    ],
    ids=lambda value: str(getattr(value, "endpoint", value)),
)
async def test_what_the_provider_repeats_is_not_in_the_log(
    new_studio: NewStudio, wave: WaveSpeedStandIn, stream: io.StringIO, fault: Fault, line: str
) -> None:
    wave.faults.add(replace(fault))
    async with new_studio() as harness:
        await harness.settled((await harness.compose(TITLE, tags=TAGS, lyrics=LYRICS)).id)
    nothing_told(stream, line)
    assert "unusable: …" in stream.getvalue().casefold(), "the provider's own words are"


@pytest.mark.parametrize(
    ("endpoint", "line"), [("upload", "upload refused"), ("price", "no quote for a rework")]
)
async def test_nor_of_a_rework(
    new_studio: NewStudio,
    wave: WaveSpeedStandIn,
    stream: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
    endpoint: str,
    line: str,
) -> None:
    async with new_studio() as harness:
        source = await original(harness, tags=TAGS)
        monkeypatch.setattr(sources, "KEPT", timedelta(0))  # so that the sound has to be uploaded
        wave.faults.add(Fault("refused", endpoint, message=ECHO, times=None))
        await harness.settled((await rework(harness, Kind.EXTEND, source)).id)
    text = stream.getvalue().casefold()
    assert line in text
    assert "zwiefacher" not in text


def a_track(**written: str) -> Track:
    values: dict[str, Any] = dict.fromkeys(Track.__dataclass_fields__)
    texts = {"title": "", "tags": "", "lyrics": "", "idea": ""}
    return Track(
        **{**values, "id": new_id(), "created_at": now(), "state": State.WAITING, **texts, **written}
    )


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("400: duration must be <= 240", "400: duration must be <= 240"),
        ("400: no Café in tags", "400: no … in tags"),
        ("400: no CAFE, no caf\\u00e9, no caf%C3%A9", "400: no … no … no …"),
        ("400: 'porchlight blues' is not allowed", "400: … is not allowed"),
        ("400: ends in porchli", "400: ends in …"),
        ("400: tags=porchlight;x", "400: …"),
        ("1402: https://media.example/a1-voice.mp3 not reachable", "1402: … not reachable"),
        ("no answer: TimeoutError", "no answer: TimeoutError"),
    ],
)
def test_what_is_left_of_its_words(said: str, shown: str) -> None:
    assert for_log(said, a_track(tags="Café, blues", lyrics="the porchlight")) == shown
    assert len(for_log("x " * 500, a_track(tags="ska"))) <= 200


def test_of_a_track_whose_words_were_erased_only_the_status_is_left() -> None:
    assert for_log("400: no Café in tags", a_track()) == "400: …"
