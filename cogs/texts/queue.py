"""What members read in `/queue`."""

from __future__ import annotations

from cogs.texts.formatting import by, called, in_seconds, length, makers, money, named, shortened
from cogs.texts.sentences import Sentences
from cogs.texts.translation import Text, _, plural
from services.pipeline.queue import NotWaiting, Waiting
from services.pipeline.turns.outlook import Outlook
from services.tracks.track import ENDED, PutOff, State, Track

TITLE = Text("Queue")
NOTHING = Text("Nothing is running or waiting. `/compose` makes something.")
CANCEL = Text("Cancel a track …")
PAUSE = Text("Pause the queue")
RESUME = Text("Resume the queue")
PAUSED = Text(
    "Paused. Tracks that have begun are finished; those that wait keep their places until somebody "
    "resumes the queue."
)
RESUMED = Text("Resumed.")


def cancelled(track: Track) -> str:
    """Says it to whoever cancelled it."""
    return _(
        "{track} was cancelled. Nothing was charged: {price} is free again.",
        track=named(track),
        price=money(track.price),
    )


def stopped(why: str) -> str:
    """Says above the list why nothing starts, which is a sentence of its own."""
    return " ".join([_("**Nothing starts.**"), why])


def elsewhere(count: int) -> str:
    """How many tracks there are that whoever reads does not see."""
    return plural(
        count,
        "-# And {count} track in channels that you do not see.",
        "-# And {count} tracks in channels that you do not see.",
    )


def footer(page: str, count: int) -> str:
    """Which page it is, of how many tracks."""
    return plural(count, "{page} · {count} track", "{page} · {count} tracks", page=page)


def entry(one: Waiting, *, paused: bool) -> str:
    """A track of the list: by whom, how long, for how much; below it, how it stands."""
    track = one.track
    about = f"{called(track)} · {by(track, 3)} · {length(track.duration)} · {money(track.price)}"
    return f"{about}\n-# {_stands(track, one.outlook, paused=paused)}"


def _stands(track: Track, outlook: Outlook, *, paused: bool) -> str:
    if track.put_off is PutOff.AWAY:
        return _("waits for something that does not answer now")
    if not track.waits:
        return _("being made, ready {ready}", ready=in_seconds(outlook.ready))
    if paused:
        return _("waits")
    if outlook.wait < 2:
        return _("place {place} in line, starts in a moment", place=outlook.place + 1)
    return _("place {place} in line, starts {wait}", place=outlook.place + 1, wait=in_seconds(outlook.wait))


def choice(track: Track) -> str:
    """What is said of a track below its title, where it is chosen to be cancelled."""
    return shortened(f"{makers(track)} · {length(track.duration)} · {money(track.price)}", 100)


def _not_waiting(refusal: NotWaiting) -> str:
    track = refusal.track
    if track.state is State.CANCELLED:
        return _("{track} was cancelled already.", track=named(track))
    if track.state in ENDED:
        return _("{track} has ended already; there is nothing left to cancel.", track=named(track))
    return _(
        "{track} is being rendered already and has to be paid for, so it can no longer be cancelled. You "
        "can delete it when it is finished.",
        track=named(track),
    )


REFUSALS: Sentences = {NotWaiting: _not_waiting}
