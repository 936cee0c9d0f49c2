"""What stands in and below a finished track's message, and what is said where it could not be posted."""

from __future__ import annotations

from cogs.texts.formatting import (
    by,
    done_to,
    in_quotes,
    length,
    linked,
    money,
    named,
    plain,
    shortened,
    sung,
    titled,
)
from cogs.texts.translation import Text, _
from services.prompts.models import ACE_STEP_15, takes_seed
from services.prompts.rework import Rework
from services.tracks.track import Track

# the message ----------------------------------------------------------------------------------------------

THEIR_FILE = Text("a file of their own")
LONGEST_FACT = 1000  # characters of tags, and of an idea, that are shown
GONE_OR_HIDDEN = Text("a track that is gone, or not shown here")


def described(track: Track, parent: Track | None) -> str:
    """Who made the track, what it is, and what it came from: a line each."""
    lines = [_("by {makers}", makers=by(track))]
    if track.idea:
        lines.append(in_quotes(shortened(plain(track.idea), LONGEST_FACT)))
    model = [ACE_STEP_15.name] if track.model == ACE_STEP_15.id else []
    tags = [shortened(plain(track.tags), LONGEST_FACT)] if track.tags else []
    lines.append(" · ".join([*tags, length(track.seconds or track.duration), sung(track.words), *model]))
    if track.singer_id is not None:
        lines.append(
            _("Sung with the cloned voice of <@{member}>, lent to this round", member=track.singer_id)
        )
    elif track.voice_id is not None:
        lines.append(_("Sung with the maker's cloned voice"))
    if track.rework is not None:
        lines.append(_("Made from {source}", source=made_from(track, track.rework, parent)))
    elif parent is not None and parent.seed == track.seed:
        lines.append(_("Remix of {track}", track=linked(parent)))
    elif parent is not None:
        lines.append(_("Another take of {track}", track=linked(parent)))
    return "\n".join(lines)


def footer(track: Track) -> str:
    """Which track it is, its seed and price, and whether its bitrate was lowered."""
    if takes_seed(track.model):
        facts = _(
            "#{number} · seed {seed} · {price}",
            number=track.number,
            seed=track.seed,
            price=money(track.price),
        )
    else:
        facts = _("#{number} · {price}", number=track.number, price=money(track.price))
    if track.lowered and track.bitrate:
        lowered = _(
            "bitrate lowered to {bitrate} kbit/s to fit this server's upload limit", bitrate=track.bitrate
        )
        return f"{facts} · {lowered}"
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
        return _("{makers}: your jam's track is ready.", makers=by(track))
    return _("<@{member}> Your track is ready.", member=track.member_id)


# the buttons ----------------------------------------------------------------------------------------------

LABELS = {
    "vote": Text("♥ Vote"),
    "again": Text("Again"),
    "remix": Text("Remix seed"),
    "lyrics": Text("Lyrics"),
    "more": Text("More …"),
    "variations": Text("Variations"),
    "rework": Text("Rework …"),
    "sing": Text("Sing it yourself"),
    "family": Text("Family"),
    "details": Text("Details"),
    "album": Text("Add to album"),
    "voice": Text("Play in voice"),
    "fetch": Text("Fetch again"),
    "contest": Text("Enter in a contest"),
    "cancel": Text("Cancel"),
    "delete": Text("Delete"),
    "deletenow": Text("Delete it"),
    "keep": Text("Keep it"),
}
"""What the buttons on a track say, by what they do (`track_route`)."""
STAYS = Text("It stays.")


def votes(count: int) -> str:
    """What a vote's button says."""
    return f"♥ {count}" if count else str(LABELS["vote"])


def instrumental(track: Track) -> str:
    """Why there are no lyrics."""
    return _("{track} is an instrumental: nobody sings.", track=named(track))


def made_up(track: Track) -> str:
    """The same, where somebody sings."""
    return _(
        "{track} was asked for without lyrics: the model made up what is sung.",
        track=named(track),
    )


def lyrics_footer(page: str) -> str:
    """Which page of the lyrics it is."""
    return _("{page} · the file has all of it", page=page)


def delete(track: Track) -> str:
    """Whether it is to be deleted."""
    return _(
        "Delete {track} for everybody? Its message and its MP3 will be gone for good. What it cost "
        "({price}) stays spent.",
        track=named(track),
        price=money(track.price),
    )


def deleted(track: Track, *, taken_down: bool) -> str:
    """Says so. taken_down: its message is gone, too."""
    if taken_down:
        return _("{track} was deleted.", track=named(track))
    return _(
        "{track} was deleted. Its message is still there, though: Discord does not let me take it down "
        "right now. I will do that by myself as soon as it does; a moderator can do it sooner.",
        track=named(track),
    )


def more(track: Track) -> str:
    """Stands above the menu."""
    return _("What to do with {track}?", track=named(track))


CARD_AWAY = Text(
    "I cannot get the card just now, because it is stored elsewhere. Please try again in a few minutes."
)


def details(track: Track) -> str:
    """Stands above the card."""
    return _(
        "{track}: how loud it is over time, in LUFS, and where its sections are (estimated).",
        track=named(track),
    )


def no_card(track: Track) -> str:
    """There is none, or no longer."""
    return _("There is no card of {track}: it was never finished, or is too old.", track=named(track))


def cover(track: Track) -> str:
    """The cover's alt text."""
    return _("Cover of “{title}”", title=shortened(titled(track), 80))


def fetching(track: Track) -> str:
    """Says what happens now."""
    return _(
        "I am fetching {track} again; that costs nothing more. If WaveSpeed has it, it appears in "
        "<#{channel_id}>; `/library track {number}` says how it stands.",
        track=named(track),
        channel_id=track.channel_id,
        number=track.number,
    )


# where it could not be posted -----------------------------------------------------------------------------

TOO_LARGE_HERE = Text("Its MP3 is too large to send here.")


def attached(track: Track) -> str:
    """Stands behind any of these where the track's MP3 goes with it."""
    return _("#{number} is attached.", number=track.number)


def too_large(track: Track) -> str:
    """Discord does not take so large a file in the channel."""
    return _(
        "{track} is finished, but its MP3 is too large for <#{channel_id}>. `/library track {number}` has "
        "its tags, lyrics and seed; a shorter one would fit.",
        track=named(track),
        channel_id=track.channel_id,
        number=track.number,
    )


def channel_gone(track: Track) -> str:
    """The channel is not there any more."""
    return _(
        "{track} is finished, but the channel in which you asked for it is gone. `/library track {number}` "
        "plays it.",
        track=named(track),
        number=track.number,
    )


def not_allowed(track: Track) -> str:
    """The bot may not post there."""
    return _(
        "{track} is finished, but I am not allowed to post it in <#{channel_id}>. `/library track {number}` "
        "plays it. A moderator can give me *View Channel*, *Send Messages*, *Embed Links* and *Attach "
        "Files* there.",
        track=named(track),
        channel_id=track.channel_id,
        number=track.number,
    )


def moderated(track: Track) -> str:
    """Discord's AutoMod stops it."""
    return _(
        "{track} is finished, but this server's AutoMod does not let it through in <#{channel_id}>. "
        "`/library track {number}` plays it.",
        track=named(track),
        channel_id=track.channel_id,
        number=track.number,
    )


def not_accepted(track: Track, reason: str) -> str:
    """Any other reason, which is Discord's."""
    return _(
        "{track} is finished, but Discord does not accept it in <#{channel_id}> ({reason}). `/library track "
        "{number}` plays it.",
        track=named(track),
        channel_id=track.channel_id,
        reason=reason,
        number=track.number,
    )
