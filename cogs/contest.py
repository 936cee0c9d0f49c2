"""/contest: a theme, entries to it, and a vote without knowing who made what. The rest is on its post."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from cogs.contests.deciding import suggest_contests
from cogs.contests.entering import enter
from cogs.contests.keeper import ContestKeeper
from cogs.contests.post import post
from cogs.contests.result import result
from cogs.core.autocomplete import suggest_tracks
from cogs.core.component_router import button, view
from cogs.core.guild_checks import asker_of, automod_for
from cogs.core.permissions import JAMS, lacking
from cogs.core.pictures import COLOUR
from cogs.core.responses import Interaction, answer, guild_of, hold, is_moderator
from cogs.core.rights import Who, right
from cogs.core.sights import place_of, sight_of
from cogs.posts.buttons import the_track
from cogs.posts.kept_messages import KeptMessages
from cogs.texts.contests import contest as texts
from cogs.texts.contests.refusals import NoneMeant, WhichContest
from cogs.texts.formatting import LONGEST_DESCRIPTION, shortened
from services.contests.contest import (
    LONGEST_THEME,
    MOST_EACH,
    MOST_TAGS,
    Contest,
    ContestThere,
    EntryRules,
    Phase,
    Voting,
)
from services.contests.entries import post_of
from services.contests.service import Start
from services.guilds.checks import approve_theme, check_contests
from services.prompts.models import COMPOSERS
from services.prompts.prompt import LONGEST, SHORTEST

LISTED = 15  # contests
DEFAULT_ENDS, DEFAULT_VOTE = 24 * 60, 24 * 60  # minutes
_SPANS = {
    "15 minutes": 15,
    "30 minutes": 30,
    "1 hour": 60,
    "3 hours": 3 * 60,
    "12 hours": 12 * 60,
    "1 day": 24 * 60,
    "3 days": 3 * 24 * 60,
    "1 week": 7 * 24 * 60,
    "2 weeks": 14 * 24 * 60,
}
_CHOICES = [app_commands.Choice(name=name, value=minutes) for name, minutes in _SPANS.items()]


class ContestCommands(commands.GroupCog, name="contest", description="Contests: a theme, entries, a vote."):
    """Opens a contest, lists and shows them, enters a track, ends one, tells who leads the season."""

    @app_commands.command(
        description="Open a contest: members enter tracks, then vote without knowing whose."
    )
    @app_commands.describe(
        theme="What the tracks should be about",
        ends="When entries close and the vote begins (1 day if you say nothing)",
        vote="How long the vote is open (1 day if you say nothing)",
        voting="How to vote: everybody names three, or rounds of two (three if you say nothing)",
        longest="How long an entry may be, in seconds",
        tags="Tags that every entry must have, separated by commas",
        model="The model that every entry must be made with",
        each=f"How many entries each member may have, 1 to {MOST_EACH} (1 if you say nothing)",
    )
    @app_commands.choices(
        ends=_CHOICES,
        vote=_CHOICES,
    )
    @app_commands.choices(
        voting=[
            app_commands.Choice(name="each names three", value=Voting.RANKING),
            app_commands.Choice(name="rounds of two", value=Voting.PAIRS),
        ],
        model=[app_commands.Choice(name=model.name, value=model.name) for model in COMPOSERS],
    )
    @right(Who.MEMBER, "Start a contest, where the guild's rules let one", decides=True)
    async def start(
        self,
        interaction: Interaction,
        theme: app_commands.Range[str, 1, LONGEST_THEME],
        ends: int = DEFAULT_ENDS,
        vote: int = DEFAULT_VOTE,
        voting: str = Voting.RANKING,
        longest: app_commands.Range[int, SHORTEST, LONGEST] | None = None,
        tags: app_commands.Range[str, 1, 200] = "",
        model: str | None = None,
        each: app_commands.Range[int, 1, MOST_EACH] = 1,
    ) -> None:
        """Opens a contest in this channel, with its post and its thread."""
        await hold(interaction)
        title, parsed = await _checked(interaction, theme, tags)
        if missing := lacking(interaction, JAMS):
            await answer(interaction, texts.may_not(missing))
            return
        model_id = next((one.id for one in COMPOSERS if one.name == model), None)
        start = Start(
            guild_id=guild_of(interaction),
            channel_id=interaction.channel_id or 0,
            starter_id=interaction.user.id,
            theme=title,
            entries_for=timedelta(minutes=min(max(ends, 1), _CHOICES[-1].value)),
            minutes=min(max(vote, 1), _CHOICES[-1].value),
            voting=Voting(voting),
            rules=EntryRules(longest, tuple(parsed), model_id, each),
            place_id=place_of(interaction.channel),
        )
        bot = interaction.client
        try:
            contest = await bot.studio.contests.start(start)
        except ContestThere as there:
            await bot.part(KeptMessages).look_for(post_of(there.contest.id))
            raise
        kept = await bot.part(KeptMessages).brought(post_of(contest.id))
        if kept is not None and kept.message_id is None and not kept.due:
            await bot.studio.contests.drop(contest.id)
            await answer(interaction, texts.NO_POST)
            return
        await bot.part(ContestKeeper).open_thread(contest)
        address = _address(contest, kept.message_id if kept else None)
        await answer(interaction, texts.started(contest, address))

    @app_commands.command(description="Enter one of your tracks in a contest.")
    @app_commands.describe(track="Which track", contest="Which contest; the one here if you say nothing")
    @right(Who.MEMBER, "Enter one's own track in a contest", decides=True)
    async def enter(self, interaction: Interaction, track: str, contest: str = "") -> None:
        """Enters the track. Raises what `_one_of` and `Contests.enter` do."""
        await hold(interaction)
        entry = await the_track(interaction, track)
        await enter(interaction, await _one_of(interaction, contest, Phase.ENTRIES), entry)

    @enter.autocomplete("track")
    async def own_tracks(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Tracks by title or number."""
        return await suggest_tracks(interaction, typed)

    @app_commands.command(name="list", description="The contests of this server, the newest first.")
    @right(Who.MEMBER, "See the contests that there are and were")
    async def listed(self, interaction: Interaction) -> None:
        """Lists contests, those that go on and those that are over."""
        await hold(interaction)
        bot = interaction.client
        found = await bot.studio.contests.listed(await sight_of(interaction), LISTED)
        lines = [texts.line(one, await _place_of_post(interaction, one)) for one in found]
        if not lines:
            await answer(interaction, texts.NONE_YET)
            return
        text = shortened("\n".join(lines), LONGEST_DESCRIPTION)
        await answer(interaction, embed=discord.Embed(description=text, colour=COLOUR))

    @app_commands.command(description="Show a contest: how it stands, or who won.")
    @app_commands.describe(contest="Which contest; the one here if you say nothing")
    @right(Who.MEMBER, "See a contest")
    async def show(self, interaction: Interaction, contest: str = "") -> None:
        """Shows privately what the contest's post says, with its buttons."""
        await hold(interaction)
        found = await _one_of(interaction, contest)
        standing = await interaction.client.studio.contests.standing(await sight_of(interaction), found.id)
        shown = post(standing) if found.phase.open or not standing.placed else result(standing)
        await interaction.edit_original_response(view=shown)
        interaction.extras["answered"] = True

    @app_commands.command(description="Who has how many points in this season's contests.")
    @app_commands.describe(season="Which season (this one if you say nothing)")
    @app_commands.choices(
        season=[
            app_commands.Choice(name=name, value=back)
            for back, name in enumerate(("this one", "the last one"))
        ]
    )
    @right(Who.MEMBER, "See the season's table")
    async def table(self, interaction: Interaction, season: int = 0) -> None:
        """The season's table: of the contests that the member sees."""
        await hold(interaction)
        sight = await sight_of(interaction)
        table = await interaction.client.studio.seasons.table(sight, 1 if season == 1 else 0)
        rows = [texts.table_row(place, row) for place, row in enumerate(table.rows, 1)]
        text = "\n".join(rows) or str(texts.SEASON_EMPTY)
        embed = discord.Embed(title=texts.table_title(table), description=text, colour=COLOUR)
        if rows:
            embed.set_footer(text=texts.table_below(table))
        await answer(interaction, embed=embed)

    @app_commands.command(description="End the current phase of a contest now: its starter, or a moderator.")
    @app_commands.describe(contest="Which contest; the one here if you say nothing")
    @right(
        Who.MEMBER,
        "Be asked whether to end a contest's entries or vote: who started it, or a moderator",
        decides=True,
    )
    async def end(self, interaction: Interaction, contest: str = "") -> None:
        """Asks whether to end it. Raises what `_one_of` does, NotTheStarter."""
        await hold(interaction)
        found = await _theirs(interaction, contest)
        end = f"contest:end:{found.id}:{found.phase}:{found.round}"
        buttons = [button(texts.END_NOW, end, discord.ButtonStyle.danger), _keep(found)]
        await answer(interaction, texts.ends_what(found), view=view(*buttons))

    @app_commands.command(description="Cancel a contest, without a result: its starter, or a moderator.")
    @app_commands.describe(contest="Which contest; the one here if you say nothing")
    @right(Who.MEMBER, "Be asked whether to cancel a contest: who started it, or a moderator", decides=True)
    async def cancel(self, interaction: Interaction, contest: str = "") -> None:
        """Asks whether to cancel it. Raises what `_one_of` does, NotTheStarter."""
        await hold(interaction)
        found = await _theirs(interaction, contest)
        cancel = button(texts.CANCEL_IT, f"contest:cancel:{found.id}", discord.ButtonStyle.danger)
        await answer(interaction, texts.cancels_what(found), view=view(cancel, _keep(found)))

    @enter.autocomplete("contest")
    @show.autocomplete("contest")
    @end.autocomplete("contest")
    @cancel.autocomplete("contest")
    async def which(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Contests by theme and channel; for /contest show also those that are over."""
        command = interaction.command.name if interaction.command else ""
        return await suggest_contests(interaction, typed, over=command == "show")


# which one ------------------------------------------------------------------------------------------------


async def _one_of(interaction: Interaction, reference: str, phase: Phase | None = None) -> Contest:
    """The contest that was named; without a name the one in this channel, or the only one that goes on.

    phase: in which one must be that is not named. Raises NoSuchContest, NoneMeant, WhichContest.
    """
    contests, sight = interaction.client.studio.contests, await sight_of(interaction)
    if reference:
        return await contests.find(sight, reference)
    found = [one for one in await contests.going_on(sight) if phase is None or one.phase is phase]
    place = {interaction.channel_id, getattr(interaction.channel, "parent_id", None)}
    here = [one for one in found if one.thread_id == interaction.channel_id or one.channel_id in place]
    for candidates in (here, found):
        if len(candidates) == 1:
            return candidates[0]
    raise WhichContest if found else NoneMeant


async def _theirs(interaction: Interaction, reference: str) -> Contest:
    found = await _one_of(interaction, reference)
    if not found.phase.open:
        raise NoneMeant
    moderator, sight = is_moderator(interaction), await sight_of(interaction)
    contests = interaction.client.studio.contests
    return await contests.theirs(sight, found.id, interaction.user.id, moderator=moderator)


def _keep(contest: Contest) -> discord.ui.Button[Any]:
    return button(texts.KEEP_IT, f"contest:keep:{contest.id}")


async def _place_of_post(interaction: Interaction, contest: Contest) -> str | None:
    kept = await interaction.client.studio.kept_messages.get(post_of(contest.id))
    return _address(contest, kept.message_id if kept else None)


def _address(contest: Contest, message_id: int | None) -> str | None:
    if message_id is None:
        return None
    return f"https://discord.com/channels/{contest.guild_id}/{contest.channel_id}/{message_id}"


async def _checked(interaction: Interaction, theme: str, tags: str) -> tuple[str, list[str]]:
    """Theme and tags, which the guild's rules allow. Raises PromptError, and what `check_contests` does."""
    asker = await asker_of(interaction)
    check_contests(asker)
    automod = await automod_for(interaction.client, asker)
    title, parsed = await approve_theme(asker, automod, theme, tags, longest=LONGEST_THEME)
    return title, parsed[:MOST_TAGS]
