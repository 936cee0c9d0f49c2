"""The rounds of a jam: from a prompt that is locked in to a track, to the next round, to the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from services.jams.jams import Jam, NotNow, Phase, Round, changed, must_lead


def began(jam: Jam, track_id: str) -> Jam:
    """The round's track was asked for. What came to nothing before is still told: who asked may not know."""
    made = Round(track_id, jam.tags, jam.sections)
    return replace(
        jam,
        phase=Phase.MAKING,
        rounds=(*jam.rounds, made),
        track_id=track_id,
        proposals=(),
        due=False,
        refused="",
        loan=None,
        lapsed=None,
    )


def refuse(jam: Jam, reason: str) -> Jam:
    """The round's track was not asked for; all else stays as it was."""
    return replace(jam, due=False, refused=reason)


def finished(jam: Jam) -> Jam:
    """The round's track is there."""
    return replace(jam, phase=Phase.ENDED if jam.ending else Phase.LISTENING)


def came_to_nothing(jam: Jam) -> Jam:
    """The round's track failed, was cancelled or withheld: its prompt is shaped again."""
    rounds = tuple(one for one in jam.rounds if one.track_id != jam.track_id)
    phase = Phase.ENDED if jam.ending else Phase.SHAPING
    failed = jam.track_id
    again = changed(replace(jam, phase=phase, rounds=rounds, track_id=None))
    return replace(again, failed=failed)


def go_on(
    jam: Jam, member_id: int, of: Round, *, moderator: bool, tags: bool, words: bool, seed: int | None
) -> Jam:
    """The lead, or a moderator, begins the next round. Raises NotTheLead, NotNow."""
    must_lead(jam, member_id, moderator=moderator)
    if jam.phase is not Phase.LISTENING:
        raise NotNow(jam.phase)
    return next_round(jam, of, tags=tags, words=words, seed=seed)


def next_round(jam: Jam, of: Round, *, tags: bool, words: bool, seed: int | None) -> Jam:
    """Starts from an earlier round: its tags, its words and its seed, each where it is kept."""
    again = changed(jam)
    return replace(
        again,
        phase=Phase.SHAPING,
        tags=of.tags if tags else (),
        sections=tuple(replace(one, earlier=()) for one in of.sections) if words else (),
        seed=seed,
        parent_id=of.track_id if tags or words or seed is not None else None,
        proposals=(),
        track_id=None,
        loan=None,
    )


def end(jam: Jam) -> Jam:
    """Ends it at once; where a track is in the making, with that track."""
    if jam.phase is Phase.MAKING:
        return replace(jam, ending=True)
    return replace(jam, phase=Phase.ENDED, due=False, proposals=(), loan=None, lapsed=None)


def winner(jam: Jam, votes: Mapping[str, int]) -> Round | None:
    """The round whose track has the most votes, of several the newest; None where there is none."""
    return max(reversed(jam.rounds), key=lambda one: votes.get(one.track_id, 0), default=None)
