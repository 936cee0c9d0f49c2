"""Real files, written by FFmpeg from numpy, made into tracks."""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from mutagen import id3
from mutagen.mp3 import MP3
from PIL import Image
from soak.variants import few_of

from cogs.texts.files import file_words
from services.audio import sound
from services.audio.credits import Credits
from services.audio.embedded_pictures import Pictures, embedded_pictures
from services.audio.mastered import AudioError, DoesNotFit, NotAudio, TooLong
from services.audio.sound import opened
from services.pictures.card_file import alt_text
from services.workers import post_production
from services.workers.post_production import listen, master

WORDS = file_words()

RATE = 44_100
CREDITS = Credits(
    title="Straße nach 東京 🎺",
    maker="Ada",
    tags="funk, brass section",
    lyrics="[verse]\nhéllo\n[chorus]\nла-ла",
    seed=2147483647,
    number=12,
    guild="The Porch",
    created=datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2))),
    comment="Jamboree track abc",
    words=WORDS,
)


def sweep(seconds: float, rate: int = RATE, channels: int = 2) -> sound.Samples:
    time = np.arange(round(seconds * rate)) / rate
    tone = 0.6 * np.sin(2 * np.pi * (200 + 40 * time) * time) * np.clip(time, 0, 1)
    return np.stack([tone * (1 - 0.3 * channel) for channel in range(channels)]).astype(np.float32)


def encode(samples: sound.Samples, rate: int, target: Path, kilobits: int) -> None:
    sound.encode(np.split(samples, range(50_000, samples.shape[1], 50_000), axis=1), rate, target, kilobits)


def decode(path: Path) -> tuple[sound.Samples, int]:
    with opened(path) as source:
        return np.concatenate(list(source), axis=1), source.rate


def pictures_of(mp3: Path) -> int:
    """The bytes of those that go into one message with it."""
    found = embedded_pictures(mp3)
    assert found.cover is not None
    assert found.waveform is not None
    return len(found.cover) + len(found.waveform)


def write(path: Path, samples: sound.Samples, codec: str, container: str, rate: int = RATE) -> Path:
    layout = "mono" if len(samples) == 1 else "stereo"
    with av.open(str(path), "w", format=container) as file:
        stream: Any = file.add_stream(codec, rate=rate, layout=layout)
        resampler = av.AudioResampler(stream.format, layout, rate)
        for start in range(0, samples.shape[1], 1024):
            block = np.ascontiguousarray(samples[:, start : start + 1024])
            frame = av.AudioFrame.from_ndarray(block, "fltp", layout)
            frame.rate, frame.pts = rate, start
            for piece in resampler.resample(frame):
                file.mux(stream.encode(piece))
        file.mux(stream.encode(None))
    return path


@pytest.fixture
def mp3(tmp_path: Path) -> Path:
    path = tmp_path / "abc.download"
    encode(sweep(5), RATE, path, 192)
    return path


def frames_of(path: Path) -> bytes:
    """A file's bytes without its tags."""
    content = path.read_bytes()
    if content[:3] == b"ID3":
        size = sum(byte << shift for byte, shift in zip(content[6:10], (21, 14, 7, 0), strict=True))
        content = content[10 + size :]
    return content[:-128] if content[-128:-125] == b"TAG" else content


def without(path: Path) -> list[str]:
    return sorted(name for name in os.listdir(path.parent) if name != path.name)


# mastering ----------------------------------------------------------------------------------------


def test_an_mp3_that_fits_keeps_every_byte_of_its_sound(mp3: Path) -> None:
    before = mp3.read_bytes()
    made = master(mp3, mp3.parent, CREDITS, max_bytes=10**6)
    assert frames_of(made.path) == before == mp3.read_bytes()
    assert (made.transcoded, made.lowered, made.bitrate) == (False, False, 192)
    assert made.seconds == pytest.approx(5, abs=0.001)
    assert made.size == made.path.stat().st_size <= 10**6
    assert without(mp3) == ["abc.master.mp3", "abc.master.png"]


def test_the_tags_say_what_it_is_and_replace_what_was_there(mp3: Path) -> None:
    old = id3.ID3()
    old.add(id3.TIT2(encoding=3, text="Lavf"))
    old.add(id3.TXXX(encoding=3, desc="encoder", text="x" * 70_000))
    old.save(mp3, v1=2)
    frames = frames_of(mp3)
    made = master(mp3, mp3.parent, CREDITS, max_bytes=10**6)
    assert frames_of(made.path) == frames
    tags = id3.ID3(made.path)
    assert tags.version == (2, 4, 0)
    assert all(frame.encoding == 3 for frame in tags.values() if hasattr(frame, "encoding"))
    assert [tags[name].text for name in ("TIT2", "TPE1", "TALB")] == [[CREDITS.title], ["Ada"], ["The Porch"]]
    assert tags["TCON"].text == ["funk", "brass section"]
    assert str(tags["TDRC"].text[0]) == "2026-01-02 01:04:05"
    assert tags["TXXX:seed"].text == ["2147483647"]
    assert tags["TXXX:jamboree-track"].text == ["12"]
    assert tags["TXXX:tags"].text == ["funk, brass section"]
    assert tags.getall("USLT")[0].text == CREDITS.lyrics
    assert tags.getall("COMM")[0].text == ["Jamboree track abc"]
    cover, waveform = sorted(tags.getall("APIC"), key=lambda one: one.type)
    assert (cover.type, waveform.type) == (id3.PictureType.COVER_FRONT, id3.PictureType.ILLUSTRATION)
    drawn = Image.open(BytesIO(cover.data))
    assert (drawn.format, drawn.size) == ("JPEG", (600, 600))
    assert embedded_pictures(made.path) == Pictures(cover.data, waveform.data)
    assert alt_text(waveform.data).startswith("Waveform of “")
    assert tags["TXXX:card"].text == [alt_text(made.card.read_bytes())]


def test_sections_are_chapters_that_a_player_finds(tmp_path: Path) -> None:
    quiet_then_loud = sweep(40) * np.repeat([0.05, 1.0], 20 * RATE).astype(np.float32)
    source = tmp_path / "song"
    encode(quiet_then_loud, RATE, source, 128)
    made = master(source, tmp_path, CREDITS, max_bytes=10**7)
    tags = id3.ID3(made.path)
    assert tags["CTOC:sections"].sub_frames["TIT2"].text == ["Sections (estimated)"]
    assert len(tags.getall("CHAP")) == len(tags["CTOC:sections"].child_element_ids)
    with av.open(str(made.path)) as file:  # as FFmpeg, and so many a player, reads it
        found = file.chapters()
    names = [one["metadata"]["title"] for one in found]
    starts = [float(one["start"] * (one["time_base"] or 0)) for one in found]
    assert names == ["Verse", "Chorus"]
    assert starts == [0.0, pytest.approx(20, abs=1)]


def test_words_that_id3_cannot_hold_do_not_stop_a_track(mp3: Path) -> None:
    odd = Credits("", "A\0B\ud800", " , ", "", 0, 3, "", CREDITS.created, "", WORDS)
    tags = id3.ID3(master(mp3, mp3.parent, odd, max_bytes=10**6).path)
    assert tags["TIT2"].text == ["Track 3"]
    assert tags["TPE1"].text == ["AB?"]
    assert not tags.getall("USLT")
    assert "TCON" not in tags


@pytest.mark.parametrize(
    ("codec", "container", "kind"),
    few_of(
        4,
        [
            ("pcm_s16le", "wav", "wav"),
            ("flac", "flac", "flac"),
            ("libopus", "ogg", "ogg"),
            ("aac", "mp4", "m4a"),
            ("pcm_f32le", "wav", "wav"),
            ("aac", "adts", "aac"),
            ("pcm_s16be", "aiff", "aiff"),
            ("libopus", "matroska", "webm"),
        ],
    ),
)
def test_anything_else_becomes_an_mp3(tmp_path: Path, codec: str, container: str, kind: str) -> None:
    rate = 48_000
    source = write(tmp_path / "song.mp3", sweep(3, rate), codec, container, rate)  # whatever its name says
    assert listen(source).kind == kind
    made = master(source, tmp_path, CREDITS, max_bytes=10**6)
    assert (made.transcoded, made.lowered, made.bitrate) == (True, False, 192)
    assert made.seconds == pytest.approx(3, abs=0.06)
    sounds, heard_rate = decode(made.path)
    assert (sounds.shape[0], heard_rate) == (2, rate)
    reference = sweep(3, rate)
    length = min(sounds.shape[1], reference.shape[1])
    alike = np.corrcoef(sounds[0, :length], reference[0, :length])[0, 1]
    assert alike > 0.98 or kind == "aac"  # bare AAC does not say how much silence its encoder put in front


@pytest.mark.parametrize(
    ("max_bytes", "bitrate", "channels"), few_of(1, [(257_000, 48, 1), (552_000, 160, 2), (312_000, 64, 2)])
)
def test_the_bitrate_is_lowered_until_it_fits(
    tmp_path: Path, max_bytes: int, bitrate: int, channels: int
) -> None:
    source = write(tmp_path / "long", sweep(20), "pcm_s16le", "wav")
    made = master(source, tmp_path, CREDITS, max_bytes=max_bytes)
    assert (made.bitrate, made.lowered) == (bitrate, True)
    assert made.path.stat().st_size + pictures_of(made.path) <= max_bytes
    info: Any = MP3(made.path).info
    assert info.channels == channels
    assert decode(made.path)[0].shape[1] == pytest.approx(20 * RATE, abs=10)


def test_an_mp3_that_does_not_fit_is_encoded_again(mp3: Path) -> None:
    made = master(mp3, mp3.parent, CREDITS, max_bytes=185_000)
    assert (made.transcoded, made.lowered) == (True, True)
    assert made.size + pictures_of(made.path) <= 185_000


def test_what_cannot_fit_says_so_and_leaves_nothing(mp3: Path) -> None:
    with pytest.raises(DoesNotFit, match="5 s do not fit into"):
        master(mp3, mp3.parent, CREDITS, max_bytes=100_000)
    assert not without(mp3)


def test_a_failure_half_way_leaves_nothing(mp3: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(post_production, "MP3", broken)
    with pytest.raises(OSError, match="no space"):
        master(mp3, mp3.parent, CREDITS, max_bytes=10**6)
    assert not without(mp3)


def test_mono_and_odd_rates_play_on(tmp_path: Path) -> None:
    source = write(tmp_path / "mono", sweep(2, 96_000, channels=1), "pcm_s16le", "wav", 96_000)
    made = master(source, tmp_path, CREDITS, max_bytes=10**6)
    info: Any = MP3(made.path).info
    assert (info.channels, info.sample_rate) == (1, 48_000)
    assert made.seconds == pytest.approx(2, abs=0.01)


# what is no audio ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\0" * 5000, "no kind of audio"),
        (b"<!DOCTYPE html><title>502</title>", "web page"),
        (b"\n <html>", "web page"),
        (b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', "XML"),
        (b'{"code": 404}', "JSON"),
        (b"#EXTM3U\nfile:///etc/passwd\n", "no kind of audio"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "no kind of audio"),
        (np.random.default_rng(1).bytes(50_000), "no kind of audio"),
        (b"ID3\x04\0\0\0\0\0\x05hello", "no sound"),
        (b"ID3\x04\0\0\0\0\0\x05hello<html>", "web page"),
        (b"\xff\xfb\x90\x64" + b"\0" * 3000, "no kind of audio"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "wav"),
        (b"fLaC" + b"\0" * 100, "flac"),
        (b"OggS" + b"\0" * 100, "ogg"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0" + b"\0" * 100, "m4a"),
    ],
)
def test_what_is_no_audio_is_refused_with_its_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    source = tmp_path / "song.mp3"
    source.write_bytes(content)
    with pytest.raises(NotAudio, match=reason):
        master(source, tmp_path, CREDITS, max_bytes=10**6)
    assert not without(source)


@pytest.mark.parametrize(
    ("codec", "container"), [("libmp3lame", "mp3"), ("pcm_s16le", "wav"), ("flac", "flac"), ("aac", "mp4")]
)
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, codec: str, container: str) -> None:
    source = write(tmp_path / "song", sweep(6), codec, container)
    content = source.read_bytes()
    source.write_bytes(content[: len(content) * 6 // 10])
    with pytest.raises(NotAudio):
        decode(source)


def test_an_mp3_of_variable_bitrate_without_a_header_is_not_taken_for_cut_off(tmp_path: Path) -> None:
    noise = np.random.default_rng(3).standard_normal((2, 40 * RATE)) * 0.2
    loud_at_the_end = noise * (np.arange(40 * RATE) > 30 * RATE)
    source = tmp_path / "vbr"
    with av.open(str(source), "w", format="mp3", options={"write_xing": "0", "id3v2_version": "0"}) as file:
        stream: Any = file.add_stream("libmp3lame", rate=RATE, layout="stereo", options={"q": "4"})
        stream.codec_context.qscale = True
        stream.codec_context.global_quality = 4 * 118
        stream.codec_context.format = "fltp"
        frame = av.AudioFrame.from_ndarray(loud_at_the_end.astype(np.float32), "fltp", "stereo")
        frame.rate, frame.pts = RATE, 0
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    assert b"Xing" not in source.read_bytes()
    with av.open(str(source)) as file:
        stream = file.streams.audio[0]
        assert stream.duration * stream.time_base > 45, "FFmpeg's estimate is what it is tested against"
    assert decode(source)[0].shape[1] == pytest.approx(40 * RATE, abs=4000)


def test_a_damaged_file_is_refused(mp3: Path) -> None:
    content = bytearray(mp3.read_bytes())
    noise = np.random.default_rng(2).bytes(len(content) // 2)
    content[20_000 : 20_000 + len(noise)] = noise
    mp3.write_bytes(content)
    with pytest.raises(NotAudio):
        decode(mp3)


def test_a_file_without_sound_is_refused(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "film"), "w", format="mp4") as file:
        stream = file.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        for _ in range(3):
            file.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        file.mux(stream.encode(None))
    with pytest.raises(NotAudio, match="no sound"):
        decode(tmp_path / "film")


def test_a_small_file_that_plays_for_hours_is_refused(tmp_path: Path) -> None:
    for codec, container in (("flac", "flac"), ("aac", "adts")):
        path = write(tmp_path / container, np.zeros((2, 30 * RATE), np.float32), codec, container)
        with opened(path, most=4.0) as source:
            with pytest.raises(TooLong):
                list(source)
            assert source.seconds < 6, "it is not gone through to its end"
    assert issubclass(TooLong, AudioError)
