"""The one way from a draft to a track in the queue, for commands, forms and buttons alike."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import discord

from cogs.core.component_router import route
from cogs.core.guild_checks import asker_of, automod_for
from cogs.core.responses import Interaction, guild_of, hold_if_slow
from cogs.core.rights import Who
from cogs.core.sights import place_of, sight_of, track_seen
from cogs.requests.drafts import FORM, Draft, draft_submitted, give_back
from cogs.texts.translation import spoken
from services.contests.contest import Contest
from services.guilds.checks import Approved, AsBefore, Written
from services.pipeline.queue import Taken
from services.prompts.prompt import Fault, Prompt
from services.requests import Request
from services.text.refusal import RequestRefusal
from services.tracks.ballots import Ballot
from services.tracks.track import Reply, Track


async def submit_draft(interaction: Interaction, draft: Draft, faults: tuple[Fault, ...] = ()) -> None:
    """Asks for the draft's track and gives the private answer that follows it.

    faults: what is wrong already, to be told together with the draft's own. The interaction is held if slow.
    Raises NoSuchTrack where the draft's parent is not one of the guild's.
    """
    parent = await track_seen(interaction, draft.parent_id) if draft.parent_id is not None else None
    if parent is not None:
        draft = replace(draft, seed=str(parent.seed))
    try:
        contest = await _contest_of(interaction, draft)
        approved = await approve(interaction, draft, faults, parent)
        await hand_over(interaction, _for(contest, request_of(interaction, approved, parent)))
    except RequestRefusal as refusal:
        await give_back(interaction, draft, refusal)


async def _contest_of(interaction: Interaction, draft: Draft) -> Contest | None:
    """The contest that it is made for, where something can be entered now. Raises what `check_open` does."""
    if draft.contest_id is None:
        return None
    sight = await sight_of(interaction)
    contests = interaction.client.studio.contests
    return await contests.check_open(sight, draft.contest_id, interaction.user.id)


def _for(contest: Contest | None, request: Request) -> Request:
    """The request, whose track goes where the contest is, and is its maker's alone until that is over."""
    if contest is None:
        return request
    place = {"channel_id": contest.channel_id, "place_id": contest.place_id}
    return replace(request, contest_id=contest.id, **place)


@route(FORM, Who.MEMBER, "Send the form of a track", form=True, by_command=True)
async def form_submitted(interaction: Interaction, form: re.Match[str]) -> None:
    """Every form is a draft of a track, whoever opened it."""
    await hold_if_slow(interaction)
    await submit_draft(interaction, await draft_submitted(interaction, form))


async def ask_for(interaction: Interaction, prompt: Prompt, parent: Track | None) -> None:
    """Asks for the prompt's track as it is. Raises RequestRefusal."""
    approved = await approve(interaction, AsBefore(prompt))
    await hand_over(interaction, request_of(interaction, approved, parent))


def request_of(interaction: Interaction, approved: Approved, parent: Track | None, **more: Any) -> Request:
    """The request that the interaction makes for the prompt. more: other fields of it."""
    return Request(
        guild_id=guild_of(interaction),
        guild_name=interaction.guild.name if interaction.guild else "",
        channel_id=interaction.channel_id or 0,
        place_id=place_of(interaction.channel),
        member_id=interaction.user.id,
        member_name=interaction.user.display_name,
        prompt=approved.prompt,
        parent_id=parent.id if parent else None,
        reply=Reply(interaction.token, discord.utils.utcnow(), spoken()),
        **more,
    )


async def hand_over(interaction: Interaction, *requests: Request, ballot: Ballot | None = None) -> None:
    """Hands the requests, which the guild's rules allow, to the studio, and gives the private answer.

    ballot: opened with them. Where Discord does not take the answer, nothing was asked for.
    """
    bot = interaction.client

    async def accepted(tracks: Sequence[Track], known: Taken | None) -> None:
        await bot.answers.begin(interaction, tracks, requests[0].prompt.warnings, known)

    await bot.studio.requests.compose_all(requests, ballot, accepted)


async def approve(
    interaction: Interaction, written: Written, faults: tuple[Fault, ...] = (), source: Track | None = None
) -> Approved:
    """What was written as a prompt that is allowed for the interaction's member, here and now.

    source: what it is made from, where it must not come out like what there is. Raises what
    `Requests.approve` does.
    """
    bot, asker = interaction.client, await asker_of(interaction)
    sight = await sight_of(interaction) if source is not None else None
    return await bot.studio.requests.approve(
        asker, lambda: automod_for(bot, asker), written, faults, source=source, sight=sight
    )
