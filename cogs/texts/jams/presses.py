"""What is said to whoever presses on a jam's panel, and what its forms and private menus say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cogs.texts.formatting import plain, shortened
from cogs.texts.jams.panel import called, section_name
from cogs.texts.prompts.faults import render_faults
from cogs.texts.sentences import all_of, plural
from services.jams.jams import Jam, Phase, Section, Tag
from services.prompts.prompt import LONGEST, SHORTEST
from services.text.faults import PromptError

LONGEST_TAGS = 300  # characters; as many as all tags of a track together

# a track is asked for -------------------------------------------------------------------------------------

GO_ON_WITHOUT_THEM = "Go on without them"
THEY_ARE_OUT = "They are not in this jam any more; their tags and lines stay."
"""What to do where what a round starts with has been forbidden since, by field."""


def not_asked_for(reason: str) -> str:
    """Why the jam's track is not made. reason: in whole sentences."""
    return f"No track was asked for, and nothing was charged. {reason}"


# tags, length and seed ------------------------------------------------------------------------------------

ADD_TAGS, TAGS = "Add tags", "Tags"
TAGS_HINT = "Genre, instruments, mood, separated by commas"
NO_TAG_TO_STRIKE = "There is no tag to strike."
STRIKE = "Strike a tag …"
WHICH_TAG = "Which tag? Your own goes at once; about somebody else's, the majority decides on the panel."
LENGTH_AND_SEED, LENGTH, SEED = "Length and seed", "Length", "Seed"
LENGTH_HINT = f"{SHORTEST} to {LONGEST} seconds"
SEED_HINT = "Left empty, I pick one"


def no_tag_added(refusal: PromptError, typed: str) -> str:
    """Why, and what was typed."""
    given = plain(shortened(typed, LONGEST_TAGS))
    return f"No tag was added:\n{render_faults(refusal.faults)}\nYou typed: {given}"


def added_by(name: str) -> str:
    """Stands below a tag in the menu."""
    return f"added by {name}"


# sections -------------------------------------------------------------------------------------------------

WORDS = "Words"
WORDS_HINT = "As you would sing it, a line for a line."
WORDS_AGAIN_HINT = "What you wrote. If you save it, it replaces what is there, which Arrange can bring back."
SAVED = "Saved."
PUT_BELOW = "Yours is below theirs now."
OVERTAKEN = "Somebody else changed this section while you wrote. Nothing of yours is lost."
WHAT_YOU_WROTE = "What you wrote"
WHAT_IS_THERE = "What is there now"
GO_ON_WITH_MINE = "Go on with mine"
PUT_MINE_BELOW = "Put mine below"
NO_SECTION = "There is no section yet. Write one with the panel's menu."
WHICH_SECTION = "Which section?"
CHOOSE_SECTION = "Which section? …"
ARRANGE = {"up": "Up", "down": "Down", "back": "Bring back what was before", "remove": "Take out"}
ASKED_TO_TAKE_OUT = "The panel asks whether to take it out; the majority decides."
WHAT_TO_DO = "What to do with it?"


def words_refused(refusal: PromptError) -> str:
    """Why a section was not saved."""
    return f"Nothing was changed in the jam:\n{render_faults(refusal.faults)}"


def not_changed(reason: str) -> str:
    """The same. reason: in whole sentences."""
    return f"{reason} Nothing was changed in the jam."


# what is read ---------------------------------------------------------------------------------------------

LYRICS = "Lyrics"
NO_LYRICS = "None: the model makes the words up."
NO_TAGS = "None yet."
IN_FILE = "They are in the attached file."
NO_TRACK = "No track came of it."


def words_of(jam: Jam) -> str:
    """Goes with the file that has the words of all rounds."""
    return f"The words of the jam {called(jam)}, round by round:"


def round_in_file(number: int, tags: Sequence[Tag], words: str) -> str:
    """A round in that file."""
    return f"ROUND {number}\n{', '.join(tag.text for tag in tags)}\n\n{words}"


def sections(written: Sequence[Section], names: Mapping[int, str]) -> str:
    """The sections, each with those who wrote it. names: of members, by id."""
    told: list[str] = []
    for number, section in enumerate(written, 1):
        by = all_of([names[one] for one in section.writers if names.get(one)])
        name = section_name(number, section)
        told.append(f"{name} ({by})\n{section.text}" if by else f"{name}\n{section.text}")
    return "\n\n".join(told)


# the next round, and the end ------------------------------------------------------------------------------

NEXT_ROUND = "Next round"
GO_ON_FROM = "Go on from"
GO_ON_FROM_HINT = "The round with the most votes is chosen already."
KEEP = "Keep"
KEEP_HINT = "What the next round starts with. All of it can be changed then."
KEPT = {"tags": "Tags", "words": "Words", "seed": "Seed"}
END_IT = "End it"
GO_ON = "Go on"
GOES_ON = "The jam goes on."
ENDS_WITH_TRACK = "The jam ends with the track that is in the making."
ENDED = "The jam has ended."


def round_named(number: int, title: str) -> str:
    """A round in the form's list."""
    return f"Round {number}: {title}"


def votes(count: int) -> str:
    """How many a round has."""
    return plural(count, "{count} vote", "{count} votes")


def question_of_end(jam: Jam) -> str:
    """Whether the jam is to end."""
    said = [f"End the jam {called(jam)} for all who are in?"]
    if not jam.rounds:
        said.append("No track was made in it yet.")
    if jam.phase is Phase.MAKING:
        said.append("It ends with the track that is in the making.")
    return " ".join([*said, "A recap follows."])
