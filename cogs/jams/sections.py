"""Writing a jam's sections, and arranging them. The rule: nobody's lines are lost.

A form says which revision of a section it shows. Whoever sends one that was overtaken sees both texts, keeps
theirs, and goes on with it, or puts it below; both read it from the very message that gave it back. So does
whoever sends a text that cannot be taken now, for whatever reason.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import discord

from cogs.core.component_router import button, is_private, route, view
from cogs.core.fields import chosen, text_field, typed_in
from cogs.core.responses import Interaction, answer, defer, hold, in_time, reason_of
from cogs.core.rights import Who
from cogs.jams.acts import JAM, act, act_with_words
from cogs.jams.presses import shaped
from cogs.texts.formatting import boxed, shortened, unboxed
from cogs.texts.jams import presses as texts
from cogs.texts.jams.panel import HEADING_NAMES, section_name
from cogs.texts.translation import Text, in_every_language
from services.jams import contributions
from services.jams.contributions import HEADINGS, LONGEST_SECTION, SectionChanged, the_section
from services.jams.jams import Jam, Section
from services.jams.storage import Session
from services.prompts.section_markers import INSTRUMENTAL
from services.text.faults import PromptError

# A section that is there, by its number; or a new one, by its heading.
WHICH = r"(?P<which>\d{1,6}|[a-z]{4,6})"


# writing ------------------------------------------------------------------------------------------------


@route(f"jam:write:{JAM}", Who.MEMBER, "Open the form of a section; who is in", sample="jam:write:{nobodys}")
async def section_chosen(interaction: Interaction, match: re.Match[str]) -> None:
    """Opens the form of the section that was chosen in the panel's menu."""
    await _open_form(interaction, match["jam"], chosen(interaction))


@route(
    f"jam:mine:{JAM}:{WHICH}",
    Who.MEMBER,
    "Go on with one's own text of a section; who is in",
    sample="jam:mine:{nobodys}:verse",
    private=True,
)
async def go_on_with_mine(interaction: Interaction, match: re.Match[str]) -> None:
    """Opens the form with what the member wrote before, on the section as it is now."""
    await _open_form(interaction, match["jam"], match["which"], _mine(interaction))


async def _open_form(interaction: Interaction, jam_id: str, which: str, mine: str | None = None) -> None:
    jam = await in_time(interaction, shaped(interaction, jam_id))
    if jam is None:
        return
    if which.isdecimal():
        section = the_section(jam, int(which))
        revision, text, heading = section.revision, section.text, section.heading
    else:
        revision, text, heading = 0, "", _heading(which)
    form = discord.ui.Modal(
        title=str(HEADING_NAMES[heading]), custom_id=f"jam:text:{jam_id}:{which}:{revision}", timeout=None
    )
    hint = texts.WORDS_HINT
    if mine is not None and text:
        hint = texts.WORDS_AGAIN_HINT
    shown, needed = text if mine is None else mine, heading != INSTRUMENTAL
    form.add_item(text_field(texts.WORDS, "text", shown, hint, LONGEST_SECTION, required=needed, long=True))
    form.stop()
    await interaction.response.send_modal(form)


def _heading(which: str) -> str:
    """Raises NoSuchSection for what is none."""
    if f"[{which}]" not in HEADINGS:
        raise contributions.NoSuchSection
    return f"[{which}]"


@route(
    rf"jam:text:{JAM}:{WHICH}:(?P<revision>\d{{1,6}})",
    Who.MEMBER,
    "Send the form of a section; who is in",
    form=True,
)
async def text_submitted(interaction: Interaction, match: re.Match[str]) -> None:
    """Saves the section; what cannot be saved goes back to who wrote it."""
    await interaction.response.defer()
    text, member_id = typed_in(interaction).get("text", ""), interaction.user.id
    which = match["which"]
    if which.isdecimal():
        change = partial(
            contributions.rewrite,
            member_id=member_id,
            section_id=int(which),
            revision=int(match["revision"]),
            text=text,
        )
    else:
        change = partial(contributions.write_new, member_id=member_id, heading=_heading(which), text=text)
    if await _save(interaction, match["jam"], which, text, change) and is_private(interaction):
        await interaction.edit_original_response(content=str(texts.SAVED), embeds=[], view=None)


@route(
    rf"jam:below:{JAM}:(?P<which>\d{{1,6}})",
    Who.MEMBER,
    "Put one's own text below a section; who is in",
    sample="jam:below:{nobodys}:1",
    private=True,
)
async def put_mine_below(interaction: Interaction, match: re.Match[str]) -> None:
    """Adds the member's own text below what somebody else wrote meanwhile."""
    await interaction.response.defer()
    text, section_id = _mine(interaction), int(match["which"])
    change = partial(contributions.add_below, member_id=interaction.user.id, section_id=section_id, text=text)
    if await _save(interaction, match["jam"], match["which"], text, change):
        await interaction.edit_original_response(content=str(texts.PUT_BELOW), embeds=[], view=None)


async def _save(interaction: Interaction, jam_id: str, which: str, text: str, change: Any) -> bool:
    try:
        await act_with_words(interaction, jam_id, change, lyrics=text)
    except SectionChanged as overtaken:
        await _give_back(interaction, jam_id, which, text, overtaken.section)
    except PromptError as refusal:
        await _give_back(interaction, jam_id, which, text, said=texts.words_refused(refusal))
    except Exception as refusal:
        reason = reason_of(refusal)
        if reason is None:
            raise
        await _give_back(interaction, jam_id, which, text, said=texts.not_changed(reason))
    else:
        return True
    return False


async def _give_back(
    interaction: Interaction,
    jam_id: str,
    which: str,
    text: str,
    theirs: Section | None = None,
    said: str | Text = texts.OVERTAKEN,
) -> None:
    """What the member wrote, in a message that only they see; where they were overtaken, theirs too."""
    embeds = [discord.Embed(title=texts.WHAT_YOU_WROTE, description=boxed(text))] if text.strip() else []
    buttons = [button(texts.GO_ON_WITH_MINE, f"jam:mine:{jam_id}:{which}", discord.ButtonStyle.primary)]
    if theirs is not None:
        embeds.insert(0, discord.Embed(title=texts.WHAT_IS_THERE, description=boxed(theirs.text)))
        buttons.append(button(texts.PUT_MINE_BELOW, f"jam:below:{jam_id}:{which}"))
    await answer(interaction, said, embeds=embeds, view=view(*(buttons if embeds else [])))


def _mine(interaction: Interaction) -> str:
    """What the message gives back."""
    embeds = interaction.message.embeds if interaction.message else []
    titles = in_every_language(lambda: str(texts.WHAT_YOU_WROTE))
    return next((unboxed(embed.description or "") for embed in embeds if embed.title in titles), "")


# arranging ------------------------------------------------------------------------------------------------


@route(
    f"jam:arrange:{JAM}", Who.MEMBER, "Choose a section to arrange; who is in", sample="jam:arrange:{nobodys}"
)
async def arrange(interaction: Interaction, match: re.Match[str]) -> None:
    """A private menu of the sections; it can be used again and again."""
    await hold(interaction)
    jam = await shaped(interaction, match["jam"])
    await answer(interaction, **_sections_menu(match["jam"], jam, None))


@route(f"jam:chosen:{JAM}", Who.MEMBER, "See what can be done with a section; who is in", private=True)
async def section_to_arrange(interaction: Interaction, match: re.Match[str]) -> None:
    """Offers the jam's sections to choose one from."""
    await interaction.response.defer()
    jam = await shaped(interaction, match["jam"])
    which = chosen(interaction)
    section = the_section(jam, int(which) if which.isdecimal() else 0)
    await interaction.edit_original_response(**_sections_menu(match["jam"], jam, section.id))


@route(
    rf"jam:(?P<verb>up|down|back|remove):{JAM}:(?P<which>\d{{1,6}})",
    Who.MEMBER,
    "Move a section, bring back what it was, take it out: one's own, or by majority",
    sample="jam:up:{nobodys}:1",
    private=True,
    first=defer,
    decides=True,
)
async def arranged(interaction: Interaction, match: re.Match[str]) -> None:
    """Moves, restores or removes the chosen section, or counts the member's wish to."""
    section: dict[str, Any] = {"member_id": interaction.user.id, "section_id": int(match["which"])}
    changes = {
        "up": partial(contributions.move, steps=-1, **section),
        "down": partial(contributions.move, steps=1, **section),
        "back": partial(contributions.bring_back, **section),
        "remove": partial(contributions.remove, **section),
    }
    session = await act(interaction, match["jam"], changes[match["verb"]])
    await interaction.edit_original_response(**_after(session, int(match["which"])))


def _after(session: Session, section_id: int) -> dict[str, Any]:
    there = any(section.id == section_id for section in session.jam.sections)
    return _sections_menu(session.id, session.jam, section_id if there else None)


def _sections_menu(jam_id: str, jam: Jam, which: int | None) -> dict[str, Any]:
    """The sections in their order, and what can be done with the chosen one."""
    if not jam.sections:
        return {"content": texts.NO_SECTION, "view": None}
    options = [
        discord.SelectOption(
            label=section_name(number, section),
            value=str(section.id),
            description=shortened(section.text.replace("\n", " / "), 100) or None,
            default=section.id == which,
        )
        for number, section in enumerate(jam.sections, 1)
    ]
    menu = discord.ui.Select[Any](
        custom_id=f"jam:chosen:{jam_id}", placeholder=str(texts.CHOOSE_SECTION), options=options
    )
    if which is None:
        return {"content": texts.WHICH_SECTION, "view": view(menu)}
    buttons = [button(label, f"jam:{verb}:{jam_id}:{which}") for verb, label in texts.ARRANGE.items()]
    buttons[2].disabled = not the_section(jam, which).earlier
    asked = any(proposal.removes == which for proposal in jam.proposals)
    said = texts.ASKED_TO_TAKE_OUT if asked else texts.WHAT_TO_DO
    return {"content": said, "view": view(menu, *buttons)}
