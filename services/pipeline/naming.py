"""What else names a track, beside its own messages: jams' panels and recaps, votes, parties, remixes, …

The rule: a track that comes or goes is told here, in the same transaction, and nowhere one by one.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from services.albums.post_storage import touch_track
from services.contests.entries import track_changed
from services.jams import storage
from services.messages.made_from import touch_made_from
from services.parties.service import touch_playing
from services.relays.storage import touch_sung
from services.storage.tables import tracks as table
from services.tracks import ballots
from services.tracks.track import Track


async def tell_anew(connection: AsyncConnection, track: Track) -> None:
    """The track came or went: whatever names it is to say so."""
    await storage.tell_anew(connection, track.jam_id)
    await ballots.show_anew(connection, track)
    await touch_playing(connection, track.id)
    await track_changed(connection, track.id)
    await touch_made_from(connection, table.c.parent_id == track.id)
    await touch_track(connection, track.id)
    await touch_sung(connection, track.id)
