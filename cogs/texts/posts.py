"""What stands in and below a finished track's message, and what is said where it could not be posted."""

from __future__ import annotations

from cogs.texts.formatting import by, done_to, length, linked, money, named, plain, shortened, sung, titled
from services.prompts.models import ACE_STEP_15
from services.prompts.rework import Rework
from services.tracks.track import Track

# the message ----------------------------------------------------------------------------------------------

THEIR_FILE = "a file of their own"
LONGEST_FACT = 1000  # characters of tags, and of an idea, that are shown
GONE_OR_HIDDEN = "a track that is gone, or not shown here"


def described(track: Track, parent: Track | None) -> str:
    """Who made the track, what it is, and what it came from: a line each."""
    lines = [f"by {by(track)}"]
    if track.idea:
        lines.append(f"“{shortened(plain(track.idea), LONGEST_FACT)}”")
    model = [ACE_STEP_15.name] if track.model == ACE_STEP_15.id else []
    tags = [shortened(plain(track.tags), LONGEST_FACT)] if track.tags else []
    lines.append(" · ".join([*tags, length(track.seconds or track.duration), sung(track.words), *model]))
    if track.rework is not None:
        lines.append(f"Made from {made_from(track, track.rework, parent)}")
    elif parent is not None:
        relation = "Remix of" if parent.seed == track.seed else "Another take of"
        lines.append(f"{relation} {linked(parent)}")
    return "\n".join(lines)


def footer(track: Track) -> str:
    """Which track it is, its seed and price, and whether its bitrate was lowered."""
    facts = f"#{track.number} · seed {track.seed} · {money(track.price)}"
    if track.lowered and track.bitrate:
        return f"{facts} · bitrate lowered to {track.bitrate} kbit/s to fit this server's upload limit"
    return facts


def made_from(track: Track, rework: Rework, parent: Track | None) -> str:
    """What a rework's sound was, and what was done to it."""
    source = linked(parent) if parent else GONE_OR_HIDDEN
    if rework.file_id is not None:
        source = THEIR_FILE
    return f"{source}, {plain(done_to(rework, track.tags))}"


def ready(track: Track) -> str:
    """What the message says above the track."""
    if track.jam_id is not None:
        return f"{by(track)}: your jam's track is ready."
    return f"<@{track.member_id}> Your track is ready."


# the buttons ----------------------------------------------------------------------------------------------

LABELS = {
    "vote": "♥ Vote",
    "again": "Again",
    "remix": "Remix seed",
    "lyrics": "Lyrics",
    "more": "More …",
    "variations": "Variations",
    "rework": "Rework …",
    "family": "Family",
    "details": "Details",
    "fetch": "Fetch again",
    "cancel": "Cancel",
    "delete": "Delete",
    "deletenow": "Delete it",
    "keep": "Keep it",
}
"""What the buttons on a track say, by what they do (`track_route`)."""
STAYS = "It stays."


def votes(count: int) -> str:
    """What a vote's button says."""
    return f"♥ {count}" if count else LABELS["vote"]


def instrumental(track: Track) -> str:
    """Why there are no lyrics."""
    return f"{named(track)} is an instrumental: nobody sings."


def made_up(track: Track) -> str:
    """The same, where somebody sings."""
    return f"{named(track)} was asked for without lyrics: what is sung, the model made up as it went."


def lyrics_footer(page: str) -> str:
    """Which page of the lyrics it is."""
    return f"{page} · the file has all of it"


def delete(track: Track) -> str:
    """Whether it is to be deleted."""
    return (
        f"Delete {named(track)} for everybody? Its message and its MP3 will be gone for good. What it cost "
        f"({money(track.price)}) stays spent."
    )


def deleted(track: Track, *, taken_down: bool) -> str:
    """Says so. taken_down: its message is gone, too."""
    if taken_down:
        return f"{named(track)} was deleted."
    return (
        f"{named(track)} was deleted. Its message is still there, though: Discord does not let me take it "
        "down right now. I will do that by myself as soon as it does; a moderator can do it sooner."
    )


def more(track: Track) -> str:
    """Stands above the menu."""
    return f"What to do with {named(track)}?"


CARD_AWAY = "The card is kept elsewhere, and cannot be had just now. Please try again in a few minutes."


def details(track: Track) -> str:
    """Stands above the card."""
    return f"{named(track)}: how loud it is over time, in LUFS, and where its sections are (estimated)."


def no_card(track: Track) -> str:
    """There is none, or no longer."""
    return f"There is no card of {named(track)}: it was not finished, or is too old."


def cover(track: Track) -> str:
    """The cover's alt text."""
    return f"Cover of “{shortened(titled(track), 80)}”"


def fetching(track: Track) -> str:
    """Says what happens now."""
    return (
        f"I am fetching {named(track)} again; that costs nothing more. If WaveSpeed has it, it appears in "
        f"<#{track.channel_id}>; `/library track {track.number}` says how it stands."
    )


# where it could not be posted -----------------------------------------------------------------------------

TOO_LARGE_HERE = "Its MP3 is too large to send here."


def attached(track: Track) -> str:
    """Stands behind any of these where the track's MP3 goes with it."""
    return f"#{track.number} is attached."


def too_large(track: Track) -> str:
    """Discord does not take so large a file in the channel."""
    return (
        f"{named(track)} is finished, but its MP3 is too large for <#{track.channel_id}>. `/library track "
        f"{track.number}` has its tags, lyrics and seed; a shorter one would fit."
    )


def channel_gone(track: Track) -> str:
    """The channel is not there any more."""
    return (
        f"{named(track)} is finished, but the channel in which you asked for it is gone. `/library track "
        f"{track.number}` plays it."
    )


def not_allowed(track: Track) -> str:
    """The bot may not post there."""
    return (
        f"{named(track)} is finished, but I am not allowed to post it in <#{track.channel_id}>. `/library "
        f"track {track.number}` plays it. A moderator can give me *View Channel*, *Send Messages*, *Embed "
        "Links* and *Attach Files* there."
    )


def moderated(track: Track) -> str:
    """Discord's AutoMod stops it."""
    return (
        f"{named(track)} is finished, but this server's AutoMod does not let it through in "
        f"<#{track.channel_id}>. `/library track {track.number}` plays it."
    )


def not_accepted(track: Track, reason: str) -> str:
    """Any other reason, which is Discord's."""
    return (
        f"{named(track)} is finished, but Discord does not accept it in <#{track.channel_id}> ({reason}). "
        f"`/library track {track.number}` plays it."
    )
