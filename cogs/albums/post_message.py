"""The messages of an album's post. The rule: each is written from the tables alone, as often as is needed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord

from cogs.albums.cover import cover_of
from cogs.albums.files import Press, playlist_of, slug_of
from cogs.core.client import Jamboree
from cogs.core.component_router import button, view
from cogs.core.elsewhere import Elsewhere
from cogs.core.pictures import COLOUR
from cogs.core.sights import Sights
from cogs.posts.kept_messages import Shown as Message
from cogs.posts.play_select import play_select
from cogs.texts.albums import album as album_texts
from cogs.texts.albums import post as texts
from services.albums.album import NoSuchAlbum, Shown
from services.albums.post import Post, Print
from services.delivery import DeliveryUnavailable
from services.messages.kept_messages import KeptMessage
from services.tracks.browse import Listed
from services.tracks.track import Track

LONGEST_TEXT = 4000  # characters of all texts of a message together (Discord: Text Display)
COVER = "cover.jpg"


@dataclass(frozen=True, slots=True)
class Edition:
    """A post with what all its readers may hear of it. count: of the tracks that it was published with."""

    post: Post
    shown: Shown
    prints: Sequence[Print]
    count: int

    def numbered(self, which: Sequence[Print]) -> list[tuple[int, Track]]:
        """Those that can be heard, each with its number on the album."""
        by_id = {track.id: track for track in self.shown.tracks}
        return [(one.number, by_id[one.track_id]) for one in which if one.track_id in by_id]


async def heard_there(bot: Jamboree, guild_id: int, channel_id: int, album_id: str) -> Shown:
    """The album, with those of its tracks that everybody in that channel may hear. Raises NoSuchAlbum."""
    sight = bot.part(Sights).of_channel(guild_id, channel_id)
    shown = await bot.studio.album_posts.shown(sight, album_id)
    return Shown(shown.album, await bot.part(Elsewhere).audible(guild_id, channel_id, shown.tracks))


async def edition_of(bot: Jamboree, post: Post) -> Edition:
    """Raises NoSuchAlbum."""
    prints = await bot.studio.album_posts.prints(post)
    shown = await heard_there(bot, post.guild_id, post.channel_id, post.album_id)
    there = {one.track_id: one.number for one in prints}
    tracks = sorted((one for one in shown.tracks if one.id in there), key=lambda one: there[one.id])
    return Edition(post, Shown(shown.album, tracks), prints, len(prints))


# written --------------------------------------------------------------------------------------------------


async def write_head(bot: Jamboree, kept: KeptMessage) -> Message | None:
    """Cover, list, credits and playlist. None where the post is being taken down."""
    post = await bot.studio.album_posts.find(kept.subject)
    edition = await _edition(bot, post)
    if edition is None:
        return None
    album, numbered = edition.shown.album, edition.numbered(edition.prints)
    cover = await _cover(bot, edition)
    picture = discord.File(io.BytesIO(cover), COVER, description=album_texts.cover(album))
    listed = playlist_of(album, numbered).encode()
    files = [picture, discord.File(io.BytesIO(listed), f"{slug_of(album)}.m3u8")]
    return Message({"view": _head(edition, files)}, files, anew=False)


async def write_sounds(bot: Jamboree, kept: KeptMessage) -> Message | None:
    """Some of the MP3s, and a select by which more can be read of each."""
    tag, number = _part(kept)
    edition = await _edition(bot, await bot.studio.album_posts.of_tag(tag))
    if edition is None:
        return None
    numbered = edition.numbered([one for one in edition.prints if one.sound == number])
    files = await _press(bot, edition, await _cover(bot, edition), kept).sounds(numbered) if numbered else []
    if not files:
        return _nothing()
    more = play_select([Listed(track, track.votes) for _number, track in numbered], kept.subject)
    return Message({"content": texts.sounds(numbered, edition.count), "view": view(more)}, files, anew=False)


async def write_archive(bot: Jamboree, kept: KeptMessage) -> Message | None:
    """A part of the archive; the first one has the playlist in it."""
    tag, number = _part(kept)
    edition = await _edition(bot, await bot.studio.album_posts.of_tag(tag))
    if edition is None:
        return None
    numbered = edition.numbered([one for one in edition.prints if one.archive == number])
    album = edition.shown.album
    also = (
        {f"{slug_of(album)}.m3u8": playlist_of(album, edition.numbered(edition.prints))}
        if number == 1
        else {}
    )
    press = _press(bot, edition, await _cover(bot, edition), kept)
    files = await press.archive(numbered, also) if numbered else []
    if not files:
        return _nothing()
    return Message({"content": texts.archive(number, edition.post.archives), "view": None}, files, anew=False)


def _nothing() -> Message:
    return Message({"content": str(texts.NOTHING_LEFT), "view": None}, [], anew=False)


def _part(kept: KeptMessage) -> tuple[str, int]:
    """The post's tag, and which part it is: of "k3f9x2ab-s01"."""
    tag, _, part = kept.subject.partition("-")
    return tag, int(part[1:])


async def _edition(bot: Jamboree, post: Post | None) -> Edition | None:
    if post is None or post.gone:
        return None
    try:
        return await edition_of(bot, post)
    except NoSuchAlbum:
        return None


async def _cover(bot: Jamboree, edition: Edition) -> bytes:
    cover = await cover_of(bot, edition.shown)
    if cover is None:
        raise DeliveryUnavailable("no cover can be drawn now")
    return cover


def _press(bot: Jamboree, edition: Edition, cover: bytes, kept: KeptMessage) -> Press:
    return Press(bot, edition.shown.album, edition.count, cover, kept.subject)


def _head(edition: Edition, files: Sequence[discord.File]) -> discord.ui.LayoutView:
    shown = edition.shown
    container = discord.ui.Container[Any](accent_colour=COLOUR)
    picture, *others = files
    item = discord.MediaGalleryItem(picture.uri, description=picture.description)
    container.add_item(discord.ui.MediaGallery[Any](item))
    top, bottom = texts.top(shown.album), texts.bottom(shown)
    listed = texts.tracks(edition.numbered(edition.prints), LONGEST_TEXT - len(top) - len(bottom))
    for text in filter(None, (top, listed, bottom)):
        container.add_item(discord.ui.TextDisplay(text))
    for file in others:
        container.add_item(discord.ui.File[Any](file.uri))
    opens = button(texts.OPEN, f"album:show:{edition.post.album_id}")
    container.add_item(discord.ui.ActionRow[Any](opens))
    return layout(container)


def layout(*items: discord.ui.Item[Any]) -> discord.ui.LayoutView:
    """A message of components."""
    made = discord.ui.LayoutView(timeout=None)
    for item in items:
        made.add_item(item)
    made.stop()
    return made
