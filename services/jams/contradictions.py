"""Which tags contradict each other: those that set the same thing to something else.

The rule: only what cannot both be heard. A male and a female voice can; slow and fast cannot.
"""

from __future__ import annotations

import re

from services.text.characters import plain_letters

# Each line is one thing, and between its bars stands what it can be set to.
_THINGS = """
slow, slow tempo, downtempo, ballad | fast, fast tempo, uptempo, high tempo
sad, melancholic, melancholy, gloomy, sombre, somber, mournful | happy, cheerful, joyful, upbeat, uplifting
quiet, soft, gentle, calm, mellow, peaceful | loud, aggressive, heavy, noisy, furious
acoustic, unplugged | electronic, electro, synthetic
minor, minor key | major, major key
lo-fi, lofi, lo fi | hi-fi, hifi, hi fi, polished
dark | bright
instrumental, no vocals, without vocals, no voice
"""
_SETTINGS = {
    word.strip(): (number, side)
    for number, line in enumerate(_THINGS.strip().splitlines())
    for side, words in enumerate(line.split("|"))
    for word in words.split(",")
}
_NO_VOICE = _SETTINGS["instrumental"]
_VOICE = re.compile(r"\b(vocals?|voices?|singers?|singing|rap|rapper|choir|duet|a cappella|acappella)\b")
_TEMPO = re.compile(r"\b(\d{2,3})\s*bpm\b")
_KEY = re.compile(r"\b(?:in\s+|key of\s+)?([a-g](?:\s?(?:sharp|flat)|#|b)?)\s*(major|minor|maj|min)\b")


def contradict(one: str, other: str) -> bool:
    """Whether both tags cannot hold of the same track."""
    first, second = _set_by(one), _set_by(other)
    return any(second.get(thing, value) != value for thing, value in first.items())


def _set_by(tag: str) -> dict[str, str]:
    """What the tag sets, and to what."""
    text = " ".join(plain_letters(tag).split())
    found: dict[str, str] = {}
    if (known := _SETTINGS.get(text)) is not None:
        thing, side = known
        found["voice" if known == _NO_VOICE else str(thing)] = str(side)
    elif _VOICE.search(text):
        found["voice"] = "sung"
    if tempo := _TEMPO.search(text):
        found["tempo"] = str(int(tempo[1]))
    if key := _KEY.search(text):
        found["key"] = f"{key[1].replace(' ', '')} {key[2][:3]}"
    return found
