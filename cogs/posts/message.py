"""The message in which a finished track appears, and how it is found again. A track is posted once."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import discord

from cogs.core.history import custom_ids, posted_since
from cogs.core.pictures import COLOUR, as_file, with_picture
from cogs.core.responses import Interaction, answer
from cogs.posts.buttons import track_buttons
from cogs.texts import posts as texts
from cogs.texts.formatting import file_name, plain, shortened, titled
from cogs.texts.library.tracks import NOT_A_TRACK
from services.audio.embedded_pictures import Pictures, embedded_pictures
from services.messages.nonces import nonce_of
from services.pictures.card_file import alt_text
from services.tracks.track import Track

WAVEFORM, COVER = "waveform.png", "cover.jpg"
MOST_PINGED = 20  # as many as are named
LONGEST_EMBED_TITLE = 256  # characters (Discord: Embed Limits)
ANY_BUTTON = re.compile(r"(?:track|review):[a-z]+:(?P<track>[0-9a-z]{20})")
_AGAIN = re.compile(r"track:again:(?P<track>[0-9a-z]{20})")  # the button that every posted track has


def track_embed(track: Track, parent: Track | None) -> discord.Embed:
    """What there is to know about a finished track."""
    title = shortened(plain(titled(track)), LONGEST_EMBED_TITLE)
    embed = discord.Embed(title=title, description=texts.described(track, parent), colour=COLOUR)
    return embed.set_footer(text=texts.footer(track))


async def post(
    channel: discord.abc.Messageable, track: Track, parent: Track | None, mp3: Path
) -> discord.Message:
    """Posts the track with the votes that it has. The nonce lets Discord refuse a second for some minutes."""
    return await channel.send(
        texts.ready(track),
        **await track_parts(track, parent, mp3),
        view=track_buttons(track),
        nonce=nonce_for(track),
        allowed_mentions=only(*pinged(track)),
    )


def pinged(track: Track) -> tuple[int, ...]:
    """The ids of those whom Discord tells that the track is there: who asked for it, or made it in a jam."""
    told = track.makers if track.jam_id is not None else (track.member_id,)
    return tuple(one for one in told if one > 0)[:MOST_PINGED]


async def track_files(track: Track, mp3: Path) -> list[discord.File]:
    """The MP3 first, which Discord then plays; behind it its waveform, with what it shows as its alt text."""
    found = await asyncio.to_thread(embedded_pictures, mp3)
    return [_sound(track, mp3), *filter(None, [_waveform(found)])]


async def track_parts(track: Track, parent: Track | None, mp3: Path | None) -> dict[str, Any]:
    """What a message about the track shows: its embed, with waveform and cover, and its files; without the
    MP3, the embed alone."""
    embed = track_embed(track, parent)
    if mp3 is None:
        return {"embed": embed, "files": []}
    found = await asyncio.to_thread(embedded_pictures, mp3)
    waveform, cover = _waveform(found), as_file(found.cover, COVER, texts.cover(track))
    if waveform is not None:
        embed = with_picture(embed, waveform)
    if cover is not None:
        embed.set_thumbnail(url=f"attachment://{COVER}")
    return {"embed": embed, "files": [_sound(track, mp3), *filter(None, (waveform, cover))]}


def _sound(track: Track, mp3: Path) -> discord.File:
    return discord.File(mp3, file_name(track))


def _waveform(found: Pictures) -> discord.File | None:
    return as_file(found.waveform, WAVEFORM, alt_text(found.waveform or b""))


def nonce_for(track: Track) -> str:
    """The same for every attempt at one publication, another for the next."""
    assert track.publish_intent_at is not None
    return nonce_of("track", track.id, track.publish_intent_at.timestamp())


def not_posted(track: Track) -> str:
    """Names the occasion (`services.messages.announcements`) on which a publication was refused."""
    assert track.publish_intent_at is not None
    return f"not posted {track.id}{round(track.publish_intent_at.timestamp() * 1000) % 100_000:05}"


def only(*member_ids: int) -> discord.AllowedMentions:
    """Mentions that reach these members and nobody else."""
    return discord.AllowedMentions(
        everyone=False, roles=False, users=[discord.Object(one) for one in member_ids], replied_user=False
    )


async def find_posted(
    channel: discord.PartialMessageable, track: Track, bot_id: int, button: re.Pattern[str] = _AGAIN
) -> discord.Message | None:
    """The track's message, where an earlier attempt posted it and could not write that down.

    button: which one it is known by.
    """
    assert track.publish_intent_at is not None

    def is_it(message: discord.Message) -> bool:
        return track_of(message, bot_id, button) == track.id and message.id != track.message_id

    return await posted_since(channel, track.publish_intent_at, is_it)


def track_of(message: discord.Message, bot_id: int, button: re.Pattern[str] = _AGAIN) -> str | None:
    """The id of the track that the message presents; None for any other message."""
    if message.author.id != bot_id:
        return None
    matches = (button.fullmatch(custom_id) for custom_id in custom_ids(message))
    return next((match["track"] for match in matches if match), None)


async def track_in_menu(interaction: Interaction, message: discord.Message) -> str | None:
    """The track whose message it is; says that it is none, and returns None, for every other message."""
    track_id = track_of(message, interaction.application_id, ANY_BUTTON)
    if track_id is None:
        await answer(interaction, NOT_A_TRACK)
    return track_id
