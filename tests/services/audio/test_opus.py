"""A track as voice plays it: the same sound, in packets of 20 ms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from discord.oggparse import OggStream
from sounds import PITCH, tone

from services.audio.mastered import NotAudio
from services.audio.ogg import is_whole
from services.audio.opus import PACKET, RATE, encode_opus

HEADERS = 2  # packets: OpusHead, OpusTags (RFC 7845)


def decoded(path: Path) -> tuple[list[bytes], Any]:
    with path.open("rb") as file:
        packets = list(OggStream(file).iter_packets())
    decoder: Any = av.CodecContext.create("libopus", "r")
    decoder.sample_rate, decoder.layout = RATE, "stereo"
    frames = [frame for one in packets[HEADERS:] for frame in decoder.decode(av.Packet(one))]
    return packets, np.concatenate([frame.to_ndarray().reshape(-1, 2) for frame in frames]).astype(float)


def pitch(samples: Any, rate: int) -> float:
    """The strongest frequency (Hz) of a second from the middle."""
    middle = samples[len(samples) // 2 :][:rate]
    return float(np.argmax(np.abs(np.fft.rfft(middle))))


def test_it_lasts_as_long_and_sounds_the_same(tmp_path: Path) -> None:
    source, target = tmp_path / "a.mp3", tmp_path / "a.opus"
    source.write_bytes(tone(5.0))
    encode_opus(source, target)
    packets, samples = decoded(target)
    assert packets[0].startswith(b"OpusHead")
    assert packets[1].startswith(b"OpusTags")
    assert len(packets) - HEADERS == pytest.approx(5.0 / PACKET, abs=5)
    assert len(samples) / RATE == pytest.approx(5.0, abs=0.1)
    assert pitch(samples[:, 0], RATE) == pytest.approx(PITCH, abs=2)
    assert np.abs(samples[RATE:-RATE]).max() == pytest.approx(0.3 * 32767, rel=0.15)


def test_its_tags_name_nobody(tmp_path: Path) -> None:
    source, target = tmp_path / "a.mp3", tmp_path / "a.opus"
    source.write_bytes(tone(1.0))
    encode_opus(source, target)
    _vendor, *comments = decoded(target)[0][1].split(b"=")
    assert all(one.lower().startswith((b"lavc", b"lavf")) for one in comments)


def test_what_is_no_sound_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "a.mp3"
    source.write_bytes(b"{}")
    with pytest.raises(NotAudio):
        encode_opus(source, tmp_path / "a.opus")


def test_one_that_is_cut_off_or_broken_is_not_whole(tmp_path: Path) -> None:
    source, target = tmp_path / "a.mp3", tmp_path / "a.opus"
    source.write_bytes(tone(5.0))
    encode_opus(source, target)
    assert is_whole(target)
    whole = target.read_bytes()
    last = whole.rindex(b"OggS")
    for damaged in (b"", whole[:last], whole[:-1], whole[:last] + b"What" + whole[last + 4 :], whole + b"?"):
        target.write_bytes(damaged)
        assert not is_whole(target)
    target.unlink()
    assert not is_whole(target)
