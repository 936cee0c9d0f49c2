"""What members read of charts."""

from __future__ import annotations

from datetime import date

from cogs.texts.formatting import LONGEST_DESCRIPTION, SHOWN_MAKERS, by, link, named, shortened
from services.tracks.browse import Listed
from services.tracks.charts import Chart, Week

WEEKLY_TITLE = "Most voted"
TITLES = {
    "week": "Charts of the last 7 days",
    "month": "Charts of the last 30 days",
    "all": "Charts of all time",
}
NOBODY_VOTED = {
    "week": ("Nobody voted for a track in the last 7 days. Try a longer time, or vote with ♥ below one."),
    "month": ("Nobody voted for a track in the last 30 days. Try a longer time, or vote with ♥ below one."),
    "all": "Nobody has voted for a track yet. Vote with ♥ below one.",
}


def not_posted(channel_id: int, reason: str) -> str:
    """Tells moderators. reason: Discord's."""
    return (
        f"I could not post the week's charts in <#{channel_id}>: {reason}. Give me *View Channel*, *Send "
        "Messages* and *Embed Links* there, or choose another with `/moderation panel`. I try again next "
        "week; `/library charts` shows them meanwhile."
    )


def heading(week: Week) -> str:
    """Stands above a week's charts, which are known by it after a kill."""
    return f"**The week's charts**, {_day(week.first)} to {_day(week.last)} {week.last.year}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B}"


def listing(chart: Chart) -> str:
    """Tracks and makers, each with their votes."""
    lines = ["**Tracks**", *(f"{place}. {_track(one)}" for place, one in enumerate(chart.tracks, 1))]
    makers = (f"{place}. <@{one.member_id}> · ♥ {one.votes}" for place, one in enumerate(chart.makers, 1))
    return shortened("\n".join([*lines, "**Makers**", *makers]), LONGEST_DESCRIPTION)


def _track(one: Listed) -> str:
    address = link(one.track)
    where = f" · [listen]({address})" if address else ""
    return f"{named(one.track)} · ♥ {one.votes} · {by(one.track, SHOWN_MAKERS)}{where}"
