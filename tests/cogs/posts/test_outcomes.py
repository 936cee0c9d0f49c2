"""What is said of a track that came to nothing: each cause has its sentence, for its maker and its host."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from cogs.texts.outcomes import failure_sentence, host_sentence, why_withheld, withheld_sentence
from services.delivery import TrackUnworkable
from services.tracks.track import Failure, State, Track, WithheldBecause
from services.workers.pool import TookTooLong, WorkerDied


def failed(failure: Failure) -> Track:
    values: dict[str, Any] = {field.name: None for field in fields(Track)}
    told = {
        "number": 12,
        "title": "Porch Light",
        "guild_name": "The *Porch*",
        "price": 12_000,
        "credited": (),
    }
    return Track(**{**values, **told, "state": State.FAILED, "failure": failure, "prediction_id": "p-1"})


@pytest.mark.parametrize("failure", Failure)
def test_every_failure_says_what_happened_what_it_cost_and_what_to_do(failure: Failure) -> None:
    said = failure_sentence(failed(failure))
    assert said.startswith("**#12")
    assert "could not be made: " in said
    assert "$0.012" in said
    assert "`/library track 12` still has your tags and lyrics" in said


@pytest.mark.parametrize("failure", [Failure.BAD_KEY, Failure.NOT_PAID])
def test_who_gave_the_key_is_to_be_told_of_it(failure: Failure) -> None:
    assert "tell whoever hosts me" in failure_sentence(failed(failure))
    said = failure_sentence(replace(failed(failure), key_id=3))
    assert "tell a moderator" in said
    assert "hosts me" not in said


def test_the_host_hears_which_track_ended_its_workers_and_how() -> None:
    track = failed(Failure.UNWORKABLE)
    said = host_sentence(TrackUnworkable(track, WorkerDied("SIGABRT")))
    assert "was not done after 90 s" in host_sentence(TrackUnworkable(track, TookTooLong(90.0)))
    for words in (
        "#12",
        "two attempts",
        "SIGABRT",
        "Its maker was told",
        "$0.012",
        "`p-1`",
        r"The \*Porch\*",
    ):
        assert words in said
    assert track.title not in said, "its channel may not be the host's to see, and this is logged"
    assert "Whoever hosts me has been told" in failure_sentence(track)


def withheld(because: str | None) -> Track:
    return replace(failed(Failure.BUSY), state=State.WITHHELD, failure=None, withheld_because=because)


@pytest.mark.parametrize("because", WithheldBecause)
def test_why_the_bot_itself_withholds_a_track_is_said(because: WithheldBecause) -> None:
    said = withheld_sentence(withheld(str(because)))
    assert "is finished, but it is withheld: " in said
    assert f": {because}. " not in said


def test_what_an_older_version_kept_in_words_is_still_read() -> None:
    assert why_withheld(withheld("its audio is no longer kept")) == "its audio is no longer kept"
    assert why_withheld(withheld(None)) == "it is marked explicit"
