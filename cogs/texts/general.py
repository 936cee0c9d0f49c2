"""What stands in many messages: pages, and buttons that are the same everywhere."""

from __future__ import annotations

from cogs.texts.translation import Text, _

REFRESH = Text("Refresh")
PREVIOUS, NEXT = Text("Previous"), Text("Next")
NEWER, OLDER = Text("Newer"), Text("Older")
KEEP_IT = Text("Keep it")
LANGUAGE_NAMES = {"en": Text("English"), "de": Text("German"), "es": Text("Spanish")}
"""What the languages are called in the one that is spoken; `LANGUAGES`: what each calls itself."""


def page(number: int, last: int) -> str:
    """Which page of how many is open; both are counted from 0."""
    return _("Page {number} of {last}", number=number + 1, last=last + 1)


TOO_BUSY = Text("I am very busy right now. Please try again in a few seconds.")
INTERRUPTED = Text(
    "I am restarting. If I have your request already, I go on with it when I am back; please look in "
    "a minute or two before you ask again."
)
MAYBE_ABOVE = Text(
    "Discord did not tell me whether my answer reached you. If you see it above, it holds; if not, please "
    "look before you ask again."
)


def broken(reference: str) -> str:
    """What nobody foresaw. reference: a code that is in the log, too."""
    return _(
        "Something broke on my side, and I do not know what. Please look whether it was done, and try "
        "again if it was not. If it breaks again, give this code to whoever hosts me, who finds it in my "
        "log: `{reference}`",
        reference=reference,
    )


def while_away(text: str) -> str:
    """What somebody could not be told at the time."""
    return _("While you were away: {text}", text=text)


# what an option of a command must be -----------------------------------------------------------------------

A_MEMBER = Text("Nothing was done: *{option}* must be a member. Please send the command again.")
A_CHANNEL = Text("Nothing was done: *{option}* must be a channel. Please send the command again.")
A_ROLE = Text("Nothing was done: *{option}* must be a role. Please send the command again.")
A_MEMBER_OR_ROLE = Text(
    "Nothing was done: *{option}* must be a member or a role. Please send the command again."
)
A_FILE = Text("Nothing was done: *{option}* must be a file. Please send the command again.")
A_SWITCH = Text("Nothing was done: *{option}* must be True or False. Please send the command again.")
NOT_BLANK = Text("Nothing was done: *{option}* is empty. Please send the command again with something in it.")
A_TEXT = Text("Nothing was done: *{option}* must be a text. Please send the command again.")
A_NUMBER = Text("Nothing was done: *{option}* must be a number. Please send the command again.")
A_WHOLE_NUMBER = Text("Nothing was done: *{option}* must be a whole number. Please send the command again.")
ONE_OF_THEM = Text(
    "Nothing was done: *{option}* must be one of those that are offered. Please send the command again."
)
IN_BOUNDS = Text(
    "Nothing was done: *{option}* must be a number from {least:,} to {most:,}. Please send the command again."
)
