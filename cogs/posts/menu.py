"""What else can be done with a track, behind its More button and on `/track`: each member sees what they may.

The rule: what is shown here is a courtesy; whether a member may is asked again at every press.
"""

from __future__ import annotations

from typing import Any

import discord

from cogs.core.component_router import track_route, view
from cogs.core.responses import Interaction, answer, hold, is_moderator
from cogs.core.rights import Who
from cogs.core.sights import sight_of
from cogs.posts.buttons import the_track, track_button
from cogs.posts.moderators_delivery import publish_button, withhold_button
from cogs.texts import posts as texts
from services.pipeline.refetching import can_be_fetched
from services.pipeline.review import may_publish, may_withhold
from services.tracks.track import State, Track

FOR_ALL = (
    "variations",
    "rework",
    "family",
)  # verbs that everybody may use on a track, in the order in which they are shown


@track_route("more", Who.MEMBER, "See what else can be done with a track")
async def more(interaction: Interaction, track_id: str) -> None:
    """Shows privately what else can be done with the track."""
    await hold(interaction)
    track = await the_track(interaction, track_id)
    await answer(interaction, texts.more(track), view=view(*more_buttons(interaction, track)))


@track_route("fetch", Who.MAKER, "Fetch a paid track again that could not be had", first=hold)
async def _fetch(interaction: Interaction, track_id: str) -> None:
    """Asks the provider once more for what was paid for and could not be had."""
    track = await interaction.client.studio.refetching.fetch(
        await sight_of(interaction), track_id, interaction.user.id, moderator=is_moderator(interaction)
    )
    await answer(interaction, texts.fetching(track))


def more_buttons(interaction: Interaction, track: Track) -> list[discord.ui.Button[Any]]:
    """Buttons for all that the member may do with the track, beside what is on its message."""
    theirs = interaction.user.id in track.makers or is_moderator(interaction)
    buttons = [track_button(verb, track) for verb in FOR_ALL]
    if theirs and track.state is State.WAITING:
        buttons.append(track_button("cancel", track))
    elif theirs and track.state.ended:
        buttons += [track_button("fetch", track)] if can_be_fetched(track) else []
        buttons.append(track_button("delete", track))
    if is_moderator(interaction) and may_publish(track):
        buttons.append(publish_button(track))
    if is_moderator(interaction) and may_withhold(track):
        buttons.append(withhold_button(track))
    return buttons
