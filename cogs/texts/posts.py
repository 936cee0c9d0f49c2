"""What stands in and below a finished track's message, and what is said where it could not be posted."""

from __future__ import annotations

from cogs.texts.formatting import done_to, money, named, plain
from services.prompts.rework import Rework
from services.tracks.track import Track

# the message ----------------------------------------------------------------------------------------------

IDEA, TAGS, LENGTH, SEED, VOICE = "Idea", "Tags", "Length", "Seed", "Voice"
BY, PRICE, MODEL, MADE_FROM = "By", "Price", "Model", "Made from"
REMIX_OF = "Remix of"
ANOTHER_TAKE_OF = "Another take of"
JAM_READY = "The jam's track is ready."
THEIR_FILE = "a file of their own"
YOUR_FILE = "your own file"
GONE_OR_HIDDEN = "a track that is gone, or not shown here"


def footer(track: Track) -> str:
    """Which track it is, and whether its bitrate was lowered."""
    if track.lowered and track.bitrate:
        return (
            f"#{track.number} · Jamboree · bitrate lowered to {track.bitrate} kbit/s to fit this server's "
            "upload limit"
        )
    return f"#{track.number} · Jamboree"


def made_from(track: Track, rework: Rework, parent: Track | None, file: str = THEIR_FILE) -> str:
    """What a rework's sound was, and what was done to it. file: how a member's own is called."""
    source = named(parent) if parent else GONE_OR_HIDDEN
    if rework.file_id is not None:
        source = file
    return f"{source}, {plain(done_to(rework, track.tags))}"


def ready(track: Track, parent: Track | None) -> str:
    """What the message says above the track."""
    if track.jam_id is not None:
        return JAM_READY
    if track.rework is None:
        return f"<@{track.member_id}> Your track is ready."
    made = made_from(track, track.rework, parent, YOUR_FILE)
    return f"<@{track.member_id}> Your track is ready: {made}."


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


def fetching(track: Track) -> str:
    """Says what happens now."""
    return (
        f"I am fetching {named(track)} again; that costs nothing more. If WaveSpeed has it, it appears in "
        f"<#{track.channel_id}>; `/track {track.number}` says how it stands."
    )


# where it could not be posted -----------------------------------------------------------------------------

TOO_LARGE_HERE = "The file is too large to send here."


def too_large(track: Track) -> str:
    """Discord does not take so large a file in the channel."""
    return (
        f"{named(track)} is finished, but Discord finds its file too large for <#{track.channel_id}>. "
        f"`/track {track.number}` gives it to you again."
    )


def channel_gone(track: Track) -> str:
    """The channel is not there any more."""
    return (
        f"{named(track)} is finished, but the channel in which you asked for it is gone. Here it is; `/track "
        f"{track.number}` gives it to you again."
    )


def not_allowed(track: Track) -> str:
    """The bot may not post there."""
    return (
        f"{named(track)} is finished, but I am not allowed to post it in <#{track.channel_id}>. Here it is; "
        f"`/track {track.number}` gives it to you again. A moderator can give me *View Channel*, *Send "
        "Messages*, *Embed Links* and *Attach Files* there."
    )


def moderated(track: Track) -> str:
    """Discord's AutoMod stops it."""
    return (
        f"{named(track)} is finished, but this server's AutoMod does not let it through in "
        f"<#{track.channel_id}>. Here it is; `/track {track.number}` gives it to you again."
    )


def not_accepted(track: Track, reason: str) -> str:
    """Any other reason, which is Discord's."""
    return (
        f"{named(track)} is finished, but Discord does not accept it in <#{track.channel_id}> ({reason}). "
        f"Here it is; `/track {track.number}` gives it to you again."
    )
