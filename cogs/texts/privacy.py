"""What members read about their own data."""

from __future__ import annotations

from cogs.texts.formatting import named
from cogs.texts.sentences import Sentences
from services.privacy.erasure import UnderWay

NAMED = 5  # tracks in one sentence


def _under_way(refusal: UnderWay) -> str:
    tracks = ", ".join(named(track) for track in refusal.tracks[:NAMED])
    more = " …" if len(refusal.tracks) > NAMED else ""
    return (
        f"Nothing was deleted: {tracks}{more} is still under way. Cancel what waits with `/queue`, let the "
        "rest finish, then use `/privacy delete` again."
    )


REFUSALS: Sentences = {UnderWay: _under_way}
