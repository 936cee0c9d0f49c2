"""Entering a contest: from its post, from below one's own track, and taking an entry back.

The rule: who enters is the interaction's member, and the track one of theirs; both are looked up each time.
"""

from __future__ import annotations

import re
from typing import Any

import discord

from cogs.albums.adding import collect
from cogs.contests.post import CONTEST
from cogs.core.component_router import button, route, track_route, view
from cogs.core.elsewhere import Elsewhere
from cogs.core.fields import chosen
from cogs.core.responses import Interaction, answer, defer, hold
from cogs.core.rights import Who
from cogs.core.sights import Sights, sight_of, track_seen
from cogs.texts.contests import contest as command_texts
from cogs.texts.contests import voting as texts
from cogs.texts.formatting import named, shortened, titled
from services.albums.album import Collection
from services.contests.contest import Contest, NotOpenForEntries, Phase
from services.contests.entries import Place
from services.tracks.browse import Wanted
from services.tracks.track import State, Track

OFFERED = 25  # tracks (Discord: Select Menu)
LOOKED_AT = 100  # of the member's newest


async def enter(interaction: Interaction, contest: Contest, track: Track) -> None:
    """Enters the track, and says so. Raises what `Contests.enter` does."""
    bot, sight = interaction.client, await sight_of(interaction)
    where = contest.guild_id, contest.channel_id
    adults = track.explicit and await bot.part(Elsewhere).is_age_restricted(*where)
    place = Place(bot.part(Sights).of_channel(*where), age_restricted=adults)
    await bot.studio.contests.enter(sight, contest.id, track.id, interaction.user.id, place)
    bot.dispatch("contest_changed", contest.id)
    await answer(interaction, texts.entered(contest, named(track)), view=view(_take_back(contest, track)))


@route(
    f"contest:offer:{CONTEST}",
    Who.MEMBER,
    "See which of one's tracks can be entered",
    sample="contest:offer:{nobodys}",
)
async def offer(interaction: Interaction, match: re.Match[str]) -> None:
    """A private select of the member's newest tracks that keep the rules."""
    await hold(interaction)
    studio, sight = interaction.client.studio, await sight_of(interaction)
    contest = await studio.contests.check_open(sight, match["contest"], interaction.user.id)
    found = await _enterable(interaction, contest)
    if not found:
        await answer(interaction, texts.NO_TRACK_TO_ENTER)
        return
    options = [
        discord.SelectOption(label=shortened(f"#{track.number} {titled(track)}", 100), value=track.id)
        for track in found
    ]
    menu = discord.ui.Select[Any](
        custom_id=f"contest:enter:{contest.id}", placeholder=str(texts.WHICH_TRACK), options=options
    )
    await answer(interaction, texts.WHICH_TRACK, view=view(menu))


@route(
    f"contest:enter:{CONTEST}",
    Who.MEMBER,
    "Enter one's own track, by its select",
    private=True,
    first=defer,
    decides=True,
)
async def track_chosen(interaction: Interaction, match: re.Match[str]) -> None:
    """Enters the track that was chosen."""
    contest = await interaction.client.studio.contests.find(await sight_of(interaction), match["contest"])
    await enter(interaction, contest, await track_seen(interaction, chosen(interaction)))


@track_route(
    "contest", Who.MEMBER, "Enter one's own track in the contest that is open", first=hold, decides=True
)
async def enter_below(interaction: Interaction, track_id: str) -> None:
    """Enters the track in the contest that is open; asks which, where several are."""
    track = await track_seen(interaction, track_id)
    going_on = await interaction.client.studio.contests.going_on(await sight_of(interaction))
    found = [one for one in going_on if one.phase is Phase.ENTRIES]
    if not found:
        raise NotOpenForEntries
    if len(found) == 1:
        await enter(interaction, found[0], track)
        return
    buttons = [
        button(shortened(command_texts.choice(one, None), 80), f"contest:into:{one.id}:{track.id}")
        for one in found
    ]
    await answer(interaction, command_texts.WHICH, view=view(*buttons))


@route(
    rf"contest:into:{CONTEST}:(?P<track>[0-9a-z]{{20}})",
    Who.MEMBER,
    "Enter one's own track in one of several contests",
    private=True,
    first=defer,
    decides=True,
)
async def contest_chosen(interaction: Interaction, match: re.Match[str]) -> None:
    """Enters the track in the contest that was chosen."""
    track = await track_seen(interaction, match["track"])
    contest = await interaction.client.studio.contests.find(await sight_of(interaction), match["contest"])
    await enter(interaction, contest, track)


async def _enterable(interaction: Interaction, contest: Contest) -> list[Track]:
    """The newest of the member's tracks that keep the contest's rules, and are not in it."""
    studio, sight, member_id = interaction.client.studio, await sight_of(interaction), interaction.user.id
    entries = (await studio.contests.standing(sight, contest.id)).entries
    entered = {one.track.id for one in entries}
    page = await studio.music.page(sight, Wanted(maker_id=member_id), 0, LOOKED_AT)
    found = [one.track for one in page.listed if one.track.id not in entered]
    return [
        track
        for track in found
        if track.state is State.DELIVERED and not contest.rules.breaches(track) and track.contest_id is None
    ][:OFFERED]


@route(
    f"contest:album:{CONTEST}",
    Who.MEMBER,
    "Make an album of a contest's entries",
    sample="contest:album:{nobodys}",
)
async def as_album(interaction: Interaction, match: re.Match[str]) -> None:
    """An album of what was entered, the best first, once the contest is over. Raises what `collect` does."""
    await hold(interaction)
    standing = await interaction.client.studio.contests.standing(
        await sight_of(interaction), match["contest"]
    )
    contest, ids = standing.contest, tuple(one.track.id for one in standing.placed)
    origin, starter_id = f"contest:{contest.id}", contest.starter_id or 0
    await collect(interaction, Collection(origin, contest.theme, starter_id, ids))


# one's own ------------------------------------------------------------------------------------------------


@route(
    f"contest:mine:{CONTEST}", Who.MEMBER, "See which entries are one's own", sample="contest:mine:{nobodys}"
)
async def mine(interaction: Interaction, match: re.Match[str]) -> None:
    """What of the entries is the member's own, and their numbers: nobody else is told."""
    await hold(interaction)
    standing = await interaction.client.studio.contests.standing(
        await sight_of(interaction), match["contest"]
    )
    contest = standing.contest
    own = [one for one in standing.entries if interaction.user.id in one.track.makers]
    buttons = [_take_back(contest, one.track) for one in own[:OFFERED] if contest.phase is Phase.ENTRIES]
    parts: dict[str, Any] = {"view": view(*buttons)} if buttons else {}
    await answer(interaction, texts.mine(contest, own), **parts)


@route(
    rf"contest:leave:{CONTEST}:(?P<track>[0-9a-z]{{20}})",
    Who.MEMBER,
    "Take one's own entry back, while entries are open",
    private=True,
)
async def leave(interaction: Interaction, match: re.Match[str]) -> None:
    """Takes the entry back."""
    await interaction.response.defer()
    bot, track = interaction.client, await track_seen(interaction, match["track"])
    sight = await sight_of(interaction)
    contest = await bot.studio.contests.leave(sight, match["contest"], track.id, interaction.user.id)
    bot.dispatch("contest_changed", contest.id)
    await interaction.edit_original_response(content=texts.taken_back(named(track)), view=None)


def _take_back(contest: Contest, track: Track) -> discord.ui.Button[Any]:
    label = shortened(texts.TAKE_BACK.format(title=titled(track)), 80)
    return button(label, f"contest:leave:{contest.id}:{track.id}")
