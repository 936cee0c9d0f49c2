"""What members read who lend their own voice to a round of a jam."""

from __future__ import annotations

from cogs.texts.formatting import money, named
from cogs.texts.prompts.faults import render_faults
from cogs.texts.translation import Text, _
from services.prompts.rework import MOST_SUNG
from services.text.faults import PromptError
from services.tracks.track import Track

LEND_IT = Text("Lend it")


def question(source: Track, price: int, number: int, *, below: bool) -> str:
    """What is lent, to what, and for how much. price: in micro-dollars; below: the source has no singer."""
    values = {"number": number, "track": named(source)}
    if below:
        what = _(
            "**Lend your voice to round {number}?** Its words are then sung with your own cloned voice over "
            "{track}, for a minute at most.",
            **values,
        )
    else:
        what = _(
            "**Lend your voice to round {number}?** Its words are then sung with your own cloned voice in "
            "the way of {track}, for a minute at most.",
            **values,
        )
    words = _(
        "A voice sings up to {most} characters, and all who are in can still change the words until the "
        "track is made.",
        most=MOST_SUNG,
    )
    costs = _(
        "It costs {price}, from the limits of this server and of all who are in, you among them. The track "
        "is posted here and says that it is your voice; nobody but you can make something else of its sound.",
        price=money(price),
    )
    until = _(
        "It is lent to this round alone. *Take the voice back* on the panel takes it back until the track is "
        "begun; leaving the jam or `/voice forget` does, too."
    )
    return "\n".join([f"{what} {words}", costs, until])


def went_up(price: int) -> str:
    """It would cost more by now than was shown."""
    return _("The price has gone up to {price} meanwhile.", price=money(price))


def cannot_yet(refusal: PromptError) -> str:
    """Why the round cannot be sung as it is now."""
    return _(
        "Your voice cannot sing this round as it is now:\n{faults}", faults=render_faults(refusal.faults)
    )


LENT = Text(
    "Your voice is lent to this round. All lock in again now, you too. *Take the voice back* on the panel "
    "takes it back until the track is begun."
)
TAKEN_BACK = Text("This round is not sung with that voice any more.")
TOO_LATE = Text(
    "This round's track has begun already, so it is sung with that voice. You can delete it as soon as it is "
    "there: *Delete*, behind *More* below it."
)
