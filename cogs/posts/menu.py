"""What else can be done with a track, behind its More button and on `/track`: each member sees what they may.

The rule: what would be refused is not offered; but whether a member may is asked again at every press.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import discord

from cogs.core.component_router import track_route, view
from cogs.core.responses import Interaction, answer, hold, is_moderator
from cogs.core.rights import Who
from cogs.core.sights import sight_of
from cogs.posts.buttons import the_track, track_button
from cogs.posts.moderators_delivery import publish_button, withhold_button
from cogs.requests.sources import can_be_made_again, check_source
from cogs.texts import posts as texts
from services.pipeline.refetching import can_be_fetched
from services.pipeline.review import may_publish, may_withhold
from services.text.refusal import Refusal
from services.tracks.track import State, Track, check_may_delete


@track_route("more", Who.MEMBER, "See what else can be done with a track")
async def more(interaction: Interaction, track_id: str) -> None:
    """Shows privately what else can be done with the track."""
    await hold(interaction)
    track = await the_track(interaction, track_id)
    await answer(interaction, texts.more(track), view=view(*await more_buttons(interaction, track)))


@track_route("fetch", Who.MAKER, "Fetch a paid track again that could not be had", first=hold)
async def _fetch(interaction: Interaction, track_id: str) -> None:
    """Asks the provider once more for what was paid for and could not be had."""
    track = await interaction.client.studio.refetching.fetch(
        await sight_of(interaction), track_id, interaction.user.id, moderator=is_moderator(interaction)
    )
    await answer(interaction, texts.fetching(track))


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
    if not _refuses(check_source, interaction, track):
        buttons.append(track_button("rework", track))
    buttons.append(track_button("family", track))
    if theirs and track.state is State.WAITING:
        buttons.append(track_button("cancel", track))
    if theirs and can_be_fetched(track):
        buttons.append(track_button("fetch", track))
    if theirs and not _refuses(check_may_delete, track, moderator=moderator):
        buttons.append(track_button("delete", track))
    if moderator and may_publish(track):
        buttons.append(publish_button(track))
    if moderator and may_withhold(track):
        buttons.append(withhold_button(track))
    return buttons


def _refuses(check: Callable[..., None], *of: object, **how: object) -> bool:
    """Whether the check raises a Refusal."""
    try:
        check(*of, **how)
    except Refusal:
        return True
    return False
