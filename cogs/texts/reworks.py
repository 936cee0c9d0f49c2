"""What is said of reworks: what there is to choose, the forms, and what must be confirmed."""

from __future__ import annotations

from cogs.texts.formatting import length, money, named, plain, shortened
from cogs.texts.translation import Text, _
from services.prompts.prompt import Prompt
from services.prompts.rework import MOST_SUNG, Kind
from services.prompts.rework_prompt import in_tenths
from services.tracks.track import Track

VERBS = {
    Kind.RESTYLE: Text("Restyle"),
    Kind.LYRICS: Text("Change the words"),
    Kind.EXTEND: Text("Extend"),
    Kind.REPAINT: Text("Repaint"),
}


def choices(track: Track) -> str:
    """What can be done to the sound."""
    return _(
        "What to do with the sound of {track}?\n**Restyle**: the same melody and length in another style. "
        "**Change the words**: the same music, sung anew. **Extend**: more of it, before or after. "
        "**Repaint**: one passage anew.\nEach makes a new track; this one stays as it is.",
        track=named(track),
    )


# what must be confirmed -----------------------------------------------------------------------------------

STATEMENT = Text(
    "I made this recording, or whoever holds the rights in it allows me to have it reworked and to "
    "post the result here."
)
WHAT_YOU_ASK_FOR = Text("What you ask for")
MAKE_IT = Text("Make it")
SING_IT = Text("Sing it")
MAKE_IT_OF_FILE = Text("I may use it: make it")
CHANGE = Text("Change")
CANCEL = Text("Cancel")
_COSTS, _COSTS_AT_MOST = Text("It costs {price}."), Text("It costs at most {price}.")
_CONFIRM = Text(
    "By pressing *{button}* you confirm: “{statement}” I write that down, and delete the file when "
    "the track is finished.",
    button=MAKE_IT_OF_FILE,
    statement=STATEMENT,
)


def own_file(name: str) -> str:
    """A member's file, as sentences call it."""
    # Translators: stands where another sentence names a track, as in "Extend your file “demo.mp3”: …"
    return _("your file “{name}”", name=plain(shortened(name, 80)))


def proposal(source: str, prompt: Prompt, price: int, *, at_most: bool, of_file: bool) -> str:
    """What would be made, of what, and for how much.

    source: as sentences call it. price: in micro-dollars, or the most that it can be. of_file: it is the
    member's own, so they confirm that they may use it.
    """
    costs = _COSTS_AT_MOST if at_most else _COSTS
    said = f"{_made(source, prompt)} {costs.format(price=money(price))}"
    return f"{said}\n{_CONFIRM}" if of_file else said


def _made(source: str, prompt: Prompt) -> str:
    """What becomes of the sound."""
    rework = prompt.rework
    assert rework is not None
    match rework.kind:
        case Kind.REPAINT:
            start, end = length(rework.start), length(min(rework.end, rework.length))
            return _(
                "**Repaint** {source}: {start} to {end} is made anew, the rest stays as it is.",
                source=source,
                start=start,
                end=end,
            )
        case Kind.EXTEND if rework.before and rework.after:
            return _(
                "**Extend** {source}: {before} s are added before it and {after} s after; what there is "
                "stays as it is.",
                source=source,
                before=rework.before,
                after=rework.after,
            )
        case Kind.EXTEND if rework.before:
            return _(
                "**Extend** {source}: {before} s are added before it; what there is stays as it is.",
                source=source,
                before=rework.before,
            )
        case Kind.EXTEND:
            return _(
                "**Extend** {source}: {after} s are added after it; what there is stays as it is.",
                source=source,
                after=rework.after,
            )
        case Kind.LYRICS:
            return _("**Change the words** of {source}: the same music, sung with your words.", source=source)
        case Kind.VOICE if rework.below:
            return _(
                "**Sing it yourself**: your words, sung with your own cloned voice over {source}, for at "
                "most a "
                "minute.",
                source=source,
            )
        case Kind.VOICE:
            return _(
                "**Sing it yourself**: your words, sung with your own cloned voice in the way of {source}, "
                "for "
                "at most a minute.",
                source=source,
            )
        case Kind.RESTYLE:
            return _(
                "**Restyle** {source}: the same melody, with other instruments and in another style.",
                source=source,
            )


# the forms ------------------------------------------------------------------------------------------------

_TITLES = {
    Kind.RESTYLE: Text("Restyle #{number}"),
    Kind.LYRICS: Text("Change the words of #{number}"),
    Kind.EXTEND: Text("Extend #{number}"),
    Kind.REPAINT: Text("Repaint #{number}"),
    Kind.VOICE: Text("Sing #{number} yourself"),
}
_TITLES_OF_FILE = {
    Kind.RESTYLE: Text("Restyle your file"),
    Kind.LYRICS: Text("Change the words of your file"),
    Kind.EXTEND: Text("Extend your file"),
    Kind.REPAINT: Text("Repaint your file"),
}
WORDS_TO_SING_HINT = Text(
    "At most {most} characters; a line is a line, an empty line a pause", most=MOST_SUNG
)
TITLE = Text("Title")
SAME_TITLE_HINT = Text("If you leave it empty, its name stays")
TITLE_HINT = Text("If you leave it empty, I choose a title")
TAGS = Text("Tags")
TAGS_OF_FILE_HINT = Text("What it sounds like: genre, instruments, mood, separated by commas")
TAGS_HINT = Text("For the new part. Left empty, it sounds as it does now")
NEW_TAGS, NEW_TAGS_HINT = Text("New tags"), Text("What it should sound like now: genre, instruments, mood")
OLD_TAGS = Text("Old tags")
OLD_TAGS_HINT = Text("What your file sounds like now. Left empty, like the new tags")
NEW_WORDS, NEW_WORDS_HINT = Text("New words"), Text("[inst]: nobody sings")
WORDS = Text("Lyrics")
WORDS_OF_FILE_HINT = Text("What is sung in your file, if anything")
WORDS_HINT = Text("For the new part. Empty: the model writes them; [inst]: nobody sings")
OLD_WORDS, OLD_WORDS_HINT = Text("Old words"), Text("What is sung in your file now")
BEFORE, AFTER = Text("Seconds before"), Text("Seconds after")
FROM, TO = Text("From"), Text("To")
IN_FILE = Text("Too long for this field. Leave it empty to keep the attached text.")
TOO_LONG = Text("What it has is too long for this field: /rework lyrics takes new words as a file.")


def form_title(kind: Kind, number: int | None) -> str:
    """The form's title. number: the track's; None for a file."""
    return str(_TITLES_OF_FILE[kind]) if number is None else _TITLES[kind].format(number=number)


def before_hint(seconds: float) -> str:
    """How much can be added to a sound of so many seconds."""
    return _("How much to add before its {seconds:g} s; at most 240 s in all", seconds=in_tenths(seconds))


def after_hint(seconds: float) -> str:
    """The same, behind it."""
    return _("How much to add after its {seconds:g} s; at most 240 s in all", seconds=in_tenths(seconds))


def passage_hint(seconds: float) -> str:
    """How a moment of a sound of so many seconds is typed."""
    return _("In seconds or as 1:15; it is {seconds:g} s long", seconds=in_tenths(seconds))
