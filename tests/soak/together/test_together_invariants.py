"""What is broken in the records of parties and voices is found, and what is in order is not complained of."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rehearsal.discord.interactions import Interaction
from rehearsal.wavespeed.catalogue import SINGER
from rehearsal.wavespeed.predictions import Prediction
from soak.invariants import violations
from soak.records import Records
from soak.together.ears import PACKETS, Run
from soak.together.own_voices import Recording

BEGAN = datetime(2026, 11, 30, 20, 0, tzinfo=UTC)
EPOCH = BEGAN.timestamp()
GUILD, ROOM, TRACK, OWNER = 5, "6", "t" * 20, "7"
NOTE = 440.0


def calm() -> Records:
    """One party of a track that is over, and one song that was sung and is erased."""
    names = (one.name for one in fields(Records) if one.default is one.default_factory)
    nothing: dict[str, Any] = {name: [] for name in names}
    track = {"id": TRACK, "guild_id": GUILD, "channel_id": 1, "number": 1, "title": "Kite", "lyrics": "La"}
    track |= {
        "explicit": False,
        "deleted_at": None,
        "message_id": None,
        "state": "cancelled",
        "failure": None,
    }
    track |= {"member_id": int(OWNER), "voice_id": "v", "voice_url": None, "fetch_at": None, "jam_id": None}
    track |= {"prediction_id": "p", "seed": 9, "reply_token": None, "finished_at": None}
    return Records(
        **nothing
        | {
            "tracks": {TRACK: track},
            "entries": [{"track_id": TRACK, "kind": kind, "amount": 0} for kind in ("reserve", "release")],
            "parties": [a_party("a", 0, 60)],
            "party_tracks": [{"party_id": "a", "place": 0, "track_id": TRACK}],
            "pending": 0,
            "predictions": {"p": a_song()},
            "interactions": [a_press(f"rework:make:{TRACK}:350000:voice:track:x")],
            "last_start": float("inf"),
            "runs": [a_run(0, 500), a_run(400, 900)],
            "recordings": [Recording(OWNER, NOTE, offered_at=float("-inf"))],
            "notes": {"p": NOTE + 1},
        }
    )


def a_party(own_id: str, began: float, ended: float | None, because: str = "played") -> dict[str, Any]:
    """From so many seconds to so many."""
    started_at = BEGAN + timedelta(seconds=began)
    ended_at = None if ended is None else BEGAN + timedelta(seconds=ended)
    return {
        "id": own_id, "guild_id": GUILD, "started_at": started_at, "ended_at": ended_at,
        "ended_because": because,
    }  # fmt: skip


def a_run(first: int, last: int, track: str = TRACK, guild: int = GUILD) -> Run:
    began, ended = EPOCH + first / PACKETS, EPOCH + last / PACKETS
    return Run(0, "Ben", str(guild), ROOM, track, first, last, began, ended, last - first)


def a_song(own_id: str = "p", **values: Any) -> Prediction:
    given: dict[str, Any] = {"status": "deleted", "voice": "x"} | values
    return Prediction(own_id, "key", SINGER, {"lyrics": "La"}, 9, 350_000, EPOCH, EPOCH, EPOCH, **given)


def a_press(custom_id: str, user: str = OWNER) -> Interaction:
    made = copy.copy(object.__new__(Interaction))
    for name, value in {
        "id": "1", "data": {"custom_id": custom_id}, "token": "x", "state": "answered", "original": None,
        "followups": [], "born": 0.0,
    }.items():  # fmt: skip
        setattr(made, name, value)
    made.user = type("Somebody", (), {"id": user, "name": user})()  # pyright: ignore[reportAttributeAccessIssue]
    made.channel = type("Somewhere", (), {"guild_id": str(GUILD)})()  # pyright: ignore[reportAttributeAccessIssue]
    return made


def track(records: Records, **values: Any) -> Records:
    return replace(records, tracks={TRACK: {**records.tracks[TRACK], **values}})


def parties(records: Records, *more: dict[str, Any]) -> Records:
    return replace(records, parties=[*records.parties, *more])


def given(records: Records, **values: Any) -> Records:
    return replace(records, recordings=[replace(records.recordings[0], **values)])


PLANTED: list[tuple[str, Callable[[Records], Records]]] = [
    ("parties", lambda r: parties(r, a_party("b", 100, None))),
    ("parties", lambda r: parties(r, a_party("b", 50, 70))),
    ("parties", lambda r: replace(r, left_in_voice=["in a room"])),
    ("heard", lambda r: replace(r, runs=[a_run(0, 500, guild=99)])),
    ("heard", lambda r: replace(r, runs=[a_run(0, 500, track="")])),
    ("heard", lambda r: replace(r, hidden_channels=frozenset({1}))),
    ("heard", lambda r: replace(r, party_tracks=[])),
    ("heard", lambda r: track(r, explicit=True)),
    ("heard", lambda r: track(r, deleted_at=BEGAN - timedelta(seconds=60))),
    ("goes on", lambda r: replace(r, runs=[a_run(0, 900), a_run(0, 900)])),
    ("own voice", lambda r: replace(r, notes={"p": 2 * NOTE})),
    ("own voice", lambda r: given(r, member="8")),
    ("own voice", lambda r: given(r, offered_at=float("inf"))),
    ("own voice", lambda r: given(r, gone_at=float("-inf"))),
    ("own voice", lambda r: replace(given(r, gone_at=1.0), asked_at={"p": 4.0})),
    ("own voice", lambda r: replace(r, voices_off=[(float("-inf"), float("inf"))])),
    ("own voice", lambda r: replace(r, interactions=[])),
    ("own voice", lambda r: replace(r, predictions={"p": a_song(), "q": a_song("q")})),
    ("erased", lambda r: replace(r, predictions={"p": a_song(status="completed")})),
    ("erased", lambda r: replace(r, own_voices=[a_voice()])),
    ("erased", lambda r: replace(r, voice_files=["a.part"])),
    ("erased", lambda r: track(r, voice_url="https://somewhere")),
]


def a_voice() -> dict[str, Any]:
    return {"id": "w", "state": "ready", "sealed": "x", "digest": "x", "sentence": "x"}


def test_what_is_in_order_is_not_complained_of() -> None:
    moved = parties(calm(), a_party("b", 100, 130, "moved"), a_party("c", 100, 160))
    slow = replace(given(calm(), gone_at=1.0), asked_at={"p": 0.5})  # its POST was there before, and is made
    for records in (calm(), moved, slow, given(calm(), gone_at=float("inf"))):
        assert violations(records) == []


@pytest.mark.parametrize(("rule", "plant"), PLANTED)
def test_what_is_broken_is_found(rule: str, plant: Callable[[Records], Records]) -> None:
    assert rule in {one.rule for one in violations(plant(calm()))}
