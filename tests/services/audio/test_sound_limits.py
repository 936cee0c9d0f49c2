"""What a file may not have FFmpeg do, and what it may take."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import crashing_jobs
import numpy as np
import pytest
from av import error as av_error
from mutagen import flac, id3
from soak.variants import few_of
from sound_samples import CREDITS, junk, tone

from services.audio.mastered import AudioError, NotAudio, TooLong, TooMuchMemory, only_audio_errors
from services.workers import jobs
from services.workers.pool import Workers
from services.workers.post_production import Heard, admit, master

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
    cover = folder / "cover"
    cover.write_bytes(encoded("flac", "flac"))
    picture: Any = flac.Picture()
    picture.data, picture.mime, picture.width, picture.height = junk(15 * 2**20), "image/png", 30_000, 30_000
    tagged: Any = flac.FLAC(cover)
    tagged.add_picture(picture)
    tagged.save()
    yield "a FLAC with a giant cover", cover
    (folder / "opus").write_bytes(encoded("libopus", "ogg", 48_000, 1, given=silence[:1, : 250 * 48_000]))
    yield "a silent Opus of four minutes and ten seconds", folder / "opus"
    (folder / "float").write_bytes(encoded("pcm_f32le", "wav", 192_000, 2, given=np.tile(tone(192_000), 8)))
    yield "a WAV of 24 MB", folder / "float"
    (folder / "wide").write_bytes(encoded("pcm_s24le", "wav", 96_000, 8))
    yield "a WAV of eight channels", folder / "wide"


@pytest.mark.parametrize("many", few_of(1, [2, 5]))
async def test_no_file_costs_a_worker_more_than_150_mib(
    encoded: Callable[..., bytes], tmp_path: Path, many: int
) -> None:
    workers = Workers(1)
    try:
        for what, path in islice(hostile_files(encoded, tmp_path), many):
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
