"""What is said of reworks: what there is to choose, the forms, and what must be confirmed."""

from __future__ import annotations

from cogs.texts.formatting import length, money, named, plain, shortened
from services.prompts.prompt import Prompt
from services.prompts.rework import Kind
from services.prompts.rework_prompt import in_tenths
from services.tracks.track import Track

VERBS = {
    Kind.RESTYLE: "Restyle",
    Kind.LYRICS: "Change the words",
    Kind.EXTEND: "Extend",
    Kind.REPAINT: "Repaint",
}


def choices(track: Track) -> str:
    """What can be done to the sound."""
    return (
        f"What to do with the sound of {named(track)}?\n"
        "**Restyle**: the same melody and length in another style. **Change the words**: the same music, "
        "sung anew. **Extend**: more of it, before or after. **Repaint**: one passage anew.\n"
        "Each makes a new track; this one stays as it is."
    )


# what must be confirmed -----------------------------------------------------------------------------------

STATEMENT = (
    "I made this recording, or whoever holds the rights in it allows me to have it reworked and to post the "
    "result here."
)
WHAT_YOU_ASK_FOR = "What you ask for"
MAKE_IT = "Make it"
MAKE_IT_OF_FILE = "I may use it: make it"
CHANGE = "Change"
CANCEL = "Cancel"
_CONFIRM = (
    f"By pressing *{MAKE_IT_OF_FILE}* you confirm: “{STATEMENT}” That is written down. I delete the file "
    "when the track is finished."
)


def own_file(name: str) -> str:
    """A member's file, as sentences call it."""
    return f"your file “{plain(shortened(name, 80))}”"


def proposal(source: str, prompt: Prompt, price: int, *, at_most: bool, of_file: bool) -> str:
    """What would be made, of what, and for how much.

    source: as sentences call it. price: in micro-dollars, or the most that it can be. of_file: it is the
    member's own, so they confirm that they may use it.
    """
    costs = f"It costs at most {money(price)}." if at_most else f"It costs {money(price)}."
    said = f"{_made(source, prompt)} {costs}"
    return f"{said}\n{_CONFIRM}" if of_file else said


def _made(source: str, prompt: Prompt) -> str:
    """What becomes of the sound."""
    rework = prompt.rework
    assert rework is not None
    match rework.kind:
        case Kind.REPAINT:
            start, end = length(rework.start), length(min(rework.end, rework.length))
            return f"**Repaint** {source}: {start} to {end} is made anew, the rest stays as it is."
        case Kind.EXTEND if rework.before and rework.after:
            return (
                f"**Extend** {source}: {rework.before} s are added before it and {rework.after} s after; "
                "what there is stays as it is."
            )
        case Kind.EXTEND if rework.before:
            return (
                f"**Extend** {source}: {rework.before} s are added before it; what there is stays as it is."
            )
        case Kind.EXTEND:
            return f"**Extend** {source}: {rework.after} s are added after it; what there is stays as it is."
        case Kind.LYRICS:
            return f"**Change the words** of {source}: the same music, sung with your words."
        case Kind.RESTYLE:
            return f"**Restyle** {source}: the same melody, with other instruments and in another style."


# the forms ------------------------------------------------------------------------------------------------

YOUR_FILE = "your file"
_TITLES = {
    Kind.RESTYLE: "Restyle {source}",
    Kind.LYRICS: "Change the words of {source}",
    Kind.EXTEND: "Extend {source}",
    Kind.REPAINT: "Repaint {source}",
}
TITLE = "Title"
SAME_TITLE_HINT = "Left empty, it is called as before"
TITLE_HINT = "Left empty, I choose one"
TAGS = "Tags"
TAGS_OF_FILE_HINT = "What it sounds like: genre, instruments, mood, separated by commas"
TAGS_HINT = "Of what is new. Left empty, it sounds as it does now"
NEW_TAGS, NEW_TAGS_HINT = "New tags", "What it is to sound like now: genre, instruments, mood"
OLD_TAGS, OLD_TAGS_HINT = "Old tags", "What your file sounds like now. Left empty, like the new tags"
NEW_WORDS, NEW_WORDS_HINT = "New words", "[inst]: nobody sings"
WORDS = "Words"
WORDS_OF_FILE_HINT = "What is sung in your file, if anything"
WORDS_HINT = "Of what is new. Empty: the model writes them; [inst]: nobody sings"
OLD_WORDS, OLD_WORDS_HINT = "Old words", "What is sung in your file now"
BEFORE, AFTER = "Seconds before", "Seconds after"
FROM, TO = "From", "To"
TOO_LONG = "What it has is too long for this field: /rework lyrics takes new words as a file."


def form_title(kind: Kind, number: int | None) -> str:
    """The form's title. number: the track's; None for a file."""
    return _TITLES[kind].format(source=YOUR_FILE if number is None else f"#{number}")


def before_hint(seconds: float) -> str:
    """How much can be added to a sound of so many seconds."""
    return f"How much to add before its {in_tenths(seconds):g} s; 240 s in all is the most"


def after_hint(seconds: float) -> str:
    """The same, behind it."""
    return f"How much to add after its {in_tenths(seconds):g} s; 240 s in all is the most"


def passage_hint(seconds: float) -> str:
    """How a moment of a sound of so many seconds is typed."""
    return f"In seconds or as 1:15; it is {in_tenths(seconds):g} s long"


def in_file_hint(label: str) -> str:
    """The hint where the message has in a file what the field is too short for. label: the field's."""
    return f"Too long for this field. Left empty, the attached {label.lower()} stay as they are."
