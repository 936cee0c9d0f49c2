"""An album as a playlist (M3U8, in UTF-8): the files' names in order, with lengths, makers and titles.

Its names are those of the files in the archive, so that it plays once both are in one folder.
"""

from __future__ import annotations

from collections.abc import Iterable


def playlist(title: str, entries: Iterable[tuple[str, float, str, str]]) -> str:
    """entries: file name, seconds, makers and title of each track, in order."""
    lines = ["#EXTM3U", f"#PLAYLIST:{_on_one_line(title)}"]
    for name, seconds, makers, called in entries:
        said = " - ".join(filter(None, map(_on_one_line, (makers, called))))
        lines += [f"#EXTINF:{round(seconds)},{said}", name]
    return "\n".join(lines) + "\n"


def _on_one_line(text: str) -> str:
    return " ".join(text.split())
