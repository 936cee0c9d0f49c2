"""What /contest answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from discord.utils import format_dt

from cogs.texts.contests.post import called
from cogs.texts.formatting import mention, moment, named
from cogs.texts.permissions import named_permissions
from cogs.texts.translation import Text, _, plural
from services.contests.contest import Contest, Phase
from services.contests.season import Row, Table
from services.tracks.track import Track

NONE_YET = Text("There has been no contest here yet. `/contest start` opens one.")
WHICH = Text("Which contest?")
END_NOW = Text("End it now")
CANCEL_IT = Text("Cancel the contest")
KEEP_IT = Text("Let it go on")
GOES_ON = Text("It goes on as it was.")
CANCELLED = Text("The contest is cancelled. What was made for it is in this server's music now.")
OVER_ALREADY = Text("That is over already; nothing was changed.")
NO_POST = Text(
    "No contest was opened: Discord does not let me post in this channel. A moderator can look at my "
    "permissions there; then try again."
)
SEASON_EMPTY = Text("No contest has ended in this season yet.")


def may_not(permissions: Sequence[str]) -> str:
    """What the bot lacks where a contest is to be, by discord.py's names."""
    missing = named_permissions(permissions)
    return _(
        "I cannot hold a contest here. A moderator can give me {missing} in this channel; then try again.",
        missing=missing,
    )


def week_waits(channel_id: int, latest: datetime) -> str:
    """Tells moderators that the week's contest has not started yet. latest: until when it can."""
    return _(
        "This week's contest waits, because I cannot post in <#{channel_id}>. Give me *View Channel*, *Send "
        "Messages*, *Embed Links*, *Attach Files* and *Read Message History* there (in a thread *Send "
        "Messages in Threads*), or choose another channel with `/moderation panel`. It starts by itself as "
        "soon as I can, until {date}; after that there is none this week.",
        channel_id=channel_id,
        date=format_dt(latest),
    )


def started(contest: Contest, address: str | None) -> str:
    """Says where the contest is."""
    where = address or f"<#{contest.channel_id}>"
    return _("The contest {contest} is open: {address}", contest=called(contest), address=where)


def line(contest: Contest, address: str | None) -> str:
    """A contest of the list."""
    where = address or f"<#{contest.channel_id}>"
    match contest.phase:
        case Phase.ENTRIES:
            stands = _("open for entries, which close {at}", at=moment(contest.entries_until))
        case Phase.VOTING:
            stands = _("the vote is open and ends {at}", at=moment(contest.votes_until))
        case Phase.ENDED:
            stands = _("ended {at}", at=moment(contest.ended_at or contest.entries_until))
        case Phase.CANCELLED:
            stands = _("cancelled")
    return f"- {called(contest)} {where}: {stands}"


def choice(contest: Contest, channel: str | None) -> str:
    """A contest in the list of an option."""
    theme = contest.theme or _("without a theme")
    return f"{theme} · #{channel}" if channel else theme


def ends_what(contest: Contest) -> str:
    """Asks whether to end what goes on now."""
    if contest.phase is Phase.ENTRIES:
        return _(
            "Close the entries of {contest} now? Then the vote begins, and lasts as long as planned.",
            contest=called(contest),
        )
    if contest.round < contest.rounds:
        return _(
            "End round {number} of {contest} now? The votes so far count, and the next round begins.",
            number=contest.round,
            contest=called(contest),
        )
    return _(
        "End the vote of {contest} now? The votes so far count, and the result is posted.",
        contest=called(contest),
    )


def cancels_what(contest: Contest) -> str:
    """Asks whether to cancel."""
    return _(
        "Cancel {contest}? There is no result then, and no way back. What was made for it stays in this "
        "server's music.",
        contest=called(contest),
    )


def moved_on(contest: Contest) -> str:
    """What became of it."""
    match contest.phase:
        case Phase.VOTING if contest.round == 1:
            return _("The entries are closed, and the vote has begun.")
        case Phase.VOTING:
            return _("Round {number} has begun.", number=contest.round)
        case Phase.CANCELLED:
            return str(CANCELLED)
        case _:
            return _("The contest is over, and its result is being posted.")


def table_title(table: Table) -> str:
    """Of the season's table."""
    season = table.season
    return _("Contests, season {quarter} of {year}", quarter=season.quarter, year=season.year)


def table_row(place: int, row: Row) -> str:
    """A member in the season's table."""
    points = plural(row.points, "{count} point", "{count} points")
    wins = plural(row.wins, "{count} win", "{count} wins")
    entries = plural(row.entries, "{count} entry", "{count} entries")
    return f"{place}. {mention(row.member_id)} · **{points}** · {wins} · {entries}"


def table_below(table: Table) -> str:
    """How the table is counted."""
    return plural(
        table.contests,
        "{count} contest so far. 5 points for the first place, 3 for the second, 2 for the third, 1 for "
        "every other entry.",
        "{count} contests so far. 5 points for the first place, 3 for the second, 2 for the third, 1 for "
        "every other entry.",
    )


def finished_for_contest(track: Track) -> str:
    """Tells its maker that a track for a contest is there."""
    return _(
        "{track} is finished, and entered in the contest. Nobody else sees it until that is over; you have "
        "it here and with `/library track {number}`.",
        track=named(track),
        number=track.number,
    )
