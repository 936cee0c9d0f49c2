"""What can be wrong with what is to be done to a sound."""

from __future__ import annotations

from cogs.texts.prompts.sentences import FaultSentences
from cogs.texts.translation import Text
from services.prompts.faults import ReworkFault
from services.prompts.section_markers import INSTRUMENTAL

FAULTS: FaultSentences = {
    ReworkFault.SAME_TAGS: (Text("It has these tags already."), Text("Add, change or leave out some.")),
    ReworkFault.NO_NEW_WORDS: (
        Text("There are no new words."),
        Text("Write them, or {instrumental} for none.", instrumental=INSTRUMENTAL),
    ),
    ReworkFault.SAME_WORDS: (Text("It has these words already."), Text("Change some of them.")),
    ReworkFault.NOT_TO_BE_ADDED: (
        Text("{given} cannot be added."),
        Text("Give a whole number of seconds from 0 to {most}, such as 20."),
    ),
    ReworkFault.NOTHING_ADDED: (
        Text("Nothing would be added."),
        Text("Say how many seconds to add before it, after it, or both."),
    ),
    ReworkFault.TOO_MUCH_ADDED: (
        Text("It would be {seconds} s long; the limit is {longest} s."),
        Text("Add at most {room} s in all."),
    ),
    ReworkFault.NO_ROOM_TO_ADD: (
        Text("It would be {seconds} s long; the limit is {longest} s."),
        Text("Choose a shorter track."),
    ),
    ReworkFault.NOT_A_MOMENT: (
        Text("{given} is not a point in time."),
        Text("Give it in seconds or as on a clock, such as 75 or 1:15."),
    ),
    ReworkFault.BEGINS_AFTER_END: (
        Text("What you rework is only {length:g} s long."),
        Text("Begin before {whole} s."),
    ),
    ReworkFault.ENDS_AFTER_END: (
        Text("What you rework is only {length:g} s long."),
        Text("End at {whole} s or before."),
    ),
    ReworkFault.TOO_MANY_WORDS_TO_SING: (
        Text("The words have {length} characters; a voice sings {most} at the most."),
        Text("Leave some out."),
    ),
    ReworkFault.TOO_SHORT_TO_SING: (
        Text("The track is only {length:g} s long."),
        Text("Choose a track of at least {least} s to sing over."),
    ),
    ReworkFault.ENDS_BEFORE_BEGIN: (
        Text("The passage would begin at {start} s and end at {end} s."),
        Text("Choose an end that comes after the beginning."),
    ),
}
