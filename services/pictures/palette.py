"""Colours of a track's pictures. The rule: the same seed gives the same ones."""

from __future__ import annotations

import colorsys
from collections.abc import Iterable

Colour = tuple[int, int, int]

GOLDEN = 0.618033988749895  # seeds that follow each other get hues that are far apart
SATURATION = 0.72


def hue(seed: int) -> float:
    """The seed's hue, in [0, 1)."""
    return seed * GOLDEN % 1.0


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """Each in [0, 1]; the hue may be beyond."""
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def ground_of(hue: float) -> Colour:
    """What a track's card and waveform are drawn on: dark, so that they are the same on any of Discord's."""
    return hsv(hue, 0.40, 0.15)


def section_colours(names: Iterable[str], hue: float) -> dict[str, Colour]:
    """One colour for each name, all of about the same brightness, the first one the track's own.

    names: of a track's sections; where there are none, "" has one.
    """
    different = dict.fromkeys(names) or {"": None}
    return {name: ink(hue + 0.17 * place, 0.36 + 0.08 * (place % 2)) for place, name in enumerate(different)}


def ink(hue: float, luminance: float) -> Colour:
    """The colour of that hue with that relative luminance (WCAG 2): however blue or yellow, as bright."""
    low, high = 0.0, 1.0
    red = green = blue = 0.0
    for _ in range(12):
        lightness = (low + high) / 2
        red, green, blue = colorsys.hls_to_rgb(hue % 1.0, lightness, SATURATION)
        darker = 0.2126 * _linear(red) + 0.7152 * _linear(green) + 0.0722 * _linear(blue) < luminance
        low, high = (lightness, high) if darker else (low, lightness)
    return round(red * 255), round(green * 255), round(blue * 255)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
