"""What is said of every fault, in one table; as `cogs.texts.refusals` is for refusals."""

from __future__ import annotations

from collections.abc import Iterable

from cogs.texts.prompts import drafts, prompt, reworks, words
from cogs.texts.prompts.sentences import FaultSentences, Said, filled
from cogs.texts.translation import Text
from services.text.faults import Fault

SENTENCES: FaultSentences = {**prompt.FAULTS, **reworks.FAULTS, **words.FAULTS, **drafts.FAULTS}
FIELDS = {
    "after": Text("After"),
    "before": Text("Before"),
    "description": Text("Description"),
    "duration": Text("Duration"),
    "file": Text("File"),
    "from": Text("From"),
    "idea": Text("Idea"),
    "lyrics": Text("Lyrics"),
    "lyrics_file": Text("Lyrics file"),
    "model": Text("Model"),
    "old_lyrics": Text("Old lyrics"),
    "old_tags": Text("Old tags"),
    "section": Text("Section"),
    "seed": Text("Seed"),
    "tags": Text("Tags"),
    "theme": Text("Theme"),
    "title": Text("Title"),
    "to": Text("To"),
    "track": Text("Track"),
    "vocals": Text("Vocals"),
}
_TAKEN_OVER = Text(
    "It comes from the track that this is made from. Choose another one, or change its words first "
    "with `/rework lyrics`."
)

_KEPT = {
    "tags": Text("Begin the round without the earlier one's tags."),
    "lyrics": Text("Begin the round without the earlier one's words."),
    "title": Text("It is the jam's theme: end the jam, and start another one."),
}


def said_of(fault: Fault) -> Said:
    """What is wrong, and what to do about it."""
    said = SENTENCES[fault.kind]
    problem, remedy = said(fault) if callable(said) else filled(said, fault)
    if fault.kept:
        return problem, str(_KEPT[fault.field])
    return problem, str(_TAKEN_OVER) if fault.taken_over else remedy


def render_faults(faults: Iterable[Fault]) -> str:
    """The faults as a list for their member."""
    return "\n".join(f"- **{FIELDS[fault.field]}**: {_sentences(fault)}" for fault in faults)


def in_a_row(faults: Iterable[Fault]) -> str:
    """The faults, one behind the other."""
    return " ".join(_sentences(fault) for fault in faults)


def _sentences(fault: Fault) -> str:
    problem, remedy = said_of(fault)
    return f"{problem} {remedy}"
