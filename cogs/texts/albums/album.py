"""What members read of albums, and why something is not done with one."""

from __future__ import annotations

from cogs.texts.sentences import Sentences
from cogs.texts.translation import Text
from services.albums.album import (
    MOST_ALBUMS,
    MOST_SHARERS,
    MOST_TRACKS,
    AlbumFull,
    AmbiguousAlbum,
    NoSuchAlbum,
    NothingToCollect,
    NotOnAlbum,
    NotShared,
    NotYourAlbum,
    TooManyAlbums,
    TooManySharers,
)

REFUSALS: Sentences = {
    NoSuchAlbum: Text("There is no such album in this server."),
    AmbiguousAlbum: Text("Several albums have this title. Please choose one of those that I list."),
    NotYourAlbum: Text("Only the album's owner or a moderator (*Manage Server*) can do that."),
    NotShared: Text(
        "Only the album's owner, those they share it with, or a moderator (*Manage Server*) can do that."
    ),
    AlbumFull: Text("The album is full: {most} tracks are the most. Take one off first.", most=MOST_TRACKS),
    TooManyAlbums: Text(
        "You have {most} albums in this server, which is as many as one member can have. Delete one first.",
        most=MOST_ALBUMS,
    ),
    TooManySharers: Text("An album can be shared with {most} members at most.", most=MOST_SHARERS),
    NothingToCollect: Text("None of these tracks can be heard any more, so there is nothing for an album."),
    NotOnAlbum: Text("This track is not on the album any more."),
}
