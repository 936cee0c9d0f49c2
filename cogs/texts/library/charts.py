"""What members read of charts."""

from __future__ import annotations

from cogs.texts.formatting import LONGEST_DESCRIPTION, SHOWN_MAKERS, by, listen, named, shortened
from cogs.texts.translation import Text, _, days
from services.tracks.browse import Listed
from services.tracks.charts import Chart, Week

WEEKLY_TITLE = Text("Most voted")
TITLES = {
    "week": Text("Charts of the last 7 days"),
    "month": Text("Charts of the last 30 days"),
    "all": Text("Charts of all time"),
}
NOBODY_VOTED = {
    "week": Text("Nobody voted for a track in the last 7 days. Try a longer time, or vote with ♥ below one."),
    "month": Text(
        "Nobody voted for a track in the last 30 days. Try a longer time, or vote with ♥ below one."
    ),
    "all": Text("Nobody has voted for a track yet. Vote with ♥ below one."),
}


def not_posted(channel_id: int) -> str:
    """Tells moderators that they wait."""
    return _(
        "I could not post the week's charts in <#{channel_id}>. Give me *View Channel*, *Send Messages* and "
        "*Embed Links* there, or choose another channel with `/moderation panel`. I post them as soon as I "
        "can; `/library charts` shows them meanwhile.",
        channel_id=channel_id,
    )


def heading(week: Week) -> str:
    """Stands above a week's charts, which are known by it after a kill."""
    return _("**The week's charts**, {days}", days=days(week.first, week.last))


def listing(chart: Chart) -> str:
    """Tracks and makers, each with their votes."""
    lines = [_("**Tracks**"), *(f"{place}. {_track(one)}" for place, one in enumerate(chart.tracks, 1))]
    makers = (f"{place}. <@{one.member_id}> · ♥ {one.votes}" for place, one in enumerate(chart.makers, 1))
    return shortened("\n".join([*lines, _("**Makers**"), *makers]), LONGEST_DESCRIPTION)


def _track(one: Listed) -> str:
    return f"{named(one.track)} · ♥ {one.votes} · {by(one.track, SHOWN_MAKERS)}{listen(one.track)}"
