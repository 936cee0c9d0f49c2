"""The private answer under the interaction that asked for a track, as the track moves."""

from __future__ import annotations

from collections.abc import Sequence

from cogs.texts.formatting import called, in_seconds, money, remaining
from cogs.texts.translation import Text, _, dollars, plural
from services.money.accounts import Hold
from services.money.limits import Line, Scope, tightest
from services.pipeline.queue import Standstill
from services.pipeline.turns.outlook import Outlook
from services.storage.host_state import Value
from services.tracks.track import PutOff, Track

VOTE_FOLLOWS = Text("Once all are there, the channel votes.")
_STOPPED = {
    Value.LOW_BALANCE: Text(
        "My account with the music provider is short of money. Tracks start again once whoever hosts me has "
        "topped it up."
    ),
    Value.BAD_KEY: Text(
        "The music provider does not accept my key. Tracks start again once whoever hosts me has given me "
        "another."
    ),
    Hold.NO_BALANCE: Text(
        "This server's own WaveSpeed account is short of money. Tracks start again once it is topped up."
    ),
    Hold.REFUSED: Text(
        "WaveSpeed does not accept this server's key. Tracks start again once a moderator has replaced it "
        "(`/moderation key set`)."
    ),
    Value.PAUSED: Text(
        "Whoever hosts me has paused all queues. Every track keeps its place in line meanwhile."
    ),
}
_PAUSED = Text("A moderator has paused this server's queue. Every track keeps its place in line meanwhile.")
AWAY = Text(
    "Something that it needs does not answer right now. It goes on by itself as soon as that is back."
)
_LEFT = {
    Scope.MEMBER_DAY: Text("You have {left} of your {limit} left for today."),
    Scope.GUILD_DAY: Text("This server has {left} of its {limit} left for today."),
    Scope.GUILD_MONTH: Text("This server has {left} of its {limit} left for this month."),
}


def why_nothing_starts(queue: Standstill) -> str | None:
    """What keeps waiting tracks from starting, and what ends it; None where nothing does."""
    if queue.stopped is not None and queue.stopped in _STOPPED:
        return str(_STOPPED[queue.stopped])
    return str(_PAUSED) if queue.paused else None


def why_it_waits(track: Track, queue: Standstill) -> str | None:
    """What keeps a track that waits from going on, and what ends that; None where nothing does."""
    return str(AWAY) if track.put_off is PutOff.AWAY else why_nothing_starts(queue)


def left(lines: Sequence[Line]) -> str:
    """What is left of the limit that will be reached first."""
    line = tightest(lines)
    return _LEFT.get(line.scope, "").format(left=remaining(line.left), limit=dollars(line.limit))


def rendering(track: Track, outlook: Outlook) -> str:
    """The track is being made."""
    return _(
        "{track} is being rendered; expected {ready}.", track=called(track), ready=in_seconds(outlook.ready)
    )


def in_queue(track: Track) -> str:
    """The track waits."""
    return _("{track} is in the queue.", track=called(track))


def in_line(outlook: Outlook) -> str:
    """When it starts."""
    place, ready = outlook.place + 1, in_seconds(outlook.ready)
    if outlook.wait < 2:
        return _("Place {place} in line: it starts in a moment; expected {ready}.", place=place, ready=ready)
    return _(
        "Place {place} in line: it starts {wait}; expected {ready}.",
        place=place,
        wait=in_seconds(outlook.wait),
        ready=ready,
    )


def price(track: Track) -> str:
    """What the track costs."""
    return _("Price: {price}.", price=money(track.price))


def together(tracks: Sequence[Track]) -> str:
    """What all of them cost."""
    return _("Price: {price} together.", price=money(sum(track.price for track in tracks)))


def variations(count: int) -> str:
    """Stands above a list of tracks that were asked for together."""
    return plural(count, "{count} variation:", "{count} variations:")


def cancel(track: Track) -> str:
    """A button's label, where there are several."""
    return _("Cancel #{number}", number=track.number)
