"""What must hold of contests, albums and relays once the world has healed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from soak.chronicle import Post
from soak.records import Records
from soak.violation import Check, Violation

KINDS = ("contest", "result", "album", "relay")


def each_post_is_made_once(records: Records) -> Iterator[Violation]:
    """Of a contest, its result, an album's messages and a relay there is the one that is kept."""
    themes = {one["id"]: one["theme"] for one in (*records.contests, *records.relays)}
    for row in records.kept_messages:
        kind, _colon, of = row["key"].partition(":")
        if kind == "contest" and (there := _with(records, f"contest:mine:{of}", "Contest: ")):
            yield from _once(there, f"the post of the contest {themes.get(of)}")
        if kind == "relay" and (there := _with(records, f":{of}", "A line each: ")):
            yield from _once(there, f"the post of the relay {themes.get(of)}")
    for contest in records.contests:
        results = _with(records, f"contest:mine:{contest['id']}", "The result: ")
        yield from _once(results, f"the result of the contest {contest['theme']}")


def _once(there: list[Post], what: str) -> Iterator[Violation]:
    if len(there) > 1:
        yield Violation("evenings", f"{what} was posted {len(there)} times")


def _with(records: Records, custom_id: str, words: str) -> list[Post]:
    """Those that are public and still there."""
    return [
        post
        for post in records.posts
        if post.only is None
        and post.deleted_at is None
        and words in post.text
        and any(custom_id in one for one in post.custom_ids)
    ]


def nobody_votes_twice_or_for_their_own(records: Records) -> Iterator[Violation]:
    """And for nothing that is not entered."""
    entered = {(one["contest_id"], one["track_id"]) for one in records.contest_entries}
    votes = Counter(
        (one["contest_id"], one["round"], one["pair"], one["member_id"]) for one in records.contest_votes
    )
    for (contest_id, *_), count in votes.items():
        if count > 1:
            yield Violation("evenings", f"{count} votes of one member in the contest {contest_id}")
    for vote in records.contest_votes:
        for track_id in vote["choices"]:
            track = records.tracks.get(track_id)
            if track is not None and track["member_id"] == vote["member_id"]:
                yield Violation("evenings", "a member's vote is for their own track", track_id)
            if (vote["contest_id"], track_id) not in entered:
                yield Violation("evenings", "a vote is for what is not entered", track_id)


def a_relay_is_sung_once(records: Records) -> Iterator[Violation]:
    """By a track that there is; and none waits for one that has ended."""
    for relay in records.relays:
        if relay["phase"] == "making" and not relay["refused"]:  # else it can be asked for once more
            yield Violation("evenings", f"a relay waits for its song: {relay['theme']}", relay["track_id"])
    sung = Counter(one["track_id"] for one in records.relays if one["track_id"])
    for track_id, count in sung.items():
        if count > 1:
            yield Violation("evenings", f"{count} relays are sung as one track", track_id)


def nothing_of_a_deleted_track_is_shown(records: Records) -> Iterator[Violation]:
    """Neither in a contest's result nor in an album's list."""
    gone = {records.told_of(one): one["id"] for one in records.tracks.values() if one["deleted_at"]}
    for post in records.posts:
        evening = any(one.startswith("contest:") for one in post.custom_ids) or "playlist" in post.text
        if post.only is None and post.deleted_at is None and evening:
            for called, own_id in gone.items():
                if called in post.text:
                    yield Violation("evenings", f"shows {called}, which is deleted", own_id)


EVENING_CHECKS: tuple[Check, ...] = (
    each_post_is_made_once,
    nobody_votes_twice_or_for_their_own,
    a_relay_is_sung_once,
    nothing_of_a_deleted_track_is_shown,
)
