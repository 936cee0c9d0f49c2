"""What members read about their own data."""

from __future__ import annotations

from cogs.texts.formatting import named
from cogs.texts.sentences import Sentences, plural
from services.privacy.erasure import UnderWay

NAMED = 5  # tracks in one sentence
DELETE = "Delete my data"
KEPT = "Nothing was deleted."
ABOUT_EXPORT = (
    "Everything that Jamboree keeps about you, in every server. Money is in micro-dollars (1,000,000 are one "
    "dollar), durations in seconds, times in UTC. /track gives you the MP3 of each track. What you changed "
    "names other members by no id, and tracks that you do not see from here by their number alone."
)


def exported(tracks: int) -> str:
    """Goes with the file."""
    return (
        f"All that I keep about you, {tracks} tracks among it. Only you see this. `/privacy delete` deletes "
        "it."
    )


def question(tracks: int, *, banned: bool) -> str:
    """Whether the member's data is to be deleted. banned: there are bans of them, which stay."""
    goes = plural(
        tracks,
        "- **Goes:** of your {count} track: titles, tags, lyrics, MP3s, pictures and messages; your name, "
        "your votes, what you reported, what I still had to tell you. In moderators' logs, also in what "
        "I posted there, your name gives way to “somebody who has deleted their data”.",
        "- **Goes:** of your {count} tracks: titles, tags, lyrics, MP3s, pictures and messages; your name, "
        "your votes, what you reported, what I still had to tell you. In moderators' logs, also in what "
        "I posted there, your name gives way to “somebody who has deleted their data”.",
    )
    return "\n".join(
        [
            "Delete your data, in every server where I am? There is no way back.",
            goes,
            "- **Goes from jams:** your name and your lines. A track that others made with you stays theirs, "
            "words and all, without your name.",
            "- **Stays:** what your tracks cost, and what was decided by and about you, under a random "
            "number that leads nowhere. For about two more days, under your id: what you used of a day's "
            "limits, and which tracks you reported.",
            *([_BANS_STAY] * banned),
            "- **Not mine to delete:** others' remixes of your tracks, whose messages go on naming them; "
            "what I told you privately; what I sent to WaveSpeed to have the music made, and my host's "
            "backups and log files. Whoever hosts me can see to the last two.",
            "`/privacy export` gives you a copy first.",
        ]
    )


_BANS_STAY = "- **Stays too:** that you may not make tracks in a server, until when and why, by your id."


def erased(tracks: int) -> str:
    """What was done."""
    return plural(
        tracks,
        "Your data is deleted: the words and the music of {count} track, and your name. Their messages are "
        "being taken down now. If you ask me for music again, I keep that again.",
        "Your data is deleted: the words and the music of {count} tracks, and your name. Their messages are "
        "being taken down now. If you ask me for music again, I keep that again.",
    )


def _under_way(refusal: UnderWay) -> str:
    tracks = ", ".join(named(track) for track in refusal.tracks[:NAMED])
    more = " …" if len(refusal.tracks) > NAMED else ""
    return (
        f"Nothing was deleted: {tracks}{more} is still under way. Cancel what waits with `/queue`, let the "
        "rest finish, then use `/privacy delete` again."
    )


REFUSALS: Sentences = {UnderWay: _under_way}
