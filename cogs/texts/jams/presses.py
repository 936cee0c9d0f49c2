"""What is said to whoever presses on a jam's panel, and what its forms and private menus say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cogs.texts.formatting import plain, shortened
from cogs.texts.jams.panel import called, section_name
from cogs.texts.prompts.faults import render_faults
from cogs.texts.sentences import all_of
from cogs.texts.translation import Text, _, plural
from services.jams.jams import Jam, Phase, Section, Tag
from services.prompts.prompt import LONGEST, SHORTEST
from services.text.faults import PromptError

LONGEST_TAGS = 300  # characters; as many as all tags of a track together

# a track is asked for -------------------------------------------------------------------------------------

GO_ON_WITHOUT_THEM = Text("Go on without them")
THEY_ARE_OUT = Text("They are not in this jam any more; their tags and lines stay.")
THEY_ARE_IN = Text("They are still in this jam.")


def not_asked_for(reason: str) -> str:
    """Why the jam's track is not made. reason: in whole sentences."""
    return _("No track was asked for, and nothing was charged. {reason}", reason=reason)


# tags, length and seed ------------------------------------------------------------------------------------

ADD_TAGS, TAGS = Text("Add tags"), Text("Tags")
TAGS_HINT = Text("Genre, instruments, mood, separated by commas")
NO_TAG_TO_STRIKE = Text("There is no tag to strike.")
STRIKE = Text("Strike a tag …")
WHICH_TAG = Text("Which tag? One of your own goes at once; on one of somebody else's, all vote on the panel.")
LENGTH_AND_SEED, LENGTH, SEED = Text("Length and seed"), Text("Length"), Text("Seed")
LENGTH_HINT = Text("{shortest} to {longest} seconds", shortest=SHORTEST, longest=LONGEST)
SEED_HINT = Text("If you leave it empty, I pick a seed")


def no_tag_added(refusal: PromptError, typed: str) -> str:
    """Why, and what was typed."""
    return _(
        "No tag was added:\n{faults}\nYou typed: {typed}",
        faults=render_faults(refusal.faults),
        typed=plain(shortened(typed, LONGEST_TAGS)),
    )


def added_by(name: str) -> str:
    """Stands below a tag in the menu."""
    return _("added by {name}", name=name)


# sections -------------------------------------------------------------------------------------------------

WORDS = Text("Lyrics")
WORDS_HINT = Text("As you would sing it, line by line.")
WORDS_AGAIN_HINT = Text("What you wrote. Saving it replaces what is there now, which Arrange can bring back.")
SAVED = Text("Saved.")
PUT_BELOW = Text("Yours is below theirs now.")
OVERTAKEN = Text("Somebody else changed this section while you were writing. Nothing that you wrote is lost.")
WHAT_YOU_WROTE = Text("What you wrote")
WHAT_IS_THERE = Text("What is there now")
GO_ON_WITH_MINE = Text("Go on with mine")
PUT_MINE_BELOW = Text("Put mine below")
NO_SECTION = Text("There is no section yet. Write one with the panel's menu.")
WHICH_SECTION = Text("Which section?")
CHOOSE_SECTION = Text("Which section? …")
ARRANGE = {
    "up": Text("Up"),
    "down": Text("Down"),
    "back": Text("Bring back what was before"),
    "remove": Text("Take out"),
}
ASKED_TO_TAKE_OUT = Text("The panel asks whether to take it out; the majority decides.")
WHAT_TO_DO = Text("What to do with it?")


def words_refused(refusal: PromptError) -> str:
    """Why a section was not saved."""
    return _("Nothing was changed in the jam:\n{faults}", faults=render_faults(refusal.faults))


def not_changed(reason: str) -> str:
    """The same. reason: in whole sentences."""
    return " ".join([reason, _("Nothing was changed in the jam.")])


# what is read ---------------------------------------------------------------------------------------------

LYRICS = Text("Lyrics")
NO_LYRICS = Text("None: the model makes the words up.")
NO_TAGS = Text("None yet.")
IN_FILE = Text("They are in the attached file.")
NO_TRACK = Text("No track came of it.")


def words_of(jam: Jam) -> str:
    """Goes with the file that has the words of all rounds."""
    return _("The words of the jam {jam}, round by round:", jam=called(jam))


def round_in_file(number: int, tags: Sequence[Tag], words: str) -> str:
    """A round in that file."""
    heading = _("ROUND {number}", number=number)
    return f"{heading}\n{', '.join(tag.text for tag in tags)}\n\n{words}"


def sections(written: Sequence[Section], names: Mapping[int, str]) -> str:
    """The sections, each with those who wrote it. names: of members, by id."""
    told: list[str] = []
    for number, section in enumerate(written, 1):
        by = all_of([names[one] for one in section.writers if names.get(one)])
        name = section_name(number, section)
        told.append(f"{name} ({by})\n{section.text}" if by else f"{name}\n{section.text}")
    return "\n\n".join(told)


# the next round, and the end ------------------------------------------------------------------------------

NEXT_ROUND = Text("Next round")
GO_ON_FROM = Text("Go on from")
GO_ON_FROM_HINT = Text("The round with the most votes is chosen already.")
KEEP = Text("Keep")
KEEP_HINT = Text("What the next round starts with. All of it can still be changed in it.")
KEPT = {"tags": Text("Tags"), "words": Text("Lyrics"), "seed": Text("Seed")}
END_IT = Text("End it")
GO_ON = Text("Go on")
GOES_ON = Text("The jam goes on.")
ENDS_WITH_TRACK = Text("The jam ends once the track that is being made is there.")
ENDED = Text("The jam has ended.")


def round_named(number: int, title: str) -> str:
    """A round in the form's list."""
    return _("Round {number}: {title}", number=number, title=title)


def votes(count: int) -> str:
    """How many a round has."""
    return plural(count, "{count} vote", "{count} votes")


def question_of_end(jam: Jam) -> str:
    """Whether the jam is to end."""
    said = [_("End the jam {jam} for all who are in?", jam=called(jam))]
    if not jam.rounds:
        said.append(_("No track was made in it yet."))
    if jam.phase is Phase.MAKING:
        said.append(_("It ends once the track that is being made is there."))
    return " ".join([*said, _("A recap follows.")])
