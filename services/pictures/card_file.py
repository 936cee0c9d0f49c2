"""A track's card as a file: what is kept within the PNG beside the picture, read without decoding that."""

from __future__ import annotations

import json
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

LONGEST = 1024  # characters of an attachment's description (Discord: Create Message)
SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Card:
    """The picture (PNG) and its alt text, of at most LONGEST characters."""

    picture: bytes
    words: str


def alt_text(picture: bytes) -> str:
    """The alt text within a picture of a track's (a PNG); "" where it has none."""
    return _notes(BytesIO(picture))[0]


def read_notes(path: Path) -> tuple[str, dict[str, Any]]:
    """A kept card's alt text, and what a range needs beside it; "" and nothing where the file is no card.

    Reads the file: blocks.
    """
    with path.open("rb") as file:
        return _notes(file)


def _notes(file: BinaryIO) -> tuple[str, dict[str, Any]]:
    notes: dict[bytes, str] = {}
    if file.read(8) != SIGNATURE:
        return "", {}
    while len(head := file.read(8)) == 8 and head[4:] != b"IDAT":
        data = file.read(int.from_bytes(head[:4], "big"))
        file.read(4)  # checksum
        if head[4:] == b"iTXt":  # name, 0, whether and how it is compressed, language, 0, name, 0, text
            name, _, rest = data.partition(b"\0")
            notes[name] = rest[2:].split(b"\0", 2)[-1].decode("utf-8", "replace")
    known = notes.get(b"Sections")
    return notes.get(b"Description", ""), json.loads(known) if known else {}
