"""Where a track's files are kept."""

from __future__ import annotations

from pathlib import Path


def tracks_folder(data_dir: Path) -> Path:
    """Where all tracks' files are kept."""
    return data_dir / "tracks"


def mp3_path(data_dir: Path, track_id: str) -> Path:
    """Where a track's finished MP3 is kept."""
    return tracks_folder(data_dir) / f"{track_id}.mp3"


def card_path(data_dir: Path, track_id: str) -> Path:
    """Where a track's card (PNG) is kept."""
    return tracks_folder(data_dir) / f"{track_id}.png"
