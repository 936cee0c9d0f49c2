"""What must hold when a campaign is over and the world has healed. Each check yields what violates it.

A new promise is a new function in CHECKS.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator

from soak.answers import ANSWER_CHECKS
from soak.chronicle import Post
from soak.records import Records, Row
from soak.together.evening_checks import EVENING_CHECKS
from soak.together.own_voice_checks import OWN_VOICE_CHECKS
from soak.together.party_checks import PARTY_CHECKS
from soak.violation import Check, Violation

ENDED = ("delivered", "in_review", "withheld", "failed", "cancelled")
WHY = "told below"  # an answer that leaves the reason to what stands below it
FAILED = "could not be made"
UNPOSTED = "is finished, but"
TO_BE_CORRECTED = ("gone",)  # deleted at the provider, which refunds it: `/host reconcile` offers that
STOPS_WITHIN = 10.0  # seconds; and what a machine with much to do may add
STOPPING_MARGIN = 1.5


def named(records: Records, track: Row) -> str:
    return f"{records.told_of(track)} ({track['state']}{', ' + track['failure'] if track['failure'] else ''})"


# tracks -----------------------------------------------------------------------------------------------------


def every_track_has_ended(records: Records) -> Iterator[Violation]:
    for track in records.tracks.values():
        if track["state"] not in ENDED:
            yield Violation("unfinished", f"{named(records, track)} has not ended", track["id"])
    if records.pending:
        yield Violation("unfinished", f"{records.pending} workflows have not ended")


def every_finished_track_is_posted_once(records: Records) -> Iterator[Violation]:
    """In its channel, with its own sound; or, where it could not be, its maker was told once."""
    plays: defaultdict[str, list[Post]] = defaultdict(list)
    for post in records.posts:
        for custom_id in post.custom_ids if post.only is None else ():
            if custom_id.startswith("track:again:"):
                plays[custom_id.rpartition(":")[2]].append(post)
    for track in records.tracks.values():
        there = plays.pop(track["id"], [])
        if track["deleted_at"] is not None and track["message_id"] is None and len(there) == 1:
            continue  # it was posted, and its message is taken down and forgotten
        wanted = 1 if track["state"] == "delivered" and track["message_id"] is not None else 0
        if len(there) != wanted and not (track["state"] == "delivering" and len(there) == 1):
            text = f"{named(records, track)} was posted {len(there)} times, not {wanted}"
            yield Violation("posted once", text, track["id"])
        for post in there:
            if track["id"] not in records.heard.get(post.id, ""):
                yield Violation(
                    "posted once", f"{named(records, track)}: the MP3 is not its own", track["id"]
                )
            if post.channel != str(track["channel_id"]):
                yield Violation("posted once", f"{named(records, track)} is in another channel", track["id"])
        if track["state"] == "delivered" and not wanted:
            yield from _told_once(records, track, UNPOSTED)
    for track_id, there in plays.items():
        yield Violation("posted once", f"{len(there)} messages play {track_id}, which is no track", track_id)


def every_failure_is_told_once(records: Records) -> Iterator[Violation]:
    """By a message of its own, in an answer, by a jam's panel, or by a notice that still waits."""
    for track in records.tracks.values():
        if track["member_id"] < 0:  # its words are erased, and what told of it may be
            continue
        if track["state"] == "failed":
            yield from _told_once(records, track, FAILED)
        elif track["state"] == "withheld":
            yield from _told_once(records, track, UNPOSTED)


def _told_once(records: Records, track: Row, words: str) -> Iterator[Violation]:
    called = records.told_of(track)
    asked_for = {one.original.id for one in records.interactions if one.original and _is_question(one.data)}
    found: list[str] = []
    lost: list[str] = []
    for post in records.posts:
        on_a_panel = any(custom_id.startswith("jam:") for custom_id in post.custom_ids)
        elsewhere = post.guild not in (None, str(track["guild_id"]))
        if post.id in asked_for or elsewhere or on_a_panel != (track["jam_id"] is not None):
            continue
        if any(called in text and words in text and WHY not in _line(text, called) for _, text in post.texts):
            found.append(post.id)
            if not on_a_panel and (words not in post.text or WHY in _line(post.text, called)):
                lost.append(post.id)
    if not found:  # it waits for a command of theirs
        found = [f"notice {one['id']}" for one in records.notices if called in one["text"]]
    if len(found) == 1 or (found and track["jam_id"]):
        if lost:
            text = f"{named(records, track)}: why was told, and written over"
            yield Violation("told once", text, track["id"])
        return
    text = f"{named(records, track)}: its maker was told {len(found)} times"
    yield Violation("told once", text, track["id"])


def _line(text: str, called: str) -> str:
    """The line that speaks of the track."""
    return next((line for line in text.splitlines() if called in line), "")


def _is_question(data: dict[str, object]) -> bool:
    """Whether an interaction only looks something up, whose answer tells how things stand."""
    return data.get("name") in ("library", "queue", "moderation", "host", "jam")


# the provider, and money ------------------------------------------------------------------------------------


def no_task_is_made_twice(records: Records) -> Iterator[Violation]:
    """As many predictions of the same inputs as tracks that asked for them, at most.

    But for those that were deleted at the provider: its history does not tell of them, and their price is
    given back.
    """
    asked: defaultdict[str, list[Row]] = defaultdict(list)
    for track in records.tracks.values():
        asked[str(track["seed"])].append(track)
    made: Counter[str] = Counter()
    songs = records.songs
    for prediction in records.predictions.values():
        if prediction in songs:  # which have no seed: no_song_is_made_twice
            continue
        made[str(prediction.inputs.get("seed"))] += prediction.status != "deleted"
    for seed, count in made.items():
        if count > len(asked[seed]):
            track_id = asked[seed][0]["id"] if asked[seed] else None
            owned = {row["prediction_id"]: named(records, row) for row in asked[seed]}
            tasks = ", ".join(
                f"{one.id} {one.status} of {owned.get(one.id, 'nobody')}"
                for one in records.predictions.values()
                if str(one.inputs.get("seed")) == seed
            )
            text = f"seed {seed}: {count} tasks were made for {len(asked[seed])} tracks: {tasks}"
            yield Violation("no task twice", text, track_id)


def nobody_goes_into_the_trap(records: Records) -> Iterator[Violation]:
    """The bot connects to no address, and sends nothing along with a file, that a hostile provider names."""
    for caught in records.trapped[:5]:
        yield Violation("trap", f"in the trap: {caught[:300]}")


def the_ledger_is_the_bill(records: Records) -> Iterator[Violation]:
    """To the micro-dollar, after refunds. Where the provider could not tell, what was reserved is spent."""
    spent, billed = records.spent(), records.billed()
    told_nothing = 0
    for track in records.tracks.values():
        ours = spent[track["id"]]
        theirs = billed.pop(track["prediction_id"], 0) if track["prediction_id"] else 0
        if track["failure"] == "answer_unknown":
            told_nothing += ours
        elif (
            track["state"] in ENDED
            and ours != theirs
            and not (track["failure"] in TO_BE_CORRECTED and theirs == 0)
        ):
            text = f"{named(records, track)}: the ledger says {ours}, the bill {theirs} micro-dollars"
            yield Violation("ledger is bill", text, track["id"])
    nobodys = {prediction: amount for prediction, amount in billed.items() if amount}
    if sum(nobodys.values()) > told_nothing:
        for prediction, amount in nobodys.items():
            seed = records.predictions[prediction].inputs.get("seed")
            track = next((one for one in records.tracks.values() if one["seed"] == seed), None)
            text = f"{amount} micro-dollars were billed for {prediction}, which no track has"
            yield Violation("ledger is bill", text, track["id"] if track else None)


def the_sums_are_the_entries(records: Records) -> Iterator[Violation]:
    """And nothing is reserved any more."""
    entries: defaultdict[str, list[Row]] = defaultdict(list)
    for entry in records.entries:
        entries[entry["track_id"]].append(entry)
    for track in records.tracks.values():
        kinds = Counter(entry["kind"] for entry in entries[track["id"]])
        closed = kinds["spend"] + kinds["release"]
        if kinds["reserve"] != 1 or closed != (track["state"] in ENDED):
            text = f"{named(records, track)} has the entries {dict(kinds)}"
            yield Violation("entries", text, track["id"])
    expected: Counter[tuple[str, str]] = Counter()
    for posting in records.postings:
        charged = sum(
            one["amount"]
            for one in entries[posting["track_id"]]
            if one["kind"] in ("spend", "correct", "round")
        )
        part, rest = divmod(charged, posting["parts"])  # what cannot be divided is the first's
        expected[posting["account"], posting["period"]] += part + (rest if posting["place"] == 0 else 0)
    for one in records.sums:
        account = one["account"], one["period"]
        if one["reserved"] and all(track["state"] in ENDED for track in records.tracks.values()):
            yield Violation("nothing reserved", f"{one['reserved']} micro-dollars stay reserved in {account}")
        if one["spent"] != expected[account]:
            text = f"{account} says {one['spent']} micro-dollars, its entries {expected[account]}"
            yield Violation("sums are entries", text)


def no_limit_was_passed(records: Records) -> Iterator[Violation]:
    for one in records.passed[:5]:
        yield Violation("limits", f"{one.account}: {one.stands} of {one.limit} micro-dollars")


# what is said -----------------------------------------------------------------------------------------------


def nothing_is_posted_twice(records: Records) -> Iterator[Violation]:
    """No two messages in a channel with the same words; the panels of jams and parties may be posted anew."""
    said: defaultdict[tuple[str, str], list[Post]] = defaultdict(list)
    nonces: defaultdict[tuple[str, str], list[Post]] = defaultdict(list)
    for post in records.posts:
        if post.only is not None or post.guild is None:  # the host is told of a low balance as often as it is
            continue
        if not any(one.startswith(("jam:here", "party:stop")) for one in post.custom_ids):
            files = sorted(one["filename"] for one in post.first["attachments"])
            said[post.channel, json.dumps([post.texts[0][1], files])].append(post)
        if (nonce := post.first.get("nonce")) is not None:
            nonces[post.channel, str(nonce)].append(post)
    for (_, text), twice in [*said.items(), *nonces.items()]:
        if len(twice) > 1:
            track = next((one["id"] for one in records.tracks.values() if records.told_of(one) in text), None)
            yield Violation("posted twice", f"{len(twice)} times in one channel: {text[:160]}", track)


def a_start_says_nothing_anew(records: Records) -> Iterator[Violation]:
    """What had ended before the last start was over."""
    for post in records.posts:
        if post.only is None and post.guild is not None and post.at > records.last_start:
            yield Violation("a start says nothing", f"posted at a start: {post.texts[0][1][:160]}")


def every_jam_goes_on(records: Records) -> Iterator[Violation]:
    """None waits for a track that has ended; each has one panel to press, and one recap when it is over."""
    for jam in records.jams:
        if jam["phase"] == "making":
            yield Violation(
                "jams", f"a jam waits for its track, which has ended: {jam['state'].get('track_id')}"
            )
        own = [post for post in records.posts if post.only is None]
        recaps = [post for post in own if f"jam:recap:{jam['id']}" in post.custom_ids]
        panels = [post for post in own if f"jam:here:{jam['id']}" in post.custom_ids and not post.deleted_at]
        if len(recaps) != (1 if jam["recap_message_id"] is not None else 0):
            yield Violation("jams", f"a jam has {len(recaps)} recaps: {jam['state'].get('theme')}")
        if len([post for post in panels if f"jam:here:{jam['id']}" in json.dumps(post.latest)]) > 1:
            yield Violation("jams", f"a jam has several panels: {jam['state'].get('theme')}")


def no_request_is_malformed(records: Records) -> Iterator[Violation]:
    """Discord has nothing against the form of what the bot sends."""
    for request in records.malformed[:5]:
        text = f"{request.method} {request.template}: {json.dumps(request.answer)[:300]}"
        yield Violation("well formed", text)


# the process ------------------------------------------------------------------------------------------------


def no_process_ends_by_itself(records: Records) -> Iterator[Violation]:
    """But for a start without a database or a disk, which whatever started it may try again."""
    for life in records.lives:
        if life.ended is None or life.asked:
            continue
        if life.opened is None and life.code == 2 and records.was_away(life.started, life.ended):
            continue
        opened = "open" if life.opened else "not open yet"
        text = f"life {life.number} ended by itself, {opened}, with code {life.code}"
        yield Violation("runs on", text, life=life.number)


def a_stop_is_quick(records: Records) -> Iterator[Violation]:
    for life in records.lives:
        if life.asked_at is None or life.ended is None or life.asked != "SIGTERM":
            continue
        took = life.ended - life.asked_at
        if took > STOPS_WITHIN + STOPPING_MARGIN:
            text = f"life {life.number} took {took:.1f} s to stop"
            yield Violation("stops in time", text, life=life.number)


def nothing_is_left_behind(records: Records) -> Iterator[Violation]:
    """Neither processes nor members' own files."""
    if records.left_behind:
        yield Violation("left behind", f"processes of lives that have ended: {records.left_behind}")
    for file in records.own_files:
        if file["deleted_at"] is None and file["track_id"] is not None:
            yield Violation("left behind", f"a member's own file: {file['name']}", file["track_id"])


CHECKS: tuple[Check, ...] = (
    every_track_has_ended,
    every_finished_track_is_posted_once,
    every_failure_is_told_once,
    no_task_is_made_twice,
    nobody_goes_into_the_trap,
    the_ledger_is_the_bill,
    the_sums_are_the_entries,
    no_limit_was_passed,
    nothing_is_posted_twice,
    a_start_says_nothing_anew,
    every_jam_goes_on,
    no_request_is_malformed,
    no_process_ends_by_itself,
    a_stop_is_quick,
    nothing_is_left_behind,
    *EVENING_CHECKS,
    *OWN_VOICE_CHECKS,
    *PARTY_CHECKS,
    *ANSWER_CHECKS,
)


def violations(records: Records) -> list[Violation]:
    """Everything that does not hold."""
    return [violation for check in CHECKS for violation in check(records)]
