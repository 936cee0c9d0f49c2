"""What stands at each section of a picture of a track: its name where there is room, else a sign for it."""

from __future__ import annotations

from collections.abc import Sequence

from services.audio.credits import FileWords
from services.audio.sections import PART, Section
from services.pictures import lettering
from services.pictures.card_words import section_name, section_sign
from services.pictures.lettering import Line


def section_labels(
    sections: Sequence[Section], words: FileWords, letters: int, scale: float, spare: float
) -> list[Line | None]:
    """The label of each, in bold; None where even its sign has no room.

    letters: pixels high. scale: pixels of a second. spare: pixels that a name leaves free, a sign half of
    them. Sections of one name are labelled alike: where one of them is too short, all have the sign.
    """
    full = {one.name: lettering.line(section_name(one, words), letters, bold=True) for one in sections}
    room = [(one.end - one.start) * scale for one in sections]
    cramped = {
        one.name for one, width in zip(sections, room, strict=True) if full[one.name].width > width - spare
    }
    labels: list[Line | None] = []
    for one, width in zip(sections, room, strict=True):
        label = full[one.name]
        if one.name in cramped or one.name.startswith(PART):
            label = lettering.line(section_sign(one, words), letters, bold=True)
        labels.append(label if label.width <= width - spare / 2 else None)
    return labels
