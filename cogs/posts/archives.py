"""Tracks' MP3s in ZIP archives, in as many parts as the guild's upload limit asks for.

The rule: MP3s do not get smaller, so they are only put together; and whoever asks for an archive deletes it.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from cogs.core.client import Jamboree
from cogs.core.elsewhere import limit_of
from services.delivery import AudioGone, DeliveryUnavailable
from services.storage.archives import pack
from services.storage.files import delete_all
from services.tracks.track import Track

MARGIN = 256 * 1024  # bytes of the upload limit left to the rest of the request
LONGEST_SLUG = 40  # characters

Member = tuple[Path, str]
"""A file, and its name in the archive."""


async def audio_of(bot: Jamboree, tracks: Iterable[Track]) -> tuple[list[tuple[Path, Track]], list[Track]]:
    """The MP3s of those that everybody may hear, and the tracks whose audio is no longer kept.

    Raises DeliveryUnavailable where the store is away.
    """
    found: list[tuple[Path, Track]] = []
    gone: list[Track] = []
    for track in tracks:
        if track.held_back:
            continue
        try:
            found.append((await bot.studio.audio.get(track), track))
        except AudioGone:
            gone.append(track)
        except OSError as error:
            raise DeliveryUnavailable("the store for audio is away") from error
    return found, gone


async def archives(
    bot: Jamboree, guild_id: int, name: str, own_id: str, members: Sequence[Member], most: int = 1
) -> list[Path]:
    """The files in up to `most` parts, in their order; none where they do not fit.

    name: what it is about. own_id: of that, for nobody's archive to be another's.
    """
    parts = parts_within(
        [(await asyncio.to_thread(path.stat)).st_size for path, _name in members], _limit(bot, guild_id)
    )
    if not parts or len(parts) > most:
        return []
    stem = slug(name, "music")
    stems = [stem] if len(parts) == 1 else [f"{stem}-{number}" for number in range(1, len(parts) + 1)]
    targets = [bot.studio.store.scratch / f"{stem}-{own_id[:4]}.zip" for stem in stems]
    try:
        for target, part in zip(targets, parts, strict=True):
            await asyncio.to_thread(pack, target, members[part.start : part.stop])
    except BaseException:  # half an archive keeps a full disk full
        await asyncio.to_thread(delete_all, targets)
        raise
    return targets


def slug(name: str, otherwise: str) -> str:
    """The name as part of a file's, which every system takes. otherwise: where nothing of it is left."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", letters.lower()).strip("-")[:LONGEST_SLUG].strip("-") or otherwise


def parts_within(sizes: Sequence[int], limit: int) -> list[range]:
    """Which of the files are in which part, of so many bytes at the most; none where one alone is larger."""
    parts: list[range] = []
    start = room = 0
    for at, size in enumerate(sizes):
        if size > limit:
            return []
        if room + size > limit:
            parts.append(range(start, at))
            start, room = at, 0
        room += size
    return [*parts, range(start, len(sizes))] if sizes else []


def _limit(bot: Jamboree, guild_id: int) -> int:
    return limit_of(bot.get_guild(guild_id)) - MARGIN
