"""Report: members say what is wrong with a track, moderators see to it. Nobody is pinged, nobody is named.

The rule: a report reaches moderators where they read (log channel, else review channel), or waits in
`/moderation reports`. Its reporter is known to moderators alone.
"""

from __future__ import annotations

import re
from typing import Any

import discord
import structlog
from discord import app_commands
from discord.ext import commands

from cogs.core.client import Jamboree
from cogs.core.component_router import button, is_private, route, view
from cogs.core.fields import typed_in
from cogs.core.pages import Page
from cogs.core.responses import Interaction, answer, guild_of, hold, in_time
from cogs.core.rights import Who, right
from cogs.core.sights import sight_of
from cogs.languages.guild_languages import publicly
from cogs.moderating.reviews import reason_form
from cogs.posts.buttons import the_track
from cogs.posts.message import track_embed, track_in_menu, track_of
from cogs.posts.moderators_delivery import ModeratorsDelivery, withhold_button
from cogs.texts.contests import voting as contests
from cogs.texts.moderating import reviews as texts
from cogs.texts.refusals import Outdated
from services.delivery import DeliveryUnavailable
from services.guilds.bans import NO_REASON
from services.tracks.reports import Reported
from services.tracks.sight import Sight, everything_in
from services.tracks.track import Track

log = structlog.get_logger(__name__)


class ReportCommands(commands.Cog):
    """Report in a track's menu, and the moderators' list."""

    def __init__(self, bot: Jamboree) -> None:
        self.bot = bot
        self.menu = app_commands.ContextMenu(name="Report track", callback=self.report_message)

    async def cog_load(self) -> None:
        """Adds the entry in messages' menus."""
        self.bot.tree.add_command(self.menu)

    @right(Who.MEMBER, "Report a track, a few a day")
    async def report_message(self, interaction: Interaction, message: discord.Message) -> None:
        """Opens the form of a report, from the track's message."""
        track_id = await track_in_menu(interaction, message)
        if track_id is None:
            return
        form = await in_time(interaction, _form(interaction, track_id))
        if form is not None:
            await interaction.response.send_modal(form)

    @app_commands.command(description="Tracks that members have reported.")
    @right(Who.MODERATOR, "Read reports")
    async def reports(self, interaction: Interaction) -> None:
        """Lists the tracks that were reported, with what was said of them."""
        await hold(interaction)
        await answer(interaction, **await _page(interaction, 0))


async def _form(interaction: Interaction, track_id: str) -> discord.ui.Modal:
    """The form of a report, where the member may report the track: nobody writes in vain."""
    track = await the_track(interaction, track_id)
    reports = interaction.client.studio.reports
    await reports.check_may_report(await sight_of(interaction), track.id, interaction.user.id)
    return reason_form(f"report:because:{track.id}", texts.report_title(track), str(texts.WHAT_IS_WRONG))


ENTRY = r"(?P<contest>[0-9a-z]{20}):(?P<number>\d{1,2})"


@route(f"report:entry:{ENTRY}", Who.MEMBER, "Open the form of a report of a contest's entry", private=True)
async def report_entry(interaction: Interaction, match: re.Match[str]) -> None:
    """Opens the form of a report; who made it stays unknown, and so does the track."""
    form = await in_time(interaction, _entry_form(interaction, match))
    if form is not None:
        await interaction.response.send_modal(form)


async def _entry_form(interaction: Interaction, match: re.Match[str]) -> discord.ui.Modal:
    track, number = await _entry(interaction, match), int(match["number"])
    reports, everything = interaction.client.studio.reports, everything_in(track.guild_id)
    await reports.check_may_report(everything, track.id, interaction.user.id)
    custom_id = f"report:entered:{match['contest']}:{number}"
    return reason_form(custom_id, contests.report_title(number), str(texts.WHAT_IS_WRONG))


async def _entry(interaction: Interaction, match: re.Match[str]) -> Track:
    """The entry with that number in a contest that the member sees. Raises NoSuchContest, NoSuchEntry."""
    service, sight = interaction.client.studio.contests, await sight_of(interaction)
    return (await service.standing(sight, match["contest"])).numbered(int(match["number"])).track


@route(f"report:entered:{ENTRY}", Who.MEMBER, "Send the form of a report of a contest's entry", form=True)
async def entry_submitted(interaction: Interaction, match: re.Match[str]) -> None:
    """Takes the report of an entry down, and tells moderators of it."""
    await hold(interaction)
    track = await _entry(interaction, match)
    await _take(interaction, everything_in(track.guild_id), track.id)
    await answer(interaction, contests.reported(int(match["number"])))


@route(
    r"report:because:(?P<track>[0-9a-z]{20})",
    Who.MEMBER,
    "Send the form of a report",
    form=True,
    by_command=True,
)
async def submitted(interaction: Interaction, match: re.Match[str]) -> None:
    """Takes the report down, and tells moderators of it."""
    await hold(interaction)
    reported = await _take(interaction, await sight_of(interaction), match["track"])
    await answer(interaction, texts.reported(reported.track))


async def _take(interaction: Interaction, sight: Sight, track_id: str) -> Reported:
    """The track with its reports, of which this one is the last; moderators are told."""
    bot = interaction.client
    guild_id, reason = guild_of(interaction), typed_in(interaction).get("reason", "").strip() or NO_REASON
    reported = await bot.studio.reports.report(sight, track_id, interaction.user.id, reason)
    occasion = f"report {reported.track.id} {reported.reports[-1].at.timestamp()}"
    try:
        with await publicly(bot, guild_id):
            untitled = texts.reports_untitled(reported)
            await bot.part(ModeratorsDelivery).tell_moderators(
                guild_id, occasion, about=reported.track, untitled=untitled, **_shown(reported)
            )
    except DeliveryUnavailable as reason:  # /moderation reports has it
        log.warning("moderators not told of a report", track=reported.track.id, reason=str(reason))
    return reported


@route(
    r"report:dismiss:(?P<track>[0-9a-z]{20})",
    Who.MODERATOR,
    "Dismiss a track's reports",
    sample="report:dismiss:{track}",
)
async def dismissed(interaction: Interaction, match: re.Match[str]) -> None:
    """The track stays; says so on the moderators' message, which only a button that it has can change."""
    message = interaction.message
    if not is_private(interaction) and (
        message is None or track_of(message, interaction.application_id, match.re) != match["track"]
    ):
        raise Outdated
    await interaction.response.defer()
    reported = await interaction.client.studio.reports.dismiss(
        await sight_of(interaction), match["track"], interaction.user.id
    )
    said = texts.dismissed(reported, interaction.user.id)
    await interaction.edit_original_response(content=said, embed=None, view=None)


@route(
    r"report:page:(?P<page>\d{1,4})",
    Who.MODERATOR,
    "Turn the pages of reports",
    sample="report:page:0",
    private=True,
)
async def turn_page(interaction: Interaction, match: re.Match[str]) -> None:
    """Shows another page of them."""
    await interaction.response.defer()
    await interaction.edit_original_response(**await _page(interaction, int(match["page"])))


async def _page(interaction: Interaction, number: int) -> dict[str, Any]:
    """One reported track, with all there is to decide on it."""
    waiting = await interaction.client.studio.reports.open(await sight_of(interaction))
    if not waiting:
        return {"content": texts.NO_REPORTS}
    page = Page.of(number, len(waiting))
    track, shown = waiting[page.number].track, _shown(waiting[page.number])
    if page.last:
        shown["text"] += "\n" + texts.reports_footer(page.number + 1, len(waiting))
    return {
        "content": shown["text"],
        "embed": shown["embed"],
        "view": view(*_decisions(track), *page.buttons("report:page:{}".format)),
    }


def _shown(reported: Reported) -> dict[str, Any]:
    track = reported.track
    text = texts.reports(reported)
    return {"text": text, "embed": track_embed(track, None), "view": view(*_decisions(track))}


def _decisions(track: Track) -> tuple[discord.ui.Button[Any], ...]:
    return withhold_button(track), button(texts.DISMISS, f"report:dismiss:{track.id}")
