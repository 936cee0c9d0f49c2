"""What stands in many messages: pages, and buttons that are the same everywhere."""

from __future__ import annotations

REFRESH = "Refresh"
PREVIOUS, NEXT = "Previous", "Next"
NEWER, OLDER = "Newer", "Older"
KEEP_IT = "Keep it"
NO_REASON = "none given"


def page(number: int, last: int) -> str:
    """Which page of how many is open; both are counted from 0."""
    return f"Page {number + 1} of {last + 1}"


TOO_BUSY = "I am very busy right now. Please try again in a few seconds."
INTERRUPTED = (
    "I am being restarted. If I had taken your request already, I go on with it when I am back; please look "
    "in a minute or two before you ask again."
)


def broken(reference: str) -> str:
    """What nobody foresaw. reference: a code that is in the log, too."""
    return (
        "Something broke on my side, and I do not know what. If nothing came of it, please try again. If it "
        f"breaks again, give whoever hosts me this code, which is in my log: `{reference}`"
    )


def while_away(text: str) -> str:
    """What somebody could not be told at the time."""
    return f"While you were away: {text}"


# what an option of a command must be, at the end of a sentence ---------------------------------------------

A_MEMBER, A_CHANNEL, A_ROLE, A_FILE = "a member", "a channel", "a role", "a file"
A_MEMBER_OR_ROLE = "a member or a role"
A_SWITCH = "True or False"
A_TEXT, A_NUMBER, A_WHOLE_NUMBER = "a text", "a number", "a whole number"
