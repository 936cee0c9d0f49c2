"""What a contest's post says, in each phase, and what is told of its result."""

from __future__ import annotations

from cogs.texts.formatting import by, in_quotes, length, mention, moment, named, plain
from cogs.texts.sentences import all_of
from cogs.texts.translation import Text, _, plural
from services.contests.contest import Contest, Entry, Phase, Standing, Voting
from services.prompts.models import model_of

ENTER = Text("Enter a track")
MY_ENTRIES = Text("My entries")
VOTE = Text("Listen and vote")
NOTHING_ENTERED = Text("Nothing was entered, so there is no result.")
_RANKING = Text(
    "Each member names up to three: 3 points for the first choice, 2 for the second, 1 for the third. A tie "
    "goes to more first choices, then to more second choices, then to the track that was entered first."
)
_PAIRS = Text(
    "Two tracks compete at a time, and the one with more votes goes on. A tie goes to the track that "
    "was entered first."
)
_FAIR = Text(
    "Only those who have listened can vote, not for their own track, and they can change their vote "
    "until the end. Who made what is shown then."
)


def called(contest: Contest) -> str:
    """The contest, as sentences call it."""
    return f"**{in_quotes(plain(contest.theme))}**" if contest.theme else _("**without a theme**")


def heading(contest: Contest) -> str:
    """Stands at the top of its post."""
    theme = plain(contest.theme) or _("without a theme")
    return _("## 🏆 Contest: {theme}", theme=theme)


def thread_name(contest: Contest) -> str:
    """What its thread is called."""
    return _("Contest: {theme}", theme=contest.theme) if contest.theme else _("Contest")


def of_event(contest: Contest) -> str:
    """What the scheduled event says of itself: it is the vote's."""
    if contest.voting is Voting.PAIRS:
        return _("Listen to two at a time, and vote round by round. Until it begins, tracks can be entered.")
    return _("Listen to all entries, and vote for the best. Until it begins, tracks can be entered.")


def stands(standing: Standing) -> str:
    """What goes on now, until when, and what one can do."""
    contest = standing.contest
    match contest.phase:
        case Phase.ENTRIES:
            return _entries(standing)
        case Phase.VOTING:
            return _vote(standing)
        case Phase.ENDED:
            return _ended(standing)
        case Phase.CANCELLED:
            return _("**It was cancelled**; there is no result.")


def rules(contest: Contest) -> str:
    """What an entry must be, as one line."""
    kept: list[str] = []
    if contest.rules.longest is not None:
        kept.append(_("at most {length} long", length=length(contest.rules.longest)))
    if contest.rules.tags:
        tags = all_of([f"**{plain(tag)}**" for tag in contest.rules.tags])
        kept.append(_("with the tags {tags}", tags=tags))
    if contest.rules.model is not None:
        kept.append(_("made with {model}", model=model_of(contest.rules.model).name))
    each = contest.rules.each
    kept.append(plural(each, "{count} entry for each member", "{count} entries for each member"))
    return _("Rules: {rules}.", rules=" · ".join(kept))


def how_it_is_counted(contest: Contest) -> str:
    """How is voted, how ties are broken, and what is the same for all."""
    counting = _RANKING if contest.voting is Voting.RANKING else _PAIRS
    return f"-# {counting}\n-# {_FAIR}"


def started_by(contest: Contest) -> str:
    """Who started it."""
    if contest.starter_id is None:
        return _("-# This week's contest; a moderator chose the theme.")
    return _("-# Started by {member}.", member=mention(contest.starter_id))


def _entries(standing: Standing) -> str:
    contest = standing.contest
    count = sum(one.there or one.coming for one in standing.entries)
    entered = plural(count, "**{count} track** is entered.", "**{count} tracks** are entered.")
    if not count:
        entered = _("Nothing is entered yet.")
    until = _(
        "**Open for entries.** They close {until}; then the vote begins, which ends {end}. Make one with "
        "`/compose` and its option `{option}`, or enter one of your own tracks.",
        until=moment(contest.entries_until),
        end=moment(contest.votes_until),
        option=Text("contest"),
    )
    return f"{until}\n{entered}"


def _vote(standing: Standing) -> str:
    contest = standing.contest
    voted = plural(standing.voters, "{count} member has voted.", "{count} members have voted.")
    until = moment(contest.round_until or contest.votes_until)
    if contest.voting is Voting.RANKING:
        count = len(standing.in_vote)
        asked = plural(
            count,
            "**The vote is open** on {count} entry. It ends {until}.",
            "**The vote is open** on {count} entries. It ends {until}.",
            until=until,
        )
        return f"{asked} {voted}"
    asked = _(
        "**Round {number} of {rounds}** ends {until}.",
        number=contest.round,
        rounds=contest.rounds,
        until=until,
    )
    pairs = [
        _("- **{first}** against **{second}**", first=first.number, second=second.number)
        for _pair, first, second in standing.open_pairs
    ]
    against = {one.track.id for _pair, *both in standing.open_pairs for one in both}
    in_round = {one for pair in standing.pairs if pair.round == contest.round for one in _of(pair)}
    alone = [f"**{one.number}**" for one in standing.in_vote if one.track.id in in_round - against]
    if alone:
        names = all_of(alone)
        pairs.append(plural(len(alone), "- {names} goes on", "- {names} go on", names=names))
    return "\n".join([f"{asked} {voted}", *pairs])


def _of(pair: object) -> tuple[str, ...]:
    return tuple(one for one in (getattr(pair, "first", None), getattr(pair, "second", None)) if one)


def _ended(standing: Standing) -> str:
    placed = standing.placed
    if not placed:
        return str(NOTHING_ENTERED)
    first = placed[0]
    return _("**It is over.** {track} by {makers} won.", track=named(first.track), makers=by(first.track))


# the result ----------------------------------------------------------------------------------------------


def result_heading(standing: Standing) -> str:
    """Stands above the podium."""
    contest = standing.contest
    theme = plain(contest.theme) or _("without a theme")
    title = _("## 🏆 The result: {theme}", theme=theme)
    if contest.ended_at is None or not standing.placed:
        return f"{title}\n{NOTHING_ENTERED}"
    voted = plural(
        contest.voters or 0,
        "{count} member voted; it ended {at}.",
        "{count} members voted; it ended {at}.",
        at=moment(contest.ended_at),
    )
    return f"{title}\n{voted}"


def place(contest: Contest, number: int, entry: Entry) -> str:
    """A line of the result: place, track, maker, what it got, and which number it had."""
    track, makers, points = named(entry.track), by(entry.track), entry.points or 0
    if entry.number is None:
        return _("{place}. {track} by {makers}", place=number, track=track, makers=makers)
    if contest.voting is Voting.RANKING:
        return plural(
            points,
            "{place}. {track} by {makers} · {count} point · it was number {number}",
            "{place}. {track} by {makers} · {count} points · it was number {number}",
            place=number,
            track=track,
            makers=makers,
            number=entry.number,
        )
    return plural(
        points,
        "{place}. {track} by {makers} · {count} vote in its last round · it was number {number}",
        "{place}. {track} by {makers} · {count} votes in its last round · it was number {number}",
        place=number,
        track=track,
        makers=makers,
        number=entry.number,
    )


def got(contest: Contest, entry: Entry) -> str:
    """What an entry got, in short."""
    if entry.number is None:
        return ""
    if contest.voting is Voting.RANKING:
        return plural(entry.points or 0, "{count} point", "{count} points")
    return plural(entry.points or 0, "{count} vote", "{count} votes")


def podium_alt(standing: Standing) -> str:
    """What the podium's picture shows, in words."""
    rows = [
        _(
            "{place}. {title} by {maker}",
            place=number,
            title=in_quotes(title(entry)),
            maker=all_of(makers(entry)),
        )
        for number, entry in enumerate(standing.placed[:3], 1)
    ]
    return _("The podium: {rows}", rows="; ".join(rows))


def title(entry: Entry) -> str:
    """A track's title on a picture."""
    return entry.track.title or _("Untitled")


def makers(entry: Entry) -> tuple[str, ...]:
    """Who made it, by name."""
    return entry.track.maker_names


def missing(gone: int, explicit: int, *, too_large: bool) -> str:
    """What the archive lacks; nothing where it is whole. explicit: entries that not everybody may hear."""
    if too_large:
        return _("-# All entries together are larger than this server lets me post, so there is no archive.")
    lines: list[str] = []
    if gone:
        lines.append(
            plural(
                gone,
                "-# The audio of {count} entry is no longer kept, so the archive is without it.",
                "-# The audio of {count} entries is no longer kept, so the archive is without them.",
            )
        )
    if explicit:
        lines.append(
            plural(
                explicit,
                "-# {count} entry is marked explicit and this channel is not age-restricted, so the archive "
                "is without it.",
                "-# {count} entries are marked explicit and this channel is not age-restricted, so the "
                "archive is without them.",
            )
        )
    return "\n".join(lines)
