"""/party: members listen together in a voice channel. Here it begins and ends; the rest is on its panel."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from cogs.core.responses import Interaction, hold
from cogs.core.rights import Who, right
from cogs.parties import acts, presses
from cogs.parties.playlists import CHARTS, suggest, tracks_of

LONGEST = 200  # characters of what is asked for


class PartyCommands(commands.GroupCog, name="party", description="Listen together in a voice channel."):
    """Starts a party where the member is, adds to it, skips, stops."""

    @app_commands.command(description="I come to your voice channel and play what you say.")
    @app_commands.describe(play="A track, a family, an album, …; the week's charts if you say nothing")
    @right(Who.MEMBER, "Start a party in one's voice channel, where the guild's rules let one", decides=True)
    async def start(
        self, interaction: Interaction, play: app_commands.Range[str, 1, LONGEST] = CHARTS
    ) -> None:
        """Starts a party where the member is."""
        await hold(interaction)
        await acts.start(interaction, await tracks_of(interaction, play))

    @app_commands.command(description="Add a track, a family, an album, … to the party.")
    @app_commands.describe(play="What to add")
    @right(Who.MEMBER, "Add to the guild's party", decides=True)
    async def add(self, interaction: Interaction, play: app_commands.Range[str, 1, LONGEST]) -> None:
        """Adds to the party's queue."""
        await hold(interaction)
        await acts.add(interaction, await tracks_of(interaction, play))

    @app_commands.command(description="Skip what plays, as soon as half of those who listen want it.")
    @right(Who.MEMBER, "Want to skip what the guild's party plays", decides=True)
    async def skip(self, interaction: Interaction) -> None:
        """Wants to skip what plays."""
        await hold(interaction)
        await presses.skip_in(interaction, await acts.the_party(interaction))

    @app_commands.command(description="End the party: whoever started it, or a moderator.")
    @right(Who.MEMBER, "Stop the guild's party: whoever started it, and moderators", decides=True)
    async def stop(self, interaction: Interaction) -> None:
        """Ends the party."""
        await hold(interaction)
        await presses.stop_it(interaction, await acts.the_party(interaction))

    @start.autocomplete("play")
    @add.autocomplete("play")
    async def what(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """What can be played."""
        return await suggest(interaction, typed)
