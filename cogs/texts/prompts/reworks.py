"""What can be wrong with what is to be done to a sound."""

from __future__ import annotations

from cogs.texts.prompts.sentences import FaultSentences
from services.prompts.faults import ReworkFault
from services.prompts.section_markers import INSTRUMENTAL

FAULTS: FaultSentences = {
    ReworkFault.SAME_TAGS: ("These are the tags that it has.", "Add, change or leave out some."),
    ReworkFault.NO_NEW_WORDS: ("There are no new words.", f"Write them, or {INSTRUMENTAL} for none."),
    ReworkFault.SAME_WORDS: ("These are the words that it has.", "Change some of them."),
    ReworkFault.NOT_TO_BE_ADDED: (
        "{given} cannot be added.",
        "Give a whole number of seconds from 0 to {most}, such as 20.",
    ),
    ReworkFault.NOTHING_ADDED: (
        "Nothing would be added.",
        "Say how many seconds to add before it, after it, or both.",
    ),
    ReworkFault.TOO_MUCH_ADDED: (
        "It would be {seconds} s long; {longest} s is the longest.",
        "Add at most {room} s in all.",
    ),
    ReworkFault.NO_ROOM_TO_ADD: (
        "It would be {seconds} s long; {longest} s is the longest.",
        "Choose a shorter track.",
    ),
    ReworkFault.NOT_A_MOMENT: (
        "{given} is no moment in a track.",
        "Give it in seconds or as on a clock, such as 75 or 1:15.",
    ),
    ReworkFault.BEGINS_AFTER_END: ("It is only {length:g} s long.", "Begin before {whole} s."),
    ReworkFault.ENDS_AFTER_END: ("It is only {length:g} s long.", "End at {whole} s or before."),
    ReworkFault.ENDS_BEFORE_BEGIN: (
        "{end} s is not after {start} s.",
        "Let the passage end after it begins.",
    ),
}
