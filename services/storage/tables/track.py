"""Tracks: all that is known of each, who made it, and what it is found by."""

from __future__ import annotations

import sqlalchemy as sa

from services.storage.columns import Instant
from services.storage.tables.registry import metadata, partial_index

# Conditions of partial indexes; a query uses one where it says the same, word for word, with no parameters.
UNFINISHED = "state IN ('waiting', 'submitting', 'rendering', 'mastering', 'delivering')"
IN_LINE = "(state = 'waiting' OR put_off = 'back')"

tracks = sa.Table(
    "tracks",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # 20 characters
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),  # within the guild, from 1
    sa.Column("guild_name", sa.Text, nullable=False),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("member_name", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("tags", sa.Text, nullable=False),
    sa.Column("lyrics", sa.Text, nullable=False),
    sa.Column("duration", sa.Integer, nullable=False),  # seconds
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("parent_id", sa.Text, sa.ForeignKey("tracks.id")),
    sa.Column("jam_id", sa.Text),  # the jam that it was made in
    sa.Column("set_id", sa.Text),  # what it was made to be chosen from: a ballot's id, or a jam round's
    sa.Column("price", sa.BigInteger, nullable=False),  # micro-dollars
    sa.Column("turn", sa.Integer, nullable=False),  # the fair tag, audio seconds; the queue's priority
    sa.Column("pauses", sa.Integer, nullable=False, default=0),  # how often it went back into the line
    sa.Column("put_off", sa.Text),  # services.tracks.track.PutOff; NULL: nothing keeps it
    sa.Column("process", sa.Text),  # which of several took it, or began it last; NULL: the one there is
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("failure", sa.Text),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("started_at", Instant),
    sa.Column("intent_at", Instant),  # set before the POST, cleared where it is known to have created nothing
    sa.Column("prediction_id", sa.Text, unique=True),  # what was paid for is one track's
    sa.Column("output_url", sa.Text),
    sa.Column("explicit", sa.Boolean, nullable=False, default=False),  # has_nsfw_contents
    sa.Column("publish_intent_at", Instant),
    sa.Column("message_channel_id", sa.BigInteger),
    sa.Column("message_id", sa.BigInteger),
    sa.Column("finished_at", Instant),
    sa.Column("deleted_at", Instant),  # taken out of the guild's music; the ledger keeps its money
    sa.Column("bitrate", sa.Integer),  # kbit/s of the MP3
    sa.Column("lowered", sa.Boolean, nullable=False, default=False),  # the bitrate, to fit the guild's limit
    sa.Column("seconds", sa.Float),  # measured length of the MP3
    sa.Column("reply_token", sa.Text),  # of the interaction that asked; NULL once it is of no use
    sa.Column("reply_at", Instant),
    sa.Column("reply_language", sa.Text, nullable=False, default="en", server_default="en"),
    sa.Column("withheld_by", sa.BigInteger),  # the moderator who took it down or did not let it through
    sa.Column("withheld_because", sa.Text),
    sa.Column("reviewed_by", sa.BigInteger),  # the moderator who let it through
    sa.Column("review_channel_id", sa.BigInteger),  # where it is shown to moderators
    sa.Column("review_message_id", sa.BigInteger),
    sa.Column("moderated_at", Instant),  # when a moderator last published or withheld it
    sa.Column("idea", sa.Text, nullable=False, default=""),  # a sentence, in place of tags
    sa.Column("rework", sa.JSON(none_as_null=True)),  # services.prompts.rework says what is in it; NULL: none
    sa.Column("source_url", sa.Text),  # where the provider hears the sound that is reworked
    sa.Column("key_id", sa.Integer),  # the guild's key that pays for it; NULL: the host does
    sa.Column("fetch_at", Instant),  # when a paid track that could not be had is fetched again by itself
    sa.Column("worker_deaths", sa.Integer, nullable=False, default=0, server_default="0"),
    sa.Column("place_id", sa.BigInteger),  # the channel above a public thread: its readers see the track
    sa.Column("votes", sa.Integer, nullable=False, default=0, server_default="0"),  # summed up from `votes`
    sa.Column("contest_id", sa.Text),  # made for a contest that goes on: until its end its makers' alone
    sa.Column("voice_id", sa.Text),  # of the voice cloned in it, in `own_voices`; also one that is gone
    sa.Column("voice_url", sa.Text),  # where the provider hears that recording
    sa.Column("singer_id", sa.BigInteger),  # who lent it, in a jam; NULL: it is its maker's own
    sa.UniqueConstraint("guild_id", "number"),
    sa.Index("tracks_by_fetch", "fetch_at"),
    partial_index("tracks_by_contest", "contest_id", where="contest_id IS NOT NULL"),
    partial_index("tracks_unanswered", "intent_at", where="prediction_id IS NULL AND intent_at IS NOT NULL"),
    partial_index("tracks_with_token", "reply_at", where="reply_token IS NOT NULL"),
    partial_index("tracks_unfinished", "guild_id", "key_id", where=UNFINISHED),
    partial_index("tracks_in_line", "key_id", "turn", "created_at", where=IN_LINE),
    partial_index("tracks_waiting", "guild_id", "state", where=IN_LINE),
    partial_index("tracks_started", "key_id", "started_at", where="started_at IS NOT NULL"),
    partial_index("tracks_moderated", "moderated_at", where="moderated_at IS NOT NULL"),
    partial_index("tracks_by_message", "message_channel_id", "message_id", where="message_id IS NOT NULL"),
    partial_index(
        "tracks_by_review_message",
        "review_channel_id",
        "review_message_id",
        where="review_message_id IS NOT NULL",
    ),
    partial_index("tracks_by_voice", "voice_id", where="voice_id IS NOT NULL"),
    sa.Index("tracks_by_guild", "guild_id", "created_at"),
    sa.Index("tracks_by_member", "guild_id", "member_id", "state"),
    sa.Index("tracks_by_votes", "guild_id", "votes", "number"),
    sa.Index("tracks_by_parent", "parent_id"),
    sa.Index("tracks_by_set", "set_id"),
    sa.Index("tracks_by_jam", "jam_id"),
)

track_makers = sa.Table(  # all who are credited, where a track has more makers than the one who asked for it
    "track_makers",
    metadata,
    sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), primary_key=True),
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("place", sa.Integer, nullable=False),  # among them, from 0
    sa.Column("name", sa.Text, nullable=False),
    sa.Index("track_makers_by_member", "member_id"),
)

track_words = sa.Table(  # what tracks are found by; services.tracks.search says how it is folded
    "track_words",
    metadata,
    sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), primary_key=True),
    sa.Column("words", sa.Text, nullable=False),  # of title and lyrics
    sa.Column("tags", sa.Text, nullable=False),  # ",funk,brass,"
)

own_files = sa.Table(  # members' own sound that they have reworked; the file goes when its track has ended
    "own_files",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("name", sa.Text, nullable=False),  # as the member called it
    sa.Column("kind", sa.Text, nullable=False),  # "mp3", "wav", …: what it is
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("statement", sa.Text),  # what the member confirmed …
    sa.Column("confirmed_at", Instant),  # … and when
    sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id")),
    sa.Column("deleted_at", Instant),  # the file is gone
    sa.Index("own_files_by_member", "member_id"),
    sa.Index("own_files_kept", "deleted_at"),
)

unwanted_audio = sa.Table(  # of tracks whose MP3 and card are to go; services.storage.unwanted_audio
    "unwanted_audio",
    metadata,
    sa.Column("track_id", sa.Text, primary_key=True),
    sa.Column("marked_at", Instant, nullable=False),
)
