"""The story of one track or interaction, from everybody's records: for whoever has to find out why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rehearsal.discord.interactions import Interaction
from rehearsal.wavespeed.predictions import Prediction
from soak.records import Records, Row, log_lines, monotonic
from soak.violation import Violation

if TYPE_CHECKING:
    from soak.world import World

Moment = tuple[float, str]
LONGEST_LINE = 260
AROUND = 3.0  # seconds before and after, in which what the campaign did may matter
MOST_ROWS = 90


def history(world: World, records: Records, violation: Violation) -> str:
    """What is known of it, in the order of time; seconds since the campaign began."""
    if violation.life is not None:
        return _end_of(world, records, violation.life)
    track = records.tracks.get(violation.track or "")
    question = next((one for one in records.interactions if one.id == violation.interaction), None)
    if track is None and question is None:
        return ""
    if question is None and track is not None:
        question = records.asked_by(track)
    moments = [
        *(_of_track(world, records, track) if track else ()),
        *(_of_interaction(world, question) if question else ()),
    ]
    if not moments:
        return ""
    began, ended = min(at for at, _ in moments) - AROUND, max(at for at, _ in moments) + AROUND
    moments += [one for one in _of_campaign(world, records) if began <= one[0] <= ended]
    moments += [one for one in _of_logs(world, records, track) if began <= one[0] <= ended]
    rows = [f"  {at - world.chronicle.began:8.2f}  {_short(text)}" for at, text in sorted(moments)]
    if len(rows) > MOST_ROWS:
        rows = [*rows[: MOST_ROWS // 2], f"  … {len(rows) - MOST_ROWS} more …", *rows[-MOST_ROWS // 2 :]]
    return "\n".join([*([_row(track)] if track else []), *rows])


def _short(text: str) -> str:
    flat = " ⏎ ".join(text.split("\n"))
    return flat if len(flat) <= LONGEST_LINE else flat[: LONGEST_LINE - 1] + "…"


def _row(track: Row) -> str:
    shown = (
        *("id", "number", "title", "state", "failure", "price", "seed", "model", "prediction_id"),
        *("message_id", "pauses", "jam_id", "set_id"),
    )
    return "  " + ", ".join(f"{name} {track[name]}" for name in shown if track.get(name) is not None)


def _end_of(world: World, records: Records, number: int) -> str:
    """What a life said last, and what was done to the world in it."""
    life = next(one for one in records.lives if one.number == number)
    began, ended = life.started, life.ended or life.started
    moments = [one for one in _of_campaign(world, records) if began - AROUND <= one[0] <= ended]
    moments += [(at or began, _of_log(number, told)) for at, told in log_lines(world.log_of(life))[-6:]]
    return "\n".join(f"  {at - world.chronicle.began:8.2f}  {_short(text)}" for at, text in sorted(moments))


def _of_track(world: World, records: Records, track: Row) -> Iterator[Moment]:
    for name in ("created_at", "started_at", "intent_at", "publish_intent_at", "finished_at", "deleted_at"):
        if track.get(name) is not None:
            yield monotonic(track[name].timestamp()), f"database   {name}"
    for entry in records.entries:
        if entry["track_id"] == track["id"]:
            yield (
                monotonic(entry["at"].timestamp()),
                f"ledger     {entry['kind']} {entry['amount']} {entry['note']}",
            )
    tasks = [one for one in records.predictions.values() if one.inputs.get("seed") == track["seed"]]
    for task in tasks:
        yield from _of_task(records, task)
    ids = {task.id for task in tasks}
    for request in world.wave.requests:
        mine = request.inputs.get("seed") == track["seed"] or any(one in request.path for one in ids)
        if mine:
            fault = f", fault {request.fault.kind}" if request.fault else ""
            yield (
                request.at,
                f"WaveSpeed  {request.method} {request.endpoint} -> {request.status or 'cut'}{fault}",
            )
    for post in records.posts:
        if track["id"] in json.dumps(post.first) or any(
            records.told_of(track) in text for _, text in post.texts
        ):
            where = f"to {post.only}" if post.only else f"in {post.channel}"
            for number, (at, text) in enumerate(post.texts):
                yield at, f"Discord    message {post.id} {where}{', edited' if number else ''}: {text}"


def _of_task(records: Records, task: Prediction) -> Iterator[Moment]:
    yield monotonic(task.created_at), f"WaveSpeed  task {task.id} made"
    yield monotonic(task.ends_at), f"WaveSpeed  task {task.id} {task.status} ({task.form}) {task.error}"
    for line in records.bill:
        if line.prediction == task.id:
            yield monotonic(line.at), f"WaveSpeed  {line.billing_type} {line.micro}"


def _of_interaction(world: World, one: Interaction) -> Iterator[Moment]:
    yield one.born, f"Discord    {one.user.name} sends {json.dumps(one.data)}"
    if one.acknowledged_after is not None:
        yield one.born + one.acknowledged_after, f"Discord    acknowledged; now {one.state}, {one.kind}"
    elif one.state == "failed":
        yield one.born + 3.0, f"Discord    failed: {one.error}"
    for request in world.discord.requests:
        if one.token in request.path:
            path = request.path.replace(one.token, "…")
            yield request.at, f"Discord    {request.method} {path} -> {request.status or 'cut'}"


def _of_campaign(world: World, records: Records) -> Iterator[Moment]:
    for happening in world.chronicle.happenings:
        yield happening.at, f"campaign   {happening.text}"
    for life in records.lives:
        yield life.started, f"bot        life {life.number} starts"
        if life.opened:
            yield life.opened, f"bot        life {life.number} is open"
        if life.asked_at:
            yield life.asked_at, f"bot        life {life.number} gets {life.asked}"
        if life.ended:
            yield life.ended, f"bot        life {life.number} ends ({life.code})"
        for since, until in life.pauses:
            yield since, f"bot        frozen for {until - since:.1f} s"
    for since, until, what in records.away:
        yield since, f"outage     {what}"
        yield until, f"outage     over: {what}"


def _of_logs(world: World, records: Records, track: Row | None) -> Iterator[Moment]:
    """Lines about the track, and all errors."""
    for life in records.lives:
        for at, told in log_lines(world.log_of(life)):
            loud = told.get("level") in ("error", "critical", "raw")
            if loud or (track is not None and track["id"] in json.dumps(told)):
                yield at or life.started, _of_log(life.number, told)


def _of_log(number: int, told: Row) -> str:
    hidden = ("event", "timestamp", "track", "exception")
    more = " ".join(f"{name}={value}" for name, value in told.items() if name not in hidden)
    reason = str(told.get("exception", "")).strip().rsplit("\n", 1)[-1]
    return f"log {number:<6} {told.get('event')} {more} {reason}"
