"""What members read about their own data."""

from __future__ import annotations

from cogs.texts.formatting import named
from cogs.texts.sentences import Sentences, all_of
from cogs.texts.translation import Text, _, plural
from services.privacy.erasure import UnderWay

NAMED = 5  # tracks in one sentence
DELETE = Text("Delete my data")
KEPT = Text("Nothing was deleted.")
ABOUT_EXPORT = Text(
    "Everything that Jamboree keeps about you, in every server. Money is in micro-dollars (1,000,000 "
    "are one dollar), durations in seconds, times in UTC. /library track gives you the MP3 of each track. "
    "Where you changed something, other members are not named, and tracks that you do not see from "
    "here have their number alone."
)


def exported(tracks: int) -> str:
    """Goes with the file."""
    return plural(
        tracks,
        "All that I keep about you, with {count} track. Only you see this. `/privacy delete` deletes it.",
        "All that I keep about you, with {count} tracks. Only you see this. `/privacy delete` deletes it.",
    )


def question(tracks: int, *, banned: bool) -> str:
    """Whether the member's data is to be deleted. banned: there are bans of them, which stay."""
    goes = plural(
        tracks,
        "- **Goes:** your name, your votes and reports, your lines in jams, and your {count} track: its "
        "words, music and messages.",
        "- **Goes:** your name, your votes and reports, your lines in jams, and your {count} tracks: their "
        "words, music and messages.",
    )
    return "\n".join(
        [
            _("Delete your data, in every server where I am? There is no way back."),
            goes,
            _(
                "- **Stays:** what your tracks cost, what moderators decided, and what others made with you, "
                "all without your name. For two more days, by your id: what you used of your limits, and "
                "what you reported."
            ),
            *([str(_BANS_STAY)] * banned),
            _(
                "- **Not mine to delete:** others' remixes, what I told you privately, what went to "
                "WaveSpeed, and the backups and logs of whoever hosts me."
            ),
            _("`/privacy export` gives you a copy first."),
        ]
    )


_BANS_STAY = Text(
    "- **Stays too:** that you may not make tracks in a server, until when and why, by your id."
)


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
    return plural(
        len(refusal.tracks),
        "Nothing was deleted: {tracks} is still under way. Cancel what waits with `/queue`, let the rest "
        "finish, then use `/privacy delete` again.",
        "Nothing was deleted: {tracks} are still under way. Cancel what waits with `/queue`, let the rest "
        "finish, then use `/privacy delete` again.",
        tracks=all_of([named(track) for track in refusal.tracks], NAMED),
    )


REFUSALS: Sentences = {UnderWay: _under_way}
