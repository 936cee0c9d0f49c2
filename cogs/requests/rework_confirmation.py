"""What must be confirmed before it is made: a passage that is repainted, what is sung with the member's own
voice, and anything from a member's file.

The rule: a private message holds all of it, with price and picture; its button carries the id that the track
will have, so that pressing it twice, or after a restart, asks for one track.
"""

from __future__ import annotations

import re
from typing import Any

import discord

from cogs.core.component_router import button, route, view
from cogs.core.fields import in_files, picked_up, put_down
from cogs.core.guild_checks import check_may_ask
from cogs.core.pictures import as_file, drawn, with_picture
from cogs.core.responses import Interaction, answer, guild_of, hold_if_slow, in_time
from cogs.core.rights import Who
from cogs.core.sights import sight_of
from cogs.requests.drafts import give_back
from cogs.requests.rework_drafts import (
    KEY,
    ReworkDraft,
    ReworkForm,
    draft_in_message,
    draft_of,
    draft_submitted,
)
from cogs.requests.sources import check_may_sing
from cogs.requests.submit import approve, hand_over, request_of
from cogs.texts import reworks as texts
from cogs.texts.files import file_words
from cogs.texts.formatting import named, shortened
from cogs.texts.refusals import render_refusal
from cogs.texts.requests import NOTHING_STARTED
from services.prompts.prompt import Prompt
from services.prompts.rework import Kind
from services.text.faults import Fault
from services.text.refusal import RequestRefusal
from services.tracks.request_refusals import AskedAlready, PriceWentUp
from services.tracks.tracks import new_id
from services.workers import jobs

PICTURE = "passage.png"


async def ask_for_rework(
    interaction: Interaction, draft: ReworkDraft, faults: tuple[Fault, ...] = ()
) -> None:
    """Asks for the rework, or first whether it is meant so; gives the private answer that follows.

    faults: what is wrong already, to be told together with the draft's own. The interaction is held if slow.
    """
    try:
        await _check_voice(interaction, draft)
        approved = await approve(interaction, draft, faults, draft.track)
        prompt = approved.prompt
        if draft.file is not None or draft.kind in (Kind.REPAINT, Kind.VOICE):
            await check_may_ask(interaction)  # what would be refused is not offered
            await _propose(interaction, draft, prompt)
        else:
            await hand_over(interaction, request_of(interaction, approved, draft.track))
    except RequestRefusal as refusal:
        await give_back(interaction, draft, refusal)


async def _check_voice(interaction: Interaction, draft: ReworkDraft) -> None:
    """Whether the member has a voice to sing it with, where it is to be. Raises as `OwnVoices.check` does."""
    if draft.kind is Kind.VOICE and draft.track is not None:
        await check_may_sing(interaction, draft.track)


async def _propose(interaction: Interaction, draft: ReworkDraft, prompt: Prompt, said: str = "") -> None:
    """Shows what would be made, from what, and for how much."""
    prices = interaction.client.studio.prices
    price, of_file = prices.price(prompt), draft.file is not None
    source = named(draft.track) if draft.track else texts.own_file(draft.file.name if draft.file else "")
    text = texts.proposal(source, prompt, price, at_most=prices.at_most(prompt), of_file=of_file)
    if said:
        text = f"{said} {text}"
    sign = texts.MAKE_IT_OF_FILE if of_file else texts.MAKE_IT
    sign = texts.SING_IT if draft.kind is Kind.VOICE else sign
    embed, files = put_down(str(texts.WHAT_YOU_ASK_FOR), draft.lyrics, draft.others)
    if (picture := await _picture(interaction, draft, prompt)) is not None:
        files.append(picture)
        embed = with_picture(embed, picture)
    green = discord.ButtonStyle.success
    buttons = (
        button(sign, f"rework:make:{new_id()}:{price}:{draft.key}", green),
        button(texts.CHANGE, f"rework:change:{draft.key}"),
        button(texts.CANCEL, f"rework:cancel:{draft.key}"),
    )
    await answer(interaction, shortened(text, 2000), embed=embed, view=view(*buttons), files=files)


async def _picture(interaction: Interaction, draft: ReworkDraft, prompt: Prompt) -> discord.File | None:
    """The sound's card with the passage marked that is repainted; None where none is, or there is no card."""
    bot, rework = interaction.client, prompt.rework
    if rework is None or rework.kind is not Kind.REPAINT:
        return None
    try:
        if draft.file is not None:
            card = await bot.studio.uploads.card(draft.file.id)
        else:
            card = await bot.studio.audio.card(draft.track.id if draft.track else "")
    except OSError:  # gone, or away: it is shown without
        return None
    made = await drawn(bot, jobs.draw_marked, card, rework.start, rework.end, file_words()) if card else None
    return None if made is None else as_file(made.picture, PICTURE, made.words)


# pressed ----------------------------------------------------------------------------------------------


@route(
    r"rework:make:(?P<id>[0-9a-z]{20}):(?P<price>\d{1,9}):" + KEY,
    Who.MEMBER,
    "Confirm a rework, and that one may use a file",
    sample="rework:make:00000000000000000000:9000:extend:track:{track}",
    private=True,
)
async def make(interaction: Interaction, match: re.Match[str]) -> None:
    """Asks for what the message holds, once; shows it again where it would cost more by now."""
    await interaction.response.defer()
    if await interaction.client.studio.find(await sight_of(interaction), match["id"]) is not None:
        raise AskedAlready
    draft = await draft_in_message(interaction, match)
    try:
        await _check_voice(interaction, draft)
        approved = await approve(interaction, draft)
        more: dict[str, Any] = {"id": match["id"], "shown": int(match["price"])}
        if draft.file is not None:
            more |= {"file": draft.file, "statement": str(texts.STATEMENT)}
        await hand_over(interaction, request_of(interaction, approved, draft.track, **more))
    except PriceWentUp as refusal:
        await _propose(interaction, draft, draft.prompt(), render_refusal(refusal))
    except RequestRefusal as refusal:
        await give_back(interaction, draft, refusal)


@route(
    f"rework:change:{KEY}",
    Who.MEMBER,
    "Change what was asked of a rework",
    sample="rework:change:repaint:track:{track}",
)
async def change(interaction: Interaction, match: re.Match[str]) -> None:
    """Opens the form, filled in from the message."""
    draft = await in_time(interaction, _to_change(interaction, match))
    if draft is not None:
        await interaction.response.send_modal(ReworkForm(draft, in_files(interaction.message)))


async def _to_change(interaction: Interaction, match: re.Match[str]) -> ReworkDraft:
    await check_may_ask(interaction)
    draft = await draft_of(interaction, match, picked_up(interaction.message))
    await _check_voice(interaction, draft)
    return draft


@route(
    f"rework:cancel:{KEY}",
    Who.MEMBER,
    "Not ask for a rework after all",
    sample="rework:cancel:repaint:track:{track}",
    private=True,
)
async def cancel(interaction: Interaction, match: re.Match[str]) -> None:
    """Nothing is made, and a file goes."""
    await interaction.response.defer()
    if match["whose"] == "file":
        files = interaction.client.studio.uploads
        await files.forget(guild_of(interaction), interaction.user.id, match["source"])
    await interaction.edit_original_response(
        content=str(NOTHING_STARTED), embeds=[], attachments=[], view=None
    )


@route(
    f"rework:form:{KEY}",
    Who.MEMBER,
    "Send the form of a rework; a file must be one's own",
    form=True,
    by_command=True,
)
async def submitted(interaction: Interaction, match: re.Match[str]) -> None:
    """Every form of a rework, whoever opened it."""
    await hold_if_slow(interaction)
    await ask_for_rework(interaction, await draft_submitted(interaction, match))
