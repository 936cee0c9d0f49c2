"""What a decoder takes and plays is taken: files as they were met, and their like; what it is kept from."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import crashing_jobs
import numpy as np
import pytest
from av import error as av_error
from mutagen import flac, id3
from mutagen.mp3 import MP3

from services.audio import sound
from services.audio.credits import Credits
from services.audio.mastered import AudioError, NotAudio, TooLong, TooMuchMemory, only_audio_errors
from services.audio.sound import opened
from services.workers import jobs
from services.workers.pool import Workers
from services.workers.post_production import Heard, admit, listen, master

REPORTS = Path(__file__).parents[1] / "reports"
CREDITS = Credits("T", "M", "funk", "", 7, 3, "G", datetime(2026, 1, 2, tzinfo=UTC), "")
LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}
DICE = np.random.default_rng(11)
SECONDS = 2.0


def tone(rate: int = 44_100, channels: int = 2, seconds: float = SECONDS) -> sound.Samples:
    time = np.arange(round(seconds * rate)) / rate
    return np.stack([0.4 * np.sin(2 * np.pi * (300 + 90 * time) * time)] * channels).astype(np.float32)


@pytest.fixture
def encoded(tmp_path: Path) -> Callable[..., bytes]:
    """The bytes of a tone in a codec and a container."""

    def encode(
        codec: str, container: str, rate: int = 44_100, channels: int = 2, given: Any = None, **options: str
    ) -> bytes:
        path, layout = tmp_path / "encoded", LAYOUTS[channels]
        samples = tone(rate, channels) if given is None else given
        with av.open(str(path), "w", format=container, options=options) as file:
            experimental = {"strict": "-2"} if codec == "vorbis" else {}
            stream: Any = file.add_stream(codec, rate=rate, layout=layout, options=experimental)
            if codec == "wmav2":
                stream.bit_rate = 128_000
            resampler = av.AudioResampler(stream.format, layout, rate)
            for start in range(0, samples.shape[1], 1024):
                block = np.ascontiguousarray(samples[:, start : start + 1024].T.reshape(1, -1))
                frame = av.AudioFrame.from_ndarray(block, "flt", layout)
                frame.rate, frame.pts = rate, start
                for piece in resampler.resample(frame):
                    file.mux(stream.encode(piece))
            file.mux(stream.encode(None))
        return path.read_bytes()

    return encode


@pytest.fixture
def hear(tmp_path: Path) -> Callable[[bytes], Heard]:
    """What a file of these bytes is heard as."""

    def heard(data: bytes) -> Heard:
        path = tmp_path / "file.mp3"
        path.write_bytes(data)
        with only_audio_errors():
            return listen(path)

    return heard


def mp3_of(encoded: Callable[..., bytes], rate: int = 44_100, channels: int = 2) -> bytes:
    return encoded("libmp3lame", "mp3", rate, channels, id3v2_version="0")


def id3_of(size: int, said: int | None = None, flags: int = 0) -> bytes:
    """A tag of so many bytes behind its head, which says that they are `said`."""
    told = size if said is None else said
    return b"ID3\4\0" + bytes([flags, *(told >> shift & 127 for shift in (21, 14, 7, 0))]) + bytes(size)


def junk(size: int) -> bytes:
    return DICE.bytes(size)


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
@pytest.mark.parametrize(("rate", "channels"), [(44_100, 2), (48_000, 2), (44_100, 1), (22_050, 1)])
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
    "length", [0, 0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF024, 0x80000000, 0x7F000000, 1 << 30, -1, 1, 3, 30]
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


# every other kind ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codec", "container", "rate", "channels", "kind", "plain"),
    [
        ("pcm_f64le", "wav", 44_100, 2, "wav", True),
        ("pcm_s24le", "wav", 96_000, 8, "wav", True),  # with WAVE_FORMAT_EXTENSIBLE
        ("pcm_alaw", "wav", 8_000, 1, "wav", True),
        ("adpcm_ms", "wav", 44_100, 2, "wav", False),
        ("libmp3lame", "wav", 44_100, 2, "wav", False),
        ("pcm_s16le", "w64", 44_100, 2, "w64", False),
        ("pcm_s16be", "caf", 44_100, 2, "caf", False),
        ("pcm_f32be", "aiff", 44_100, 2, "aiff", False),  # AIFF-C
        ("pcm_mulaw", "au", 44_100, 2, "au", False),
        ("wmav2", "asf", 44_100, 2, "asf", False),
        ("ac3", "ac3", 48_000, 2, "ac3", False),
        ("eac3", "eac3", 48_000, 6, "eac3", False),
        ("mp2", "mp2", 44_100, 2, "mp2", False),
        ("flac", "flac", 192_000, 8, "flac", True),
        ("flac", "ogg", 44_100, 2, "ogg", False),
        ("vorbis", "ogg", 44_100, 2, "ogg", True),
        ("libopus", "ogg", 48_000, 2, "ogg", True),
        ("libopus", "webm", 48_000, 2, "webm", False),
        ("libopus", "mp4", 48_000, 2, "m4a", False),
        ("alac", "ipod", 44_100, 2, "m4a", False),
        ("aac", "ipod", 44_100, 2, "m4a", True),
        ("aac", "adts", 44_100, 2, "aac", True),
        ("aac", "mpegts", 44_100, 2, "mpegts", False),
        ("aac", "flv", 44_100, 2, "flv", False),
        ("aac", "latm", 44_100, 2, "loas", False),
        ("libmp3lame", "avi", 44_100, 2, "avi", False),
        ("wavpack", "wv", 44_100, 2, "wv", False),
        ("tta", "tta", 44_100, 2, "tta", False),
        ("pcm_s16le", "voc", 44_100, 2, "voc", False),
        ("libopencore_amrnb", "amr", 8_000, 1, "amr", False),
    ],
)
def test_what_ffmpeg_plays_is_taken(
    encoded: Callable[..., bytes],
    tmp_path: Path,
    codec: str,
    container: str,
    rate: int,
    channels: int,
    kind: str,
    plain: bool,
) -> None:
    path = tmp_path / "file"
    path.write_bytes(encoded(codec, container, rate, channels))
    heard = listen(path)
    assert (heard.kind, heard.plain, heard.channels) == (kind, plain, min(channels, 2))
    assert heard.seconds == pytest.approx(SECONDS, abs=0.06)
    assert heard.loudness.integrated is not None
    assert -30 < heard.loudness.integrated < -5
    admitted = admit(path, CREDITS, 1, 240)
    assert admitted.kind == (kind if plain else "mp3")
    assert listen(path).kind == admitted.kind


@pytest.mark.parametrize("flags", ["faststart", "frag_keyframe+empty_moov", ""])
def test_an_mp4_is_taken_however_it_is_laid_out(
    encoded: Callable[..., bytes], hear: Callable[[bytes], Heard], flags: str
) -> None:
    data = encoded("aac", "mp4", **({"movflags": flags} if flags else {}))
    assert hear(data).seconds == pytest.approx(SECONDS, abs=0.06)
    assert hear(id3_of(300) + data).kind == "m4a"


@pytest.mark.parametrize("container", ["mp4", "matroska"])
def test_of_a_film_the_sound_is_taken(tmp_path: Path, container: str) -> None:
    path = tmp_path / "film"
    with av.open(str(path), "w", format=container) as file:
        picture: Any = file.add_stream("mpeg4", rate=10)
        picture.width = picture.height = 64
        voice: Any = file.add_stream("aac", rate=44_100, layout="stereo")
        for number in range(20):
            frame = av.VideoFrame(64, 64, "yuv420p")
            frame.pts = number
            file.mux(picture.encode(frame))
        samples = tone()
        for start in range(0, samples.shape[1] - 1024, 1024):
            block = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(samples[:, start : start + 1024]), "fltp", "stereo"
            )
            block.rate, block.pts = 44_100, start
            file.mux(voice.encode(block))
        for stream in (picture, voice):
            file.mux(stream.encode(None))
    heard = listen(path)
    assert heard.seconds == pytest.approx(SECONDS, abs=0.1)
    assert not heard.plain, "the provider gets its sound alone"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("libopus", 48_000, 2), ("libopus", 48_000, 2)),
        (("libopus", 48_000, 1), ("libopus", 48_000, 2)),
        (("vorbis", 44_100, 2), ("vorbis", 48_000, 2)),
        (("vorbis", 44_100, 2), ("libopus", 48_000, 1)),
    ],
)
def test_every_link_of_a_chained_ogg_is_heard(
    encoded: Callable[..., bytes],
    hear: Callable[[bytes], Heard],
    first: tuple[str, int, int],
    second: tuple[str, int, int],
) -> None:
    links = [encoded(codec, "ogg", rate, channels) for codec, rate, channels in (first, second, first)]
    heard = hear(b"".join(links))
    assert heard.seconds == pytest.approx(3 * SECONDS, abs=0.1)
    assert heard.channels == 2
    assert heard.loudness.momentary[:-3].min() > -40
    assert not heard.plain


@pytest.mark.parametrize("total", [0, (1 << 36) - 1])
def test_a_flac_that_was_streamed_is_taken(
    encoded: Callable[..., bytes], hear: Callable[[bytes], Heard], total: int
) -> None:
    data = bytearray(encoded("flac", "flac"))
    data[21:26] = (int.from_bytes(data[21:26], "big") >> 36 << 36 | total).to_bytes(5, "big")
    assert hear(bytes(data)).seconds == pytest.approx(SECONDS, abs=0.001)
    assert hear(id3_of(3000) + bytes(data)).seconds == pytest.approx(SECONDS, abs=0.001)


def test_a_header_that_points_beyond_any_disk_is_no_fault_of_the_disks(
    encoded: Callable[..., bytes], hear: Callable[[bytes], Heard]
) -> None:
    w64 = encoded("pcm_s16le", "w64")
    at = w64.find(b"data")
    chunk = b"junk" + w64[at + 4 : at + 16] + struct.pack("<Q", 2**63 - 2**20)
    with pytest.raises(NotAudio):
        hear(w64[:at] + chunk + w64[at:])


def test_text_in_a_foreign_alphabet_does_not_stop_a_sound(
    encoded: Callable[..., bytes], tmp_path: Path
) -> None:
    path = tmp_path / "latin"
    path.write_bytes(mp3_of(encoded))
    tags = id3.ID3()
    tags.add(id3.TIT2(encoding=0, text="Café"))
    tags.save(path, v1=2, v2_version=3)
    assert listen(path).plain
    path.write_bytes(encoded("libopus", "ogg", 48_000).replace(b"encoder=", b"\xe9\xfc\xff\xfe\x80\x81er="))
    with only_audio_errors(), pytest.raises(AudioError) as refusal:
        listen(path)
    assert "cannot be read" in str(refusal.value), "its checksum is wrong now"


# what FFmpeg is not let do ------------------------------------------------------------------------


def playlists(target: Path) -> Iterator[tuple[str, bytes]]:
    address = f"file:{target}"
    yield "m3u", f"#EXTM3U\n#EXTINF:5,\n{address}\n".encode()
    yield (
        "hls",
        (
            f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{address}\n#EXT-X-ENDLIST\n"
        ).encode(),
    )
    yield "ffconcat", f"ffconcat version 1.0\nfile '{target}'\n".encode()
    yield "sdp", b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n"
    yield (
        "dash",
        b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>x</BaseURL></MPD>',
    )
    yield "ram", b"rtsp://127.0.0.1:9/x.rm\n"
    yield "asx", f"[Reference]\nRef1={address}\n".encode()
    yield "image sequence", b"%03d.wav"


@pytest.mark.parametrize("name", [name for name, _ in playlists(Path("x"))])
def test_no_file_makes_ffmpeg_open_another(
    encoded: Callable[..., bytes], hear: Callable[[bytes], Heard], tmp_path: Path, name: str
) -> None:
    other = tmp_path / "other.wav"
    other.write_bytes(encoded("pcm_s16le", "wav"))
    with pytest.raises(NotAudio, match=r"no kind of audio|web page|JSON"):
        hear(dict(playlists(other))[name])


# what it takes ------------------------------------------------------------------------------------


def test_what_nobody_foresaw_leaves_as_an_audio_error_and_the_disks_errors_as_they_are() -> None:
    for error in (ValueError("x"), RuntimeError("x"), struct.error("x"), IndexError(), ZeroDivisionError()):
        with pytest.raises(NotAudio, match=type(error).__name__), only_audio_errors():
            raise error
    for memory in (MemoryError(), av_error.MemoryError(12, "x")):
        with pytest.raises(TooMuchMemory), only_audio_errors():
            raise memory
    with pytest.raises(NotAudio), only_audio_errors():
        raise av_error.FileNotFoundError(2, "x")
    for full in (OSError(28, "No space left"), id3.error(OSError(28, "No space left"))):
        with pytest.raises(OSError, match="No space") as found, only_audio_errors():
            raise full
        assert found.type is OSError


def test_a_full_disk_is_no_fault_of_the_sounds(
    encoded: Callable[..., bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "x.download"
    source.write_bytes(encoded("pcm_s16le", "wav"))
    (tmp_path / "x.master.mp3.part").symlink_to("/dev/full")
    monkeypatch.setattr("services.workers.post_production.tag", lambda *_: None)
    with pytest.raises(OSError, match="No space") as found:
        master(source, tmp_path, CREDITS, max_bytes=10**7)
    assert not isinstance(found.value, AudioError)


def hostile_files(encoded: Callable[..., bytes], folder: Path) -> Iterator[tuple[str, Path]]:
    """Small files that took, or could take, much memory."""
    silence = np.zeros((2, 1_500 * 8_000), np.float32)
    (folder / "flac").write_bytes(encoded("flac", "flac", 8_000, given=silence))
    yield "a silent FLAC of 25 minutes", folder / "flac"
    (folder / "opus").write_bytes(encoded("libopus", "ogg", 48_000, 1, given=silence[:1, : 250 * 48_000]))
    yield "a silent Opus of four minutes and ten seconds", folder / "opus"
    cover = folder / "cover"
    cover.write_bytes(encoded("flac", "flac"))
    picture: Any = flac.Picture()
    picture.data, picture.mime, picture.width, picture.height = junk(15 * 2**20), "image/png", 30_000, 30_000
    tagged: Any = flac.FLAC(cover)
    tagged.add_picture(picture)
    tagged.save()
    yield "a FLAC with a giant cover", cover
    (folder / "float").write_bytes(encoded("pcm_f32le", "wav", 192_000, 2, given=np.tile(tone(192_000), 8)))
    yield "a WAV of 24 MB", folder / "float"
    (folder / "wide").write_bytes(encoded("pcm_s24le", "wav", 96_000, 8))
    yield "a WAV of eight channels", folder / "wide"


async def test_no_file_costs_a_worker_more_than_150_mib(
    encoded: Callable[..., bytes], tmp_path: Path
) -> None:
    workers = Workers(1)
    try:
        for what, path in hostile_files(encoded, tmp_path):
            for job in (jobs.admit, crashing_jobs.mastered):
                args = (path, CREDITS, 1, 240) if job is jobs.admit else (path, tmp_path, CREDITS, 10**7)
                cost, said = await workers.run(60, crashing_jobs.peak, job, *args)
                assert cost < 120, (what, said)
                if job is jobs.admit and "silent" in what:
                    assert cost < 20, "the length is noticed before anything is drawn"
                    assert said.startswith("TooLong"), what
    finally:
        await workers.close()


def test_a_members_own_file_is_gone_through_no_further_than_it_may_play(
    encoded: Callable[..., bytes], tmp_path: Path
) -> None:
    path = tmp_path / "long"
    path.write_bytes(encoded("flac", "flac", 8_000, 1, given=tone(8_000, 1, 20)))
    with pytest.raises(TooLong, match="longer than 10 s"):
        admit(path, CREDITS, 1, 10)
    with pytest.raises(NotAudio, match=r"it plays 20\.0 s; from 30 to 240 s"):
        admit(path, CREDITS, 30, 240)
    assert admit(path, CREDITS, 1, 20).seconds == pytest.approx(20)
