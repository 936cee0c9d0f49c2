"""What a member reads while they listen and vote, and of what is theirs."""

from __future__ import annotations

from collections.abc import Sequence

from cogs.texts.contests.post import called
from cogs.texts.formatting import LONGEST_CONTENT, moment, named, shortened
from cogs.texts.sentences import all_of
from cogs.texts.translation import Text, _, plural
from services.contests.contest import Ballot, Contest, Entry, Pair, Phase

LISTEN = Text("Listen to …")
CHOICES = (Text("First choice"), Text("Second choice"), Text("Third choice"))
NOTHING = Text("Nothing")
LISTEN_TO_BOTH = Text("Listen to both")
NO_ENTRY_OF_YOURS = Text("Nothing in this contest is yours.")
TAKE_BACK = Text("Take it back: {title}")
WHICH_TRACK = Text("Choose one of your tracks …")
NO_TRACK_TO_ENTER = Text(
    "You have no track here that is finished, public and within the rules. Make one with `/compose` and its "
    "option `{option}`.",
    option=Text("contest"),
)
HEARD = Text("You have listened to it")


def label(number: int) -> str:
    """An entry in a select."""
    return _("Number {number}", number=number)


def vote_for(number: int) -> str:
    """On the button that gives a vote to one of two."""
    return _("Vote for {number}", number=number)


def voted_for(number: int) -> str:
    """The same where it has the member's vote."""
    return _("✓ Your vote: {number}", number=number)


def report(number: int) -> str:
    """On the button that reports an entry."""
    return _("Report {number}", number=number)


def report_title(number: int) -> str:
    """Of the form in which an entry is reported."""
    return _("Report number {number}", number=number)


def reported(number: int) -> str:
    """The report is taken."""
    return _(
        "Thank you. Your report of number **{number}** is with this server's moderators, who decide what "
        "becomes of it. Nobody else sees it. If they withhold it, it leaves the contest.",
        number=number,
    )


def now_playing(numbers: Sequence[int]) -> str:
    """Stands above the audio of entries."""
    names = all_of([f"**{one}**" for one in numbers])
    return plural(
        len(numbers),
        "Here is number {numbers}. Who made it is shown at the end.",
        "Here are numbers {numbers}. Who made them is shown at the end.",
        numbers=names,
    )


def ranking(ballot: Ballot) -> str:
    """Above the selects of a ranking."""
    contest, chosen = ballot.standing.contest, ballot.choices.get(0, ())
    lines = [
        _(
            "**Listen, then choose up to three** for {contest}. The vote ends {until}; you can change yours "
            "until then.",
            contest=called(contest),
            until=moment(contest.votes_until),
        )
    ]
    heard = len(ballot.heard)
    lines.append(
        plural(
            len(ballot.standing.in_vote),
            "You have listened to {heard} of {count} entry.",
            "You have listened to {heard} of {count} entries.",
            heard=heard,
        )
    )
    if chosen:
        shown = [f"{choice}: **{number}**" for choice, number in zip(CHOICES, chosen, strict=False)]
        lines.append(" · ".join(shown))
    else:
        lines.append(_("You have not voted yet."))
    return "\n".join([*lines, *_own(ballot)])


def pair(ballot: Ballot, pair: Pair, first: Entry, second: Entry, place: int, count: int) -> str:
    """Above the buttons of two that stand against each other."""
    contest = ballot.standing.contest
    lines = [
        _(
            "**{first}** against **{second}**, pair {place} of {count} in round {round}, which ends {until}.",
            first=first.number,
            second=second.number,
            place=place,
            count=count,
            round=contest.round,
            until=moment(contest.round_until or contest.votes_until),
        )
    ]
    chosen = ballot.choices.get(pair.pair)
    if chosen:
        number = f"**{chosen[0]}**"
        lines.append(_("Your vote: {choices}", choices=number))
    elif {first.number, second.number} <= ballot.heard | ballot.own:
        lines.append(_("Which of the two?"))
    else:
        lines.append(_("Listen to both first, then vote."))
    return "\n".join([*lines, *_own(ballot)])


def no_pair(contest: Contest) -> str:
    """There is nothing to vote on in this round."""
    until = moment(contest.round_until or contest.votes_until)
    return _("Nobody has an opponent in this round. The next one begins {until}.", until=until)


def _own(ballot: Ballot) -> list[str]:
    numbers = [f"**{one}**" for one in sorted(ballot.own)]
    if not numbers:
        return []
    return [
        plural(len(numbers), "-# Yours is {numbers}.", "-# Yours are {numbers}.", numbers=all_of(numbers))
    ]


# one's own entries ---------------------------------------------------------------------------------------


def mine(contest: Contest, entries: Sequence[Entry]) -> str:
    """What of the entries is the member's own, those that take part first."""
    if not entries:
        return str(NO_ENTRY_OF_YOURS)
    lines = [_("Yours in {contest}; nobody else learns that until the end:", contest=called(contest))]
    for entry in sorted(entries, key=lambda one: not (one.there or one.coming)):
        if entry.number is not None and entry.there:
            lines.append(
                _("- {track}, which is number {number}", track=named(entry.track), number=entry.number)
            )
        elif entry.there:
            lines.append(_("- {track}, which has no number yet", track=named(entry.track)))
        elif entry.coming:
            lines.append(_("- {track}, which is not finished yet", track=named(entry.track)))
        else:
            lines.append(_("- {track}, which takes no part any more", track=named(entry.track)))
    if contest.phase is Phase.ENTRIES:
        lines.insert(1, _("-# Numbers are drawn when the vote begins."))
    return shortened("\n".join(lines), LONGEST_CONTENT)  # of those that have left there may be many


def entered(contest: Contest, entry: str) -> str:
    """A track was entered. entry: how the track is called."""
    return _(
        "{track} is entered in {contest}. It has a number and no name there until the end; *My entries* on "
        "its post tells you which is yours.",
        track=entry,
        contest=called(contest),
    )


def taken_back(entry: str) -> str:
    """An entry was taken back."""
    return _("{track} is no entry any more.", track=entry)
