"""What must be confirmed before it is made: a passage that is repainted, and anything from a member's file.

The rule: a private message holds all of it, with price and picture; its button carries the id that the track
will have, so that pressing it twice, or after a restart, asks for one track.
"""

from __future__ import annotations

import re
from typing import Any

import discord

from cogs.core.component_router import button, route, view
from cogs.core.fields import in_files, picked_up, put_down
from cogs.core.pictures import as_file, drawn, with_picture
from cogs.core.responses import Interaction, answer, guild_of, in_time
from cogs.core.rights import Who
from cogs.core.sights import sight_of
from cogs.requests.drafts import give_back
from cogs.requests.rework_drafts import (
    KEY,
    VERBS,
    ReworkDraft,
    ReworkForm,
    draft_in_message,
    draft_of,
    draft_submitted,
)
from cogs.requests.submit import approve, hand_over, request_of
from cogs.texts.formatting import length, money, named, plain, shortened
from services.prompts.prompt import Prompt
from services.prompts.rework import Kind
from services.requests import AskedAlready
from services.storage.files import card_path
from services.text.faults import Fault
from services.text.refusal import RequestRefusal
from services.tracks.tracks import new_id
from services.workers import jobs

PICTURE = "passage.png"
STATEMENT = (
    "I made this recording, or whoever holds the rights in it allows me to have it reworked and to post the "
    "result here."
)


async def ask_for_rework(
    interaction: Interaction, draft: ReworkDraft, faults: tuple[Fault, ...] = ()
) -> None:
    """Asks for the rework, or first whether it is meant so; gives the private answer that follows.

    faults: what is wrong already, to be told together with the draft's own. The interaction has been held.
    """
    try:
        approved = await approve(interaction, draft, faults, draft.track)
        prompt = approved.prompt
        if draft.file is not None or draft.kind is Kind.REPAINT:
            await _propose(interaction, draft, prompt)
        else:
            await hand_over(interaction, request_of(interaction, approved, draft.track))
    except RequestRefusal as refusal:
        await give_back(interaction, draft, refusal)


async def _propose(interaction: Interaction, draft: ReworkDraft, prompt: Prompt, said: str = "") -> None:
    """Shows what would be made, from what, and for how much."""
    prices = interaction.client.studio.prices
    price, at_most = prices.price(prompt), " at most" if prices.at_most(prompt) else ""
    what = named(draft.track) if draft.track else f"your file “{plain(_file_name(draft))}”"
    text = f"{said}**{VERBS[draft.kind]}** {what}: {_consequence(prompt)} "
    text += f"It costs{at_most} {money(price)}."
    sign = "Make it"
    if draft.file is not None:
        sign = "I may use it: make it"
        text += (
            f"\nBy pressing *{sign}* you confirm: “{STATEMENT}” That is written down. I delete the file when "
            "the track is finished."
        )
    embed, files = put_down("What you ask for", draft.lyrics, draft.others)
    if (picture := await _picture(interaction, draft, prompt)) is not None:
        files.append(picture)
        embed = with_picture(embed, picture)
    green = discord.ButtonStyle.success
    buttons = (
        button(sign, f"rework:make:{new_id()}:{price}:{draft.key}", green),
        button("Change", f"rework:change:{draft.key}"),
        button("Cancel", f"rework:cancel:{draft.key}"),
    )
    await answer(interaction, shortened(text, 2000), embed=embed, view=view(*buttons), files=files)


def _file_name(draft: ReworkDraft) -> str:
    return shortened(draft.file.name if draft.file else "", 80)


def _consequence(prompt: Prompt) -> str:
    """What becomes of the sound, in a sentence."""
    rework = prompt.rework
    assert rework is not None
    match rework.kind:
        case Kind.REPAINT:
            passage = f"{length(rework.start)} to {length(min(rework.end, rework.length))}"
            return f"{passage} is made anew, the rest stays as it is."
        case Kind.EXTEND:
            return f"it is {rework.told(prompt.tags)}; what there is stays as it is."
        case Kind.LYRICS:
            return "the same music, sung with your words."
        case _:
            return "the same melody, with other instruments and in another style."


async def _picture(interaction: Interaction, draft: ReworkDraft, prompt: Prompt) -> discord.File | None:
    """The sound's card with the passage marked that is repainted; None where none is, or there is no card."""
    bot, rework = interaction.client, prompt.rework
    if rework is None or rework.kind is not Kind.REPAINT:
        return None
    if draft.file is not None:
        card = bot.studio.own_files.card(draft.file.id)
    else:
        card = card_path(bot.settings.data_dir, draft.track.id if draft.track else "")
    made = await drawn(bot, jobs.draw_marked, card, rework.start, rework.end)
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
        approved = await approve(interaction, draft)
        prompt = approved.prompt
        if interaction.client.studio.prices.price(prompt) > int(match["price"]):
            await _propose(interaction, draft, prompt, "The price has gone up meanwhile. ")
            return
        more: dict[str, Any] = {"id": match["id"]}
        if draft.file is not None:
            more |= {"file": draft.file, "statement": STATEMENT}
        await hand_over(interaction, request_of(interaction, approved, draft.track, **more))
    except RequestRefusal as refusal:
        await give_back(interaction, draft, refusal)
    else:
        await interaction.edit_original_response(embeds=[], attachments=[])


@route(
    f"rework:change:{KEY}",
    Who.MEMBER,
    "Change what was asked of a rework",
    sample="rework:change:repaint:track:{track}",
)
async def change(interaction: Interaction, match: re.Match[str]) -> None:
    """Opens the form, filled in from the message."""
    draft = await in_time(interaction, draft_of(interaction, match, picked_up(interaction.message)))
    if draft is not None:
        await interaction.response.send_modal(ReworkForm(draft, in_files(interaction.message)))


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
        files = interaction.client.studio.own_files
        await files.forget(guild_of(interaction), interaction.user.id, match["source"])
    said = "Nothing was started and nothing was charged."
    await interaction.edit_original_response(content=said, embeds=[], attachments=[], view=None)


@route(
    f"rework:form:{KEY}",
    Who.MEMBER,
    "Send the form of a rework; a file must be one's own",
    form=True,
    by_command=True,
)
async def submitted(interaction: Interaction, match: re.Match[str]) -> None:
    """Every form of a rework, whoever opened it."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    await ask_for_rework(interaction, await draft_submitted(interaction, match))
