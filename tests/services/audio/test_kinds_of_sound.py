"""What a decoder takes and plays is taken: files as they were met, and their like; what it is kept from."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from mutagen.mp3 import MP3
from soak.variants import few_of
from sound_samples import CREDITS, SECONDS, id3_of, junk, mp3_of, tone

from services.audio.mastered import NotAudio
from services.audio.sound import opened
from services.workers.post_production import Heard, admit, listen, master

REPORTS = Path(__file__).parents[1] / "reports"


# as members and the provider send them ------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "seconds", "kept"),
    [
        ("joined-stereo-then-mono.mp3", 6.5, False),
        ("two-id3-tags-second-with-cover.mp3", 6.0, True),
        ("6k-junk-before-first-frame.mp3", 6.0, True),
        ("id3-then-70k-zeros.mp3", 6.0, True),
        ("wav-streamed-length-7fffffff.wav", 6.0, False),
        ("wav-streamed-sox-7ffff024.wav", 6.0, False),
        ("wav-rf64.wav", 6.0, False),
    ],
)
def test_a_file_from_the_field_is_mastered_and_taken_as_a_members_own(
    tmp_path: Path, name: str, seconds: float, kept: bool
) -> None:
    source = tmp_path / "x.download"
    source.write_bytes((REPORTS / name).read_bytes())
    made = master(source, tmp_path, CREDITS, max_bytes=10**7)
    assert made.seconds == pytest.approx(seconds, abs=0.1)
    assert made.transcoded is not kept
    assert not made.lowered
    info: Any = MP3(made.path).info
    assert info.length == pytest.approx(seconds, abs=0.25)  # frames are long at 8 kHz
    with av.open(str(made.path)) as played:
        assert len([one for one in played.streams if one.type == "audio"]) == 1
    assert made.path.read_bytes().count(b"ID3") == 1, "the tags that were in it went"
    admitted = admit(source, CREDITS, 5, 240)
    assert admitted.seconds == pytest.approx(seconds, abs=0.1)
    assert admitted.kind == "mp3", "what is not plainly written goes to the provider as a plain MP3"
    assert listen(source).plain
    assert source.with_name("x.download.png").exists()


def test_one_sample_that_is_no_number_is_not_audio(tmp_path: Path) -> None:
    source = tmp_path / "x.download"
    source.write_bytes((REPORTS / "one-nan-sample.wav").read_bytes())
    for work in (
        lambda: master(source, tmp_path, CREDITS, max_bytes=10**7),
        lambda: admit(source, CREDITS, 1, 240),
    ):
        with pytest.raises(NotAudio, match="not numbers"):
            work()
    assert [one.name for one in tmp_path.iterdir()] == ["x.download"]


@pytest.mark.parametrize("codec", ["pcm_f32le", "pcm_f64le"])
@pytest.mark.parametrize("rate", [44_100, 96_000])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite_reach_nobody(
    encoded: Callable[..., bytes], hear: Callable[[bytes], Heard], codec: str, rate: int, bad: float
) -> None:
    samples = tone(rate)
    samples[1, 5000] = bad
    with pytest.raises(NotAudio, match="not numbers"):
        hear(encoded(codec, "wav", rate, given=samples))


@pytest.mark.parametrize("loud", [1.5, 1e30, 3e38])
def test_what_is_louder_than_full_scale_is_cut_off_as_players_do(
    encoded: Callable[..., bytes], tmp_path: Path, loud: float
) -> None:
    samples = tone()
    samples[:, 40_000:60_000] *= np.float32(loud)
    path = tmp_path / "loud"
    path.write_bytes(encoded("pcm_f32le", "wav", given=samples))
    with opened(path) as source:
        heard = np.concatenate(list(source), axis=1)
    assert np.abs(heard).max() <= 1
    made = master(path, tmp_path, CREDITS, max_bytes=10**7)
    assert made.seconds == pytest.approx(SECONDS, abs=0.05)


def test_numbers_too_small_to_be_heard_are_silence(encoded: Callable[..., bytes], tmp_path: Path) -> None:
    path = tmp_path / "small"
    path.write_bytes(encoded("pcm_f32le", "wav", given=tone() * np.float32(1e-39)))
    with opened(path) as source:
        assert not np.concatenate(list(source), axis=1).any()
    assert listen(path).loudness.integrated is None


# MP3s ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 1000, 4096, 65_536, 200_000, 900_000])
def test_junk_before_the_first_frame_is_passed_over(
    encoded: Callable[..., bytes], hear: Callable[[bytes], Heard], size: int
) -> None:
    for kind, data in (("mp3", mp3_of(encoded)), ("aac", encoded("aac", "adts"))):
        heard = hear(junk(size) + data)
        assert heard.kind == kind
        assert heard.seconds == pytest.approx(SECONDS, abs=0.06)
        assert not heard.plain


@pytest.mark.parametrize(
    "before",
    [
        id3_of(10) + id3_of(3000) + id3_of(70_000),
        id3_of(100, flags=0x10) + b"3DI\4\0\x10\0\0\0\x64",
        id3_of(5000, said=40),
        id3_of(50, said=1 << 27),
        b"APETAGEX" + struct.pack("<IIII", 2000, 32, 1, 0xA0000000) + bytes(8 + 2000),
        bytes(70_000),
        id3_of(20) + bytes(70_000) + id3_of(20) + junk(500),
    ],
    ids=["three", "footer", "too small", "beyond the end", "APE", "zeros", "all of it"],
)
def test_tags_in_front_are_passed_over_however_many_and_wrong(
    encoded: Callable[..., bytes], hear: Callable[[bytes], Heard], before: bytes
) -> None:
    mp3 = mp3_of(encoded)
    heard = hear(before + mp3)
    assert heard.seconds == pytest.approx(SECONDS, abs=0.01)
    assert heard.frames is not None
    assert heard.frames[1] - heard.frames[0] == len(mp3)


@pytest.mark.parametrize(
    "after", [b"TAG" + b"x" * 125, b"APETAGEX" + bytes(500), junk(60_000), bytes(9000), b"\xff\xfb\x90"]
)
def test_what_comes_behind_the_last_frame_is_left_out(
    encoded: Callable[..., bytes], hear: Callable[[bytes], Heard], after: bytes
) -> None:
    mp3 = mp3_of(encoded)
    heard = hear(mp3 + after)
    assert heard.seconds == pytest.approx(SECONDS, abs=0.05)
    assert heard.frames == (0, len(mp3))


@pytest.mark.parametrize(
    "between", [b"", b"TAG" + b"x" * 125, id3_of(900) + b"\xff\xd8\xff\xe0" + junk(40_000), junk(100_000)]
)
@pytest.mark.parametrize(
    ("rate", "channels"), few_of(2, [(44_100, 2), (22_050, 1), (48_000, 2), (44_100, 1)])
)
def test_mp3s_that_were_joined_play_as_one(
    encoded: Callable[..., bytes],
    hear: Callable[[bytes], Heard],
    between: bytes,
    rate: int,
    channels: int,
) -> None:
    first, second = mp3_of(encoded), mp3_of(encoded, rate, channels)
    for data in (first + between + second, second + between + first):
        heard = hear(data)
        assert heard.seconds == pytest.approx(2 * SECONDS, abs=0.3), (
            "some frames are lost where junk looks like one"
        )
        assert heard.channels == 2
        assert not heard.plain
        assert heard.loudness.momentary[:-3].min() > -40, "both are heard"


def test_a_count_of_frames_that_is_wrong_is_not_believed(
    encoded: Callable[..., bytes], tmp_path: Path
) -> None:
    mp3 = bytearray(mp3_of(encoded))
    at = mp3.find(b"Info") + 8
    for frames, counted in ((10**6, None), (10**6, 10**9), (3, None), (200, None)):
        wrong = bytearray(mp3)
        wrong[at : at + 4] = frames.to_bytes(4, "big")
        if counted is not None:
            wrong[at + 4 : at + 8] = counted.to_bytes(4, "big")
        path = tmp_path / "wrong"
        path.write_bytes(wrong)
        made = master(path, tmp_path, CREDITS, max_bytes=10**7)
        info: Any = MP3(made.path).info
        assert info.length == pytest.approx(SECONDS, abs=0.1), "nor handed on"
        assert made.seconds == pytest.approx(SECONDS, abs=0.1)


def test_a_last_frame_that_is_cut_short_is_left_out(
    encoded: Callable[..., bytes], hear: Callable[[bytes], Heard]
) -> None:
    heard = hear(mp3_of(encoded)[:-150])
    assert heard.seconds == pytest.approx(SECONDS, abs=0.05)
    assert heard.frames is not None


# WAVs ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "length",
    few_of(6, [0, 0xFFFFFFFF, 0x7FFFF024, 1 << 30, -1, 3, 0x7FFFFFFF, 0x80000000, 0x7F000000, 1, 30]),
)
@pytest.mark.parametrize("riff", [True, False])
def test_a_wavs_length_is_what_is_in_it(
    encoded: Callable[..., bytes], hear: Callable[[bytes], Heard], length: int, riff: bool
) -> None:
    wav = bytearray(encoded("pcm_s16le", "wav"))
    at = wav.find(b"data") + 4
    told = length if length >= 0x7F000000 or length in (0, 1 << 30) else len(wav) - at - 4 + length
    wav[at : at + 4] = told.to_bytes(4, "little")
    if riff:
        wav[4:8] = min(told + at - 4, 0xFFFFFFFF).to_bytes(4, "little")
    heard = hear(bytes(wav))
    assert heard.seconds == pytest.approx(SECONDS, abs=0.001)
    assert heard.plain is (length == -1), "of more than there is, another decoder may make something else"


def test_chunks_around_the_sound_are_no_sound(
    encoded: Callable[..., bytes], hear: Callable[[bytes], Heard]
) -> None:
    wav = encoded("pcm_s16le", "wav")
    text = b"INFOISFT" + struct.pack("<I", 8) + "Lavé".encode("latin-1") + b"1.0\0"
    chunk = b"LIST" + struct.pack("<I", len(text)) + text
    for data in (wav[:12] + chunk + wav[12:], wav + chunk, wav + b"\0", wav[:-1]):
        assert hear(data).seconds == pytest.approx(SECONDS, abs=0.001)


def test_a_wav_that_is_cut_off_is_refused_and_one_that_lacks_a_moment_is_not(
    encoded: Callable[..., bytes], hear: Callable[[bytes], Heard]
) -> None:
    wav = encoded("pcm_s16le", "wav")
    with pytest.raises(NotAudio, match="cut off"):
        hear(wav[: len(wav) // 2])
    assert hear(wav[:-1000]).seconds == pytest.approx(SECONDS, abs=0.05)
