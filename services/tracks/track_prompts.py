"""What a track was asked for with: to ask for it once more, or to rework it."""

from __future__ import annotations

from collections.abc import Sequence

from services.prompts.models import model_of
from services.prompts.prompt import Prompt, parse_prompt
from services.prompts.rework_prompt import Source
from services.tracks.request_refusals import ComesOutTheSame
from services.tracks.track import Track


def prompt_of(track: Track) -> Prompt:
    """What the track was asked for with, but its seed: to ask for it once more. Raises PromptError."""
    if track.rework is not None:
        model = model_of(track.model)
        texts = (track.tags, track.lyrics, track.duration, None, track.title)
        return Prompt(*texts, model=model, rework=track.rework)
    return parse_prompt(
        tags=track.tags,
        lyrics=track.lyrics,
        duration=track.duration,
        title=track.title,
        idea=track.idea,
        model="" if track.idea else track.model,
    )


def comes_out_like(prompt: Prompt, track: Track) -> bool:
    """Whether the prompt, with its seed, would give the track again: the model has nothing else to go by."""
    asked = (prompt.model.id, prompt.tags, prompt.lyrics, prompt.idea, prompt.duration, prompt.rework)
    made = (track.model, track.tags, track.lyrics, track.idea, track.duration, track.rework)
    return (*asked, prompt.seed) == (*made, track.seed)


def check_unlike(prompt: Prompt, others: Sequence[Track]) -> None:
    """Raises ComesOutTheSame where the prompt would give one of the tracks again."""
    for track in others:
        if comes_out_like(prompt, track):
            raise ComesOutTheSame(track)


def sound_of(track: Track) -> Source:
    """The track's own sound, as what is to be reworked."""
    return Source(track.seconds or track.duration, track.title, track.tags, track.sound, track.words)
