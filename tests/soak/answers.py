"""What must hold of the answers that members got: nobody waits for ever, nobody is told what is not so.

The fair rule: a member may blame the silence on the process that took their command up, where that ended (or
was frozen, or could not write) before it can have answered. A track that was written down outlives it: its
answer comes, as long as Discord takes one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rehearsal.discord.interactions import Interaction
from rehearsal.discord.members.reading import text_of
from soak.records import Records, Row
from soak.violation import Check, Violation
from soak.world import LIFETIME

ANSWERED_WITHIN = 25.0  # seconds that a healthy process may take for an answer, with its tries
ACKNOWLEDGED_WITHIN = 3.0  # seconds
BROKE = "Something broke"
ACCEPTED = re.compile(r"#(\d+) “[^”]*”\*{0,2}.* is (?:in the queue|being rendered)")


@dataclass(frozen=True)
class Asked:
    """An interaction with what its member reads."""

    one: Interaction
    text: str
    waits: bool


def _violation(rule: str, text: str, track: Row | None, one: Interaction) -> Violation:
    return Violation(rule, text, track["id"] if track else None, one.id)


def asked(records: Records) -> Iterator[Asked]:
    for one in records.interactions:
        messages = [*([one.original] if one.original else []), *one.followups]
        text = "\n".join(text_of(message.data) for message in messages)
        waits = (
            one.state == "deferred" and one.original is not None and bool(one.original.data["flags"] & 128)
        )
        yield Asked(one, text, waits)


def nobody_waits_for_ever(records: Records) -> Iterator[Violation]:
    tracks = {track["reply_token"]: track for track in records.tracks.values() if track.get("reply_token")}
    for question in asked(records):
        one = question.one
        if not question.waits:
            continue
        track = tracks.get(one.token)
        until = one.born + LIFETIME
        if track is not None:
            ended = records.ended_at(track)
            if ended is not None and ended + ANSWERED_WITHIN < until:
                text = f"{records.told_of(track)} ended {until - ended:.0f} s before its answer's time was up"
                yield _violation("thinking", f"{text}, and its member still reads “thinking”", track, one)
        elif _well_for(records, one, one.born, one.born + ANSWERED_WITHIN):
            yield _violation("thinking", f"{_called(one)} was acknowledged and never answered", None, one)


def every_command_is_acknowledged(records: Records) -> Iterator[Violation]:
    """Within three seconds, by a process that was there all that time and whose line was not cut."""
    for question in asked(records):
        one = question.one
        calm = _well_for(records, one, one.born - 1.0, one.born + ACKNOWLEDGED_WITHIN)
        if one.state == "failed" and calm and not records.line_was_cut(one):
            yield _violation("acknowledged", f"{_called(one)} was not acknowledged", None, one)


def nothing_broke_that_was_made(records: Records) -> Iterator[Violation]:
    """But for what a process wrote down and ended before it told of it: the next one takes that back."""
    tracks = {track["reply_token"]: track for track in records.tracks.values() if track.get("reply_token")}
    for question in asked(records):
        track = tracks.get(question.one.token)
        silent = question.one.state == "failed"
        if silent and track is not None and records.taken_back(track):
            continue
        if track is not None and (BROKE in question.text or silent):
            told = BROKE if BROKE in question.text else "that nothing came"
            text = f"{records.told_of(track)} was written down, and its member was told “{told}”"
            yield _violation("made, and told otherwise", text, track, question.one)


def what_was_accepted_is_there(records: Records) -> Iterator[Violation]:
    there = {(str(track["guild_id"]), track["number"]) for track in records.tracks.values()}
    for question in asked(records):
        for number in ACCEPTED.findall(question.text):
            if (question.one.channel.guild_id or "", int(number)) not in there:
                text = f"{_called(question.one)} was told of #{number}, which is nowhere"
                yield _violation("accepted", text, None, question.one)


def _well_for(records: Records, one: Interaction, begin: float, end: float) -> bool:
    """Whether one process that could answer was open and could write all that time."""
    theirs = [life for life in records.lives if life.cluster == records.cluster_of(one)]
    open_all_along = any(life.open_during(begin, end) for life in theirs)
    return open_all_along and not records.was_away(begin, end)


def _called(one: Interaction) -> str:
    data = one.data
    what = f"/{data['name']}" if "name" in data else str(data.get("custom_id"))
    return f"{what} of {one.user.name}"


ANSWER_CHECKS: tuple[Check, ...] = (
    nobody_waits_for_ever,
    every_command_is_acknowledged,
    nothing_broke_that_was_made,
    what_was_accepted_is_there,
)
