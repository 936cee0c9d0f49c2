"""The presses on a party's panel, and *Play in voice* below a track.

The rule: a press says which party, and of what plays which place; who listens and who may decide is asked of
Discord and the tables each time.
"""

from __future__ import annotations

import re

import discord

from cogs.core.component_router import route, track_route
from cogs.core.fields import text_field, typed_in
from cogs.core.responses import Interaction, answer, defer, guild_of, hold, is_moderator
from cogs.core.rights import Who
from cogs.parties.acts import add, audience_in, changed, play, the_party
from cogs.parties.players import PartyPlayers
from cogs.parties.playlists import tracks_of
from cogs.posts.buttons import the_track
from cogs.texts.parties import party as texts
from services.parties.party import NoSuchParty, Party

PARTY = "(?P<party>[0-9a-z]{20})"
LONGEST = 100  # characters of what is looked for


@route(
    rf"party:skip:{PARTY}:(?P<place>\d{{1,6}})",
    Who.MEMBER,
    "Want to skip what a party plays; whoever started it, and moderators, skip it at once",
    sample="party:skip:{nobodys}:0",
    first=hold,
    decides=True,
)
async def skip(interaction: Interaction, match: re.Match[str]) -> None:
    """Counts the member in; a press on what is over already does nothing more."""
    party = await _pressed(interaction, match)
    if party.place != int(match["place"]):
        await answer(interaction, texts.SKIPPED)
        return
    await skip_in(interaction, party)


async def skip_in(interaction: Interaction, party: Party) -> None:
    """Wants to skip what plays now. Raises NotListening, NoSuchParty."""
    bot = interaction.client
    listeners = await bot.part(PartyPlayers).listeners(party.guild_id, party.channel_id)
    skipped = await bot.studio.parties.skip(
        audience_in(interaction, party.channel_id),
        party.id,
        interaction.user.id,
        listeners,
        moderator=is_moderator(interaction),
        place=party.place,
    )
    changed(interaction, party)
    await answer(interaction, texts.SKIPPED if skipped else texts.WANTED)


@route(
    rf"party:(?P<verb>pause|resume):{PARTY}",
    Who.MAKER,
    "Pause a party, or let it go on; so do all who listen while its starter does not",
    sample="party:pause:{party}",
    first=defer,
    by_service=True,
    decides=True,
)
async def pause(interaction: Interaction, match: re.Match[str]) -> None:
    """Pauses what plays, or lets it go on."""
    party, bot = await _pressed(interaction, match), interaction.client
    listeners = await bot.part(PartyPlayers).listeners(party.guild_id, party.channel_id)
    now = await bot.studio.parties.pause(
        audience_in(interaction, party.channel_id),
        party.id,
        interaction.user.id,
        listeners,
        paused=match["verb"] == "pause",
        moderator=is_moderator(interaction),
    )
    changed(interaction, now)


@route(
    f"party:stop:{PARTY}",
    Who.MAKER,
    "Stop a party",
    sample="party:stop:{party}",
    first=hold,
    by_service=True,
    decides=True,
)
async def stop(interaction: Interaction, match: re.Match[str]) -> None:
    """Ends the party."""
    await stop_it(interaction, await _pressed(interaction, match))


async def stop_it(interaction: Interaction, party: Party) -> None:
    """Ends the party. Raises NotYourParty, NoSuchParty."""
    over = await interaction.client.studio.parties.stop(
        audience_in(interaction, party.channel_id),
        party.id,
        interaction.user.id,
        moderator=is_moderator(interaction),
    )
    changed(interaction, over)
    await answer(interaction, texts.STOPPED)


@route(
    f"party:add:{PARTY}",
    Who.MEMBER,
    "Open the form in which a track is added to a party",
    sample="party:add:{nobodys}",
    decides=True,
)
async def ask_what_to_add(interaction: Interaction, match: re.Match[str]) -> None:
    """Opens the form."""
    form = discord.ui.Modal(
        title=str(texts.ADD_TITLE), custom_id=f"party:added:{match['party']}", timeout=None
    )
    form.add_item(text_field(texts.ADD_WHAT, "track", "", texts.ADD_HINT, LONGEST))
    form.stop()
    await interaction.response.send_modal(form)


@route(
    f"party:added:{PARTY}",
    Who.MEMBER,
    "Add a track to a party, by its form",
    form=True,
    first=hold,
    decides=True,
)
async def added(interaction: Interaction, match: re.Match[str]) -> None:
    """Adds the track that is meant. Raises NoSuchTrack, Ambiguous."""
    await _pressed(interaction, match)
    track = await the_track(interaction, typed_in(interaction).get("track", ""))
    await add(interaction, [track.id])


@track_route(
    "voice",
    Who.MEMBER,
    "Play a track in voice: in the guild's party, or in a new one",
    first=hold,
    decides=True,
)
async def play_in_voice(interaction: Interaction, track_id: str) -> None:
    """Adds the track to the party, or starts one with it where the member is."""
    await play(interaction, [(await the_track(interaction, track_id)).id])


@route(
    r"party:contest:(?P<contest>[0-9a-z]{20})",
    Who.MEMBER,
    "Play in voice what was entered in a contest that is over: in the guild's party, or in a new one",
    sample="party:contest:{nobodys}",
    first=hold,
    decides=True,
)
async def play_contest(interaction: Interaction, match: re.Match[str]) -> None:
    """The same with a contest's entries, the best first. Raises NoSuchContest."""
    await play(interaction, await tracks_of(interaction, f"contest:{match['contest']}"))


async def _pressed(interaction: Interaction, match: re.Match[str]) -> Party:
    """The party that the button belongs to. Raises NoSuchParty where it is over, or another guild's."""
    party = await the_party(interaction)
    if party.id != match["party"] or party.guild_id != guild_of(interaction):
        raise NoSuchParty
    return party
