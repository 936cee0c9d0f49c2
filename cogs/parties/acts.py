"""What members do with a party: start it where they are, and add to it; by command, button or form."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from cogs.core.guild_checks import asker_of
from cogs.core.permissions import VOICE
from cogs.core.responses import Interaction, answer, guild_of
from cogs.core.sights import sight_of
from cogs.parties.audience import audience_of
from cogs.posts.kept_messages import KeptMessages
from cogs.texts.parties import party as texts
from services.guilds.checks import check_parties
from services.parties.party import Audience, NoSuchParty, Party, PartyThere
from services.parties.service import key_of


def audience_in(interaction: Interaction, channel_id: int) -> Audience:
    """Those who may listen in that voice channel."""
    return audience_of(interaction.client, guild_of(interaction), channel_id)


async def the_party(interaction: Interaction) -> Party:
    """The guild's party. Raises NoSuchParty, also where the member does not see its channel."""
    party = await interaction.client.studio.parties.of_guild(guild_of(interaction))
    if party is None or not (await sight_of(interaction)).sees_channel(party.channel_id):
        raise NoSuchParty
    return party


async def start(interaction: Interaction, track_ids: Sequence[str]) -> None:
    """Opens a party in the member's voice channel, and says so; or says privately why not.

    Raises what `Parties.start` and check_parties do.
    """
    member = interaction.user
    channel = member.voice.channel if isinstance(member, discord.Member) and member.voice else None
    if channel is None:
        await answer(interaction, texts.NOT_IN_VOICE)
        return
    if not isinstance(channel, discord.VoiceChannel):
        await answer(interaction, texts.NO_STAGE)
        return
    check_parties(await asker_of(interaction), channel.id)
    may = channel.permissions_for(channel.guild.me)
    if missing := [one for one in VOICE if not getattr(may, one)]:
        await answer(interaction, texts.may_not(channel.id, missing))
        return
    if 0 < channel.user_limit <= len(channel.voice_states) and not may.move_members:
        await answer(interaction, texts.IS_FULL)
        return
    bot = interaction.client
    audience = audience_in(interaction, channel.id)
    who = member.id, member.display_name
    try:
        party = await bot.studio.parties.start(audience, channel.id, *who, track_ids)
    except PartyThere as there:
        await bot.part(KeptMessages).look_for(key_of(there.party.id))
        raise
    standing = await bot.studio.parties.standing(party.id, audience)
    changed(interaction, party)
    panel = str(texts.PANEL) if may.send_messages else texts.no_panel()
    await answer(interaction, f"{texts.started(channel.id, len(standing.queue))}\n{panel}")


async def add(interaction: Interaction, track_ids: Sequence[str]) -> None:
    """Puts tracks into the guild's party, and says so. Raises what `Parties.add` does, NoSuchParty."""
    party = await the_party(interaction)
    parties, audience = interaction.client.studio.parties, audience_in(interaction, party.channel_id)
    added = await parties.add(audience, party.id, interaction.user.id, track_ids)
    changed(interaction, party)
    await answer(interaction, texts.added(added, party.channel_id))


async def play(interaction: Interaction, track_ids: Sequence[str]) -> None:
    """Adds tracks to the guild's party or, where there is none, starts one with them."""
    if await interaction.client.studio.parties.of_guild(guild_of(interaction)) is None:
        await start(interaction, track_ids)
    else:
        await add(interaction, track_ids)


def changed(interaction: Interaction, party: Party) -> None:
    """Has what plays, and the panel, follow what was just done."""
    interaction.client.dispatch("party_changed", party)
    interaction.client.dispatch("kept_message_changed", key_of(party.id))
