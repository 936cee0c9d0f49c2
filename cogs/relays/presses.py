"""What is pressed on a relay's messages. What it does shows in the post; what is in its way is private."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import Any

import discord

from cogs.core.component_router import route
from cogs.core.fields import given_back, text_field, typed_in
from cogs.core.guild_checks import anybody_in, asker_of, automod_for
from cogs.core.responses import Interaction, answer, defer, hold, in_time
from cogs.core.rights import Who
from cogs.core.sights import sight_of
from cogs.posts.kept_messages import KeptMessages
from cogs.relays.post import RELAY
from cogs.texts.prompts.faults import render_faults
from cogs.texts.relays import relay as texts
from services.guilds.checks import check_place, faults_in
from services.prompts.prompt import parse_prompt, parse_title
from services.relays.relay import LONGEST_LINE, NotYourTurn, Relay
from services.relays.storage import post_of
from services.text.faults import Fault, PromptError

TURN = rf"{RELAY}-(?P<turn>\d{{2}})"
LONGEST_HINT = 100  # characters (Discord: Label)


@route(
    f"relay:sit:{RELAY}",
    Who.MEMBER,
    "Take a seat in a relay, or leave it",
    sample="relay:sit:{nobodys}",
    first=defer,
    decides=True,
)
async def sit(interaction: Interaction, match: re.Match[str]) -> None:
    """Two presses are two: in and out again."""
    check_place(await asker_of(interaction))
    member = interaction.user
    relays, sight = interaction.client.studio.relays, await sight_of(interaction)
    show(interaction, await relays.sit(sight, match["relay"], member.id, member.display_name))


@route(
    f"relay:begin:{RELAY}",
    Who.MAKER,
    "Begin a relay",
    sample="relay:begin:{relay}",
    first=defer,
    by_service=True,
    decides=True,
)
async def begin(interaction: Interaction, match: re.Match[str]) -> None:
    """The first line is to be written."""
    relays, sight = interaction.client.studio.relays, await sight_of(interaction)
    show(interaction, await relays.begin(sight, match["relay"], interaction.user.id))


@route(
    f"relay:write:{RELAY}",
    Who.MEMBER,
    "Open the form of one's line in a relay; whose turn it is",
    sample="relay:write:{nobodys}",
    decides=True,
)
async def ask_for_line(interaction: Interaction, match: re.Match[str]) -> None:
    """Shows the last line of the one before, to whose turn it is alone."""
    relay = await in_time(interaction, _to_write(interaction, match["relay"]))
    if relay is None:
        return
    hint = texts.last_line(relay.last_line) if relay.last_line else str(texts.NO_LINE_YET)
    form = discord.ui.Modal(
        title=str(texts.WRITE), custom_id=f"relay:line:{relay.id}-{relay.turn:02d}", timeout=None
    )
    form.add_item(text_field(texts.YOUR_LINE, "line", "", hint[:LONGEST_HINT], LONGEST_LINE))
    form.stop()
    await interaction.response.send_modal(form)


async def _to_write(interaction: Interaction, relay_id: str) -> Relay:
    relays = interaction.client.studio.relays
    return await relays.to_write(await sight_of(interaction), relay_id, interaction.user.id)


@route(
    f"relay:line:{TURN}",
    Who.MEMBER,
    "Send one's line of a relay; whose turn it is",
    form=True,
    first=hold,
    decides=True,
)
async def line_sent(interaction: Interaction, match: re.Match[str]) -> None:
    """Writes the line down; what cannot be taken, or comes when its turn is over, is given back."""
    typed = typed_in(interaction).get("line", "")
    try:
        line, faults = await _checked(interaction, await _to_write(interaction, match["relay"]), typed)
        if faults:
            say = partial(texts.not_taken, render_faults(faults))
            await answer(interaction, **given_back(say, typed))
            return
        if not line:
            await answer(interaction, texts.BLANK)
            return
        relay = await _write(interaction, match, line)
    except NotYourTurn:
        await answer(interaction, **given_back(texts.too_late, typed))
    else:
        await answer(interaction, texts.taken(relay, interaction.user.id))


async def _write(interaction: Interaction, match: re.Match[str], line: str) -> Relay:
    """Raises what `Relays.write` does."""
    relays, sight = interaction.client.studio.relays, await sight_of(interaction)
    relay = await relays.write(sight, match["relay"], interaction.user.id, line, int(match["turn"]))
    show(interaction, relay)
    return relay


async def _checked(interaction: Interaction, relay: Relay, typed: str) -> tuple[str, list[Fault]]:
    """The line as it is sung, and all that is against it: what would be said against the song in the end,
    where nobody can mend it any more, is told now, also what the line makes of those before it.
    """
    try:
        line = parse_title(typed, LONGEST_LINE).replace("[", "(").replace("]", ")")
        parse_prompt(tags="folk", lyrics=f"[verse]\n{line}", duration=60)
    except PromptError as error:
        return "", [replace(fault, field="lyrics") for fault in error.faults]
    bot = interaction.client
    asker = await anybody_in(bot, relay.guild_id, relay.channel_id)
    automod = await automod_for(bot, asker)
    alone, before, after = [
        await faults_in(asker, automod, {"lyrics": lyrics})
        for lyrics in (line, relay.lyrics, relay.with_line(line).lyrics)
    ]
    return line, alone or [fault for fault in after if fault not in before]


@route(
    f"relay:pass:{TURN}",
    Who.MEMBER,
    "Pass one's line of a relay; whose turn it is",
    first=defer,
    decides=True,
)
async def pass_line(interaction: Interaction, match: re.Match[str]) -> None:
    """It is the next one's line."""
    await _write(interaction, match, "")


@route(
    f"relay:vote:{RELAY}", Who.MEMBER, "Vote on what a relay's song sounds like", first=defer, decides=True
)
async def vote(interaction: Interaction, match: re.Match[str]) -> None:
    """The member's votes are these, and no others."""
    data: Any = interaction.data
    values: list[object] = data.get("values") or []
    tags = [str(one) for one in values]
    relays, sight = interaction.client.studio.relays, await sight_of(interaction)
    show(interaction, await relays.vote(sight, match["relay"], interaction.user.id, tags))


@route(
    f"relay:sing:{RELAY}",
    Who.MAKER,
    "Have a relay sung now",
    sample="relay:sing:{relay}",
    first=defer,
    by_service=True,
    decides=True,
)
async def sing(interaction: Interaction, match: re.Match[str]) -> None:
    """The vote is over; or it is tried again."""
    relays, sight = interaction.client.studio.relays, await sight_of(interaction)
    show(interaction, await relays.sing(sight, match["relay"], interaction.user.id))


@route(
    f"relay:end:{RELAY}",
    Who.MAKER,
    "End a relay",
    sample="relay:end:{relay}",
    first=defer,
    by_service=True,
    decides=True,
)
async def end(interaction: Interaction, match: re.Match[str]) -> None:
    """It is over."""
    relays, sight = interaction.client.studio.relays, await sight_of(interaction)
    show(interaction, await relays.end(sight, match["relay"], interaction.user.id))


def show(interaction: Interaction, relay: Relay) -> None:
    """Has its post brought up to date without waiting for the next look."""
    interaction.client.part(KeptMessages).touch(post_of(relay.id))
