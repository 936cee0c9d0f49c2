"""An album's cover: that of one of its tracks, or a record drawn from the colours of all."""

from __future__ import annotations

import asyncio

from cogs.core.client import Jamboree
from cogs.core.pictures import drawn
from cogs.texts.albums import album as texts
from services.albums.album import Shown
from services.audio.embedded_pictures import embedded_pictures
from services.delivery import AudioGone, DeliveryUnavailable
from services.pictures.album_face import AlbumFace
from services.workers import jobs


async def cover_of(bot: Jamboree, shown: Shown) -> bytes | None:
    """The album's cover (JPEG): that of one of its tracks, or drawn from the colours of all.

    None where it cannot be drawn now.
    """
    guild = bot.get_guild(shown.album.guild_id)
    if shown.cover is not None:
        try:
            mp3 = await bot.studio.audio.get(shown.cover)
            if (own := (await asyncio.to_thread(embedded_pictures, mp3)).cover) is not None:
                return own
        except (AudioGone, DeliveryUnavailable, OSError):
            pass  # drawn, then
    return await drawn(bot, jobs.draw_album_cover, face_of(shown, guild.name if guild else ""))


def face_of(shown: Shown, guild: str) -> AlbumFace:
    """What a cover is drawn from."""
    rings = tuple((track.seed, track.seconds or float(track.duration)) for track in shown.tracks)
    return AlbumFace(texts.title_of(shown.album), str(texts.UNTITLED), texts.below_title(shown, guild), rings)
