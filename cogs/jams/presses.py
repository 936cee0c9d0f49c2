"""The presses on a jam's panel: who is in and has locked in, tags, votes, length and seed, what is read.

The rule: a custom_id says what to do in which jam and nothing else; guild, member and rights are taken from
the interaction each time. A press shows in the panel, which all see; only what stands in its way is private.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import discord

from cogs.core.component_router import route, view
from cogs.core.fields import text_field, typed_in
from cogs.core.responses import Interaction, answer, hold, in_time
from cogs.core.rights import Who
from cogs.core.sights import sight_of
from cogs.jams.acts import JAM, act, act_with_words, make_it_now
from cogs.jams.panel_message import HEADING_NAMES, called, section_name
from cogs.texts.formatting import LONGEST_DESCRIPTION, plain, shortened
from cogs.texts.requests import render_faults
from services.jams import contributions, jams
from services.jams.jams import Jam, Section, must_shape
from services.prompts.prompt import LONGEST, SHORTEST, parse_duration, parse_seed
from services.prompts.section_markers import INSTRUMENTAL
from services.text.faults import Fault, PromptError

LONGEST_TAGS = 300  # characters; as many as all tags of a track together


@route(
    f"jam:(?P<verb>join|leave|lock|unlock):{JAM}",
    Who.MEMBER,
    "Join a jam, leave, lock in",
    sample="jam:join:{nojam}",
)
async def press(interaction: Interaction, match: re.Match[str]) -> None:
    """Pressed twice, each of these is done once."""
    await interaction.response.defer()
    member = interaction.user
    changes = {
        "join": partial(jams.join, member_id=member.id, name=member.display_name),
        "leave": partial(contributions.leave, member_id=member.id),
        "lock": partial(jams.lock, member_id=member.id),
        "unlock": partial(jams.unlock, member_id=member.id),
    }
    await act(interaction, match["jam"], changes[match["verb"]])


@route(
    f"jam:make:{JAM}",
    Who.MAKER,
    "Have a jam's track made, whoever has locked in",
    sample="jam:make:{jam}",
    by_service=True,
)
async def make(interaction: Interaction, match: re.Match[str]) -> None:
    await interaction.response.defer()
    await make_it_now(interaction, match["jam"])


@route(
    rf"jam:without:{JAM}:(?P<member>\d{{1,20}})",
    Who.MAKER,
    "Have a jam's track made without somebody whose own limits do not let it in",
    sample="jam:without:{jam}:1",
    by_service=True,
    private=True,
)
async def make_without(interaction: Interaction, match: re.Match[str]) -> None:
    """Takes out somebody whose own limits keep the track from being made, and has it made."""
    await interaction.response.defer()
    await make_it_now(interaction, match["jam"], without=int(match["member"]))
    said = "They are not in this jam any more; their tags and lines stay."
    await interaction.edit_original_response(content=said, view=None)


@route(
    rf"jam:vote:{JAM}:(?P<proposal>\d{{1,6}}):(?P<vote>for|against)",
    Who.MEMBER,
    "Vote on what two want differently; who is in",
    sample="jam:vote:{nojam}:1:for",
)
async def vote(interaction: Interaction, match: re.Match[str]) -> None:
    await interaction.response.defer()
    change = partial(
        contributions.vote,
        member_id=interaction.user.id,
        proposal_id=int(match["proposal"]),
        agrees=match["vote"] == "for",
    )
    await act(interaction, match["jam"], change)


# tags -----------------------------------------------------------------------------------------------------


@route(f"jam:tags:{JAM}", Who.MEMBER, "Open the form of new tags; who is in", sample="jam:tags:{nojam}")
async def ask_for_tags(interaction: Interaction, match: re.Match[str]) -> None:
    """Opens the form of new tags."""
    if await in_time(interaction, shaped(interaction, match["jam"])) is not None:
        await interaction.response.send_modal(_tags_form(match["jam"]))


def _tags_form(jam_id: str) -> discord.ui.Modal:
    form = discord.ui.Modal(title="Add tags", custom_id=f"jam:tagged:{jam_id}", timeout=None)
    hint = "Genre, instruments, mood, separated by commas"
    form.add_item(text_field("Tags", "tags", "", hint, LONGEST_TAGS))
    form.stop()
    return form


@route(f"jam:tagged:{JAM}", Who.MEMBER, "Send the form of new tags; who is in", form=True)
async def tags_submitted(interaction: Interaction, match: re.Match[str]) -> None:
    await interaction.response.defer()
    typed = typed_in(interaction).get("tags", "")
    change = partial(contributions.add_tags, member_id=interaction.user.id, typed=typed)
    try:
        await act_with_words(interaction, match["jam"], change, tags=typed)
    except PromptError as refusal:
        text = (
            f"No tag was added:\n{render_faults(refusal.faults)}\n"
            f"You typed: {plain(shortened(typed, LONGEST_TAGS))}"
        )
        await answer(interaction, text)


@route(f"jam:strike:{JAM}", Who.MEMBER, "Choose a tag to strike; who is in", sample="jam:strike:{nojam}")
async def ask_which_tag(interaction: Interaction, match: re.Match[str]) -> None:
    """A private menu of the tags; it can be used again and again."""
    await hold(interaction)
    jam = await shaped(interaction, match["jam"])
    await answer(interaction, **_tags_menu(match["jam"], jam))


def _tags_menu(jam_id: str, jam: Jam) -> dict[str, Any]:
    if not jam.tags:
        return {"content": "There is no tag to strike.", "view": None}
    names = {person.id: person.name for person in jam.people}
    options = [
        discord.SelectOption(
            label=tag.text,
            value=tag.text,
            description=shortened(f"added by {names[tag.by]}", 100) if names.get(tag.by) else None,
        )
        for tag in jam.tags
    ]
    menu = discord.ui.Select[Any](
        custom_id=f"jam:struck:{jam_id}", placeholder="Strike a tag …", options=options
    )
    said = "Which tag? One of your own goes at once; of somebody else's, the majority decides on the panel."
    return {"content": said, "view": view(menu)}


@route(f"jam:struck:{JAM}", Who.MEMBER, "Strike a tag: one's own, or by majority", private=True)
async def tag_chosen(interaction: Interaction, match: re.Match[str]) -> None:
    await interaction.response.defer()
    change = partial(contributions.strike_tag, member_id=interaction.user.id, text=chosen(interaction))
    session = await act(interaction, match["jam"], change)
    await interaction.edit_original_response(**_tags_menu(match["jam"], session.jam))


# length and seed --------------------------------------------------------------------------------------------


@route(
    f"jam:settings:{JAM}",
    Who.MEMBER,
    "Open the form of length and seed; who is in",
    sample="jam:settings:{nojam}",
)
async def ask_for_settings(interaction: Interaction, match: re.Match[str]) -> None:
    """Opens the form of length and seed."""
    jam = await in_time(interaction, shaped(interaction, match["jam"]))
    if jam is None:
        return
    form = discord.ui.Modal(title="Length and seed", custom_id=f"jam:set:{match['jam']}", timeout=None)
    seed = "" if jam.seed is None else str(jam.seed)
    form.add_item(text_field("Length", "duration", str(jam.duration), f"{SHORTEST} to {LONGEST} seconds", 10))
    form.add_item(text_field("Seed", "seed", seed, "Left empty, I pick one", 20, required=False))
    form.stop()
    await interaction.response.send_modal(form)


@route(f"jam:set:{JAM}", Who.MEMBER, "Send the form of length and seed; who is in", form=True)
async def settings_submitted(interaction: Interaction, match: re.Match[str]) -> None:
    await interaction.response.defer()
    typed, faults = typed_in(interaction), list[Fault]()
    duration, seed = 0, None
    try:
        duration = parse_duration(typed.get("duration"))
    except PromptError as error:
        faults += error.faults
    try:
        seed = parse_seed(typed.get("seed"))
    except PromptError as error:
        faults += error.faults
    if faults:
        raise PromptError(faults)
    await act(
        interaction,
        match["jam"],
        partial(jams.settle, member_id=interaction.user.id, duration=duration, seed=seed),
    )


# reading ----------------------------------------------------------------------------------------------------


@route(f"jam:read:{JAM}", Who.MEMBER, "Read all of a jam's words", sample="jam:read:{nojam}")
async def read_all(interaction: Interaction, match: re.Match[str]) -> None:
    """All tags and words, privately: a panel has room for some."""
    await hold(interaction)
    session = await interaction.client.studio.jams.find(await sight_of(interaction), match["jam"])
    jam = session.jam
    names = {person.id: person.name for person in jam.people}
    text = _written(jam.sections, names)
    tags = "\n".join(
        f"{plain(tag.text)} ({plain(names.get(tag.by, ''))})".replace(" ()", "") for tag in jam.tags
    )
    if jam.lyrics == INSTRUMENTAL:
        text = HEADING_NAMES[INSTRUMENTAL]
    embed = discord.Embed(title="Lyrics", description=plain(text) or "None: the model makes the words up.")
    embed.add_field(name="Tags", value=shortened(tags, 1024) or "None yet.")
    if len(embed.description or "") > LONGEST_DESCRIPTION - 1100:
        embed.description = "They are in the attached file."
        await answer(interaction, embed=embed, files=[discord.File(io.BytesIO(text.encode()), "lyrics.txt")])
    else:
        await answer(interaction, embed=embed)


@route(f"jam:recap:{JAM}", Who.MEMBER, "Read an ended jam's words", sample="jam:recap:{nojam}")
async def words_by_round(interaction: Interaction, match: re.Match[str]) -> None:
    """What was sung in each round, and by whom it was, as a file."""
    await hold(interaction)
    session = await interaction.client.studio.jams.seen(await sight_of(interaction), match["jam"])
    jam = session.jam
    names = {person.id: person.name for person in jam.people}
    parts = [
        f"ROUND {number}\n{', '.join(tag.text for tag in one.tags)}\n\n{_written(one.sections, names)}"
        for number, one in enumerate(jam.rounds, 1)
    ]
    text = "\n\n\n".join(parts) or "No track came of it."
    file = discord.File(io.BytesIO(text.encode()), "words.txt")
    await answer(interaction, f"The words of the jam {called(jam)}, round by round:", files=[file])


def _written(sections: Sequence[Section], names: Mapping[int, str]) -> str:
    """The sections, each with those who wrote it."""
    return "\n\n".join(
        f"{section_name(number, section)} ({jams.together([names.get(one, '') for one in section.writers])})"
        f"\n{section.text}".replace(" ()", "")
        for number, section in enumerate(sections, 1)
    )


# shared -----------------------------------------------------------------------------------------------------


async def shaped(interaction: Interaction, jam_id: str) -> Jam:
    """The guild's jam, where the member may change it now. Raises NoSuchJam, NotIn, NotNow."""
    session = await interaction.client.studio.jams.find(await sight_of(interaction), jam_id)
    must_shape(session.jam, interaction.user.id)
    return session.jam


def chosen(interaction: Interaction) -> str:
    """What was chosen in a menu."""
    data: Any = interaction.data
    return str(next(iter(data.get("values") or []), ""))
