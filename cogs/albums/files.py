"""The files of an album's post: MP3s with the album in their tags, archives of them, and a playlist.

The rule: what was made is gone from the disk once it is open, so nothing is left, however a post ends; the
MP3s themselves are not touched.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import discord
import structlog

from cogs.core.client import Jamboree
from cogs.posts.archives import audio_of, slug
from cogs.texts.albums import post as texts
from cogs.texts.albums.album import title_of
from cogs.texts.formatting import file_name, makers, titled
from services.albums.album import Album
from services.albums.playlist import playlist
from services.audio.credits import AlbumLabel
from services.delivery import DeliveryUnavailable
from services.storage.archives import pack
from services.tracks.track import Track
from services.workers import jobs
from services.workers.pool import NoWorker

log = structlog.get_logger(__name__)

Numbered = Sequence[tuple[int, Track]]


def slug_of(album: Album) -> str:
    """The album's title as part of a file's name."""
    return slug(album.title, "album")


def name_of(number: int, track: Track) -> str:
    """An MP3's name, by which files sort as the album plays."""
    return f"{number:02d}-{file_name(track)}"


def playlist_of(album: Album, numbered: Numbered) -> str:
    """The playlist of those tracks."""
    return playlist(
        title_of(album),
        [
            (name_of(number, one), one.seconds or one.duration, makers(one), titled(one))
            for number, one in numbered
        ],
    )


async def size_of(bot: Jamboree, track: Track) -> int | None:
    """How many bytes its MP3 has; None where it is no longer kept. Raises DeliveryUnavailable."""
    mp3 = await _mp3(bot, track)
    return None if mp3 is None else (await asyncio.to_thread(mp3.stat)).st_size


async def _mp3(bot: Jamboree, track: Track) -> Path | None:
    found, _gone = await audio_of(bot, [track])
    return found[0][0] if found else None


class Press:
    """Makes the files of one message. count: of the tracks on the album; cover: a JPEG."""

    def __init__(self, bot: Jamboree, album: Album, count: int, cover: bytes, name: str) -> None:
        self._bot = bot
        self._album = album
        self._count = count
        self._cover = cover
        self._name = name
        self._made: list[Path] = []

    async def sounds(self, numbered: Numbered) -> list[discord.File]:
        """An MP3 for each track whose sound is kept, open to be sent. Raises DeliveryUnavailable."""
        try:
            made = await self._pressed(numbered)
            return [discord.File(path, name) for path, name in made]
        finally:
            await self._clear()

    async def archive(self, numbered: Numbered, texts_in_it: dict[str, str]) -> list[discord.File]:
        """One archive of those, and of these texts; nothing where no sound is kept."""
        try:
            made = await self._pressed(numbered)
            if not made:
                return []
            target = self._path(f"{slug_of(self._album)}-{self._name}.zip")
            await asyncio.to_thread(pack, target, made, texts_in_it)
            return [discord.File(target, target.name)]
        finally:
            await self._clear()

    async def _pressed(self, numbered: Numbered) -> list[tuple[Path, str]]:
        made: list[tuple[Path, str]] = []
        for number, track in numbered:
            mp3 = await _mp3(self._bot, track)
            if mp3 is None:
                continue
            target = self._path(f"{self._name}-{track.id}.mp3")
            label = AlbumLabel(title_of(self._album), number, self._count, self._cover, str(texts.COVER))
            try:
                workers = self._bot.studio.workers
                await workers.run(jobs.TAGGING, jobs.tag_for_album, mp3, target, label)
            except NoWorker as error:
                raise DeliveryUnavailable(str(error)) from error
            made.append((target, name_of(number, track)))
        return made

    def _path(self, name: str) -> Path:
        path = self._bot.studio.store.scratch / name
        self._made.append(path)
        return path

    async def _clear(self) -> None:
        def unlink() -> None:
            for path in self._made:
                path.unlink(missing_ok=True)

        await asyncio.to_thread(unlink)
