"""prompt-to-audio and ace-step-1.5: the same life as ace-step, other words and another sound."""

import numpy as np
import pytest

from rehearsal.music import compose, write
from rehearsal.music.chance import Chance
from rehearsal.music.style import read_tags
from rehearsal.music.words import read_lyrics
from rehearsal.wavespeed import Fault
from rehearsal.wavespeed.sound import Order, make

PROMPT = "/api/v3/wavespeed-ai/ace-step/prompt-to-audio"
NEWER = "/api/v3/wavespeed-ai/ace-step-1.5"
IDEA = "A slow jazz song about the harbour at dawn, with saxophone and a female singer, 84 bpm"


async def test_a_sentence_becomes_music_with_tags_and_lyrics_of_its_own(wave, wire):
    done = await wire.ended(await wire.post(PROMPT, prompt=IDEA, duration=10, seed=3))
    assert done["status"] == "completed"
    assert done["model"] == "wavespeed-ai/ace-step/prompt-to-audio"
    tags, lyrics, duration, seed = (await wire.bytes(done["outputs"][0])).decode().split("|")[:4]
    assert (tags, lyrics) == write(IDEA, False, 10, 3)
    assert (duration, seed) == ("10.0", "3")
    history = await wire.post("/api/v3/predictions", page=1, page_size=1, include_inputs=True)
    asked = {"prompt": IDEA, "instrumental": False, "duration": 10, "seed": 3}
    assert history["items"][0]["inputs"] == asked
    assert [entry.micro for entry in wave.bill] == [2_000]


async def test_a_prompt_is_needed_and_checked(wave, wire):
    for body, words in (
        ({"duration": 10}, '"prompt" is missing'),
        ({"prompt": "  "}, '"prompt" must not be empty'),
        ({"prompt": "x", "instrumental": "yes"}, '"instrumental" must be a boolean'),
        ({"prompt": "x", "duration": 4}, '"duration" must be at least 5'),
    ):
        assert words in (await wire.refused(400, PROMPT, **body))["message"]
    assert not wave.bill


def test_what_the_sentence_names_becomes_tags_and_what_it_is_about_is_sung():
    tags, lyrics = write(IDEA, False, 60, 1)
    ask = read_tags(tags, Chance(1))
    assert (ask.bpm, ask.exact, ask.female, ask.style.lead) == (84, True, True, "saxophone")
    assert read_tags(tags, Chance(2)).style.groove == "ride"
    assert [verse.kind for verse in read_lyrics(lyrics)] == ["verse", "chorus"] * 2
    assert "harbour" in lyrics.lower()
    assert "dawn" in lyrics.lower()
    assert "saxophone" not in lyrics.lower()
    assert write(IDEA, True, 60, 1) == (tags.replace(", female vocals", ""), "[inst]")
    assert write("calm piano, no vocals", False, 60, 1)[1] == "[inst]"


@pytest.mark.parametrize(
    "prompt", ["春が来た、桜の歌", "🎸🔥", "{a} %s \\", "\ud800", "x" * 5000, "the and of"]
)
def test_any_sentence_gives_tags_and_words_the_same_again_and_others_for_another_seed(prompt):
    first = write(prompt, False, 60, 1)
    assert all(text.strip() for text in first)
    assert write(prompt, False, 60, 1) == first
    assert write(prompt, False, 60, 2)[1] != first[1]


async def test_the_newer_model_has_its_own_price_quoted_and_billed(wave, wire):
    inputs = {"tags": "funk", "lyrics": "[verse]\nhallo", "duration": 240}
    model = "wavespeed-ai/ace-step-1.5"
    quote = await wire.post("/api/v3/model/price", model_id=model, inputs=inputs)
    assert quote == {"price": 0.072, "discounted_price": 0.072, "currency": "USD"}
    done = await wire.ended(await wire.post(NEWER, **inputs, seed=4))
    assert done["model"] == model
    assert [entry.micro for entry in wave.bill] == [72_000]
    await wire.refused(400, NEWER, tags="funk", duration=241)


async def test_a_price_of_ones_own_keeps_the_proportion(start, connect):
    wire = connect(await start(price_per_second=1000))
    quote = await wire.post(
        "/api/v3/model/price", model_id="wavespeed-ai/ace-step-1.5", inputs={"tags": "a", "duration": 10}
    )
    assert quote["price"] == 0.015


@pytest.mark.soak
def test_the_newer_model_is_another_musician_with_more_treble_and_width():
    older, newer = (
        [compose("pop, 120 bpm", "[inst]", 5, seed, version) for seed in range(3)] for version in ("1", "1.5")
    )
    assert abs(np.corrcoef(older[0][0], newer[0][0])[0, 1]) < 0.3

    def treble(sound: np.ndarray) -> float:
        power = np.abs(np.fft.rfft(sound.mean(axis=0))) ** 2
        return float(power[power.size // 4 :].sum() / power.sum())

    def width(sound: np.ndarray) -> float:
        return float(np.std(sound[0] - sound[1]) / np.std(sound[0] + sound[1]))

    for measured in (width, treble):
        assert np.mean([measured(sound) for sound in newer]) > np.mean([measured(sound) for sound in older])


@pytest.mark.parametrize(
    ("model", "inputs"),
    [
        ("ace-step-1.5", {"tags": "funk", "lyrics": "", "duration": 5}),
        ("ace-step/prompt-to-audio", {"prompt": "a funk song", "instrumental": False, "duration": 5}),
    ],
)
def test_the_same_order_gives_the_same_bytes_and_another_seed_others(model, inputs, tmp_path):
    files = [make(Order.of(f"wavespeed-ai/{model}", inputs, seed, "mp3"), tmp_path) for seed in (3, 3, 4)]
    assert files[0] == files[1] != files[2]


async def test_faults_find_a_prompt_as_they_find_tags(wave, wire):
    wave.faults.add(Fault("refused", tags="polka"))
    wave.faults.add(Fault("render_failed", seed=9))
    await wire.refused(400, PROMPT, prompt="a slow polka")
    failed = await wire.ended(await wire.post(PROMPT, prompt="a waltz", seed=9))
    assert (failed["status"], wave.bill[-1].billing_type) == ("failed", "refund")
