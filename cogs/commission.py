"""The one way from a draft to a track in the queue, for commands, forms and buttons alike."""

from __future__ import annotations

import re
from dataclasses import replace

import discord

from cogs.drafts import FORM, Draft, draft_submitted, give_back
from cogs.replies import Interaction, guild_of, hold
from cogs.routes import route
from cogs.wording import named
from services.ledger import LimitReached
from services.people import Banned
from services.prompts import Fault, Prompt, PromptError
from services.studio import GuildBlocked, NoSuchTrack, Request, TooManyWaiting
from services.tracks import Reply, Track


async def commission(interaction: Interaction, draft: Draft, faults: tuple[Fault, ...] = ()) -> None:
    """Asks for the draft's track and gives the private answer that follows it.

    faults: what is wrong already, to be told together with the draft's own. The interaction has been held.
    Raises NoSuchTrack where the draft's parent is not one of the guild's.
    """
    parent = await _parent(interaction, draft)
    if parent is not None:
        draft = replace(draft, seed=str(parent.seed))
    try:
        prompt = _checked(draft, faults)
        if parent is not None and _same(prompt, parent):
            await give_back(
                interaction,
                draft,
                "Nothing was started and nothing was charged: with this seed, these tags and lyrics it "
                f"would come out just like {named(parent)}. Change one of them, or press *Again* there for a "
                "new take.",
            )
            return
        await ask_for(interaction, prompt, parent)
    except (PromptError, LimitReached, TooManyWaiting, GuildBlocked, Banned) as refusal:
        await give_back(interaction, draft, refusal)


@route(FORM)
async def form_submitted(interaction: Interaction, form: re.Match[str]) -> None:
    """Every form is a draft of a track, whoever opened it."""
    await hold(interaction)
    await commission(interaction, await draft_submitted(interaction, form))


async def ask_for(interaction: Interaction, prompt: Prompt, parent: Track | None) -> None:
    """Hands the prompt to the studio. Raises what Studio.compose raises."""
    bot = interaction.client
    queued = await bot.studio.compose(
        Request(
            guild_id=guild_of(interaction),
            guild_name=interaction.guild.name if interaction.guild else "",
            channel_id=interaction.channel_id or 0,
            member_id=interaction.user.id,
            member_name=interaction.user.display_name,
            prompt=prompt,
            parent_id=parent.id if parent else None,
            reply=Reply(interaction.token, discord.utils.utcnow()),
        )
    )
    interaction.extras["answered"] = True
    await bot.answers.refresh(queued.track.id)


async def _parent(interaction: Interaction, draft: Draft) -> Track | None:
    if draft.parent_id is None:
        return None
    parent = await interaction.client.studio.find(guild_of(interaction), draft.parent_id)
    if parent is None:
        raise NoSuchTrack
    return parent


def _checked(draft: Draft, faults: tuple[Fault, ...]) -> Prompt:
    """The draft's prompt. Raises PromptError with every fault there is."""
    try:
        prompt = draft.prompt()
    except PromptError as error:
        raise PromptError((*faults, *error.faults)) from error
    if faults:
        raise PromptError(faults)
    return prompt


def _same(prompt: Prompt, track: Track) -> bool:
    """Whether the prompt, with the track's seed, would give the track again."""
    return (prompt.tags, prompt.lyrics, prompt.duration) == (track.tags, track.lyrics, track.duration)
