"""Files put together in one: MP3s do not get smaller, so they are stored as they are."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path


def pack(target: Path, members: Sequence[tuple[Path, str]], texts: Mapping[str, str] | None = None) -> None:
    """Writes a ZIP file with these files and texts, each under its name. Blocks."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for path, name in members:
            archive.write(path, name)
        for name, text in (texts or {}).items():
            archive.writestr(name, text)
