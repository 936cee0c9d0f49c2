"""What must hold of parties and of what was heard in them once the world has healed."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from soak.records import Records, Row, monotonic
from soak.together.ears import PACKETS, Run
from soak.violation import Check, Violation

UNKNOWN = PACKETS  # packets of nothing that may be heard, of files that were gone before they were read
DELETED_WITHIN = 12.0  # seconds that a deleted track may still be heard
AGAIN = 8 * PACKETS  # packets that may be heard twice: it is noted every 5 s how far it has got
NOTED_BEFORE = 20.0  # seconds before a break in which nothing may have kept that from being noted


def one_party_a_guild(records: Records) -> Iterator[Violation]:
    """At any time; and none goes on."""
    for party in records.parties:
        if party["ended_at"] is None:
            yield Violation("parties", f"a party goes on: {party['id']}")
    by_guild = defaultdict[int, list[Row]](list)
    for party in sorted(records.parties, key=_began):
        by_guild[party["guild_id"]].append(party)
    for theirs in by_guild.values():
        for before, after in pairwise(theirs):
            moved = before["started_at"] == after["started_at"]
            if not moved and before["ended_at"] and before["ended_at"] > after["started_at"]:
                yield Violation("parties", f"{before['id']} and {after['id']} went on at the same time")


def _began(party: Row) -> tuple[datetime, datetime]:
    return party["started_at"], party["ended_at"] or datetime.max.replace(tzinfo=party["started_at"].tzinfo)


def each_has_one_panel(records: Records) -> Iterator[Violation]:
    """And one that is over has none on which anything can be pressed."""
    for party in records.parties:
        stop = f"party:stop:{party['id']}"
        shown = [
            post
            for post in records.posts
            if post.only is None and post.deleted_at is None and stop in json.dumps(post.latest)
        ]
        if party["ended_at"] is not None and shown:
            yield Violation("parties", f"the panel of {party['id']}, which is over, can be pressed")
        if len(shown) > 1:
            yield Violation("parties", f"{party['id']} has {len(shown)} panels")


def nobody_is_left_in_voice(records: Records) -> Iterator[Violation]:
    for where in records.left_in_voice:
        yield Violation("parties", f"nothing is played any more, and the bot is still there: {where}")


def only_what_may_be_heard_is_played(records: Records) -> Iterator[Violation]:
    """Tracks of the guild, in the queue of its party, that all see who may listen, and that are there."""
    queued = {(str(one["guild_id"]), row["track_id"]) for one, row in _queues(records)}
    wrong = defaultdict[tuple[str, str | None], list[Run]](list)
    for run in records.runs:
        track = records.tracks.get(run.track)
        if track is None:
            if run.frames > UNKNOWN:
                wrong["what is no track", None].append(run)
            continue
        if str(track["guild_id"]) != run.guild:
            wrong["another guild's track", run.track].append(run)
        if track["channel_id"] in records.hidden_channels:
            wrong["a track that not everybody who may listen sees", run.track].append(run)
        if track["explicit"]:
            wrong["an explicit track, where not only adults listen", run.track].append(run)
        if (run.guild, run.track) not in queued:
            wrong["a track that no party had in its queue", run.track].append(run)
        if track["deleted_at"] is not None:
            gone = track["deleted_at"].timestamp()
            well = not records.was_away(monotonic(gone), monotonic(run.ended))
            if run.ended > gone + DELETED_WITHIN and well and not _frozen(records, gone, run.ended):
                wrong["a track that was deleted", run.track].append(run)
    for (what, own_id), runs in wrong.items():
        yield Violation("heard", f"{what} was heard: {runs[0]}", own_id)


def it_goes_on_where_it_was(records: Records) -> Iterator[Violation]:
    """After a restart, or when a connection broke; seconds may be heard again, but not all of it."""
    plays = Counter[tuple[str, str]]()
    moved = {party["id"] for party in records.parties if party["ended_because"] == "moved"}
    for party, row in _queues(records):
        if party["id"] not in moved:
            plays[str(party["guild_id"]), row["track_id"]] += 1
    for before, after in pairwise(records.runs):
        same = (before.listener, before.track) == (after.listener, after.track) and before.track
        if not same or plays[after.guild, after.track] != 1:
            continue
        again = before.last - after.first
        noted = not records.was_away(monotonic(before.ended) - NOTED_BEFORE, monotonic(after.began))
        if again > AGAIN and noted:
            text = f"{again / PACKETS:.1f} s were heard again: {before}, {after}"
            yield Violation("goes on", text, after.track)


def _queues(records: Records) -> Iterator[tuple[Row, Row]]:
    parties = {one["id"]: one for one in records.parties}
    for row in records.party_tracks:
        yield parties[row["party_id"]], row


def _frozen(records: Records, began: float, ended: float) -> bool:
    begin, end = monotonic(began), monotonic(ended)
    return any(since <= end and until >= begin for life in records.lives for since, until in life.pauses)


PARTY_CHECKS: tuple[Check, ...] = (
    one_party_a_guild,
    each_has_one_panel,
    nobody_is_left_in_voice,
    only_what_may_be_heard_is_played,
    it_goes_on_where_it_was,
)
