"""How a piece came about, written down as text: enough to have its score again."""

from __future__ import annotations

import json

from rehearsal.music.reworks.restyling import restyled, resung
from rehearsal.music.take import Take, composed


def composition(tags: str, lyrics: str, duration: float, seed: int, version: str) -> str:
    """The origin of a piece that was composed."""
    return json.dumps([tags, lyrics, duration, seed, version])


def rework(origin: str, mode: str, tags: str, lyrics: str, seed: int) -> str:
    """The origin of a piece that was made from another with a known origin; `mode` is remix or lyrics."""
    return json.dumps({"of": origin, "mode": mode, "tags": tags, "lyrics": lyrics, "seed": seed})


def take_of(origin: str) -> Take:
    """The piece, ready to be played."""
    told = json.loads(origin)
    if isinstance(told, list):
        return composed(*told)
    take = take_of(told["of"])
    if told["mode"] == "remix":
        return restyled(take, told["tags"], told["lyrics"], told["seed"])
    return resung(take, told["lyrics"], told["seed"])
