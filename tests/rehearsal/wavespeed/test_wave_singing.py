"""minimax/music-01: words sung by the voice of a reference. Whose it is, is measured in what comes out, by
`make soak`."""

import functools

import numpy as np
import pytest
from recordings import RATE, colour, encoded, loud, pcm, tune
from soak.variants import few_of

from rehearsal.wavespeed import Fault

SINGER = "/api/v3/minimax/music-01"
WORDS = "Hello there my friend\nwe sing along the river\nall night long"
LOW = (110.0, ((650, 90), (1100, 110), (2400, 150), (3400, 200)))
HIGH = (215.0, ((400, 80), (2200, 110), (3000, 150), (4200, 200)))
NASAL = (112.0, ((300, 60), (2100, 90), (2700, 120), (3600, 160)))


@functools.cache
def spoken(basis, formants, seconds=16.0):
    """Somebody who speaks at about `basis` Hz with these formants (Hz, width): float32 (1, samples)."""
    time = np.arange(round(seconds * RATE)) / RATE
    pitch = basis * 2 ** ((1.5 * np.sin(4.4 * time) + np.sin(1.4 * time)) / 12)
    turns = np.cumsum(pitch) / RATE
    period, sound = np.arange(4096) / 4096, np.zeros(4096)
    for number in range(1, int(7000 / basis)):
        level = 1 / number
        for middle, width in formants:
            ratio = number * basis / middle
            level /= np.hypot(1 - ratio**2, ratio * width / middle)
        sound += level * np.sin(2 * np.pi * number * period)
    sound = sound[(turns * 4096).astype(int) % 4096] * (0.5 + 0.5 * np.sin(13 * time))
    return (0.5 * sound / np.abs(sound).max())[None].astype(np.float32)


def pitch(samples):
    """The median pitch of a voice, Hz: where its cepstrum has its peak."""
    mono = samples.mean(axis=0)
    frames = np.lib.stride_tricks.sliding_window_view(mono, 4096)[::4096]
    power = (frames.astype(float) ** 2).mean(axis=1)
    loudest = frames[power > np.median(power)] * np.hanning(4096)
    cepstra = np.fft.irfft(
        np.log(np.abs(np.fft.rfft(loudest, axis=1)) + 1e-3 * np.abs(loudest).max()), axis=1
    )
    low = RATE // 500
    return float(np.median(RATE / (low + cepstra[:, low : RATE // 70].argmax(axis=1))))


def timbre(samples):
    """dB of each octave from 190 Hz to 6 kHz: single harmonics do not show."""
    bands = 10 * np.log10(np.mean(10 ** (colour(samples)[5:20].reshape(5, 3) / 10), axis=1))
    return bands - bands.mean()


def unlike(one, other):
    """Mean difference of two timbres, dB."""
    return float(np.abs(timbre(one) - timbre(other)).mean())


@pytest.fixture
async def wave(start):
    return await start(render=None)


async def uploaded(wire, sound, kind="mp3"):
    data = encoded(sound, kind, 48000 if kind == "opus" else RATE)
    ticket = await wire.post("/api/v3/media/uploads", filename=f"mine.{kind}", size=len(data))
    assert await wire.put(ticket["upload"], data) == 200
    return ticket["download_url"]


async def sung(wire, voice=None, **inputs):
    """The file that came of it."""
    more = {} if voice is None else {"voice": await uploaded(wire, spoken(*voice), "wav")}
    done = await wire.ended(await wire.post(SINGER, **more, **inputs))
    assert done["status"] == "completed", done
    return await wire.bytes(done["outputs"][0])


@pytest.mark.soak
def test_what_measures_voices_measures_them():
    for voice in (LOW, HIGH, NASAL):
        assert pitch(pcm(encoded(spoken(*voice), "mp3"))) == pytest.approx(voice[0], rel=0.1)


@pytest.mark.soak
async def test_the_references_voice_is_the_one_that_sings(wave, wire):
    """Its pitch within a fourth (a melody has its own), its colour nearer to it than to anybody's."""
    sounds = {
        voice: pcm(await sung(wire, voice, lyrics=WORDS, bitrate=256000)) for voice in (LOW, HIGH, NASAL)
    }
    heard = {voice: pcm(encoded(spoken(*voice), "wav")) for voice in sounds}
    for voice, sound in sounds.items():
        assert abs(12 * np.log2(pitch(sound) / voice[0])) < 5
        distances = {other: unlike(sound, heard[other]) for other in heard}
        own = distances.pop(voice)
        assert own < 2.5
        assert min(distances.values()) > 1.5 * own
    assert pitch(sounds[HIGH]) > 1.4 * pitch(sounds[LOW])


@pytest.mark.soak
async def test_the_same_reference_gives_the_same_singer(wave, wire):
    one, again = [pcm(await sung(wire, LOW, lyrics=lyrics)) for lyrics in (WORDS, "Something else\nagain")]
    assert not np.array_equal(one, again)
    assert unlike(one, again) < 3


@pytest.mark.soak
async def test_a_track_without_a_singer_stays_below_the_words(wave, wire):
    """What is more in it than the track is the voice."""
    track = tune(16)
    address = await uploaded(wire, track, "wav")
    sound = pcm(await sung(wire, LOW, lyrics=WORDS, instrumental=address))
    assert sound.shape[1] / RATE == pytest.approx(16, abs=0.1)
    old = pcm(encoded(track, "wav"))[:, : sound.shape[1]].astype(float)
    share = float((sound * old).sum() / (old * old).sum())
    voice = sound[:, : old.shape[1]] - share * old
    assert share > 0.4
    assert loud(voice) > loud(sound) - 8
    assert abs(12 * np.log2(pitch(voice) / LOW[0])) < 6
    reference = [pcm(encoded(spoken(*who), "wav")) for who in (LOW, NASAL)]
    assert unlike(voice, reference[0]) < unlike(voice, reference[1])


@pytest.mark.soak
async def test_a_song_keeps_its_players_and_gets_another_singer(wave, wire):
    done = await wire.ended(
        await wire.post(
            "/api/v3/wavespeed-ai/ace-step",
            tags="folk, male vocals",
            lyrics=f"[verse]\n{WORDS}",
            duration=20,
            seed=4,
        )
    )
    song = done["outputs"][0]
    low, high = [
        pcm(await sung(wire, voice, lyrics="Other words\nfor this song", song=song)) for voice in (LOW, HIGH)
    ]
    assert low.shape[1] / RATE == pytest.approx(20, abs=0.1)
    assert loud(low - high) > loud(low) - 14


async def test_it_costs_the_same_whatever_it_sings_as_the_quote_says(wave, wire):
    inputs = {"lyrics": WORDS, "voice": await uploaded(wire, spoken(*LOW))}
    model = {"model_id": "minimax/music-01"}
    assert (await wire.post("/api/v3/model/price", **model, inputs=inputs))["price"] == 0.35
    done = await wire.ended(await wire.post(SINGER, **inputs))
    assert (done["model"], [entry.micro for entry in wave.bill]) == ("minimax/music-01", [350_000])
    listed = {item["model_id"]: item for item in await wire.get("/api/v3/models")}["minimax/music-01"]
    assert (listed["base_price"], listed["api_schema"]["properties"]["lyrics"]["maxLength"]) == (0.35, 350)


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({}, "neither words nor a reference"),
        ({"lyrics": "a" * 351}, '"lyrics" must have at most 350 characters'),
        ({"lyrics": "a", "bitrate": 1000}, '"bitrate" must be one of 32000, 64000, 128000, 256000'),
        ({"lyrics": "a", "sample_rate": 48000}, '"sample_rate" must be one of'),
        ({"lyrics": "a", "voice": 14.9}, '"voice" must be longer than 15 s'),
        ({"lyrics": "a", "instrumental": 3}, '"instrumental" must be longer than 15 s'),
        ({"lyrics": "a", "voice": "opus"}, '"voice" must be a .wav or .mp3'),
        ({"lyrics": "a", "song": "http://127.0.0.1:1/none.mp3"}, '"song" could not be fetched'),
    ],
)
async def test_what_it_does_not_take_is_refused_and_costs_nothing(wave, wire, inputs, words):
    for name, value in inputs.items():
        if name in ("voice", "instrumental") and not isinstance(value, str):
            inputs = inputs | {name: await uploaded(wire, spoken(*LOW, value), "wav")}
        elif value == "opus":
            inputs = inputs | {name: await uploaded(wire, spoken(*LOW), "opus")}
    assert words in (await wire.refused(400, SINGER, **(inputs or {"bitrate": 32000})))["message"]
    assert not wave.bill


@pytest.mark.parametrize(("bitrate", "rate"), few_of(1, [(32000, 44100), (256000, 16000), (64000, 24000)]))
async def test_it_comes_in_the_quality_that_was_asked_for(wave, wire, bitrate, rate):
    sound = pcm(await sung(wire, None, lyrics="##Oh##", bitrate=bitrate, sample_rate=rate))
    assert sound.shape[1] / rate == pytest.approx(20, abs=0.2)


async def test_it_fails_and_is_refunded_as_anything(wave, wire):
    wave.faults.add(Fault("moderated", tags="river"))
    done = await wire.ended(await wire.post(SINGER, lyrics=WORDS))
    assert done["status"] == "failed"
    assert [entry.billing_type for entry in wave.bill] == ["deduct", "refund"]
