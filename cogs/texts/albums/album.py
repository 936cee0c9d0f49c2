"""What members read of albums, and why something is not done with one."""

from __future__ import annotations

from collections.abc import Sequence

from cogs.texts.formatting import (
    LONGEST_DESCRIPTION,
    SHOWN_MAKERS,
    by,
    in_quotes,
    length,
    listen,
    mention,
    named,
    plain,
    shortened,
    titled,
)
from cogs.texts.sentences import Sentences, all_of
from cogs.texts.translation import Text, _, plural
from services.albums.album import (
    MOST_ALBUMS,
    MOST_SHARERS,
    MOST_TRACKS,
    Album,
    AlbumFull,
    AmbiguousAlbum,
    NoSuchAlbum,
    NothingToCollect,
    NotOnAlbum,
    NotShared,
    NotYourAlbum,
    Shown,
    TooManyAlbums,
    TooManySharers,
)
from services.tracks.track import Track

REFUSALS: Sentences = {
    NoSuchAlbum: Text("There is no such album in this server. `/album list` has those there are."),
    AmbiguousAlbum: Text(
        "Several albums have this title. When you type `/album show`, choose one of those that I list."
    ),
    NotYourAlbum: Text("Only the album's owner or a moderator (*Manage Server*) can do that."),
    NotShared: Text(
        "Only the album's owner, those they share it with, or a moderator (*Manage Server*) can do that."
    ),
    AlbumFull: Text(
        "The album is full: it holds {most} tracks at most. Take one off first.", most=MOST_TRACKS
    ),
    TooManyAlbums: Text(
        "You have {most} albums in this server already, as many as one member can have. Delete one "
        "first: `/album show`, then *Edit*.",
        most=MOST_ALBUMS,
    ),
    TooManySharers: Text("An album can be shared with {most} members at most.", most=MOST_SHARERS),
    NothingToCollect: Text("None of these tracks can be heard any more, so there is nothing for an album."),
    NotOnAlbum: Text("This track is not on the album any more."),
}

UNTITLED = Text("Untitled album")


def title_of(album: Album) -> str:
    """The album's title as it was written, or what stands for one."""
    return album.title or str(UNTITLED)


def called(album: Album) -> str:
    """The album as sentences call it."""
    return f"**{in_quotes(plain(title_of(album)))}**"


def counted(shown: Shown) -> str:
    """How many tracks it has, and how long they play together: 7 tracks · 9:41."""
    many = plural(len(shown.tracks), "{count} track", "{count} tracks")
    return f"{many} · {length(shown.seconds)}" if shown.tracks else many


def below_title(shown: Shown, guild: str) -> str:
    """The small line on its cover."""
    return " · ".join([counted(shown), *filter(None, [guild])])


def cover(album: Album) -> str:
    """The cover's alt text."""
    return _("Cover of the album “{title}”", title=title_of(album))


# /album show --------------------------------------------------------------------------------------------

OPEN, EDIT, PUBLISH, BACK = Text("Open"), Text("Edit …"), Text("Publish …"), Text("Back")
NOTHING_ON_IT = Text("There is nothing on it yet. *More …* below a track has *Add to album*.")


def page(shown: Shown, tracks: Sequence[Track], first: int) -> str:
    """Whose it is, what it is about, and some of its tracks; first: the number of the first of them."""
    album = shown.album
    lines = [_("by {owner}", owner=mention(album.owner_id))]
    if album.sharers:
        others = all_of([mention(one) for one in album.sharers])
        lines = [_("by {owner}, shared with {others}", owner=mention(album.owner_id), others=others)]
    lines += [plain(album.description)] if album.description else []
    lines += ["", *(listed(number, track) for number, track in enumerate(tracks, first))]
    lines += [] if tracks else [str(NOTHING_ON_IT)]
    return shortened("\n".join(lines), LONGEST_DESCRIPTION)


def listed(number: int, track: Track) -> str:
    """A track's line in the list."""
    seconds = length(track.seconds or track.duration)
    return f"`{number:>2}` {named(track)} · {seconds} · {by(track, SHOWN_MAKERS)}{listen(track)}"


def footer(shown: Shown, page: str | None) -> str:
    """How much there is on it, and which page is open, where there are several."""
    return " · ".join([*filter(None, [page]), counted(shown)])


# /album list --------------------------------------------------------------------------------------------

ALBUMS = Text("Albums")
WHICH = Text("Open one …")
NO_ALBUM = Text("There is no album here yet. `/album new` begins one.")


def line(shown: Shown) -> str:
    """An album in the list of all."""
    owner = _("by {owner}", owner=mention(shown.album.owner_id))
    return f"{called(shown.album)} · {counted(shown)} · {owner}"


# /album new, and Add to album -----------------------------------------------------------------------------

CHOOSE = Text("On which album?")
NEW = Text("New album …")
NEW_TITLE = Text("A new album")
TITLE, TITLE_HINT = Text("Title"), Text("What it is called")
ABOUT, ABOUT_HINT = Text("Description"), Text("What it is about, if you like")


AS_ALBUM = Text("As an album")  # of what belongs together anyway: a jam's rounds, a contest's entries


def made(shown: Shown) -> str:
    """A new album is there."""
    if not shown.tracks:
        return _(
            "{album} is there. *Edit …* renames it, and shares it with others.",
            album=called(shown.album),
        )
    return _(
        "{album} is there, with {track} on it.", album=called(shown.album), track=named(shown.tracks[-1])
    )


def on_which(track: Track) -> str:
    """Asks where the track is to go."""
    return _("Put {track} on an album:", track=named(track))


def put(shown: Shown, track: Track) -> str:
    """The track is on it."""
    number = next(place for place, one in enumerate(shown.tracks, 1) if one.id == track.id)
    return _(
        "{track} is number {number} on {album}.",
        track=named(track),
        number=number,
        album=called(shown.album),
    )


def collected(shown: Shown) -> str:
    """What belonged together is an album, now or since somebody pressed before."""
    return plural(
        len(shown.tracks),
        "{album} is an album with {count} track.",
        "{album} is an album with {count} tracks.",
        album=called(shown.album),
    )


NOT_TAKEN = Text("I could not take these words for the album:")
YOU_WROTE = Text("You wrote:")


def not_taken(reasons: str, typed: str) -> str:
    """What was written is not taken, and is given back. typed: in a box."""
    return f"{NOT_TAKEN}\n{reasons}\n{YOU_WROTE}\n{typed}"


# editing ------------------------------------------------------------------------------------------------

RENAME, DRAW_COVER, DELETE = Text("Title and description …"), Text("Draw a cover"), Text("Delete …")
RENAMING = Text("Title and description")
DELETE_IT, KEEP_IT = Text("Delete the album"), Text("Keep it")
SHARE = Text("Share it with …")
CHOOSE_TRACK = Text("Move a track, or take it off …")
MOVE = Text("Move it …")
UP, DOWN, TO_TOP, TO_END = Text("Up"), Text("Down"), Text("To the top"), Text("To the end")
TAKE_OFF, USE_COVER = Text("Take it off"), Text("Use its cover")


def editing(shown: Shown) -> str:
    """Stands above what can be changed."""
    return _("What to change on {album}?", album=called(shown.album))


def moving(shown: Shown, track: Track) -> str:
    """Which track it is about, and where it stands."""
    number = next(place for place, one in enumerate(shown.tracks, 1) if one.id == track.id)
    return _(
        "{track} is number {number} of {count} on {album}.",
        track=named(track),
        number=number,
        count=len(shown.tracks),
        album=called(shown.album),
    )


def option(number: int, track: Track) -> str:
    """A track to choose, by its number on the album."""
    return shortened(f"{number} · {titled(track)}", 100)


def to_place(number: int, track: Track) -> str:
    """A place to move a track to; track: which one stands there now."""
    return shortened(_("To number {number}, where “{title}” is now", number=number, title=titled(track)), 100)


def taken_off(shown: Shown, track: Track) -> str:
    """The track is on it no more."""
    return _("{track} is off {album}.", track=named(track), album=called(shown.album))


def delete(shown: Shown) -> str:
    """Whether it is to be deleted."""
    return _(
        "Delete {album}? The list will be gone for good, and its post, where it was published. The tracks "
        "stay.",
        album=called(shown.album),
    )


def deleted(album: Album) -> str:
    """Says so."""
    return _("{album} was deleted.", album=called(album))
