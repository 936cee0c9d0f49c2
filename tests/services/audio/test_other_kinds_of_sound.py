"""Whatever FFmpeg plays is taken: other containers, films, streams and chains."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from mutagen import id3
from soak.variants import few_of
from sound_samples import CREDITS, SECONDS, id3_of, mp3_of, tone

from services.audio.mastered import AudioError, NotAudio, only_audio_errors
from services.workers.post_production import Heard, admit, listen

# every other kind ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codec", "container", "rate", "channels", "kind", "plain"),
    few_of(
        10,
        [
            ("adpcm_ms", "wav", 44_100, 2, "wav", False),
            ("pcm_f32be", "aiff", 44_100, 2, "aiff", False),  # AIFF-C
            ("wmav2", "asf", 44_100, 2, "asf", False),
            ("eac3", "eac3", 48_000, 6, "eac3", False),
            ("flac", "flac", 192_000, 8, "flac", True),
            ("libopus", "ogg", 48_000, 2, "ogg", True),
            ("alac", "ipod", 44_100, 2, "m4a", False),
            ("aac", "adts", 44_100, 2, "aac", True),
            ("aac", "mpegts", 44_100, 2, "mpegts", False),
            ("libmp3lame", "avi", 44_100, 2, "avi", False),
            ("pcm_f64le", "wav", 44_100, 2, "wav", True),
            ("pcm_s24le", "wav", 96_000, 8, "wav", True),  # with WAVE_FORMAT_EXTENSIBLE
            ("pcm_alaw", "wav", 8_000, 1, "wav", True),
            ("libmp3lame", "wav", 44_100, 2, "wav", False),
            ("pcm_s16le", "w64", 44_100, 2, "w64", False),
            ("pcm_s16be", "caf", 44_100, 2, "caf", False),
            ("pcm_mulaw", "au", 44_100, 2, "au", False),
            ("ac3", "ac3", 48_000, 2, "ac3", False),
            ("mp2", "mp2", 44_100, 2, "mp2", False),
            ("flac", "ogg", 44_100, 2, "ogg", False),
            ("vorbis", "ogg", 44_100, 2, "ogg", True),
            ("libopus", "webm", 48_000, 2, "webm", False),
            ("libopus", "mp4", 48_000, 2, "m4a", False),
            ("aac", "ipod", 44_100, 2, "m4a", True),
            ("aac", "flv", 44_100, 2, "flv", False),
            ("aac", "latm", 44_100, 2, "loas", False),
            ("wavpack", "wv", 44_100, 2, "wv", False),
            ("tta", "tta", 44_100, 2, "tta", False),
            ("pcm_s16le", "voc", 44_100, 2, "voc", False),
            ("libopencore_amrnb", "amr", 8_000, 1, "amr", False),
        ],
    ),
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


@pytest.mark.parametrize(
    ("codec", "container", "kind", "options"),
    [
        ("pcm_s16le", "wav", "wav", {}),
        ("pcm_s16le", "wav", "wav", {"rf64": "always"}),
        ("pcm_s16be", "aiff", "aiff", {}),
        ("pcm_s16le", "caf", "caf", {}),
        ("pcm_mulaw", "au", "au", {}),
        ("flac", "flac", "flac", {}),
    ],
)
def test_what_was_written_into_a_pipe_is_taken(
    tmp_path: Path, codec: str, container: str, kind: str, options: dict[str, str]
) -> None:
    """Whoever writes there cannot go back to where the length stands, and says 0 or a maximum."""
    path, written = tmp_path / "file", bytearray()

    class Pipe:
        def write(self, data: bytes) -> int:
            written.extend(data)
            return len(data)

    pipe: Any = Pipe()
    with av.open(pipe, "w", format=container, options=options) as made:
        stream: Any = made.add_stream(codec, rate=44_100, layout="stereo")
        sound = av.AudioFrame.from_ndarray(tone(), "fltp", "stereo")
        sound.rate = 44_100
        made.mux([packet for frame in _as_taken(stream, sound) for packet in stream.encode(frame)])
        made.mux(stream.encode(None))
    path.write_bytes(written)
    heard = listen(path)
    assert heard.kind == kind
    assert heard.seconds == pytest.approx(SECONDS, abs=0.01)


def _as_taken(stream: Any, sound: av.AudioFrame) -> list[av.AudioFrame]:
    """The sound in frames as the stream's codec takes them."""
    context = stream.codec_context
    context.open(strict=False)
    resampler = av.AudioResampler(
        context.format.name, "stereo", 44_100, frame_size=context.frame_size or 1024
    )
    return [*resampler.resample(sound), *resampler.resample(None)]


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
