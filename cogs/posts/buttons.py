"""The buttons on a track: its votes, Again, Remix seed, Lyrics, More; Delete and Cancel.

What else can be done is behind More, and done where it is typed (`cogs/rework.py`, `cogs/library/family.py`).

The rule: a custom_id says which button and which track and nothing else; guild, member and permissions are
taken from the interaction each time. So a button works after a restart, and a forged one does nothing.
"""

from __future__ import annotations

import re
from typing import Any

import discord

from cogs.core.component_router import button, is_private, route, subject, track_route, view
from cogs.core.guild_checks import check_may_ask
from cogs.core.responses import (
    Interaction,
    answer,
    defer,
    hold,
    hold_if_slow,
    in_time,
    is_hidden,
    is_moderator,
)
from cogs.core.rights import Who
from cogs.core.sights import sight_of
from cogs.posts.lyrics import lyrics_files, lyrics_page
from cogs.requests.drafts import remix_form
from cogs.requests.rework_drafts import ReworkDraft, ReworkForm
from cogs.requests.sources import made_again_from
from cogs.requests.submit import ask_for
from cogs.texts import posts as texts
from cogs.texts.outcomes import ended_sentence
from services.prompts.prompt import INSTRUMENTAL
from services.tracks.request_refusals import check_not_secret
from services.tracks.track import Ambiguous, HeldBack, NoSuchTrack, Track, check_may_delete
from services.tracks.track_prompts import prompt_of

_STYLES = {"again": discord.ButtonStyle.primary} | dict.fromkeys(
    ("cancel", "delete", "deletenow"), discord.ButtonStyle.danger
)


def track_button(verb: str, track: Track) -> discord.ui.Button[Any]:
    """The button that does `verb` to the track; that of a vote says how many it has."""
    label = texts.votes(track.votes) if verb == "vote" else texts.LABELS[verb]
    return button(label, f"track:{verb}:{track.id}", _STYLES.get(verb, discord.ButtonStyle.secondary))


def track_buttons(track: Track) -> discord.ui.View:
    """The buttons under a finished track."""
    return view(*(track_button(verb, track) for verb in ("vote", "again", "remix", "lyrics", "more")))


async def the_track(interaction: Interaction, reference: str) -> Track:
    """The track of the interaction's guild with that id, number or title.

    Raises NoSuchTrack or Ambiguous; HeldBack where only moderators and its maker may see it.
    """
    track = await _found(interaction, reference)
    if is_hidden(interaction, track):
        raise HeldBack(track)
    return track


async def _found(interaction: Interaction, reference: str) -> Track:
    studio, sight = interaction.client.studio, await sight_of(interaction)
    if track := await studio.find(sight, reference):
        return track
    wanted = reference.strip().casefold()
    called_so = [one for one in await studio.search(sight, reference) if one.title.casefold() == wanted]
    if not called_so:
        raise NoSuchTrack
    if len(called_so) > 1:
        raise Ambiguous(called_so)
    return called_so[0]


# pressed ----------------------------------------------------------------------------------------------


@track_route("vote", Who.MEMBER, "Vote for a public track, or take it back", first=defer, decides=True)
async def _vote(interaction: Interaction, track_id: str) -> None:
    """Gives or takes back a vote; whatever shows the count hears of it as the bot's event "vote"."""
    bot = interaction.client
    vote = await bot.studio.votes.press(await sight_of(interaction), track_id, interaction.user.id)
    bot.dispatch("vote", vote)
    if is_private(interaction):  # a look-up that its member alone sees: one press, one edit
        await _show_here(interaction, track_id)


async def _show_here(interaction: Interaction, track_id: str) -> None:
    assert interaction.message is not None
    shown = discord.ui.View.from_message(interaction.message, timeout=None)
    for item in shown.walk_children():
        if isinstance(item, discord.ui.Button) and item.custom_id == f"track:vote:{track_id}":
            item.label = texts.votes(await interaction.client.studio.votes.count(track_id))
    shown.stop()
    await interaction.edit_original_response(view=shown)


@track_route("again", Who.MEMBER, "Make a track once more with a new seed")
async def _again(interaction: Interaction, track_id: str) -> None:
    """The same prompt with a new seed."""
    await hold_if_slow(interaction)
    track = await the_track(interaction, track_id)
    await ask_for(interaction, prompt_of(track), await made_again_from(interaction, track))


@track_route("remix", Who.MEMBER, "Open the form of a remix")
async def open_remix_form(interaction: Interaction, reference: str) -> None:
    """Opens the form in which the track is changed; a form cannot be put off, so its look-up is quick."""
    form = await in_time(interaction, _remix_form(interaction, reference))
    if form is not None:
        await interaction.response.send_modal(form)


async def _remix_form(interaction: Interaction, reference: str) -> discord.ui.Modal:
    await check_may_ask(interaction)
    track = await the_track(interaction, reference)
    check_not_secret(track)
    if track.rework is None:
        return remix_form(track)
    return ReworkForm(ReworkDraft.again(track, await made_again_from(interaction, track)))


@track_route("lyrics", Who.MEMBER, "Read a track's lyrics")
async def _lyrics(interaction: Interaction, track_id: str) -> None:
    await hold(interaction)
    track = await the_track(interaction, track_id)
    if track.words == INSTRUMENTAL:
        await answer(interaction, texts.instrumental(track))
    elif not track.words:
        await answer(interaction, texts.made_up(track))
    else:
        await answer(interaction, **lyrics_page(track, 0), files=lyrics_files(track))


@route(
    r"track:lyrics:(?P<track>[0-9a-z]{20}):(?P<page>\d{1,4})",
    Who.MEMBER,
    "Turn the pages of a track's lyrics",
    sample="track:lyrics:{track}:0",
    private=True,
)
async def turn_lyrics(interaction: Interaction, match: re.Match[str]) -> None:
    """Another page of the lyrics; the file stays with the message."""
    await interaction.response.defer()
    track = await the_track(interaction, match["track"])
    await interaction.edit_original_response(**lyrics_page(track, int(match["page"])))


@track_route("delete", Who.MAKER, "Be asked whether to delete a track", first=hold)
async def _delete(interaction: Interaction, _track_id: str) -> None:
    """Asks first: there is no way back."""
    track = subject(interaction, Track)
    check_may_delete(track, moderator=is_moderator(interaction))
    await answer(
        interaction,
        texts.delete(track),
        view=view(track_button("deletenow", track), track_button("keep", track)),
    )


@track_route(
    "deletenow",
    Who.MAKER,
    "Delete a track; one that was withheld: moderators only",
    asked=True,
    first=defer,
    private=True,
)
async def _delete_now(interaction: Interaction, track_id: str) -> None:
    bot = interaction.client
    track = await bot.studio.delete(
        await sight_of(interaction), track_id, interaction.user.id, moderator=is_moderator(interaction)
    )
    said = texts.deleted(track, taken_down=await bot.studio.privacy.take_down(track.id))
    await interaction.edit_original_response(content=said, view=None)


@track_route("keep", Who.MEMBER, "Not delete a track after all", private=True)
async def _keep(interaction: Interaction, track_id: str) -> None:
    await interaction.response.edit_message(content=texts.STAYS, view=None)


@track_route("cancel", Who.MAKER, "Cancel a track that waits", first=defer, private=True)
async def _cancel(interaction: Interaction, track_id: str) -> None:
    """Takes a waiting track off the queue; says so here and where it was asked for."""
    track = await interaction.client.studio.queue.cancel(
        await sight_of(interaction), track_id, interaction.user.id, moderator=is_moderator(interaction)
    )
    await interaction.edit_original_response(content=ended_sentence(track), embeds=[], view=None)
    await interaction.client.answers.refresh(track)
