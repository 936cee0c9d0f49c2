"""What somebody may see of a guild's music. The rule: decided once, and asked wherever tracks are found.

A track is shown to those who see the channel that it was made in. What was made in a public thread, whoever
sees the channel above it; in a private one, its members. Makers see their own wherever it is. What was made
in a channel that is gone, only makers and administrators see. Moderators are no exception: they are shown
what Discord shows them, and what their review channel has. What is made for a contest its makers alone see
until that is over, and moderators, who may have to decide on it.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from services.storage.tables import track_makers, tracks
from services.tracks.track import Track


@dataclass(frozen=True, slots=True)
class Sight:
    """A view on one guild. channels: ids of the channels and threads that are seen; None: all there are.

    member_id: who looks, and sees their own; None where it is nobody in particular, as all readers of a
    channel. moderator: of the guild.
    """

    guild_id: int
    channels: frozenset[int] | None
    member_id: int | None = None
    moderator: bool = False

    def sees_channel(self, channel_id: int) -> bool:
        """Whether what was made there is shown."""
        return self.channels is None or channel_id in self.channels

    def sees(self, track: Track) -> bool:
        """Whether the track is shown."""
        if track.guild_id != self.guild_id or self.channels is None:
            return track.guild_id == self.guild_id
        secret = track.contest_id is not None and not self.moderator
        places = [] if secret else [track.channel_id, track.place_id]
        places += [track.review_channel_id] if self.moderator else []
        seen = any(place is not None and self.sees_channel(place) for place in places)
        return seen or self.member_id in track.makers

    def of_tracks(self) -> sa.ColumnElement[bool]:
        """The same of rows of `tracks`."""
        own = tracks.c.guild_id == self.guild_id
        if self.channels is None:
            return own
        seen: list[sa.ColumnElement[bool]] = [
            place.in_(self.channels) for place in (tracks.c.channel_id, tracks.c.place_id)
        ]
        if self.moderator:
            seen += [tracks.c.review_channel_id.in_(self.channels)]
        else:
            seen = [sa.and_(tracks.c.contest_id.is_(None), sa.or_(*seen))]
        theirs = [made_by(self.member_id)] if self.member_id is not None else []
        return sa.and_(own, sa.or_(*seen, *theirs))


def everything_in(guild_id: int) -> Sight:
    """All of a guild: for the bot's own work, never for something that somebody asked for."""
    return Sight(guild_id, None, moderator=True)


def made_by(member_id: int) -> sa.ColumnElement[bool]:
    """Of rows of `tracks`: whether it is that member's, alone or with others."""
    theirs = track_makers.c.track_id == tracks.c.id, track_makers.c.member_id == member_id
    among = sa.select(track_makers.c.track_id).where(*theirs).correlate(tracks).exists()
    return sa.or_(tracks.c.member_id == member_id, among)
