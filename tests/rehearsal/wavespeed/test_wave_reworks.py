"""audio-to-audio, audio-inpaint, audio-outpaint: what sounds, compared by samples with what was there."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from recordings import RATE, alike, classes, colour, encoded, jump, loud, pcm, recorded, tune
from soak.variants import few_of

from rehearsal.wavespeed.rendering import Order, make

FAMILY = "/api/v3/wavespeed-ai/ace-step"
LYRICS = "[verse]\nStreetlights humming low and slow\n[chorus]\nOh we light it up tonight"
OTHERS = "[verse]\nSee me in the deep green sea\n[chorus]\nNo no no, who knew, who knew"


@pytest.fixture
async def wave(start):
    return await start(render=None)


async def made(wire, path="", **inputs):
    """The file that came of it."""
    done = await wire.ended(await wire.post(FAMILY + path, **inputs))
    assert done["status"] == "completed", done
    return done["outputs"][0], await wire.bytes(done["outputs"][0])


async def uploaded(wire, data, name="mine.wav", kind="audio/wav"):
    ticket = await wire.post("/api/v3/media/uploads", filename=name, size=len(data), content_type=kind)
    await wire.put(ticket["upload"], data)
    return ticket["download_url"]


FILES = {
    "own": None,
    "wav, mono, 48 kHz": lambda: encoded(tune(7.3, 48000)[:1], "wav", 48000),
    "mp3": lambda: recorded(7, "mp3"),
    "wav, 24 bits": lambda: recorded(7, "wav24"),
    "flac, 22 kHz": lambda: recorded(7, "flac", 22050),
    "opus": lambda: recorded(7, "opus", 48000),
    "m4a": lambda: recorded(7, "m4a"),
}


async def piece(wire, name):
    """The address and the bytes of a piece of this stand-in's, or of a member's file."""
    if name == "own":
        return await made(wire, tags="folk, 100 bpm", lyrics=LYRICS, duration=7, seed=7)
    data = FILES[name]()
    return await uploaded(wire, data), data


@pytest.mark.parametrize("name", few_of(1, FILES))
async def test_extending_keeps_the_old_audio_untouched_in_its_place(wave, wire, name):
    address, data = await piece(wire, name)
    url, longer = await made(
        wire, "/audio-outpaint", audio=address, tags="folk",
        extend_before_duration=2.5, extend_after_duration=4, seed=5,
    )  # fmt: skip
    assert url.endswith(".flac")
    old, new = pcm(data), pcm(longer)
    rate = {"wav, mono, 48 kHz": 48000, "opus": 48000, "flac, 22 kHz": 22050}.get(name, RATE)
    start, end = round(2.5 * rate), round(2.5 * rate) + old.shape[1]
    assert new.shape[1] == end + 4 * rate
    assert np.array_equal(new[:, start:end], old)
    assert jump(new, start) < 0.6
    assert jump(new, end) < 0.6
    before, after = new[:, :start], new[:, end:]
    assert abs(loud(before) - loud(old)) < 6
    assert abs(loud(after[:, : 3 * rate]) - loud(old)) < 6
    assert np.abs(before[:, :20]).max() < 700  # neither begins nor ends with a click
    assert np.abs(after[:, -20:]).max() < 700


@pytest.mark.parametrize("name", few_of(1, FILES))
async def test_repainting_changes_only_the_passage(wave, wire, name):
    address, data = await piece(wire, name)
    _, other = await made(
        wire, "/audio-inpaint", audio=address, tags="rock, electric guitar", lyrics=OTHERS,
        start_time=5, start_time_relative_to="end", end_time=5, seed=5,
    )  # fmt: skip
    old, new = pcm(data), pcm(other)
    rate = {"wav, mono, 48 kHz": 48000, "opus": 48000, "flac, 22 kHz": 22050}.get(name, RATE)
    low, high = old.shape[1] - 5 * rate, 5 * rate
    assert new.shape == old.shape
    assert np.array_equal(new[:, : low - 1], old[:, : low - 1])
    assert np.array_equal(new[:, high + 1 :], old[:, high + 1 :])
    changed = (new - old)[:, low:high]
    assert loud(changed) > loud(old) - 4
    assert abs(loud(new[:, low:high]) - loud(old[:, low:high])) < 3
    assert jump(new, low) < 0.6
    assert jump(new, high) < 0.6


@pytest.mark.soak
async def test_a_passage_at_either_end_of_a_piece_begins_and_ends_without_a_click(wave, wire):
    address = await uploaded(wire, recorded(6, "wav"))
    for edges in ({"start_time": 0, "end_time": 2}, {"start_time": 4, "end_time": 6}):
        _, data = await made(wire, "/audio-inpaint", audio=address, tags="house", seed=1, **edges)
        new = pcm(data)
        assert np.abs(new[:, [0, -1]]).max() < 100
        assert np.abs(new[:, [5, -6]]).max() < 400


@pytest.mark.parametrize(
    "sound",
    few_of(
        1,
        [
            np.zeros((2, 3 * RATE)),
            np.sin(np.arange(12_000) / 16)[None],
            np.random.default_rng(1).normal(0, 0.2, (2, 3 * RATE)),
            np.eye(2, 3 * RATE),
            np.ones((2, 3 * RATE)),
        ],
    ),
    ids=["silence", "a short beep", "noise", "a click", "no sound but full"],
)
def test_whatever_it_is_it_can_be_worked_on(sound, tmp_path):
    (tmp_path / "it").write_bytes(encoded(sound.astype(np.float32), "wav"))
    words = {"tags": "folk", "lyrics": LYRICS}
    edges = {"start_time_relative_to": "start", "end_time_relative_to": "start"}
    for model, inputs in (
        ("audio-to-audio", {"edit_mode": "remix"}),
        ("audio-to-audio", {"edit_mode": "lyrics"}),
        ("audio-outpaint", {"extend_before_duration": 0.01, "extend_after_duration": 1}),
        ("audio-inpaint", {"start_time": 0, "end_time": 9} | edges),
    ):
        if model == "audio-inpaint" and sound.shape[1] < RATE:
            continue
        form = "mp3" if model == "audio-to-audio" else "flac"
        order = Order.of(f"wavespeed-ai/ace-step/{model}", words | inputs, 1, form, "it")
        assert pcm(make(order, tmp_path)).shape[1] >= sound.shape[1]


@pytest.mark.soak
async def test_more_of_a_piece_goes_on_in_its_tempo_and_key(wave, wire):
    """Of a tune over C, G, a, F at 120 beats a minute: the next beat falls where it would have fallen."""
    data = recorded(8, "wav")
    _, longer = await made(
        wire, "/audio-outpaint", audio=await uploaded(wire, data), tags="house",
        lyrics="[inst]", extend_after_duration=8, seed=2,
    )  # fmt: skip
    new = pcm(longer)[:, 8 * RATE :].astype(float)
    kick = np.abs(np.diff(np.convolve(np.abs(new.mean(axis=0)), np.ones(441) / 441, "same")[::441]))
    power = [abs(np.sum(kick * np.exp(-2j * np.pi * np.arange(kick.size) / 100 * bpm / 60)))
             for bpm in (120, 111, 129)]  # fmt: skip
    assert power[0] > 2 * max(power[1:])
    shares = classes(new).mean(axis=0)
    white, black = shares[[0, 2, 4, 5, 7, 9, 11]], shares[[1, 3, 6, 8, 10]]
    assert white.mean() > 1.6 * black.mean()  # drums are in no key


@cache
def stranger():
    """Another piece of the stand-in's."""
    inputs = {"tags": "folk, 100 bpm", "lyrics": LYRICS, "duration": 7}
    return pcm(make(Order.of("wavespeed-ai/ace-step", inputs, 8, "mp3"), Path()))


@pytest.mark.parametrize("name", few_of(0, ["own", "wav, mono, 48 kHz", "mp3"]))
async def test_restyling_keeps_melody_and_length_and_changes_who_plays(wave, wire, name):
    address, data = await piece(wire, name)
    asked = {"audio": address, "original_tags": "folk", "tags": "chiptune, fast", "edit_mode": "remix"}
    old = pcm(data if name == "own" else recorded(7, "wav"))
    new, again, strings = [
        pcm((await made(wire, "/audio-to-audio", **asked | other))[1])
        for other in ({"seed": 5}, {"seed": 6}, {"seed": 5, "tags": "classical, violin, strings"})
    ]
    seconds = 7.3 if name.startswith("wav") else 7
    assert new.shape[1] / RATE == pytest.approx(seconds, abs=0.1)
    assert alike(old, new) > 0.6
    assert alike(old, strings) > 0.6
    assert not np.array_equal(new, again)  # another seed, another take
    assert alike(new, again) > 0.7
    distances = [float(np.abs(colour(new) - colour(sound)).mean()) for sound in (again, strings, old)]
    assert distances[1] > 1.5 * distances[0]
    assert distances[2] > 1.5 * distances[0]
    assert alike(old, stranger()) < 0.4


@pytest.mark.soak
async def test_a_restyled_recording_is_quiet_where_it_was_quiet_and_ends_with_it(wave, wire):
    sound = tune(7).copy()
    sound[:, 5 * RATE :] = 0
    address = await uploaded(wire, encoded(sound, "wav"))
    _, data = await made(
        wire, "/audio-to-audio", audio=address, original_tags="a", tags="techno", edit_mode="remix", seed=1
    )
    new = pcm(data)
    assert loud(new[:, 6 * RATE :]) < loud(new[:, : 5 * RATE]) - 40


@pytest.mark.parametrize("name", few_of(0, ["own", "mp3"]))
async def test_other_lyrics_change_the_singing_and_leave_the_music(wave, wire, name):
    address, data = await piece(wire, name)
    asked = {"audio": address, "original_tags": "folk", "tags": "folk", "edit_mode": "lyrics"}
    old = pcm(data)
    new, silent = [
        pcm((await made(wire, "/audio-to-audio", **asked, lyrics=lyrics, seed=5))[1])
        for lyrics in (OTHERS, "[inst]")
    ]
    assert new.shape[1] / RATE == pytest.approx(7, abs=0.1)
    assert alike(old, new) > 0.6
    assert loud(new - silent) > loud(new) - 12  # somebody sings, and these words
    other = pcm((await made(wire, "/audio-to-audio", **asked, lyrics=LYRICS, seed=5))[1])
    assert loud(new - other) > loud(new) - 15


@pytest.mark.parametrize(
    ("path", "inputs"),
    few_of(
        2,
        [
            (
                "/audio-to-audio",
                {"original_tags": "a", "tags": "funk", "edit_mode": "lyrics", "lyrics": OTHERS},
            ),
            ("/audio-outpaint", {"tags": "funk", "extend_after_duration": 2}),
            ("/audio-to-audio", {"original_tags": "a", "tags": "funk"}),
            ("/audio-inpaint", {"tags": "funk", "start_time": 1, "end_time": 4}),
        ],
    ),
)
async def test_the_same_request_and_seed_give_the_same_bytes_and_another_seed_others(
    wave, wire, start, connect, path, inputs
):
    wires = (wire, wire, connect(await start(render=None)))
    files = [
        (await made(one, path, **inputs, audio=await uploaded(one, recorded(5, "mp3")), seed=seed))[1]
        for one, seed in zip(wires, (1, 2, 1), strict=True)
    ]
    assert files[0] == files[2] != files[1]
