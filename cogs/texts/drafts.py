"""What the forms of a track say."""

from __future__ import annotations

from cogs.texts.translation import Text, _, plural
from services.prompts.prompt import INSTRUMENTAL, LONGEST, SHORTEST

VOCALS = {"sung": Text("The model writes words and sings them"), INSTRUMENTAL: Text("Nobody sings")}

# the form -------------------------------------------------------------------------------------------------

WRITE_TITLE = Text("Write the lyrics")
EDIT_TITLE = Text("Edit what you wrote")
IDEA, IDEA_HINT = Text("Idea"), Text("In a sentence or two; the model chooses tags and words.")
VOCALS_LABEL = Text("Vocals")
TAGS, TAGS_HINT = Text("Tags"), Text("Genre, instruments, mood, separated by commas")
TITLE, TITLE_HINT = Text("Title"), Text("If you leave it empty, I choose a title")
DURATION = Text("Duration")
DURATION_HINT = Text("{shortest} to {longest} seconds", shortest=SHORTEST, longest=LONGEST)
SEED, SEED_HINT = Text("Seed"), Text("If you leave it empty, I pick a seed")
LYRICS = Text("Lyrics")
LYRICS_IN_FILE = Text("Too long for this field. Leave it empty to keep the attached lyrics.")
LYRICS_TO_WRITE = Text("Headings like [Verse] or Chorus: shape the song.")
LYRICS_AS_WRITTEN = Text("Empty or [inst]: nobody sings; this model makes up no words.")
LYRICS_OR_NOT = Text("Empty: the model writes the words. [inst]: nobody sings.")
LYRICS_PLACEHOLDER = Text("[Verse]\nWrite as you would sing it")


def lyrics_too_long(characters: int) -> str:
    """The hint where a field is too short for what there is."""
    return plural(
        characters,
        "Too long for this field. Leave it empty to keep the {count} character.",
        "Too long for this field. Leave it empty to keep all {count} characters.",
    )


def remix_title(number: int, title: str) -> str:
    """The title of the form in which a track is changed."""
    return _("Remix #{number}: {title}", number=number, title=title)


# giving a draft back --------------------------------------------------------------------------------------

WHAT_YOU_WROTE = Text("What you wrote")
EDIT = Text("Edit")
KEEP_TAGS_AND_LYRICS = Text("Keep tags and lyrics")
KEEP_IDEA = Text("Keep the idea")
IN_FILE = Text("in an attached file")


def lyrics_in_file(characters: int) -> str:
    """Where the lyrics are that no message has room for."""
    return plural(
        characters,
        "The lyrics ({count} character) are in the attached file.",
        "The lyrics ({count:,} characters) are in the attached file.",
    )
