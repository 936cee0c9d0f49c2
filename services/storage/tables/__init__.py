"""Our own tables: what is kept, and in which columns. Migrations bring an older database to this."""

from __future__ import annotations

from services.storage.tables.album import (
    PENDING_POST,
    album_posts,
    album_prints,
    album_sharers,
    album_tracks,
    albums,
)
from services.storage.tables.contest import (
    GOING_ON,
    contest_entries,
    contest_listens,
    contest_pairs,
    contest_votes,
    contests,
)
from services.storage.tables.guild import audit, bans, guild_keys, guilds, reports, rules
from services.storage.tables.host import clusters, house
from services.storage.tables.jam import jam_people, jams
from services.storage.tables.ledger import entries, postings, sums
from services.storage.tables.message import announcements, hints, kept_messages, mentions, notices
from services.storage.tables.own_voice import own_voices
from services.storage.tables.party import parties, party_skips, party_tracks
from services.storage.tables.registry import metadata
from services.storage.tables.relay import RELAY_GOES_ON, relay_lines, relay_seats, relay_votes, relays
from services.storage.tables.track import (
    IN_LINE,
    UNFINISHED,
    own_files,
    track_makers,
    track_words,
    tracks,
    unwanted_audio,
)
from services.storage.tables.vote import ballots, chart_posts, votes

__all__ = [
    "GOING_ON",
    "IN_LINE",
    "PENDING_POST",
    "RELAY_GOES_ON",
    "UNFINISHED",
    "album_posts",
    "album_prints",
    "album_sharers",
    "album_tracks",
    "albums",
    "announcements",
    "audit",
    "ballots",
    "bans",
    "chart_posts",
    "clusters",
    "contest_entries",
    "contest_listens",
    "contest_pairs",
    "contest_votes",
    "contests",
    "entries",
    "guild_keys",
    "guilds",
    "hints",
    "house",
    "jam_people",
    "jams",
    "kept_messages",
    "mentions",
    "metadata",
    "notices",
    "own_files",
    "own_voices",
    "parties",
    "party_skips",
    "party_tracks",
    "postings",
    "relay_lines",
    "relay_seats",
    "relay_votes",
    "relays",
    "reports",
    "rules",
    "sums",
    "track_makers",
    "track_words",
    "tracks",
    "unwanted_audio",
    "votes",
]
