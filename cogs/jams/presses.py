"""The presses on a jam's panel: who is in and has locked in, tags, votes, length and seed, what is read.

The rule: a custom_id says what to do in which jam and nothing else; guild, member and rights are taken from
the interaction each time. A press shows in the panel, which all see; only what stands in its way is private.
"""

from __future__ import annotations

import io
import re
from functools import partial
from typing import Any

import discord

from cogs.albums.adding import collect
from cogs.core.component_router import route, view
from cogs.core.fields import chosen, text_field, typed_in
from cogs.core.guild_checks import asker_of
from cogs.core.responses import Interaction, answer, defer, hold, in_time
from cogs.core.rights import Who
from cogs.core.sights import sight_of
from cogs.jams.acts import JAM, act, act_with_words, make_it_now
from cogs.texts.formatting import LONGEST_DESCRIPTION, plain, shortened
from cogs.texts.jams import presses as texts
from cogs.texts.jams.panel import HEADING_NAMES
from services.albums.album import Collection
from services.guilds.checks import check_jams
from services.jams import contributions, jams
from services.jams.jams import Jam
from services.prompts.prompt import parse_duration, parse_seed
from services.prompts.section_markers import INSTRUMENTAL
from services.text.faults import Fault, PromptError


@route(
    f"jam:(?P<verb>here|agree|join|leave|lock|unlock):{JAM}",  # the last four: on an older version's panels
    Who.MEMBER,
    "Join a jam or leave it, lock in or unlock",
    sample="jam:here:{nobodys}",
)
async def press(interaction: Interaction, match: re.Match[str]) -> None:
    """Two presses of the first two are two: in and out again."""
    await interaction.response.defer()
    member = interaction.user
    changes = {
        "here": partial(contributions.come_or_go, member_id=member.id, name=member.display_name),
        "agree": partial(jams.lock_or_unlock, member_id=member.id),
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
    first=defer,
    decides=True,
)
async def make(interaction: Interaction, match: re.Match[str]) -> None:
    """Has the jam's track made, whoever has locked in."""
    await make_it_now(interaction, match["jam"])


@route(
    rf"jam:without:{JAM}:(?P<member>\d{{1,20}})",
    Who.MAKER,
    "Have a jam's track made without somebody whose own limits do not let it in",
    sample="jam:without:{jam}:1",
    by_service=True,
    private=True,
    first=defer,
    decides=True,
)
async def make_without(interaction: Interaction, match: re.Match[str]) -> None:
    """Has it made; somebody whose own limits still keep it from that is taken out first."""
    member_id = int(match["member"])
    session = await make_it_now(interaction, match["jam"], without=member_id)
    said = texts.THEY_ARE_OUT if session.jam.person(member_id) is None else texts.THEY_ARE_IN
    await interaction.edit_original_response(content=str(said), view=None)


@route(
    rf"jam:vote:{JAM}:(?P<proposal>\d{{1,6}}):(?P<vote>for|against)",
    Who.MEMBER,
    "Vote on what two want differently; who is in",
    sample="jam:vote:{nobodys}:1:for",
    first=defer,
    decides=True,
)
async def vote(interaction: Interaction, match: re.Match[str]) -> None:
    """Counts the member's vote on what two want differently."""
    change = partial(
        contributions.vote,
        member_id=interaction.user.id,
        proposal_id=int(match["proposal"]),
        agrees=match["vote"] == "for",
    )
    await act(interaction, match["jam"], change)


# tags -----------------------------------------------------------------------------------------------------


@route(f"jam:tags:{JAM}", Who.MEMBER, "Open the form of new tags; who is in", sample="jam:tags:{nobodys}")
async def ask_for_tags(interaction: Interaction, match: re.Match[str]) -> None:
    """Opens the form of new tags."""
    if await in_time(interaction, shaped(interaction, match["jam"])) is not None:
        await interaction.response.send_modal(_tags_form(match["jam"]))


def _tags_form(jam_id: str) -> discord.ui.Modal:
    form = discord.ui.Modal(title=str(texts.ADD_TAGS), custom_id=f"jam:tagged:{jam_id}", timeout=None)
    form.add_item(text_field(texts.TAGS, "tags", "", texts.TAGS_HINT, texts.LONGEST_TAGS))
    form.stop()
    return form


@route(f"jam:tagged:{JAM}", Who.MEMBER, "Send the form of new tags; who is in", form=True)
async def tags_submitted(interaction: Interaction, match: re.Match[str]) -> None:
    """Adds the tags that were sent; what cannot be added is given back."""
    await interaction.response.defer()
    typed = typed_in(interaction).get("tags", "")
    change = partial(contributions.add_tags, member_id=interaction.user.id, typed=typed)
    try:
        await act_with_words(interaction, match["jam"], change, tags=typed)
    except PromptError as refusal:
        await answer(interaction, texts.no_tag_added(refusal, typed))


@route(f"jam:strike:{JAM}", Who.MEMBER, "Choose a tag to strike; who is in", sample="jam:strike:{nobodys}")
async def ask_which_tag(interaction: Interaction, match: re.Match[str]) -> None:
    """A private menu of the tags; it can be used again and again."""
    await hold(interaction)
    jam = await shaped(interaction, match["jam"])
    await answer(interaction, **_tags_menu(match["jam"], jam))


def _tags_menu(jam_id: str, jam: Jam) -> dict[str, Any]:
    if not jam.tags:
        return {"content": texts.NO_TAG_TO_STRIKE, "view": None}
    names = {person.id: person.name for person in jam.participants}
    options = [
        discord.SelectOption(
            label=tag.text,
            value=tag.text,
            description=shortened(texts.added_by(names[tag.by]), 100) if names.get(tag.by) else None,
        )
        for tag in jam.tags
    ]
    menu = discord.ui.Select[Any](
        custom_id=f"jam:struck:{jam_id}", placeholder=str(texts.STRIKE), options=options
    )
    return {"content": texts.WHICH_TAG, "view": view(menu)}


@route(
    f"jam:struck:{JAM}",
    Who.MEMBER,
    "Strike a tag: one's own, or by majority",
    private=True,
    first=defer,
    decides=True,
)
async def tag_chosen(interaction: Interaction, match: re.Match[str]) -> None:
    """Strikes the chosen tag, or counts the member's wish to."""
    change = partial(contributions.strike_tag, member_id=interaction.user.id, text=chosen(interaction))
    session = await act(interaction, match["jam"], change)
    await interaction.edit_original_response(**_tags_menu(match["jam"], session.jam))


# length and seed --------------------------------------------------------------------------------------------


@route(
    f"jam:settings:{JAM}",
    Who.MEMBER,
    "Open the form of length and seed; who is in",
    sample="jam:settings:{nobodys}",
)
async def ask_for_settings(interaction: Interaction, match: re.Match[str]) -> None:
    """Opens the form of length and seed."""
    jam = await in_time(interaction, shaped(interaction, match["jam"]))
    if jam is None:
        return
    form = discord.ui.Modal(
        title=str(texts.LENGTH_AND_SEED), custom_id=f"jam:set:{match['jam']}", timeout=None
    )
    seed = "" if jam.seed is None else str(jam.seed)
    form.add_item(text_field(texts.LENGTH, "duration", str(jam.duration), texts.LENGTH_HINT, 10))
    form.add_item(text_field(texts.SEED, "seed", seed, texts.SEED_HINT, 20, required=False))
    form.stop()
    await interaction.response.send_modal(form)


@route(f"jam:set:{JAM}", Who.MEMBER, "Send the form of length and seed; who is in", form=True)
async def settings_submitted(interaction: Interaction, match: re.Match[str]) -> None:
    """Sets length and seed as they were sent; what cannot be is given back."""
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


@route(f"jam:read:{JAM}", Who.MEMBER, "Read all of a jam's words", sample="jam:read:{nobodys}")
async def read_all(interaction: Interaction, match: re.Match[str]) -> None:
    """All tags and words, privately: a panel has room for some."""
    await hold(interaction)
    session = await interaction.client.studio.jams.find(await sight_of(interaction), match["jam"])
    jam = session.jam
    names = {person.id: person.name for person in jam.participants}
    text = texts.sections(jam.sections, names)
    tags = "\n".join(
        f"{plain(tag.text)} ({plain(names.get(tag.by, ''))})".replace(" ()", "") for tag in jam.tags
    )
    if jam.lyrics == INSTRUMENTAL:
        text = str(HEADING_NAMES[INSTRUMENTAL])
    embed = discord.Embed(title=texts.LYRICS, description=plain(text) or texts.NO_LYRICS)
    embed.add_field(name=texts.TAGS, value=shortened(tags, 1024) or texts.NO_TAGS)
    if len(embed.description or "") > LONGEST_DESCRIPTION - 1100:
        embed.description = str(texts.IN_FILE)
        await answer(interaction, embed=embed, files=[discord.File(io.BytesIO(text.encode()), "lyrics.txt")])
    else:
        await answer(interaction, embed=embed)


@route(f"jam:recap:{JAM}", Who.MEMBER, "Read an ended jam's words", sample="jam:recap:{nobodys}")
async def words_by_round(interaction: Interaction, match: re.Match[str]) -> None:
    """What was sung in each round, and by whom it was, as a file."""
    await hold(interaction)
    session = await interaction.client.studio.jams.seen(await sight_of(interaction), match["jam"])
    jam = session.jam
    names = {person.id: person.name for person in jam.participants}
    parts = [
        texts.round_in_file(number, one.tags, texts.sections(one.sections, names))
        for number, one in enumerate(jam.rounds, 1)
    ]
    text = "\n\n\n".join(parts) or str(texts.NO_TRACK)
    file = discord.File(io.BytesIO(text.encode()), "words.txt")
    await answer(interaction, texts.words_of(jam), files=[file])


@route(f"jam:album:{JAM}", Who.MEMBER, "Make an album of an ended jam's rounds", sample="jam:album:{nobodys}")
async def as_album(interaction: Interaction, match: re.Match[str]) -> None:
    """The first press makes it, and it is that member's; each other one opens it."""
    await hold(interaction)
    jams_kept, sight = interaction.client.studio.jams, await sight_of(interaction)
    session = await jams_kept.seen(sight, match["jam"])
    tracks, _votes = await jams_kept.rounds_of(session)
    theme, starter_id = session.jam.theme, session.jam.starter_id
    await collect(interaction, Collection(f"jam:{session.id}", theme, starter_id, list(tracks)))


# shared -----------------------------------------------------------------------------------------------------


async def shaped(interaction: Interaction, jam_id: str) -> Jam:
    """The guild's jam, where the member may change it now: nobody writes in vain.

    Raises NoSuchJam, NotIn, NotNow, Banned, and what check_jams does.
    """
    check_jams(await asker_of(interaction))
    studio, sight = interaction.client.studio, await sight_of(interaction)
    return (await studio.jams.to_shape(sight, jam_id, interaction.user.id)).jam
