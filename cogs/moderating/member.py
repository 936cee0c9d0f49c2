"""/moderation member: moderators time members out of making tracks, ban them from it, and lift that.

The rule: Discord shows it to moderators only, and each use looks again at who asks.
"""

from __future__ import annotations

from datetime import timedelta

import discord
from discord import app_commands
from discord.ext import commands

from cogs.core.responses import Interaction, answer, guild_of, hold
from cogs.core.rights import Who, right
from cogs.texts.formatting import LONGEST_DESCRIPTION, shortened
from cogs.texts.moderating import members as texts
from cogs.texts.prompts.drafts import DraftFault
from services.guilds.bans import LONGEST_REASON, NO_REASON
from services.text.faults import Fault, PromptError

LISTED = 20  # bans in one message

Reason = app_commands.Range[str, 1, LONGEST_REASON]

_SPANS = {
    "10 minutes": 10,
    "1 hour": 60,
    "6 hours": 6 * 60,
    "1 day": 24 * 60,
    "3 days": 3 * 24 * 60,
    "1 week": 7 * 24 * 60,
    "4 weeks": 28 * 24 * 60,
}


class MemberCommands(commands.GroupCog, name="member", description="Who may make tracks in this server."):
    """Time-outs and bans from making tracks; nothing else of the member's is touched."""

    @app_commands.command(description="Stop a member from making tracks for a while.")
    @app_commands.describe(
        member="The member", duration="For how long", reason="Why; the member is shown this"
    )
    @app_commands.choices(
        duration=[app_commands.Choice(name=name, value=minutes) for name, minutes in _SPANS.items()]
    )
    @right(Who.MODERATOR, "Stop a member from making tracks for a while; not a moderator")
    async def timeout(
        self, interaction: Interaction, member: discord.User, duration: int, reason: Reason
    ) -> None:
        """Stops the member from making tracks for so many minutes."""
        await _ban(interaction, member, duration, reason)

    @app_commands.command(description="Stop a member from making tracks until you lift it.")
    @app_commands.describe(member="The member", reason="Why; the member is shown this")
    @right(Who.MODERATOR, "Stop a member from making tracks; not a moderator")
    async def ban(self, interaction: Interaction, member: discord.User, reason: Reason) -> None:
        """Stops the member from making tracks until that is lifted."""
        await _ban(interaction, member, None, reason)

    @app_commands.command(description="Let a member make tracks again.")
    @app_commands.describe(member="The member; also somebody who has left")
    @right(Who.MODERATOR, "Let a member make tracks again")
    async def pardon(self, interaction: Interaction, member: discord.User) -> None:
        """Lifts a member's timeout or ban. Raises NotBanned."""
        await hold(interaction)
        bans = interaction.client.studio.bans
        lifted = await bans.pardon(guild_of(interaction), interaction.user.id, member.id)
        await answer(interaction, texts.pardoned(member.id, lifted))

    @app_commands.command(name="list", description="Who may not make tracks, until when and why.")
    @right(Who.MODERATOR, "See who may not make tracks")
    async def show(self, interaction: Interaction) -> None:
        """Lists who may not make tracks, until when and why."""
        await hold(interaction)
        bans = await interaction.client.studio.bans.listed(guild_of(interaction))
        if not bans:
            await answer(interaction, texts.EVERYBODY_MAY)
            return
        lines = [texts.line(ban) for ban in bans[:LISTED]]
        if len(bans) > LISTED:
            lines.append(texts.more(len(bans) - LISTED))
        text = shortened("\n".join(lines), LONGEST_DESCRIPTION)
        await answer(interaction, embed=discord.Embed(title=texts.TITLE, description=text))


async def _ban(
    interaction: Interaction, member: discord.User | discord.Member, minutes: int | None, reason: str
) -> None:
    await hold(interaction)
    if minutes not in (None, *_SPANS.values()):  # no client of Discord's sends that
        raise PromptError([Fault("duration", DraftFault.NO_SUCH_LENGTH)])
    if refused := _immune(interaction, member):
        await answer(interaction, refused)
        return
    until = None if minutes is None else discord.utils.utcnow() + timedelta(minutes=minutes)
    before = await interaction.client.studio.bans.ban(
        guild_of(interaction),
        interaction.user.id,
        member.id,
        until=until,
        reason=reason.strip() or NO_REASON,
    )
    interaction.client.dispatch("member_banned", guild_of(interaction), member.id)
    await answer(interaction, texts.banned(member.id, until, anew=before is not None))


def _immune(interaction: Interaction, member: discord.User | discord.Member) -> str | None:
    """Why nothing was done to that member; None where it can be."""
    if member.bot:
        return str(texts.A_BOT)
    may = member.resolved_permissions if isinstance(member, discord.Member) else None
    if member.id == interaction.user.id or (may and (may.manage_guild or may.administrator)):
        return texts.a_moderator(member.id)
    return None
