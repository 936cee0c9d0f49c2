"""What stands in many messages: pages, and buttons that are the same everywhere."""

from __future__ import annotations

from cogs.texts.translation import Text, _

REFRESH = Text("Refresh")
PREVIOUS, NEXT = Text("Previous"), Text("Next")
NEWER, OLDER = Text("Newer"), Text("Older")
KEEP_IT = Text("Keep it")
NO_REASON = Text("none given")


def page(number: int, last: int) -> str:
    """Which page of how many is open; both are counted from 0."""
    return _("Page {number} of {last}", number=number + 1, last=last + 1)


TOO_BUSY = Text("I am very busy right now. Please try again in a few seconds.")
INTERRUPTED = Text(
    "I am being restarted. If I had taken your request already, I go on with it when I am back; "
    "please look in a minute or two before you ask again."
)


def broken(reference: str) -> str:
    """What nobody foresaw. reference: a code that is in the log, too."""
    return _(
        "Something broke on my side, and I do not know what. If nothing came of it, please try again. If "
        "it breaks again, give whoever hosts me this code, which is in my log: `{reference}`",
        reference=reference,
    )


def while_away(text: str) -> str:
    """What somebody could not be told at the time."""
    return _("While you were away: {text}", text=text)


# what an option of a command must be, at the end of a sentence ---------------------------------------------

A_MEMBER, A_CHANNEL, A_ROLE, A_FILE = Text("a member"), Text("a channel"), Text("a role"), Text("a file")
A_MEMBER_OR_ROLE = Text("a member or a role")
A_SWITCH = Text("True or False")
A_TEXT, A_NUMBER, A_WHOLE_NUMBER = Text("a text"), Text("a number"), Text("a whole number")
