"""What a jam's recap says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from cogs.texts.formatting import about, link, named, plain, shortened
from cogs.texts.jams.panel import LONGEST_TITLE, called, came_to_nothing
from cogs.texts.translation import Text, _, plural
from services.jams.jams import Jam, lines_written
from services.jams.rounds import winner
from services.jams.storage import Session
from services.tracks.track import Track

LONGEST_MISSING = 100  # characters
WORDS_BY_ROUND = Text("Words by round")
NO_TRACK = Text("No track came of it.")
_WINNER = Text("the winner")


def missing(gone: Sequence[Track], explicit: Sequence[Track], *, too_large: bool) -> str:
    """Which MP3s are not in the recap, and why; nothing where all are. explicit: what everybody may not hear;
    too_large: all of them together.
    """
    lines: list[str] = []
    if too_large:
        lines.append(_("-# All MP3s together are too large a file for this server; they are linked above."))
    if gone:
        numbers = ", ".join(f"#{track.number}" for track in gone)
        lines.append(
            shortened(_("-# No longer kept: the audio of {numbers}.", numbers=numbers), LONGEST_MISSING)
        )
    if explicit:
        numbers = ", ".join(f"#{track.number}" for track in explicit)
        lines.append(
            shortened(
                _("-# Explicit, and this channel is not age-restricted: {numbers}.", numbers=numbers),
                LONGEST_MISSING,
            )
        )
    return "\n".join(lines)


def over(session: Session, idle: timedelta, failed: Track | None) -> str:
    """That the jam is over, and who ended it. idle: after how long it ends by itself.

    failed: the track that it was to end with, where that came to nothing.
    """
    lines = [_("## The jam {jam} is over", jam=called(session.jam)), _ended(session, idle)]
    return "\n".join(lines if failed is None else [*lines, came_to_nothing(failed)])


def _ended(session: Session, idle: timedelta) -> str:
    if session.ended_by is None:
        waited = about(idle.total_seconds())
        return _("Nobody did anything for {waited}, so it ended by itself.", waited=waited)
    if session.ended_by < 0:
        return _("Its lead ended it.")
    return _("<@{member}> ended it.", member=session.ended_by)


def rounds(jam: Jam, tracks: Mapping[str, Track], votes: Mapping[str, int]) -> str:
    """The tracks that came of the jam, with their votes; of many, the last ones."""
    there = [(number, one) for number, one in enumerate(jam.rounds, 1) if one.track_id in tracks]
    if not there:
        return str(NO_TRACK)
    best = winner(jam, votes) if any(votes.values()) else None
    lines = [_("**Rounds**")]
    for number, one in there[-12:]:
        track = tracks[one.track_id]
        won = f" ★ **{_WINNER}**" if one is best else ""
        name, address = named(track, LONGEST_TITLE), link(track) or ""
        lines.append(f"{number}. {name} · ♥ {votes.get(track.id, 0)} {address}{won}")
    return "\n".join(lines)


def who_wrote_what(jam: Jam) -> str:
    """Of all rounds that were made: whose lines and whose tags."""
    lines = lines_written(jam.rounds)
    tags: dict[int, dict[str, None]] = {}
    for one in jam.rounds:
        for tag in one.tags:
            tags.setdefault(tag.by, {})[tag.text] = None
    wrote_what: list[str] = []
    silent: list[str] = []
    for person in jam.participants:
        if person.id < 0:
            continue
        count = lines.get(person.id, 0)
        own = plain(", ".join(tags.get(person.id, {})))
        wrote = [plural(count, "{count} line", "{count} lines")] if count else []
        wrote += [_("tags: {tags}", tags=own)] if own else []
        if wrote:
            wrote_what.append(f"- <@{person.id}>: {'; '.join(wrote)}")
        else:
            silent.append(f"<@{person.id}>")
    if silent and jam.rounds:
        wrote_what.append(_("- also in: {members}", members=", ".join(silent[:25])))
    return "\n".join([_("**Who wrote what**"), *wrote_what]) if wrote_what else ""
