"""What stands in the way of who takes part in a contest, and what to do about it."""

from __future__ import annotations

from cogs.texts.formatting import plain
from cogs.texts.sentences import Sentences, all_of, one_of
from cogs.texts.translation import Text, _, plural
from services.contests import contest as contests
from services.contests.contest import Breach, BreaksRules, Contest
from services.guilds.rules import NotForContests
from services.prompts.models import model_of
from services.text.refusal import Refusal


class NoAudio(Refusal):
    """An entry's audio cannot be had."""


class NoneMeant(Refusal):
    """Nobody said which contest, and of those that a member sees none is one that it could be now."""


class WhichContest(Refusal):
    """Nobody said which contest, and it could be more than one."""


def _contest_there(refusal: contests.ContestThere) -> str:
    return _(
        "There is a contest in <#{channel_id}> already; one channel has one at a time. Take part in it, "
        "or start yours in another channel.",
        channel_id=refusal.contest.channel_id,
    )


def _too_many_contests(refusal: contests.TooManyContests) -> str:
    return plural(
        refusal.limit,
        "This server has {count} contest going on, as many as it can have at a time. Wait until it ends.",
        "This server has {count} contests going on, as many as it can have at a time. Wait until one ends.",
    )


def _too_many_entries(refusal: contests.TooManyEntries) -> str:
    return plural(
        refusal.limit,
        "You have {count} entry in this contest already, as many as one may have, alone or with others. Take "
        "it back first (*My entries*), if you would rather enter another.",
        "You have {count} entries in this contest already, as many as one may have, alone or with others. "
        "Take one back first (*My entries*), if you would rather enter another.",
    )


def _not_for_contests(refusal: NotForContests) -> str:
    if not refusal.roles:
        return _("In this server, only moderators start contests (`/moderation panel`). Ask one of them.")
    roles = one_of([f"<@&{role}>" for role in refusal.roles])
    return _(
        "In this server, only members with the role {roles} start contests. Ask a moderator for it.",
        roles=roles,
    )


def breach(kind: Breach, contest: Contest) -> str:
    """What of the contest's rules a track does not keep, as a line."""
    rules = contest.rules
    match kind:
        case Breach.TOO_LONG:
            return plural(
                rules.longest or 0,
                "It is longer than {count} second.",
                "It is longer than {count} seconds.",
            )
        case Breach.TAG_MISSING:
            tags = all_of([f"**{plain(tag)}**" for tag in rules.tags])
            return _("Its tags must have {tags}.", tags=tags)
        case Breach.OTHER_MODEL:
            return _("It must be made with {model}.", model=model_of(rules.model or "").name)


def _breaks_rules(refusal: BreaksRules) -> str:
    lines = "\n".join(f"- {breach(kind, refusal.contest)}" for kind in refusal.breaches)
    return _("This track does not keep to the contest's rules, so it was not entered:\n{lines}", lines=lines)


def _not_heard(refusal: contests.NotHeard) -> str:
    numbers = all_of([f"**{number}**" for number in refusal.numbers])
    return _("Only those who have listened can vote. Open {numbers} first, then vote.", numbers=numbers)


def _not_heard_here(refusal: contests.NotHeardHere) -> str:
    return plural(
        len(refusal.numbers),
        "Number {numbers} is marked explicit, so I play it in age-restricted channels only. Use `/contest "
        "show` in one.",
        "Numbers {numbers} are marked explicit, so I play them in age-restricted channels only. Use "
        "`/contest show` in one.",
        numbers=all_of([f"**{number}**" for number in refusal.numbers]),
    )


REFUSALS: Sentences = {
    contests.NoSuchContest: Text(
        "There is no such contest in this server, or you do not see its channel. `/contest list` has those "
        "there are."
    ),
    NoneMeant: Text(
        "No contest is open for that now. `/contest list` has those there were, `/contest start` opens one."
    ),
    WhichContest: Text(
        "Several contests go on. Say with `{contest}` which one you mean.", contest=Text("contest")
    ),
    contests.NoSuchEntry: Text("That entry takes no part any more: it was deleted or withheld."),
    contests.ContestThere: _contest_there,
    contests.TooManyContests: _too_many_contests,
    contests.NotOpenForEntries: Text("Entries are closed in this contest; nothing was changed."),
    contests.NotOpenForVotes: Text("There is no vote on that now. The contest's post shows how it stands."),
    contests.NotEntered: Text("That track is no entry of this contest."),
    contests.EnteredAlready: Text("That track is an entry of this contest already."),
    contests.ContestFull: Text(
        "{most} tracks are entered in this contest, as many as it takes.", most=contests.MOST
    ),
    contests.TooManyEntries: _too_many_entries,
    contests.NotTheStarter: Text(
        "Only who started the contest, or a moderator (*Manage Server*), can do that."
    ),
    contests.NotTheMaker: Text("Only who made a track enters it in a contest, or takes it back."),
    contests.NotToBeEntered: Text(
        "Only a track that is finished and public can be entered. Try again when it is."
    ),
    contests.TooExplicit: Text(
        "That track is marked explicit, so only a contest in an age-restricted channel takes it."
    ),
    contests.MadeElsewhere: Text(
        "You made that track with others, in a channel that not everybody here sees, so it cannot be "
        "entered here."
    ),
    contests.BreaksRules: _breaks_rules,
    contests.NotHeard: _not_heard,
    contests.NotHeardHere: _not_heard_here,
    contests.OwnEntry: Text("That one is yours, and nobody votes for their own. Choose another."),
    NoAudio: Text("The audio of that entry cannot be had now. Please try again later."),
    NotForContests: _not_for_contests,
}
