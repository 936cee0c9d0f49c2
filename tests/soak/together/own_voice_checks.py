"""What must hold of songs that are sung with members' own voices, and of their recordings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rehearsal.discord.interactions import Interaction
from rehearsal.wavespeed.predictions import Prediction
from soak.records import Records, Row, monotonic
from soak.together.own_voices import Recording
from soak.together.tunes import HEARD_WITHIN
from soak.violation import Check, Violation

AT_MOST_AFTER = 2.0  # seconds in which a POST that was on its way may still arrive


def a_song_is_sung_with_its_owners_voice(records: Records) -> Iterator[Violation]:
    """Who gave it, said yes to the song, and had not taken it back as it was asked for; nor moderators."""
    for song in records.songs:
        track = next((one for one in records.tracks.values() if one["prediction_id"] == song.id), None)
        own_id = track["id"] if track else None
        voice = _whose(records, records.notes.get(song.id, 0.0))
        at = records.asked_at.get(song.id, monotonic(song.created_at))
        if voice is None:
            yield Violation("own voice", f"{song.id} is sung with a voice that nobody gave", own_id)
            continue
        if track is not None and not _confirmed(records, track, voice.member):
            text = f"{records.told_of(track)} is sung with the voice of {voice.member}, who did not say yes"
            yield Violation("own voice", text, own_id)
        if at < voice.offered_at:
            yield Violation("own voice", f"{song.id} is sung with what was given later", own_id)
        late = at - (voice.gone_at or at)
        if late > AT_MOST_AFTER and not _frozen(records, at):
            yield Violation("own voice", f"{song.id} was asked for {late:.1f} s after it was erased", own_id)
        for since, until in records.voices_off:
            if since + AT_MOST_AFTER < at < until and not _frozen(records, at):
                yield Violation("own voice", f"{song.id} was asked for while it was switched off", own_id)


def _whose(records: Records, note: float) -> Recording | None:
    return next((one for one in records.recordings if abs(one.note - note) < HEARD_WITHIN), None)


def _confirmed(records: Records, track: Row, member: str) -> bool:
    return any(one.user.id == member for one in _presses(records, track))


def _presses(records: Records, track: Row) -> Iterator[Interaction]:
    """Those by which somebody said yes to it."""
    begins = f"rework:make:{track['id']}:", f"jam:lent:{track['jam_id']}:"
    for one in records.interactions:
        said_yes = str(one.data.get("custom_id")).startswith(begins)
        if said_yes or (one.token == track.get("reply_token") and track["jam_id"] is None):
            yield one


def nothing_costs_more_than_was_confirmed(records: Records) -> Iterator[Violation]:
    billed = records.billed()
    for track in records.tracks.values():
        if track["voice_id"] is None or track["prediction_id"] is None:
            continue
        shown = [
            int(custom_id.split(":")[3 if custom_id.startswith("rework:make:") else 4])
            for one in _presses(records, track)
            if (custom_id := str(one.data.get("custom_id"))).startswith(("rework:make:", "jam:lent:"))
        ]
        cost = billed[track["prediction_id"]]
        if shown and cost > max(shown):
            text = f"{records.told_of(track)} was billed {cost}, and {max(shown)} was shown"
            yield Violation("own voice", text, track["id"])


def no_song_is_made_twice(records: Records) -> Iterator[Violation]:
    """As many tasks of the same words as tracks that asked for them; a deleted one may be asked for anew."""
    asked = Counter(one["lyrics"] for one in records.tracks.values() if one["voice_id"] is not None)
    erased = any(one["member_id"] < 0 for one in records.tracks.values())
    made = Counter(song.inputs["lyrics"] for song in records.songs if song.fate != "deleted")
    for words, count in made.items():
        if count > max(1, asked[words]) or (not asked[words] and not erased):
            yield Violation("own voice", f"{count} songs of {asked[words]} tracks were made of: {words[:60]}")


def nothing_is_kept_of_what_is_erased(records: Records) -> Iterator[Violation]:
    """In the end everybody has taken theirs back: no row, no file, no address, no song at the provider."""
    waits = {one["voice_id"] for one in records.tracks.values() if one["voice_id"] and one["fetch_at"]}
    for voice in records.own_voices:
        if voice["id"] not in waits or voice["sealed"] or voice["digest"] or voice["sentence"]:
            yield Violation("erased", f"a voice is kept: {voice['state']} {voice['id']}")
    for name in records.voice_files:
        yield Violation("erased", f"a file is kept: {name}")
    kept = {one["id"] for one in records.own_voices}
    for track in records.tracks.values():
        if track["voice_id"] and track["voice_id"] not in kept and track["voice_url"]:
            yield Violation("erased", "the address of a recording is kept", track["id"])
    owned = {one["prediction_id"]: one for one in records.tracks.values()}
    for song in records.songs:
        if _is_kept(song) and song.id in owned and owned[song.id]["voice_id"] not in kept:
            yield Violation("erased", f"the provider has the song {song.id}", owned[song.id]["id"])


def _is_kept(song: Prediction) -> bool:
    return song.status == "completed"


def _frozen(records: Records, at: float) -> bool:
    return any(since <= at <= until + 1 for life in records.lives for since, until in life.pauses)


OWN_VOICE_CHECKS: tuple[Check, ...] = (
    a_song_is_sung_with_its_owners_voice,
    nothing_costs_more_than_was_confirmed,
    no_song_is_made_twice,
    nothing_is_kept_of_what_is_erased,
)
