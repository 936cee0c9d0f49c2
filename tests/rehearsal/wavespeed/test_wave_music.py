"""The rehearsal's composer, listened to: what was asked for is measured in what sounds."""

import hashlib
import io
import os
import subprocess
import sys
from functools import lru_cache

import av
import numpy as np
import pytest
from soak.variants import few_of

from rehearsal.music import RATE, compose, render
from rehearsal.music.arrangement import Arranger, Score
from rehearsal.music.chance import Chance
from rehearsal.music.containers import encode
from rehearsal.music.form import plan
from rehearsal.music.harmony import SCALES
from rehearsal.music.mixing import loudness
from rehearsal.music.style import read_tags
from rehearsal.music.words import read_lyrics

LYRICS = """[verse]
Streetlights humming low and slow
Every corner knows my name

[chorus]
Oh we light it up tonight
Sing it louder, hold it tight
"""
SEED = 7
heard = lru_cache(maxsize=32)(compose)  # pieces that several tests listen to


def decoded(data: bytes) -> np.ndarray:
    """float32, shape (2, samples)."""
    with av.open(io.BytesIO(data), "r") as container:
        return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)


def decibels(sound: np.ndarray) -> float:
    """RMS in dBFS."""
    return 10 * float(np.log10(np.mean(np.square(sound, dtype=np.float64)) + 1e-12))


def score_of(tags: str, lyrics: str, duration: float, seed: int = SEED) -> tuple[Score, Arranger]:
    chance = Chance(seed)
    ask = read_tags(tags, chance)
    arranger = Arranger(ask, plan(ask, read_lyrics(lyrics), duration, chance), chance)
    return arranger.score(), arranger


def pulse(sound: np.ndarray, bpm: float) -> float:
    """Autocorrelation of the onsets at one, two and four beats: 1 is a perfect repetition."""
    hop, window = 441, 1024
    frames = np.lib.stride_tricks.sliding_window_view(sound.mean(axis=0), window)[::hop]
    spectra = np.log1p(100 * np.abs(np.fft.rfft(frames * np.hanning(window), axis=1)))
    flux = np.maximum(0, np.diff(spectra, axis=0)).sum(axis=1)
    flux -= np.convolve(flux, np.ones(100) / 100, "same")
    power = np.abs(np.fft.rfft(flux - flux.mean(), 2 * flux.size)) ** 2
    repeats = np.fft.irfft(power)[: flux.size]
    lags = [round(beats * RATE / hop * 60 / bpm) for beats in (1, 2, 4)]
    return float(np.mean([repeats[lag - 1 : lag + 2].max() for lag in lags]) / repeats[0])


def pitch_classes(sound: np.ndarray) -> np.ndarray:
    """The share of power of each of the twelve, C first."""
    size = 8192
    blocks = sound.mean(axis=0)
    blocks = blocks[: blocks.size // size * size].reshape(-1, size) * np.hanning(size)
    power = np.square(np.abs(np.fft.rfft(blocks, axis=1)).sum(axis=0))
    frequency = np.fft.rfftfreq(size, 1 / RATE)
    between = (frequency > 110) & (frequency < 1200)
    classes = np.round(69 + 12 * np.log2(frequency[between] / 440)).astype(int) % 12
    shares = np.bincount(classes, power[between], 12)
    return shares / shares.sum()


@pytest.mark.parametrize("duration", few_of(2, [5, 7.37, 5.5, 20]))
def test_an_mp3_lasts_as_long_as_was_asked(duration):
    data = render("piano, 90 bpm", "[inst]", duration, 1)
    assert decoded(data).shape[1] / RATE == pytest.approx(duration, abs=0.05)
    with av.open(io.BytesIO(data), "r") as container:  # what a player shows before it decodes
        (stream,) = container.streams.audio
        assert stream.duration is not None
        assert stream.time_base is not None
        assert float(stream.duration * stream.time_base) == pytest.approx(duration, abs=0.1)
        assert container.format.name == "mp3"
        assert stream.codec_context.channels == 2


def test_the_longest_piece_fills_its_time():
    score, _ = score_of("ambient", LYRICS, 240)
    form = score.form
    assert sum(section.bars for section in form.sections) == form.bars
    assert form.bars * form.meter * 60 / form.bpm == pytest.approx(240, abs=60 / form.bpm * form.meter)
    assert {"verse", "chorus", "inst"} <= {section.kind for section in form.sections}


def test_the_same_request_gives_the_same_bytes_in_every_process_and_after_others():
    requests = [("funk, brass", LYRICS, 5.0, 11), ("ジャズ, unheard-of", "", 5.0, 2147483647)]
    program = (
        "import hashlib, sys; from rehearsal.music import render\n"
        f"for request in {requests!r}[:: int(sys.argv[1])]:\n"
        "    print(hashlib.sha256(render(*request)).hexdigest())"
    )
    render("funk, brass", "[inst]", 5, 12)
    here = [hashlib.sha256(render(*request)).hexdigest() for request in requests]
    for order, hash_seed in ((1, "1"), (-1, "77")):
        done = subprocess.run(
            [sys.executable, "-c", program, str(order)],
            env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": os.getcwd()},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.split() == here[::order]


@pytest.mark.parametrize("lyrics", ["[inst]", LYRICS])
def test_another_seed_is_another_piece(lyrics):
    pieces = [heard("pop, 120 bpm", lyrics, 5, seed) for seed in (7, 8, 9)]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert abs(np.corrcoef(pieces[one][0], pieces[other][0])[0, 1]) < 0.3
    tunes = {
        tuple(note.pitch for note in score_of("pop", lyrics, 30, seed)[0].notes["comp"]) for seed in range(6)
    }
    assert len(tunes) == 6


@pytest.mark.parametrize(
    ("tags", "bpm"),
    few_of(
        1,
        [
            ("rock, bpm: 137", 137),
            ("pop, 90 bpm", 90),
            ("house, 124.5 bpm", 124.5),
            ("drum and bass, 174bpm", 174),
        ],
    ),
)
def test_the_beat_comes_as_often_as_the_tags_say(tags, bpm):
    sound = heard(tags, "[inst]", 14, SEED)
    right = pulse(sound, bpm)
    assert right > 0.3
    assert right > 0.2 + max(pulse(sound, bpm * 0.93), pulse(sound, bpm * 1.07))


def test_a_genre_has_its_own_tempo():
    tempos = {tags: score_of(tags, "[inst]", 30)[0].form.bpm for tags in ("ballad", "pop", "drum and bass")}
    assert 60 < tempos["ballad"] < 105 < 150 < tempos["drum and bass"] < 190
    assert score_of("rock, slow", "", 30)[0].form.bpm < score_of("rock, fast", "", 30)[0].form.bpm


@pytest.mark.parametrize(
    ("tags", "key", "mode"),
    few_of(
        1,
        [
            ("folk, key of f# minor", 6, "minor"),
            ("classical, C major", 0, "major"),
            ("ambient, e flat major", 3, "major"),
            ("cinematic, A minor, no drums", 9, "minor"),
        ],
    ),
)
def test_what_sounds_is_of_the_scale_that_was_named(tags, key, mode):
    # C minor shares its notes with E flat major, so the third over the key note is asked for too.
    shares = pitch_classes(heard(tags, "[inst]", 10, SEED))
    scale = [(key + step) % 12 for step in SCALES[mode]]
    assert shares[scale].sum() > 0.8
    thirds = shares[(key + 4) % 12], shares[(key + 3) % 12]
    assert (thirds[0] > thirds[1]) == (mode == "major")


@pytest.mark.parametrize(
    ("tags", "bright"), [("pop, happy", True), ("pop, sad piano", False), ("rock, dark", False)]
)
def test_moods_choose_between_major_and_minor(tags, bright):
    for seed in range(4):
        mode = read_tags(tags, Chance(seed)).mode
        assert (mode in ("major", "mixolydian", "lydian")) == bright


def test_words_are_sung_and_instrumentals_are_not():
    sung, _ = score_of("pop", LYRICS, 30)
    words = [syllable for _, line in sung.lines for _, syllable in line]
    assert len(words) >= 20
    for lyrics in (
        "[inst]",
        "[instrumental]",
        "[Instrumental]",
        "[intro]\n[inst]\n[outro]",
        "[instrumental break]",
    ):
        for seed in range(4):
            assert not score_of("pop, female vocals", lyrics, 30, seed)[0].lines
    assert not score_of("pop, instrumental", LYRICS, 30)[0].lines


def test_the_voice_is_heard_over_the_band():
    """Another text changes nothing but the voice: what differs must be about as loud as the rest."""
    one = heard("pop, 100 bpm", "[verse]\nla la la la\nla la la la", 9, SEED)
    other = heard("pop, 100 bpm", "[verse]\nsee me see me\nsee me see me", 9, SEED)
    assert decibels(one - other) > decibels(one) - 8


def test_without_lyrics_the_seed_decides_whether_somebody_sings():
    sung = {bool(score_of("pop", "", 30, seed)[0].lines) for seed in range(12)}
    assert sung == {True, False}
    assert all(score_of("pop, female vocals", "", 30, seed)[0].lines for seed in range(4))


@pytest.mark.soak
def test_a_chorus_is_louder_and_fuller_than_a_verse():
    for tags in ("pop, 120 bpm", "folk, 100 bpm", "techno, 130 bpm"):
        sound = heard(tags, LYRICS, 30, SEED)
        form = score_of(tags, LYRICS, 30)[0].form
        bar = form.meter * 60 / form.bpm * RATE
        levels, colours = {}, {}
        for section in form.sections:
            part = sound[:, int(section.start * bar) : int((section.start + section.bars) * bar)]
            if section.kind in ("verse", "chorus") and section.kind not in levels:
                levels[section.kind] = decibels(part)
                side = decibels(part[0] - part[1])
                colours[section.kind] = side - levels[section.kind]
        assert levels["chorus"] > levels["verse"] + 1.0
        assert colours["chorus"] > colours["verse"] + 0.5  # wider too


GENRES = ("pop", "a cappella", "ジャズ 🎷", "metal", "jazz", "trap", "ambient", "waltz", "chiptune")


@pytest.mark.parametrize("tags", few_of(1, GENRES))
def test_a_piece_is_loud_whole_and_in_stereo(tags):
    made = heard(tags, LYRICS, 10, SEED)
    sound = decoded(encode(made))
    assert -20 < loudness(sound) < -12
    top = np.abs(sound).max()
    assert 0.3 < top < 1.0
    peaks = np.abs(made)
    assert (peaks > 0.9999 * peaks.max()).sum() < 6  # clipped peaks would share one height
    seconds = [decibels(sound[:, k * RATE : (k + 1) * RATE]) for k in range(8)]
    assert min(seconds) > -45
    left, right = decibels(sound[0]), decibels(sound[1])
    assert abs(left - right) < 3
    assert decibels(sound[0] - sound[1]) > left - 26
    assert np.corrcoef(sound)[0, 1] > 0.1  # mono phones do not cancel it
    assert abs(sound.mean()) < 0.005


@pytest.mark.parametrize("tags", few_of(2, ["pop", "piano, 40 bpm", "trance", "ambient, 220 bpm"]))
@pytest.mark.parametrize("duration", [5, 9.3])
def test_a_piece_neither_begins_nor_ends_with_a_click(tags, duration):
    sound = heard(tags, "[inst]", duration, SEED)
    assert np.abs(sound[:, 0]).max() < 0.01
    assert np.abs(sound[:, -50:]).max() < 0.005
    whole, last = decibels(sound), decibels(sound[:, -RATE // 10 :])
    assert last < whole - 15


@pytest.mark.parametrize(
    "instrument", few_of(1, ["flute", "808", "harp", "organ", "choir", "distorted guitar", "banjo"])
)
def test_an_instrument_that_is_named_is_heard(instrument):
    without = heard("pop, 110 bpm", LYRICS, 8, SEED)
    named = heard(f"pop, 110 bpm, {instrument}", LYRICS, 8, SEED)
    assert decibels(named - without) > decibels(without) - 20


def test_every_instrument_that_is_named_has_a_place():
    style = read_tags("pop, guitar, piano, violin, flute", Chance(1)).style
    band = {style.comp, style.arp, style.lead, style.pad}
    assert band == {"electric guitar", "piano", "violin", "flute"}


@pytest.mark.parametrize(
    "text",
    few_of(3, [
        "", "\ud800", "x" * 3000, "春が来た 春が来た", "a\x00b\u202e",
        " , ,", "🎸🔥", "مرحبا بكم", "안녕하세요 세계", "นกน้อย", "[", "ﷺ ½ Ⅷ",
    ]),
    ids=ascii,
)  # fmt: skip
def test_any_text_makes_music(text):
    for tags, lyrics in ((text, text), ("pop", f"[verse]\n{text}\n[chorus]\n" + f"{text}\n" * 5)):
        sound = compose(tags, lyrics, 5, SEED)
        assert sound.shape == (2, 5 * RATE)
        assert np.isfinite(sound).all()
        assert decibels(sound) > -30


def test_more_text_than_time_still_ends_in_time():
    sound = compose("rap", "[verse]\n" + "many many words in every line of it\n" * 300, 5, SEED)
    assert sound.shape == (2, 5 * RATE)
    assert decibels(sound) > -30


def test_scripts_that_write_syllables_are_sung_by_the_syllable():
    counts = {
        word: len(read_lyrics(word)[0].lines[0]) for word in ("안녕하세요", "はるがきた", "春天", "tonight")
    }
    assert counts == {"안녕하세요": 5, "はるがきた": 5, "春天": 2, "tonight": 2}


def test_markers_may_say_more_than_the_kind():
    text = "[Verse 1: softly]\nOne\n[CHORUS x2]\nTwo\n(oh oh)\n(bridge)\nThree\n[loud guitars]\n"
    verses = read_lyrics(text)
    assert [(verse.kind, len(verse.lines)) for verse in verses] == [
        ("verse", 1),
        ("chorus", 2),
        ("bridge", 1),
    ]


def test_words_beside_a_language_or_a_marker_are_sung():
    verses = read_lyrics("[verse] la la\n[zh] ni3 hao3\n[en] [chorus]\n[zh]wo3 ai4 ni3\n[Synth pads]")
    assert [(verse.kind, [len(line) for line in verse.lines]) for verse in verses] == [
        ("verse", [2, 2]),
        ("chorus", [3]),
    ]
