"""What is said of words that a server does not allow; and to moderators, of those that cannot be listed."""

from __future__ import annotations

from cogs.texts.prompts.sentences import FaultSentences, Said, filled, quoted
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
    Origin.MODERATORS: "{given} is a word that this server's word list does not allow.",
    Origin.READY_MADE: "{given} is a word that this server does not allow.",
    Origin.AUTOMOD: "{given} is a word that this server's AutoMod does not allow.",
}
_PATTERN = {
    Origin.MODERATORS: "It has something that this server's word list does not allow (pattern {given}).",
    Origin.READY_MADE: "It has something that this server does not allow (pattern {given}).",
    Origin.AUTOMOD: "It has something that this server's AutoMod does not allow (pattern {given}).",
}
_NOT_IN_TIME = {
    Origin.MODERATORS: "I could not check it against all patterns of this server's word list in time.",
    Origin.READY_MADE: "I could not check it against all patterns of this server in time.",
    Origin.AUTOMOD: "I could not check it against all patterns of this server's AutoMod in time.",
}


def _word(fault: Fault) -> Said:
    return filled((_WORD[fault.values["origin"]], "Use other words."), fault)


def _pattern(fault: Fault) -> Said:
    return filled((_PATTERN[fault.values["origin"]], "Use other words."), fault)


def _not_in_time(fault: Fault) -> Said:
    remedy = "Use other or fewer words, or ask a moderator to make the patterns simpler."
    return _NOT_IN_TIME[fault.values["origin"]], remedy


FAULTS: FaultSentences = {
    WordFault.WORD: _word,
    WordFault.PATTERN: _pattern,
    WordFault.NOT_IN_TIME: _not_in_time,
}

# what cannot be listed ------------------------------------------------------------------------------------

_UNUSABLE = {
    Unusable.WORD_TOO_LONG: f"{{given}} is longer than {LONGEST_WORD} characters.",
    Unusable.WORD_TOO_SHORT: "{given} is too short: it would be found in almost everything.",
    Unusable.STAR_INSIDE: "{given} has a * inside; it can only stand at the beginning or the end.",
    Unusable.PATTERN_TOO_LONG: f"{{given}} is longer than {LONGEST_PATTERN} characters.",
    Unusable.PATTERN_UNREADABLE: "{given} is no pattern that I can read.",
    Unusable.PATTERN_FITS_EVERYTHING: "{given} fits everything, even nothing at all.",
}
_UNREADABLE = {
    Unreadable.TOO_LONG: f"{{given}} is longer than {LONGEST_PATTERN} characters.",
    Unreadable.TOO_LARGE: "{given} is no pattern that I can read: it is too large.",
    Unreadable.HALF_A_CHARACTER: "{given} is no pattern that I can read: it has half of a character.",
    Unreadable.REPEATED_TOO_OFTEN: (
        "{given} is no pattern that I can read: it repeats something more than a thousand times."
    ),
    Unreadable.LOOKS_AROUND: (
        "{given} is no pattern that I can read: it looks at what comes before or after, which I cannot."
    ),
    Unreadable.REFERS_BACK: (
        "{given} is no pattern that I can read: it refers back to what it found, which I cannot."
    ),
    Unreadable.SET_IN_SET: (
        "{given} is no pattern that I can read: it has a set in a set; write \\[ where a bracket is meant."
    ),
    Unreadable.OTHER: "{given} is no pattern that I can read: {said}.",
}


def unusable(error: UnusableWord) -> str:
    """Why a word or a pattern is not kept."""
    given = quoted(error.given)
    if error.unreadable is not None:
        return _UNREADABLE[error.unreadable.why].format(given=given, said=error.unreadable.said)
    return _UNUSABLE[error.why].format(given=given)
