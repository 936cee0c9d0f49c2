"""What can be wrong with tags, lyrics, an idea, a title, a length or a seed; and what to know of a prompt."""

from __future__ import annotations

from cogs.texts.prompts.sentences import FaultSentences, Said, filled
from cogs.texts.sentences import one_of
from cogs.texts.translation import Text, _, plural
from services.guilds.checks import RuleFault
from services.jams.contributions import SectionFault
from services.prompts.faults import PromptFault
from services.prompts.prompt import LONGEST, Rushed
from services.text.faults import AnyField, Fault

_NOT_TEXT_IN_UTF8 = Text("Save the words as plain text in UTF-8 and attach that file.")
_SECONDS = Text("Give a whole number of seconds from {shortest} to {longest}, such as 60.")
_PASTED = Text("Type it anew instead of pasting it.")


def _more(fault: Fault) -> Said:
    problem = plural(
        fault.values["count"],
        "There is {count} more problem like these.",
        "There are {count} more problems like these.",
    )
    return problem, _("Fix the rest in the same way.")


def _no_such_model(fault: Fault) -> Said:
    models = one_of(fault.values["models"])
    return filled((Text("{given} is not a model."), Text("Choose {models}.", models=models)), fault)


FAULTS: FaultSentences = {
    AnyField.MORE: _more,
    # tags
    PromptFault.NEITHER_TAGS_NOR_IDEA: (
        Text("There are no tags."),
        Text("Name a genre, an instrument or a mood, such as: funk, brass; or give an idea instead."),
    ),
    PromptFault.NO_TAGS: (
        Text("There are no tags."),
        Text("Name at least one genre, instrument or mood, such as: funk, brass, upbeat."),
    ),
    PromptFault.TAGS_NOT_TEXT: (
        Text("The tags are not text."),
        Text("Name a few tags, such as: funk, brass, upbeat."),
    ),
    PromptFault.TAGS_FAR_TOO_LONG: (
        Text("{given} is far too long."),
        Text("Name a few tags, such as: funk, brass, upbeat."),
    ),
    PromptFault.TAG_WITH_HIDDEN: (Text("Tag {number} holds {hidden}: {given}."), _PASTED),
    PromptFault.TAG_TOO_LONG: (
        Text("Tag {number} is {length} characters long: {given}."),
        Text("Shorten it to {most} characters or split it at a comma."),
    ),
    PromptFault.TAG_WITHOUT_LETTER: (
        Text("Tag {number} has neither a letter nor a digit: {given}."),
        Text("Say it in words or leave it out."),
    ),
    PromptFault.TAG_IS_MENTION: (
        Text("Tag {number} is a mention or an emoji, which the model cannot read: {given}."),
        Text("Name a genre, an instrument or a mood instead."),
    ),
    PromptFault.TOO_MANY_TAGS: (
        Text("There are {count} tags; the limit is {most}."),
        Text("Keep those that matter most."),
    ),
    PromptFault.ALL_TAGS_TOO_LONG: (
        Text("All tags together are {length:,} characters long."),
        Text("Shorten or drop some, down to {most} characters."),
    ),
    # an idea, and the model
    PromptFault.IDEA_NOT_TEXT: (
        Text("The idea is not text."),
        Text("Say it in a sentence or two, at most {most} characters."),
    ),
    PromptFault.IDEA_FAR_TOO_LONG: (
        Text("{given} is far too long."),
        Text("Say it in a sentence or two, at most {most} characters."),
    ),
    PromptFault.IDEA_WITH_HIDDEN: (Text("The idea holds {hidden}."), _PASTED),
    PromptFault.IDEA_TOO_LONG: (
        Text("The idea is {length:,} characters long."),
        Text("Shorten it to {most} characters."),
    ),
    PromptFault.IDEA_WITHOUT_LETTER: (
        Text("The idea has neither a letter nor a digit: {given}."),
        Text("Say in words what it should sound like, such as: a rainy evening in Lisbon, soft jazz."),
    ),
    PromptFault.IDEA_AND_TAGS: (
        Text("You gave an idea and tags; from an idea the model chooses its own tags."),
        Text("Leave out one of the two."),
    ),
    PromptFault.IDEA_AND_LYRICS: (
        Text("You gave an idea and lyrics; from an idea the model writes its own words."),
        Text("Leave the lyrics out, or give tags instead of the idea."),
    ),
    PromptFault.IDEA_AND_MODEL: (
        Text("{model} takes tags, not an idea."),
        Text("Leave the model out, or give tags."),
    ),
    PromptFault.NO_SUCH_MODEL: _no_such_model,
    # length and seed
    PromptFault.NOT_SECONDS: (Text("{given} is not a whole number of seconds."), _SECONDS),
    PromptFault.TOO_SHORT: (Text("{given} is too short for a track."), _SECONDS),
    PromptFault.TOO_LONG: (Text("{given} is too long for a track."), _SECONDS),
    PromptFault.NOT_A_SEED: (
        Text("{given} is not a seed."),
        Text("Give a whole number from 0 to {largest}; if you give none, I pick one."),
    ),
    RuleFault.LONGER_THAN_ALLOWED: (
        Text("{seconds} s is longer than this server's moderators allow."),
        Text("Ask for at most {most} s."),
    ),
    # the title
    PromptFault.NO_TITLE: (Text("There is no title."), Text("Give it one, in a few words.")),
    PromptFault.TITLE_NOT_TEXT: (
        Text("The title is not text."),
        Text("Give it a few words; if you give none, I choose a title."),
    ),
    PromptFault.TITLE_FAR_TOO_LONG: (
        Text("{given} is far too long."),
        Text("Give it a few words; if you give none, I choose a title."),
    ),
    PromptFault.TITLE_WITH_HIDDEN: (Text("The title holds {hidden}."), _PASTED),
    PromptFault.TITLE_TOO_LONG: (
        Text("The title is {length:,} characters long."),
        Text("Shorten it to {most} characters."),
    ),
    # lyrics
    PromptFault.LYRICS_NOT_TEXT: (Text("The lyrics are not text."), Text("Write them as plain text.")),
    PromptFault.LYRICS_TOO_LONG: (
        Text("The lyrics are {length:,} characters long."),
        Text("Shorten them to {most:,} characters; no track has time for more."),
    ),
    PromptFault.LINE_WITH_HIDDEN: (
        Text("Line {number} of the lyrics holds {hidden}."),
        Text("Type that line anew, or paste it as plain text."),
    ),
    SectionFault.TOO_LONG: (
        Text("The section is {length:,} characters long."),
        Text("Shorten it to {most:,} characters, or make it two."),
    ),
    SectionFault.EMPTY: (Text("There are no words in it."), Text("Write some, or use *Arrange*.")),
    # a lyrics file
    PromptFault.FILE_TOO_LARGE: (
        Text("The file is {size:,} KiB large; the limit is {most} KiB."),
        Text("Attach a file that holds only the words."),
    ),
    PromptFault.FILE_IS_PDF: (Text("The file is a PDF, not plain text."), _NOT_TEXT_IN_UTF8),
    PromptFault.FILE_IS_RICH_TEXT: (
        Text("The file is a rich text document, not plain text."),
        _NOT_TEXT_IN_UTF8,
    ),
    PromptFault.FILE_IS_DOCUMENT: (
        Text("The file is a Word document or an archive, not plain text."),
        _NOT_TEXT_IN_UTF8,
    ),
    PromptFault.FILE_IN_UTF16: (Text("The file is text in UTF-16 or UTF-32."), _NOT_TEXT_IN_UTF8),
    PromptFault.FILE_NOT_TEXT: (Text("The file is not text."), _NOT_TEXT_IN_UTF8),
    PromptFault.FILE_NOT_UTF8: (
        Text("The file is not UTF-8 text (byte {place} fits no character)."),
        _NOT_TEXT_IN_UTF8,
    ),
    PromptFault.FILE_EMPTY: (Text("The file is empty."), Text("Attach one with words, or leave it out.")),
}

# what its member should know ------------------------------------------------------------------------------

_RUSHED = Text(
    "These lyrics take about {needed} to sing, and the track has {duration} s, so some of them will "
    "be rushed or missing; cut some lines."
)
_RUSHED_IN_SHORT = Text(
    "These lyrics take about {needed} to sing, and the track has {duration} s, so some of them will "
    "be rushed or missing; ask for {seconds} s or more, or cut some lines."
)


def rushed(warning: Rushed) -> str:
    """Says that the words take longer to sing than the track has."""
    seconds = max(warning.duration + 5, -(-int(warning.needed) // 5) * 5)  # whole fives: it is an estimate
    said = _RUSHED_IN_SHORT if seconds <= LONGEST else _RUSHED
    return said.format(needed=_minutes(seconds), duration=warning.duration, seconds=seconds)


def _minutes(seconds: int) -> str:
    whole, rest = divmod(seconds, 60)
    if not whole or seconds < 100:
        return _("{seconds} s", seconds=seconds)
    return _("{whole} min {rest} s", whole=whole, rest=rest) if rest else _("{whole} min", whole=whole)
