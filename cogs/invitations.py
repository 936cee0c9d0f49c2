"""Servers that the bot is added to: the host lets them in or keeps them out, by a press on a direct message.

The rule: the host is asked once for each server, and not at all for their own: the one that HOST_GUILD_ID
names, and those that they may manage. A press counts only if it is the host's, whenever it comes.
"""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import discord
import structlog
from discord.ext import commands

from cogs.core.client import Jamboree
from cogs.core.component_router import button, route, view
from cogs.core.discord_errors import answering
from cogs.core.history import say_once
from cogs.core.periodic_tasks import PeriodicTask
from cogs.core.responses import Interaction, answer, hold
from cogs.core.rights import Who
from cogs.languages.guild_languages import to_host
from cogs.texts.hosting import host as texts
from cogs.texts.refusals import Outdated
from services.delivery import Reach
from services.hosting import as_id
from services.periodic_tasks import each

log = structlog.get_logger(__name__)

ASKED = "server asks: "  # begins the names of the occasions (services.messages.announcements)
MOST_ASKED = 20  # servers in 24 hours for which each owner gets a message; the others are in /host status
DAY = timedelta(days=1)


class Invitations(PeriodicTask):
    """Looks who is new, and asks the host."""

    interval = 30.0  # seconds

    def __init__(self, bot: Jamboree) -> None:
        super().__init__(bot, self.ask_about_new_guilds)
        self._seen_to: set[int] = set()  # guilds for which there is nothing to do
        self._turn = asyncio.Lock()

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Asks the host at once about a guild that the bot was added to."""
        if self.bot.open:
            await self._see_to([guild])

    async def ask_about_new_guilds(self) -> None:
        """Asks about guilds that were joined while the bot was away."""
        if self.bot.settings.guild_access == "invited":
            await self._see_to(list(self.bot.guilds))

    async def _see_to(self, guilds: list[discord.Guild]) -> None:
        async with self._turn:
            unseen = (one for one in guilds if one.id not in self._seen_to and not one.unavailable)
            await each(unseen, self._see_to_one)

    async def _see_to_one(self, guild: discord.Guild) -> None:
        if await self._is_decided(guild) or await self._ask(guild):
            self._seen_to.add(guild.id)

    async def _is_decided(self, guild: discord.Guild) -> bool:
        """Whether the host need not be asked; a server of their own is let in with that."""
        hosting, owners = self.bot.studio.hosting, self.bot.owners()
        if not await hosting.is_undecided(guild.id):
            return True
        for owner in owners:
            if guild.owner_id == owner or await _manages(guild, owner):
                await hosting.set_access(guild.id, owner, "allowed")
                return True
        return False

    async def _ask(self, guild: discord.Guild) -> bool:
        """Asks every owner, once. False where too many were asked for today."""
        occasion = f"{ASKED}{guild.id} "
        announcements, owners = self.bot.studio.announcements, self.bot.owners()
        already = await announcements.begun(occasion, discord.utils.utcnow() - DAY)
        if not already and await announcements.begun(ASKED, discord.utils.utcnow() - DAY) >= MOST_ASKED * len(
            owners
        ):
            return False
        with await to_host(self.bot):
            text = texts.added_to(guild.name, guild.id, guild.member_count or 0)
            buttons = _buttons(guild.id)
        for owner in owners:
            said = await announcements.begin(f"{occasion}{owner}", text)
            if said.way is not None:
                continue
            try:
                async with answering():
                    direct = await self.bot.create_dm(discord.Object(owner))
                    await say_once(direct, said, view=buttons)
            except discord.HTTPException as refusal:
                log.error("the host could not be asked", text=said.text, error=str(refusal))
            await announcements.said(said, Reach.DIRECT)
        await self.bot.studio.hosting.note_asked(guild.id)
        return True


async def _manages(guild: discord.Guild, member_id: int) -> bool:
    try:
        async with answering():
            member = await guild.fetch_member(member_id)
    except discord.NotFound:
        return False
    return member.guild_permissions.manage_guild or member.guild_permissions.administrator


def _buttons(guild_id: int) -> discord.ui.View:
    return view(
        button(texts.ALLOW, f"host:server:allowed:{guild_id}", discord.ButtonStyle.success),
        button(texts.BLOCK, f"host:server:blocked:{guild_id}", discord.ButtonStyle.danger),
    )


@route(
    r"host:server:(?P<access>allowed|blocked):(?P<guild>\d{15,19})",
    Who.HOST,
    "Let a server in or keep it out that the bot was added to",
    sample="host:server:allowed:111111111111111111",
)
async def decided(interaction: Interaction, match: re.Match[str]) -> None:
    """Lets the server in or keeps it out; another press decides anew."""
    bot = interaction.client
    await hold(interaction)
    guild_id, access = as_id(match["guild"]), match["access"]
    assert access in ("allowed", "blocked")
    if guild_id is None:
        raise Outdated
    await bot.studio.hosting.set_access(guild_id, interaction.user.id, access)
    guild = bot.get_guild(guild_id)  # None where another process looks after it
    said = texts.let_in if access == "allowed" else texts.kept_out
    await answer(interaction, said(guild.name if guild else None, guild_id))
