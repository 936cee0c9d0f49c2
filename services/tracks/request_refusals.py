"""Why a track is not taken that somebody asks for, beside what is wrong with its prompt."""

from __future__ import annotations

from services.text.refusal import RequestRefusal
from services.tracks.track import Track


class TooManyWaiting(RequestRefusal):
    """A member, whose id that is, has as many tracks waiting as one may have."""

    def __init__(self, limit: int, member_id: int) -> None:
        super().__init__(f"{limit} tracks are waiting already")
        self.limit = limit
        self.member_id = member_id


class PriceWentUp(RequestRefusal):
    """The track costs more by now than its member said yes to."""


class AskedAlready(RequestRefusal):
    """The very same request was accepted before."""


class DatabaseAway(RequestRefusal):
    """Our own database does not answer, so the request is not known to have been taken."""


class ComesOutTheSame(RequestRefusal):
    """With that seed it would come out just like a track that there is."""

    def __init__(self, like: Track) -> None:
        super().__init__(f"it would come out like {like.id}")
        self.like = like


class StillSecret(RequestRefusal):
    """It would be made from an entry of a contest that goes on, and tell whose that is."""

    def __init__(self, entry: Track) -> None:
        super().__init__(f"{entry.id} is secret until its contest is over")
        self.entry = entry


def check_not_secret(source: Track) -> None:
    """Raises StillSecret where what is made from the track would tell who takes part in a contest."""
    if source.contest_id is not None:
        raise StillSecret(source)


class GuildBlocked(RequestRefusal):
    """The host lets nobody make tracks in that guild."""
