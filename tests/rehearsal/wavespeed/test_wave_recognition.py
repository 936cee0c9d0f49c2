"""Pieces that were made here are known again, whatever their files went through; others are not."""

import io

import av
import numpy as np
import pytest
from recordings import RATE, alike, encoded, loud, pcm, tune
from soak.variants import few_of

from rehearsal.music import compose
from rehearsal.music.decoding import Recording, decode
from rehearsal.music.reworks.lineage import composition, rework, take_of
from rehearsal.wavespeed.repertoire import Repertoire

FAMILY = "/api/v3/wavespeed-ai/ace-step"
LYRICS = "[verse]\nStreetlights humming low and slow\n[chorus]\nOh we light it up tonight"
OTHERS = "[verse]\nSee me in the deep green sea\n[chorus]\nNo no no, who knew, who knew"
REQUEST = ("folk, 100 bpm", LYRICS, 8.0, 7, "1")


def at_bitrate(sound: np.ndarray, bits: int) -> bytes:
    target = io.BytesIO()
    with av.open(target, "w", format="mp3") as file:
        stream = file.add_stream("libmp3lame", rate=RATE, layout="stereo")
        stream.bit_rate = bits
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound), format="fltp", layout="stereo")
        frame.sample_rate = RATE
        frame.pts = 0
        for piece in (frame, None):
            file.mux(stream.encode(piece))
    return target.getvalue()


@pytest.fixture(scope="module")
def repertoire() -> Repertoire:
    """Pieces that differ by a seed, by words, by tags."""
    known = Repertoire()
    for request in (REQUEST, ("folk, 100 bpm", OTHERS, 8.0, 7, "1"), ("folk, 100 bpm", LYRICS, 8.0, 9, "1")):
        known.add(Recording(compose(*request), RATE), composition(*request))
    return known


@pytest.mark.parametrize(
    "change",
    few_of(
        1,
        [
            lambda sound: encoded(sound, "m4a"),
            lambda sound: encoded(0.2 * sound.mean(axis=0, keepdims=True), "flac"),
            lambda sound: encoded(sound, "wav"),
            lambda sound: at_bitrate(sound, 48_000),
            lambda sound: at_bitrate(decode(at_bitrate(sound, 96_000), 99).samples, 96_000),
        ],
    ),
    ids=["m4a, padded", "quieter, in mono", "wav", "48 kbit/s", "encoded twice"],
)
def test_a_piece_is_known_again_after_it_was_encoded_anew(repertoire, change):
    assert repertoire.find(decode(change(compose(*REQUEST)), 99)) == composition(*REQUEST)


def test_other_pieces_and_parts_of_a_piece_are_not_taken_for_it(repertoire):
    sound = compose(*REQUEST)
    for other in (
        compose("folk, 100 bpm", LYRICS, 8, 8),
        compose("folk, 100 bpm", "[inst]", 8, 7),
        compose(*REQUEST[:4], "1.5"),
        tune(8),
        np.zeros((2, 8 * RATE), dtype=np.float32),
        sound[:, : 6 * RATE],
        np.roll(sound, RATE, axis=1),
    ):
        assert repertoire.find(Recording(other, RATE)) == ""


def notes_of(origin):
    score = take_of(origin).score
    sung = [(note.start, note.length, note.pitch) for _, line in score.lines for note, _ in line]
    return sorted(sung + [(note.start, note.length, note.pitch) for note in score.notes["lead"]])


def test_the_melody_stays_note_by_note_through_styles_and_to_an_instrument():
    first = composition("pop", LYRICS, 30, 3, "1")
    metal = rework(first, "remix", "metal, 180 bpm, c minor", "", 11)
    waltz = rework(metal, "remix", "waltz, violin", "", 12)
    played = rework(waltz, "remix", "jazz, instrumental", "", 13)
    assert notes_of(first) == notes_of(metal) == notes_of(waltz) == notes_of(played)
    old, new = take_of(first), take_of(played)
    assert old.score.lines
    assert not new.score.lines
    assert (old.score.form.bpm, old.score.bars) == (new.score.form.bpm, new.score.bars)
    assert new.ask.style.kit != old.ask.style.kit


def test_other_words_are_sung_on_the_same_melody_by_the_syllable():
    first = composition("pop", LYRICS, 30, 3, "1")
    for words in (
        "[chorus]\nOh",
        OTHERS,
        "[verse]\n" + "many syllables in every line that anybody sings " * 2,
    ):
        other = take_of(rework(first, "lyrics", "", words, 4)).score
        old = take_of(first).score
        assert other.notes == old.notes
        assert other.hits == old.hits
        assert len(other.lines) == len(old.lines)
        for (kind, before), (same, after) in zip(old.lines, other.lines, strict=True):
            assert kind == same
            assert {note.start for note, _ in before} <= {note.start for note, _ in after}
            assert [s.vowel for _, s in after] != [s.vowel for _, s in before]
    assert not take_of(rework(first, "lyrics", "", "[inst]", 4)).score.lines


async def test_a_piece_that_comes_back_is_played_from_its_score_also_after_a_restart(
    start, connect, tmp_path
):
    options = {"render": None, "state": tmp_path / "wave.json"}
    wave = await start(**options)
    wire = connect(wave)
    done = await wire.ended(await wire.post(FAMILY, tags="folk, 100 bpm", lyrics=LYRICS, duration=8, seed=7))
    old = await wire.bytes(done["outputs"][0])
    await wave.stop()

    wave = await start(**options)
    wire = connect(wave)
    data = at_bitrate(decode(old, 99).samples, 64_000)
    ticket = await wire.post("/api/v3/media/uploads", filename="again.mp3", size=len(data))
    await wire.put(ticket["upload"], data)
    audio, words = ticket["download_url"], {"original_lyrics": LYRICS, "lyrics": OTHERS}
    done = await wire.ended(
        await wire.post(
            f"{FAMILY}/audio-to-audio", audio=audio, original_tags="folk", tags="folk", edit_mode="lyrics",
            seed=3, **words,
        )
    )  # fmt: skip
    assert wave.predictions[done["id"]].origin == composition("folk, 100 bpm", LYRICS, 8.0, 7, "1")
    first, second = pcm(old), pcm(await wire.bytes(done["outputs"][0]))
    assert first.shape == second.shape
    take = take_of(wave.predictions[done["id"]].origin)
    sung = min(line[0][0].start for _, line in take.score.lines) * 60 / take.score.form.bpm
    quiet = slice(0, int((sung - 0.2) * RATE))  # before anybody sings, nothing is another
    scale = np.vdot(first[:, quiet], second[:, quiet]) / np.vdot(first[:, quiet], first[:, quiet])
    if sung > 0.5:
        assert loud(second[:, quiet] - scale * first[:, quiet]) < loud(second[:, quiet]) - 15
    assert alike(first, second) > 0.8
    assert loud(second - scale * first) > loud(second) - 12
