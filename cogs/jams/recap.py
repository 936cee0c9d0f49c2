"""What a jam leaves: its rounds, the winner, who wrote what, and all MP3s as one file. Posted once.

The rule: that it is about to be posted is written down before, and its message after; a kill in between finds
the message by its button. Who erased themselves is in it no longer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import discord
import structlog

from cogs.core.client import Jamboree
from cogs.core.component_router import button
from cogs.core.discord_errors import TOO_LARGE, is_not_now
from cogs.core.elsewhere import Elsewhere
from cogs.core.history import custom_ids, fresh, posted_since
from cogs.core.pictures import COLOUR, LONGEST_ALT, drawn, picture_file
from cogs.core.sights import Sights
from cogs.jams.panel_message import LONGEST_TEXT
from cogs.languages.guild_languages import publicly
from cogs.posts.archives import archives, audio_of
from cogs.posts.threads import edit
from cogs.texts.albums.album import AS_ALBUM
from cogs.texts.formatting import file_name, shortened
from cogs.texts.jams import recap as texts
from cogs.texts.library.families import described, rows_of
from services.delivery import DeliveryUnavailable
from services.jams.rounds import winner
from services.jams.storage import Session
from services.messages.nonces import nonce_of
from services.pictures.family_rows import MOST
from services.tracks.track import Track
from services.workers import jobs

log = structlog.get_logger(__name__)

PICTURE = "family.png"
MOST_OF_ROUNDS = 2400  # characters; the rest is for who wrote what


async def tell(bot: Jamboree, session: Session) -> None:
    """Posts the recap; where it is there already, writes it anew. Raises what Discord answers."""
    with await publicly(bot, session.guild_id):
        await _tell(bot, session)


async def _tell(bot: Jamboree, session: Session) -> None:
    session = await bot.studio.jams.begin_recap(session.id)
    channel = bot.get_partial_messageable(session.channel_id, guild_id=session.guild_id)
    tracks, votes = await bot.studio.jams.rounds_of(session)
    known = session.recap_message_id or await _posted_before(bot, channel, session)
    failed = await bot.studio.get(session.jam.failed) if session.jam.ending and session.jam.failed else None
    place = session.guild_id, session.channel_id
    audible = await bot.part(Elsewhere).audible(*place, tracks.values())
    found, gone = await audio_of(bot, audible)
    explicit = [track for track in tracks.values() if track not in audible]
    members = [(path, file_name(track)) for path, track in found]
    packed = await archives(bot, session.guild_id, session.jam.theme or "jam", session.id, members)
    family = await _family(bot, session, tracks, votes)
    try:
        message_id = None
        for attached in [packed, []] if packed else [packed]:
            files = [discord.File(one, one.name) for one in attached]
            if family is not None:
                files.append(picture_file(family[0], PICTURE, family[1]))
            try:
                missing = texts.missing(gone, explicit, too_large=bool(found) and not attached)
                view = _view(bot, session, tracks, votes, failed, files, missing)
                message_id = await _put(bot, channel, session, known, view, files)
                break
            except discord.HTTPException as refusal:
                if not attached or not (refusal.status == 413 or refusal.code in TOO_LARGE):
                    raise
    finally:
        for one in packed:
            one.unlink(missing_ok=True)
    await bot.studio.jams.recap_posted(session, message_id)


async def _put(
    bot: Jamboree,
    channel: discord.PartialMessageable,
    session: Session,
    known: int | None,
    view: discord.ui.LayoutView,
    files: list[discord.File],
) -> int:
    """The id of the recap's message, posted or written anew."""
    nobody = discord.AllowedMentions.none()
    if known is None:
        assert session.recap_at is not None
        nonce = nonce_of("recap", session.id, session.recap_at.timestamp())
        message = await channel.send(
            view=view, files=files, nonce=nonce, silent=True, allowed_mentions=nobody
        )
        return message.id
    try:
        await edit(bot, channel.get_partial_message(known), view=view, attachments=files)
    except discord.NotFound as error:
        if is_not_now(error):
            raise
        log.info("a recap was taken down", jam=session.id)
    return known


async def _posted_before(bot: Jamboree, channel: discord.PartialMessageable, session: Session) -> int | None:
    """Of the recap's message, where an earlier attempt posted it and could not write that down."""
    assert session.recap_at is not None
    wanted = f"jam:recap:{session.id}"

    if fresh(session.recap_at):
        return None
    found = await posted_since(channel, session.recap_at, lambda message: wanted in custom_ids(message))
    return found.id if found else None


# the files ------------------------------------------------------------------------------------------------


async def _family(
    bot: Jamboree, session: Session, tracks: Mapping[str, Track], votes: Mapping[str, int]
) -> tuple[bytes, str] | None:
    """The winner's family as a picture (PNG), and what it shows in words; None where there is none."""
    best = winner(session.jam, votes)
    track = tracks.get(best.track_id) if best else None
    if track is None:
        return None
    sight = bot.part(Sights).of_channel(session.guild_id, session.channel_id)
    family = await bot.studio.families.family(track, sight, lambda one: not one.held_back, MOST)
    picture = await drawn(bot, jobs.draw_family, rows_of(family))
    if picture is None and not bot.open:
        raise DeliveryUnavailable("the bot stops; the next start tells it whole")
    return None if picture is None else (picture, described(family, LONGEST_ALT))


# the words ------------------------------------------------------------------------------------------------


def _view(
    bot: Jamboree,
    session: Session,
    tracks: Mapping[str, Track],
    votes: Mapping[str, int],
    failed: Track | None,
    files: list[discord.File],
    missing: str,
) -> discord.ui.LayoutView:
    jam = session.jam
    container = discord.ui.Container[Any](accent_colour=COLOUR)
    why = texts.over(session, bot.studio.jams.idle, failed)
    rounds = shortened(texts.rounds(jam, tracks, votes), MOST_OF_ROUNDS)
    wrote = shortened(texts.who_wrote_what(jam), LONGEST_TEXT - len(why) - len(rounds) - 200)
    for text in filter(None, (why, rounds, wrote)):
        container.add_item(discord.ui.TextDisplay(text))
    for file in sorted(files, key=lambda one: one.filename != PICTURE):
        if file.filename == PICTURE:
            item = discord.MediaGalleryItem(file.uri, description=file.description)
            container.add_item(discord.ui.MediaGallery[Any](item))
        else:
            container.add_item(discord.ui.File[Any](file.uri))
    if missing:
        container.add_item(discord.ui.TextDisplay(missing))
    controls = [button(texts.WORDS_BY_ROUND, f"jam:recap:{session.id}")]
    controls += [button(AS_ALBUM, f"jam:album:{session.id}")] if tracks else []
    container.add_item(discord.ui.ActionRow[Any](*controls))
    made = discord.ui.LayoutView(timeout=None)
    made.add_item(container)
    made.stop()
    return made
