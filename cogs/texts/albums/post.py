"""What an album's post says, and what is said to whoever publishes one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cogs.texts.albums.album import called, counted, title_of
from cogs.texts.formatting import (
    SHOWN_MAKERS,
    by,
    length,
    listen,
    mention,
    plain,
    shortened,
    titled,
)
from cogs.texts.sentences import Sentences, all_of
from cogs.texts.translation import Text, _, plural
from services.albums.album import Album, Shown
from services.albums.post import AlreadyPublished, Kind, NotPublished
from services.tracks.track import Track

Numbered = Sequence[tuple[int, Track]]  # tracks, and what number each has on the album


def _already_published(refusal: AlreadyPublished) -> str:
    return _(
        "The album is published already, in <#{channel_id}>. *Publish* on its page updates that post, or "
        "takes it down.",
        channel_id=refusal.channel_id,
    )


REFUSALS: Sentences = {
    AlreadyPublished: _already_published,
    NotPublished: Text("The album is not published (any more)."),
}

# the post -----------------------------------------------------------------------------------------------

COVER = Text("Cover")
OPEN = Text("Open the album")
NOTHING_LEFT = Text("-# What was here cannot be heard any more.")
TAKEN_DOWN = Text("An album that was taken down")
LONGEST_NAME = 100  # characters of a thread (Discord: Channel Object)
SHORT_TITLE = 32  # characters, where not everything fits


def thread_name(album: Album) -> str:
    """What its thread is called."""
    return shortened(title_of(album), LONGEST_NAME)


def top(album: Album) -> str:
    """Title, who put it together, and what it is about."""
    people = all_of([mention(one) for one in (album.owner_id, *album.sharers)])
    lines = [f"# {plain(title_of(album))}", _("put together by {people}", people=people)]
    return "\n".join([*lines, *filter(None, [plain(album.description)])])


def tracks(numbered: Numbered, room: int) -> str:
    """The list, in at most so many characters: of many tracks without links, then with short titles."""
    ways: list[Callable[[Track], str]] = [_with_link, _without_link, _in_short]
    lines = list[str]()
    for way in ways:
        lines = [f"`{number:>2}` {way(track)}" for number, track in numbered]
        if len("\n".join(lines)) <= room:
            return "\n".join(lines)
    while lines and len("\n".join(lines)) > room - 40:
        lines.pop()
    left = len(numbered) - len(lines)
    return "\n".join([*lines, plural(left, "… and {count} more", "… and {count} more")])


def _with_link(track: Track) -> str:
    return f"{_without_link(track)}{listen(track)}"


def _without_link(track: Track) -> str:
    return (
        f"**{plain(titled(track))}** · {length(track.seconds or track.duration)} · {by(track, SHOWN_MAKERS)}"
    )


def _in_short(track: Track) -> str:
    title = plain(shortened(titled(track), SHORT_TITLE))
    return f"{title} · {length(track.seconds or track.duration)} · {by(track, 1)}"


def bottom(shown: Shown) -> str:
    """How much there is, and what the files are."""
    return f"-# {counted(shown)}"


def sounds(numbered: Numbered, count: int) -> str:
    """Above some of the MP3s. count: of the tracks on the album."""
    first, last = numbered[0][0], numbered[-1][0]
    if first == last:
        return _("-# {number} of {count}", number=first, count=count)
    return _("-# {first} – {last} of {count}", first=first, last=last, count=count)


def archive(number: int, count: int) -> str:
    """Above a part of the archive."""
    if count == 1:
        return _("-# All of it as one archive")
    return _("-# All of it as archives: part {number} of {count}", number=number, count=count)


# publishing ---------------------------------------------------------------------------------------------

WHERE = Text("Where to?")
AS: dict[Kind, Text] = {
    Kind.CHANNEL: Text("In the channel itself"),
    Kind.THREAD: Text("In a thread of its own"),
    Kind.FORUM: Text("As a post in the forum"),
}
RENEW, TAKE_DOWN = Text("Bring it up to date"), Text("Take it down")
NOT_THERE = Text("You may not post in that channel, so I do not post your album there. Choose another one.")
NO_SUCH_PLACE = Text("I publish albums in text channels and forums. Choose one of those.")
NOTHING_TO_HEAR = Text(
    "There is nothing on the album that everybody in that channel may hear. Choose another channel, or put "
    "other tracks on it."
)


def ask_where(shown: Shown) -> str:
    """Asks in which channel it is to be published."""
    return _(
        "Publish {album}: cover, list and credits, the MP3s with the album in their tags, all of them as an "
        "archive, and a playlist.",
        album=called(shown.album),
    )


def ask_how(shown: Shown, channel_id: int) -> str:
    """Asks how, once the channel is chosen."""
    return _("Publish {album} in <#{channel_id}>?", album=called(shown.album), channel_id=channel_id)


def being_published(shown: Shown, channel_id: int) -> str:
    """It has begun."""
    return _(
        "I am publishing {album} in <#{channel_id}>. Its messages appear there one after the other; when a "
        "track disappears, I bring them up to date.",
        album=called(shown.album),
        channel_id=channel_id,
    )


def is_published(shown: Shown, channel_id: int) -> str:
    """There is a post already."""
    return _("{album} is published in <#{channel_id}>.", album=called(shown.album), channel_id=channel_id)


def being_renewed(shown: Shown, channel_id: int) -> str:
    """The post is brought up to date."""
    return _(
        "I am bringing the post of {album} in <#{channel_id}> up to date.",
        album=called(shown.album),
        channel_id=channel_id,
    )


def being_taken_down(shown: Shown) -> str:
    """The post goes."""
    return _("The post of {album} is being taken down. The album stays.", album=called(shown.album))


def may_not(permissions: str, channel_id: int) -> str:
    """What the bot lacks there."""
    return _(
        "I cannot publish an album in <#{channel_id}>. A moderator can give me {missing} there; then try "
        "again.",
        missing=permissions,
        channel_id=channel_id,
    )


def not_published(channel_id: int, reason: str) -> str:
    """Tells whoever asked for it, later. reason: Discord's."""
    return _(
        "I could not publish your album in <#{channel_id}>: {reason}. What was there already, I take down.",
        channel_id=channel_id,
        reason=reason,
    )


def nothing_to_publish(channel_id: int) -> str:
    """The same, where nothing of it can be heard any more."""
    return _(
        "I did not publish your album in <#{channel_id}>: nothing on it can be heard by everybody there.",
        channel_id=channel_id,
    )
