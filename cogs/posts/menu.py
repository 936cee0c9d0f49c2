"""What else can be done with a track, behind More and on `/library track`: each member sees what they may.

The rule: what would be refused is not offered; but whether a member may is asked again at every press.
"""

from __future__ import annotations

import asyncio
from typing import Any

import discord
import structlog

from cogs.core.component_router import track_route, view
from cogs.core.pictures import COLOUR, picture_file, with_picture
from cogs.core.responses import Interaction, answer, hold, is_moderator
from cogs.core.rights import Who
from cogs.core.sights import sight_of
from cogs.posts.buttons import the_track, track_button
from cogs.posts.moderators_delivery import publish_button, withhold_button
from cogs.requests.sources import can_be_made_again, check_source
from cogs.texts import posts as texts
from services.contests.contest import Phase
from services.own_voices.singing import check_own
from services.pictures.card_file import alt_text
from services.pipeline.refetching import can_be_fetched
from services.pipeline.review import may_publish, may_withhold
from services.text.refusal import refuses
from services.tracks.track import AUDIBLE, State, Track, check_may_delete
from services.tracks.votes import OPEN

log = structlog.get_logger(__name__)

CARD = "card.png"


@track_route("more", Who.MEMBER, "See what else can be done with a track")
async def more(interaction: Interaction, track_id: str) -> None:
    """Shows privately what else can be done with the track."""
    await hold(interaction)
    track = await the_track(interaction, track_id)
    await answer(interaction, texts.more(track), view=view(*await more_buttons(interaction, track)))


@track_route("details", Who.MEMBER, "See a track's loudness and sections, exactly")
async def details(interaction: Interaction, track_id: str) -> None:
    """Shows privately the card: loudness over time in LUFS, and where the sections are."""
    await hold(interaction)
    track = await the_track(interaction, track_id)
    try:
        card = await interaction.client.studio.audio.card(track.id)
    except OSError as error:
        log.warning("a card cannot be had", track=track.id, error=str(error))
        await answer(interaction, texts.CARD_AWAY)
        return
    if card is None:
        await answer(interaction, texts.no_card(track))
        return
    picture = await asyncio.to_thread(card.read_bytes)
    file = picture_file(picture, CARD, alt_text(picture))
    embed = with_picture(discord.Embed(description=texts.details(track), colour=COLOUR), file)
    await answer(interaction, embed=embed, files=[file])


@track_route("fetch", Who.MAKER, "Fetch a paid track again that could not be had", first=hold)
async def _fetch(interaction: Interaction, track_id: str) -> None:
    """Asks the provider once more for what was paid for and could not be had."""
    track = await interaction.client.studio.refetching.fetch(
        await sight_of(interaction), track_id, interaction.user.id, moderator=is_moderator(interaction)
    )
    await answer(interaction, texts.fetching(track))


async def may_be_sung(interaction: Interaction, track: Track) -> bool:
    """Whether the member is offered to sing over the track: it is theirs, and it is done here."""
    own = not refuses(check_own, track, interaction.user.id)
    return own and await interaction.client.studio.own_voices.offered(track.guild_id)


async def more_buttons(
    interaction: Interaction, track: Track, *, again: bool | None = None
) -> list[discord.ui.Button[Any]]:
    """Buttons for all that the member may do with the track, beside what is on its message.

    again: whether it can be made once more, where that is known.
    """
    moderator = is_moderator(interaction)
    theirs = interaction.user.id in track.makers or moderator
    if again is None:
        again = await can_be_made_again(interaction, track)
    buttons = [track_button("variations", track)] if again else []
    if not refuses(check_source, interaction, track):
        buttons.append(track_button("rework", track))
        if await may_be_sung(interaction, track):
            buttons.append(track_button("sing", track))
    buttons.append(track_button("family", track))
    if track.state in AUDIBLE:
        buttons.append(track_button("details", track))
    if track.state in OPEN and not track.held_back:
        buttons.append(track_button("album", track))
    if interaction.user.id in track.makers and await _can_be_entered(interaction, track):
        buttons.append(track_button("contest", track))
    if track.state is State.DELIVERED and track.deleted_at is None:
        buttons.append(track_button("voice", track))
    if theirs and track.state is State.WAITING:
        buttons.append(track_button("cancel", track))
    if theirs and can_be_fetched(track):
        buttons.append(track_button("fetch", track))
    if theirs and not refuses(check_may_delete, track, moderator=moderator):
        buttons.append(track_button("delete", track))
    if moderator and may_publish(track):
        buttons.append(publish_button(track))
    if moderator and may_withhold(track):
        buttons.append(withhold_button(track))
    return buttons


async def _can_be_entered(interaction: Interaction, track: Track) -> bool:
    """Whether a contest is open that would take the track."""
    if track.state is not State.DELIVERED or track.contest_id is not None:
        return False
    going_on = await interaction.client.studio.contests.going_on(await sight_of(interaction))
    return any(one.phase is Phase.ENTRIES and not one.rules.breaches(track) for one in going_on)
