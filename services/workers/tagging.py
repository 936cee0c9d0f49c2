"""ID3 tags of a finished MP3 (v2.4, UTF-8): its credits, its pictures and its sections as chapters.

The chapters' times are `services.audio.sections`' estimate, and their table of contents is called that.
"""

# mutagen is typed in parts only.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any, cast

from mutagen import id3

from services.audio.credits import AlbumLabel, Credits, FileWords
from services.audio.sections import Section
from services.pictures.card_file import Card
from services.pictures.card_words import section_name

NO_OFFSET = 0xFFFFFFFF  # a chapter is found by its times, not by bytes (ID3v2 Chapter Frame Addendum)


@dataclass(frozen=True, slots=True)
class Label:
    """All that the tags hold, and the card. cover: a JPEG; waveform: a PNG."""

    credits: Credits
    cover: bytes
    waveform: bytes
    card: Card
    sections: Sequence[Section]


def tag(path: Path, told: Label) -> None:
    """Replaces all tags by ours."""
    label = told.credits
    id3.delete(path)
    genres = [one.strip() for one in label.tags.split(",") if one.strip()]
    created = label.created.astimezone(UTC)
    tags = id3.ID3()
    for frame, text in (
        (id3.TIT2, label.name),
        (id3.TPE1, label.maker),
        (id3.TALB, label.guild),
        (id3.TRCK, str(label.number)),
        (id3.TCON, genres),
        (id3.TDRC, f"{created:%Y-%m-%dT%H:%M:%S}"),
        (id3.TENC, "Jamboree"),
    ):
        if text:
            tags.add(_text(frame, text))
    for name, text in (
        ("seed", label.seed),
        ("jamboree-track", label.number),
        ("tags", label.tags),
        ("card", told.card.words),
    ):
        tags.add(_text(id3.TXXX, str(text), desc=name))
    if label.lyrics:
        tags.add(_text(id3.USLT, label.lyrics, lang="XXX", desc=""))
    if label.comment:
        tags.add(_text(id3.COMM, label.comment, lang="eng", desc=""))
    for kind, mime, name, data in (
        (id3.PictureType.COVER_FRONT, "image/jpeg", label.words.cover, told.cover),
        (id3.PictureType.ILLUSTRATION, "image/png", label.words.waveform, told.waveform),
    ):
        tags.add(id3.APIC(encoding=id3.Encoding.UTF8, mime=mime, type=kind, desc=name, data=data))
    _add_chapters(tags, told.sections, label.words)
    tags.save(path, v2_version=4, padding=_no_padding)


def tag_for_album(source: Path, target: Path, label: AlbumLabel) -> None:
    """A copy of the MP3 that is an album's: its album, number and cover are those; all else stays."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    try:
        tags = id3.ID3(target)
    except id3.ID3NoHeaderError:
        tags = id3.ID3()
    tags.setall("TALB", [_text(id3.TALB, label.album)])
    tags.setall("TRCK", [_text(id3.TRCK, f"{label.number}/{label.count}")])
    front = id3.PictureType.COVER_FRONT
    kept = cast(list[Any], tags.getall("APIC"))
    pictures = [one for one in kept if one.type != front]
    cover = id3.APIC(
        encoding=id3.Encoding.UTF8, mime="image/jpeg", type=front, desc=label.named, data=label.cover
    )
    tags.setall("APIC", [cover, *pictures])
    tags.save(target, v2_version=4, padding=_no_padding)


def _add_chapters(tags: id3.ID3, sections: Sequence[Section], words: FileWords) -> None:
    names: list[str] = []
    for number, section in enumerate(sections, 1):
        names.append(f"section{number}")
        name = section_name(section, words)
        tags.add(
            id3.CHAP(
                element_id=names[-1],
                start_time=round(section.start * 1000),
                end_time=round(section.end * 1000),
                start_offset=NO_OFFSET,
                end_offset=NO_OFFSET,
                sub_frames=[_text(id3.TIT2, f"{name[:1].upper()}{name[1:]}")],
            )
        )
    if names:
        flags = id3.CTOCFlags.TOP_LEVEL | id3.CTOCFlags.ORDERED
        contents = [_text(id3.TIT2, words.chapters)]
        tags.add(id3.CTOC(element_id="sections", flags=flags, child_element_ids=names, sub_frames=contents))


def _text(frame: Any, text: str | list[str], **more: str) -> Any:
    return frame(encoding=id3.Encoding.UTF8, text=_clean(text), **more)


def _no_padding(_: object) -> int:
    return 0


def _clean(text: str | list[str]) -> Any:
    """NUL separates values in ID3, and half a surrogate pair has no UTF-8."""
    if isinstance(text, list):
        return [_clean(one) for one in text]
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
