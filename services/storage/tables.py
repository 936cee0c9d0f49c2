"""Our own tables: what is kept, and in which columns. Migrations bring an older database to this."""

from __future__ import annotations

import sqlalchemy as sa

from services.storage.columns import Instant

# Conditions of partial indexes; a query uses one where it says the same, word for word, with no parameters.
UNFINISHED = "state IN ('waiting', 'submitting', 'rendering', 'mastering', 'delivering')"
IN_LINE = "(state = 'waiting' OR put_off = 'back')"

metadata = sa.MetaData()


def _partial(name: str, *columns: str, where: str) -> sa.Index:
    """An index of those rows only of which that is true."""
    return sa.Index(name, *columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


guilds = sa.Table(
    "guilds",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("daily_limit", sa.BigInteger),  # micro-dollars; NULL: the host's default
    sa.Column("monthly_limit", sa.BigInteger),  # micro-dollars; NULL: the host's default
    sa.Column("timezone", sa.Text),  # IANA name; NULL: the host's
    sa.Column("paused", sa.Boolean, nullable=False, default=False),
    sa.Column("last_number", sa.Integer, nullable=False, default=0),  # of the guild's newest track
    sa.Column("member_daily_limit", sa.BigInteger),  # micro-dollars; NULL: the host's default
    sa.Column("daily_ceiling", sa.BigInteger),  # micro-dollars, set by the host; NULL: the host's default
    sa.Column("monthly_ceiling", sa.BigInteger),  # micro-dollars, set by the host; NULL: the host's default
    sa.Column("next_timezone", sa.Text),  # takes the place of `timezone` at …
    sa.Column("next_timezone_at", Instant),
    sa.Column("access", sa.Text),  # allowed, blocked; NULL: as the host's setting says
    sa.Column("key_id", sa.Integer),  # the guild's own WaveSpeed key; NULL: the host pays
)

guild_keys = sa.Table(  # WaveSpeed keys that guilds brought along
    "guild_keys",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("sealed", sa.Text, nullable=False),  # encrypted; empty once nothing needs it any more
    sa.Column("level", sa.Text, nullable=False),  # of the account that it opens
    sa.Column("hold", sa.Text),  # why nothing starts on that account; NULL: everything does
    sa.Column("added_by", sa.BigInteger, nullable=False),
    sa.Column("added_at", Instant, nullable=False),
    sa.Column("removed_at", Instant),
)

tracks = sa.Table(
    "tracks",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # 20 characters; in the message's nonce (Discord: at most 25)
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
    sa.UniqueConstraint("guild_id", "number"),
    sa.Index("tracks_by_fetch", "fetch_at"),
    _partial("tracks_unanswered", "intent_at", where="prediction_id IS NULL AND intent_at IS NOT NULL"),
    _partial("tracks_with_token", "reply_at", where="reply_token IS NOT NULL"),
    _partial("tracks_unfinished", "guild_id", "key_id", where=UNFINISHED),
    _partial("tracks_in_line", "key_id", "turn", "created_at", where=IN_LINE),
    _partial("tracks_waiting", "guild_id", "state", where=IN_LINE),
    _partial("tracks_started", "key_id", "started_at", where="started_at IS NOT NULL"),
    _partial("tracks_moderated", "moderated_at", where="moderated_at IS NOT NULL"),
    _partial("tracks_by_message", "message_channel_id", "message_id", where="message_id IS NOT NULL"),
    _partial(
        "tracks_by_review_message",
        "review_channel_id",
        "review_message_id",
        where="review_message_id IS NOT NULL",
    ),
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

jams = sa.Table(  # services.jams.storage says what is in `state`
    "jams",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("state", sa.JSON, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),  # counts its changes
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("touched_at", Instant, nullable=False),  # when somebody last did something
    sa.Column("message_id", sa.BigInteger),  # the panel's; NULL: to be posted
    sa.Column("old_message_id", sa.BigInteger),  # the panel's before; to be deleted once the new one is there
    sa.Column("ended_at", Instant),
    sa.Column("ended_by", sa.BigInteger),  # NULL: nobody did anything any more
    sa.Column("recap_at", Instant),  # set before the recap is posted
    sa.Column("recap_message_id", sa.BigInteger),
    sa.Column("told", sa.Boolean, nullable=False, default=False),  # the recap says what is so
    sa.Index("jams_by_guild", "guild_id", "phase"),
    sa.Index("jams_by_told", "told", "phase"),
)

jam_people = sa.Table(  # everybody who is or was in a jam
    "jam_people",
    metadata,
    sa.Column("jam_id", sa.Text, sa.ForeignKey("jams.id"), primary_key=True),
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Index("jam_people_by_member", "member_id"),
)

track_words = sa.Table(  # what tracks are found by; services.tracks.search says how it is folded
    "track_words",
    metadata,
    sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), primary_key=True),
    sa.Column("words", sa.Text, nullable=False),  # of title and lyrics
    sa.Column("tags", sa.Text, nullable=False),  # ",funk,brass,"
)

votes = sa.Table(  # one for each member in a set of tracks
    "votes",
    metadata,
    sa.Column("set_id", sa.Text, primary_key=True),  # the track's set, or its own id where it is in none
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), nullable=False),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index("votes_by_track", "track_id"),
    sa.Index("votes_by_guild", "guild_id", "at"),
    sa.Index("votes_by_member", "member_id"),
)

chart_posts = sa.Table(  # the weekly charts; services.tracks.charts says how they are posted once
    "chart_posts",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("week", sa.Text, primary_key=True),  # "2026-W05"; "": since when they are switched on
    sa.Column("since", Instant, nullable=False),
    sa.Column("until", Instant),
    sa.Column("channel_id", sa.BigInteger),
    sa.Column("intent_at", Instant),
    sa.Column("message_id", sa.BigInteger),
    sa.Column("done", sa.Boolean, nullable=False),
    sa.Column("stale", sa.Boolean, nullable=False),  # names what was erased since
)

ballots = sa.Table(  # sets of variations, and the message in which a channel chooses among them
    "ballots",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # the set's id
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("member_id", sa.BigInteger, nullable=False),  # who asked for it, and may close it
    sa.Column("parent_id", sa.Text, sa.ForeignKey("tracks.id")),
    sa.Column("minutes", sa.Integer, nullable=False),  # for which it is open, from its message on
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("intent_at", Instant),  # set before its message is posted
    sa.Column("message_id", sa.BigInteger),
    sa.Column("closes_at", Instant),
    sa.Column("closed_at", Instant),
    sa.Column("closed_by", sa.BigInteger),  # NULL: its time was over
    sa.Column("result", sa.JSON),  # by track id: the votes it had when it was closed
    sa.Column("shown", sa.Boolean, nullable=False, default=False),  # the result, in its message
    sa.Index("ballots_by_shown", "shown"),
)

entries = sa.Table(
    "ledger_entries",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # reserve, adjust, spend, release, correct, round
    sa.Column("amount", sa.BigInteger, nullable=False),  # micro-dollars; negative where it takes away
    sa.Column("at", Instant, nullable=False),
    sa.Column("note", sa.Text, nullable=False, default=""),
    sa.Index("ledger_entries_by_track", "track_id"),
    sa.Index(
        "ledger_entries_once",
        "track_id",
        "kind",
        unique=True,
        sqlite_where=sa.text("kind in ('reserve', 'spend', 'release')"),
        postgresql_where=sa.text("kind in ('reserve', 'spend', 'release')"),
    ),
)

sums = sa.Table(
    "ledger_sums",
    metadata,
    sa.Column("account", sa.Text, primary_key=True),  # "guild:5 day", "host day", "member:5:7 day", …
    sa.Column("period", sa.Text, primary_key=True),  # "2026-11-24" or "2026-11"
    sa.Column("reserved", sa.BigInteger, nullable=False, default=0),
    sa.Column("spent", sa.BigInteger, nullable=False, default=0),
)

postings = sa.Table(  # which sums a track's money stands in, so that it leaves the same ones
    "ledger_postings",
    metadata,
    sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), primary_key=True),
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("place", sa.Integer, nullable=False, default=0, server_default="0"),  # among those who share it
    sa.Column("parts", sa.Integer, nullable=False, default=1, server_default="1"),  # how many those are
)

notices = sa.Table(  # what a member could not be told at the time
    "notices",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Index("notices_by_member", "guild_id", "member_id"),
)

announcements = sa.Table(  # what the bot says by itself, each thing once; services.announcements says how
    "announcements",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),  # names the occasion
    sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id")),  # what it is about
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("began_at", Instant, nullable=False),  # before it was said for the first time
    sa.Column("said_at", Instant),
    sa.Column("way", sa.Text),  # how it was said; NULL: it is still to be said
    sa.Index("announcements_by_track", "track_id"),
    sa.Index("announcements_by_said", "said_at"),
)

house = sa.Table(  # what holds for all guilds: a pause, a price that was quoted, what the host was told
    "house",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
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

rules = sa.Table(  # what a guild's moderators allow; services.guilds.rules says what is in it
    "rules",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("settings", sa.JSON, nullable=False),
)

bans = sa.Table(  # members who may not make tracks
    "bans",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("until", Instant),  # NULL: until it is lifted
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("moderator_id", sa.BigInteger, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

hints = sa.Table(  # those that a member has had
    "hints",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hint", sa.Text, primary_key=True),
)

reports = sa.Table(
    "reports",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id"), nullable=False),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("handled_by", sa.BigInteger),  # the moderator who has seen to it
    sa.Column("handled_at", Instant),
    sa.UniqueConstraint("track_id", "member_id"),
)

audit = sa.Table(  # who changed what, from what to what; only appended
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("actor_id", sa.BigInteger, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index("audit_by_guild", "guild_id", "id"),
)

mentions = sa.Table(  # the bot's messages that name people, beside those that tracks play in
    "mentions",
    metadata,
    sa.Column("message_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("track_id", sa.Text, sa.ForeignKey("tracks.id")),  # what it is about, or …
    sa.Column("change_id", sa.Integer, sa.ForeignKey("audit.id")),  # what it tells
    sa.Column("stale", sa.Boolean, nullable=False),  # it names somebody who was erased
    sa.Index("mentions_by_track", "track_id"),
    sa.Index("mentions_by_change", "change_id"),
    sa.Index("mentions_by_stale", "stale"),
)

clusters = sa.Table(  # who runs as which cluster, on PostgreSQL; services.storage.leases says how
    "clusters",
    metadata,
    sa.Column("cluster_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("epoch", sa.BigInteger, nullable=False),  # counted up by every start and every takeover
    sa.Column("expires_at", Instant, nullable=False),  # by the database's clock
    sa.Column("taken_by", sa.Integer),  # the cluster that took its work over; NULL: it has a place
    sa.UniqueConstraint("cluster_id", "epoch"),  # makes a change of the epoch wait for those who rely on it
)
