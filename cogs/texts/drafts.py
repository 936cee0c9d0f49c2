"""What the forms of a track say."""

from __future__ import annotations

from services.prompts.prompt import INSTRUMENTAL

VOCALS = {"sung": "The model writes words and sings them", INSTRUMENTAL: "Nobody sings"}

# the form -------------------------------------------------------------------------------------------------

WRITE_TITLE = "Write the lyrics"
EDIT_TITLE = "Edit what you wrote"
IDEA, IDEA_HINT = "Idea", "In a sentence or two; the model chooses tags and words."
VOCALS_LABEL = "Vocals"
TAGS, TAGS_HINT = "Tags", "Genre, instruments, mood, separated by commas"
TITLE, TITLE_HINT = "Title", "Left empty, I choose one"
DURATION, DURATION_HINT = "Duration", "5 to 240 seconds"
SEED, SEED_HINT = "Seed", "Left empty, I pick one"
LYRICS = "Lyrics"
LYRICS_IN_FILE = "Too long for this field. Left empty, the attached lyrics stay as they are."
LYRICS_TO_WRITE = "Headings like [Verse] or Chorus: shape the song."
LYRICS_AS_WRITTEN = "Empty or [inst]: nobody sings; this model makes up no words."
LYRICS_OR_NOT = "Empty: the model writes the words. [inst]: nobody sings."
LYRICS_PLACEHOLDER = "[Verse]\nWrite as you would sing it"


def lyrics_too_long(characters: int) -> str:
    """The hint where a field is too short for what there is."""
    return f"Too long for this field. Left empty, all {characters} characters stay as they are."


def remix_title(number: int, title: str) -> str:
    """The title of the form in which a track is changed."""
    return f"Remix #{number}: {title}"


# giving a draft back --------------------------------------------------------------------------------------

WHAT_YOU_WROTE = "What you wrote"
EDIT = "Edit"
KEEP_TAGS_AND_LYRICS = "Keep tags and lyrics"
KEEP_IDEA = "Keep the idea"
IN_FILE = "in an attached file"


def lyrics_in_file(characters: int) -> str:
    """Where the lyrics are that no message has room for."""
    return f"The lyrics ({characters:,} characters) are in the attached file."
