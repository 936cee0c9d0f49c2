"""The pictures within a track's MP3, where its tags have them."""

# mutagen is typed in parts only.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast


@dataclass(frozen=True, slots=True)
class Pictures:
    """cover: a JPEG. waveform: a PNG; of what an older version made, the card. None: there is none."""

    cover: bytes | None
    waveform: bytes | None


def embedded_pictures(mp3: Path) -> Pictures:
    """Both pictures; none where the file has no tags that can be read. Reads the file: blocks."""
    from mutagen import id3  # here, because a bot that posts nothing needs none of it

    try:
        found = cast(list[Any], id3.ID3(mp3).getall("APIC"))
    except (id3.error, OSError):  # pyright: ignore[reportAttributeAccessIssue]
        found = []
    by_type = {one.type: one.data for one in found}
    return Pictures(by_type.get(id3.PictureType.COVER_FRONT), by_type.get(id3.PictureType.ILLUSTRATION))
