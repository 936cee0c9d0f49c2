"""What the stand-ins and the database say when a campaign is over, as plain values for the checks.

The rule: nothing here comes from the bot's memory or its words about itself, but for what it wrote down.
"""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from mutagen.id3 import ID3

from rehearsal.discord.interactions import Interaction
from rehearsal.discord.server import Request
from rehearsal.wavespeed.accounts import Entry
from rehearsal.wavespeed.catalogue import SINGER
from rehearsal.wavespeed.predictions import Prediction
from services.storage import tables
from soak.chronicle import Post
from soak.together.ears import Run
from soak.together.own_voices import Recording
from soak.together.tunes import note_of

if TYPE_CHECKING:
    from soak.limits import Passed
    from soak.process import Life
    from soak.world import World

EPOCH = time.time() - time.monotonic()  # what a moment since 1970 has more than one by time.monotonic()
Row = Mapping[str, Any]
TABLES = (
    *("tracks", "entries", "sums", "postings", "notices", "jams", "own_files"),
    *("contests", "contest_entries", "contest_votes", "relays", "kept_messages"),
    *("parties", "party_tracks", "own_voices"),
)
MALFORMED = (50006, 50035, 50109)  # an empty message, an invalid form, no JSON (Discord: JSON Error Codes)


def monotonic(epoch: float) -> float:
    """A moment in seconds since 1970, by time.monotonic()."""
    return epoch - EPOCH


@dataclass
class Records:
    """Rows by column; money in micro-dollars; moments by time.monotonic() where nothing else is said."""

    tracks: dict[str, Row]
    entries: Sequence[Row]
    sums: Sequence[Row]
    postings: Sequence[Row]
    notices: Sequence[Row]
    jams: Sequence[Row]
    contests: Sequence[Row]
    contest_entries: Sequence[Row]
    contest_votes: Sequence[Row]
    relays: Sequence[Row]
    kept_messages: Sequence[Row]
    parties: Sequence[Row]
    party_tracks: Sequence[Row]
    own_voices: Sequence[Row]
    own_files: Sequence[Row]
    pending: int
    predictions: Mapping[str, Prediction]
    bill: Sequence[Entry]
    posts: Sequence[Post]
    interactions: Sequence[Interaction]
    lives: Sequence[Life]
    passed: Sequence[Passed]
    last_start: float
    """When the bot was started for the last time, after all had ended: it has nothing more to say."""
    left_behind: Mapping[int, Sequence[str]] = field(default_factory=dict[int, Sequence[str]])
    away: Sequence[tuple[float, float, str]] = ()
    cut_off: Sequence[tuple[float, float]] = ()
    """When the gateway was cut, with the time that it takes to come back."""
    callbacks: Sequence[Request] = ()
    malformed: Sequence[Request] = ()
    """Requests of which Discord said that their body is not in order."""
    trapped: Sequence[str] = ()
    """What came where nobody may go."""
    heard: dict[str, str] = field(default_factory=dict[str, str])
    """Of each public post with an MP3: the comment in the file."""
    clusters: int = 1
    runs: Sequence[Run] = ()
    """What was heard in voice."""
    left_in_voice: Sequence[str] = ()
    hidden_channels: frozenset[int] = frozenset()
    """Ids of those that not everybody sees."""
    recordings: Sequence[Recording] = ()
    voices_off: Sequence[tuple[float, float]] = ()
    notes: dict[str, float] = field(default_factory=dict[str, float])
    """By prediction: the note of the voice with which it is sung, in Hz."""
    asked_at: dict[str, float] = field(default_factory=dict[str, float])
    """By prediction that is sung with a voice: when its POST arrived; one that is slow is made later."""
    voice_files: Sequence[str] = ()

    @property
    def songs(self) -> list[Prediction]:
        """What was sung with a voice."""
        return [one for one in self.predictions.values() if one.model == SINGER]

    def cluster_of(self, one: Interaction) -> int:
        """Which of several bots was asked."""
        return (int(one.channel.guild_id or 0) >> 22) % self.clusters

    def told_of(self, track: Row) -> str:
        """How sentences call the track: #12 “Porch Light”."""
        return f"#{track['number']} “{track['title'] or 'Untitled'}”"

    def asked_by(self, track: Row) -> Interaction | None:
        """The interaction that asked for it."""
        token = track.get("reply_token")
        return next((one for one in self.interactions if token and one.token == token), None)

    def ended_at(self, track: Row) -> float | None:
        """When the track was over."""
        return monotonic(track["finished_at"].timestamp()) if track["finished_at"] else None

    def line_was_cut(self, one: Interaction) -> bool:
        """Whether the command cannot have come to the bot, or its acknowledgement to Discord, in time."""
        if any(since - 1 <= one.born <= until for since, until in self.cut_off):
            return True
        tries = [request for request in self.callbacks if f"/{one.id}/" in request.path]
        return any(request.status is None or request.status >= 400 for request in tries)

    def was_away(self, begin: float, end: float) -> bool:
        return any(since <= end and until >= begin for since, until, _ in self.away)

    def taken_back(self, track: Row) -> bool:
        """Whether the track is as if it had not been asked for, because its member was not told of it.

        It is cancelled and deleted, its reservation was released for that reason, it was never begun, and the
        provider has no task for it, nor a bill.
        """
        gone = track["state"] == "cancelled" and track["deleted_at"] is not None
        begun = track["started_at"] or track["intent_at"] or track["prediction_id"]
        own = [(one["kind"], one["note"]) for one in self.entries if one["track_id"] == track["id"]]
        released = own[1:] == [("release", "not acknowledged")]
        others = {one["prediction_id"] for one in self.tracks.values()}
        tasks = [one for one in self.predictions.values() if one.inputs.get("seed") == track["seed"]]
        return gone and not begun and released and all(one.id in others for one in tasks)

    def spent(self) -> Counter[str]:
        """By track: what the ledger says that it cost."""
        found: Counter[str] = Counter()
        for entry in self.entries:
            if entry["kind"] in ("spend", "correct", "round"):
                found[entry["track_id"]] += entry["amount"]
        return found

    def billed(self) -> Counter[str]:
        """By prediction: what the provider took and did not give back."""
        found: Counter[str] = Counter()
        for line in self.bill:
            found[line.prediction] += line.micro if line.billing_type == "deduct" else -line.micro
        return found


async def read(
    world: World, passed: Sequence[Passed], last_start: float, left_in_voice: Sequence[str] = ()
) -> Records:
    """Everything, after the bots have ended."""
    rows: dict[str, list[Row]] = {}
    async with world.database.witness.read() as connection:
        for name in TABLES:
            table: sa.Table = getattr(tables, name)
            rows[name] = [dict(row._mapping) for row in await connection.execute(sa.select(table))]
    posts = list(world.chronicle.posts.values())
    return Records(
        tracks={row["id"]: row for row in rows.pop("tracks")},
        **rows,
        pending=await world.database.pending(),
        predictions=world.wave.predictions,
        bill=world.wave.bill,
        posts=posts,
        interactions=list(world.discord.interactions.all.values()),
        lives=world.lives,
        passed=passed,
        last_start=last_start,
        left_behind=world.left_behind(),
        away=[*world.database.away, *world.disk.away],
        cut_off=world.chronicle.cut_off,
        callbacks=[one for one in world.discord.requests if one.template.endswith("/callback")],
        malformed=[one for one in world.discord.requests if _code(one) in MALFORMED],
        trapped=list(world.wave.trap.caught),
        heard={post.id: comment for post in posts if (comment := _comment(world, post)) is not None},
        clusters=len(world.bots),
        runs=await asyncio.to_thread(lambda: list(world.ears.runs())),
        left_in_voice=left_in_voice,
        hidden_channels=frozenset({int(world.backstage.channel["id"])} if world.backstage else ()),
        recordings=world.consents.recordings,
        voices_off=world.consents.off,
        notes=await asyncio.to_thread(_notes, world),
        asked_at=_asked_at(world),
        voice_files=[one.name for one in (world.disk.folder / "voices").rglob("*") if one.is_file()],
    )


def _notes(world: World) -> dict[str, float]:
    folder = world.wave.sources.folder
    there = [one for one in world.wave.predictions.values() if one.voice]
    return {one.id: note_of(folder / one.voice) for one in there}


def _asked_at(world: World) -> dict[str, float]:
    submits = [one for one in world.wave.requests if one.endpoint == "submit"]
    found: dict[str, float] = {}
    for song in world.wave.predictions.values():
        made = monotonic(song.created_at)
        for one in submits if song.voice else ():
            if one.at <= made and one.json and one.json.items() <= song.inputs.items():
                found[song.id] = one.at  # the last of them
    return found


def _code(request: Request) -> int:
    """Discord's error code; 0 for none."""
    return request.answer.get("code", 0) if isinstance(request.answer, dict) else 0


def _comment(world: World, post: Post) -> str | None:
    """What is written into the MP3 of a message; "" where it cannot be read; None where there is none."""
    mp3 = next((one for one in post.first["attachments"] if one["filename"].endswith(".mp3")), None)
    if post.only is not None or mp3 is None:
        return None
    path = world.discord.attachments._path(post.channel, mp3["id"], mp3["filename"])
    try:
        found = ID3(io.BytesIO(path.read_bytes())).getall("COMM") if path else []
    except Exception:  # noqa: BLE001  (whatever mutagen raises: it is not what we sent)
        return ""
    return " ".join(str(one) for one in found)


def log_lines(file: Path) -> list[tuple[float, dict[str, Any]]]:
    """A life's log in JSON, with moments by time.monotonic(); what is no JSON is its `event`."""
    lines: list[tuple[float, dict[str, Any]]] = []
    at = 0.0
    for raw in file.read_text(errors="replace").splitlines():
        try:
            told = json.loads(raw)
            at = monotonic(_moment(told["timestamp"]))
        except (ValueError, KeyError, TypeError):
            told = {"event": raw, "level": "raw"}
        lines.append((at, told))
    return lines


def _moment(timestamp: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(timestamp).timestamp()
