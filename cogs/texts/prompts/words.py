"""What is said of words that a server does not allow; and to moderators, of those that cannot be listed."""

from __future__ import annotations

from cogs.texts.prompts.sentences import FaultSentences, Said, filled, quoted
from cogs.texts.translation import Text
from services.text.faults import Fault
from services.words.blocked_words import (
    LONGEST_PATTERN,
    LONGEST_WORD,
    Origin,
    Unusable,
    UnusableWord,
    WordFault,
)
from services.words.patterns import Unreadable

_WORD = {
    Origin.MODERATORS: Text("{given} is a word that this server's word list does not allow."),
    Origin.READY_MADE: Text("{given} is a word that this server does not allow."),
    Origin.AUTOMOD: Text("{given} is a word that this server's AutoMod does not allow."),
}
_PATTERN = {
    Origin.MODERATORS: Text(
        "It has something that this server's word list does not allow (pattern {given})."
    ),
    Origin.READY_MADE: Text("It has something that this server does not allow (pattern {given})."),
    Origin.AUTOMOD: Text("It has something that this server's AutoMod does not allow (pattern {given})."),
}
_NOT_IN_TIME = {
    Origin.MODERATORS: Text("I could not check it against all patterns of this server's word list in time."),
    Origin.READY_MADE: Text("I could not check it against all patterns of this server in time."),
    Origin.AUTOMOD: Text("I could not check it against all patterns of this server's AutoMod in time."),
}


_USE_OTHERS = Text("Use other words.")
_USE_FEWER = Text("Use other or fewer words, or ask a moderator to make the patterns simpler.")


def _word(fault: Fault) -> Said:
    return filled((_WORD[fault.values["origin"]], _USE_OTHERS), fault)


def _pattern(fault: Fault) -> Said:
    return filled((_PATTERN[fault.values["origin"]], _USE_OTHERS), fault)


def _not_in_time(fault: Fault) -> Said:
    return filled((_NOT_IN_TIME[fault.values["origin"]], _USE_FEWER), fault)


FAULTS: FaultSentences = {
    WordFault.WORD: _word,
    WordFault.PATTERN: _pattern,
    WordFault.NOT_IN_TIME: _not_in_time,
}

# what cannot be listed ------------------------------------------------------------------------------------

_UNUSABLE = {
    Unusable.WORD_TOO_LONG: Text("{given} is longer than {most} characters.", most=LONGEST_WORD),
    Unusable.WORD_TOO_SHORT: Text("{given} is too short: it would be found in almost everything."),
    Unusable.STAR_INSIDE: Text("{given} has a * inside; it can only stand at the beginning or the end."),
    Unusable.PATTERN_TOO_LONG: Text("{given} is longer than {most} characters.", most=LONGEST_PATTERN),
    Unusable.PATTERN_UNREADABLE: Text("{given} is no pattern that I can read."),
    Unusable.PATTERN_FITS_EVERYTHING: Text("{given} matches everything, even an empty text."),
}
_UNREADABLE = {
    Unreadable.TOO_LONG: Text("{given} is longer than {most} characters.", most=LONGEST_PATTERN),
    Unreadable.TOO_LARGE: Text("{given} is no pattern that I can read: it is too large."),
    Unreadable.HALF_A_CHARACTER: Text("{given} is no pattern that I can read: it has half of a character."),
    Unreadable.REPEATED_TOO_OFTEN: Text(
        "{given} is no pattern that I can read: it repeats something more than a thousand times."
    ),
    Unreadable.LOOKS_AROUND: Text(
        "{given} is no pattern that I can read: it looks at what comes before or after, which I cannot."
    ),
    Unreadable.REFERS_BACK: Text(
        "{given} is no pattern that I can read: it refers back to what it has found, which I cannot."
    ),
    Unreadable.SET_IN_SET: Text(
        "{given} is no pattern that I can read: it has a set in a set; write \\[ where a bracket is meant."
    ),
    Unreadable.OTHER: Text("{given} is no pattern that I can read: {reason}."),
}


def unusable(error: UnusableWord) -> str:
    """Why a word or a pattern is not kept."""
    given = quoted(error.given)
    if error.unreadable is not None:
        return _UNREADABLE[error.unreadable.why].format(given=given, reason=error.unreadable.said)
    return _UNUSABLE[error.why].format(given=given)
