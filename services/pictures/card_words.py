"""What a track's card says, in words: its alt text, for those who hear a picture instead of seeing it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from services.audio.credits import Credits, FileWords, clock
from services.audio.loudness import SILENCE, Loudness
from services.audio.sections import PART, Section, section_at
from services.pictures.card_file import LONGEST

FOR_A_RANGE = 80  # of them, left to what is said of a marked range
SOFT = 6.0  # LU below the whole from which a beginning is quiet, and an end fades
EDGE = 0.04  # of the track, its beginning and its end
STRETCHES = 8  # whose levels are told where there are no sections to tell them of
SHOWN_TAGS = 60  # characters; about as many as the picture shows
MOST_NAMED = 3  # sections within a range; of more is said how many they are


def described(loudness: Loudness, sections: Sequence[Section], label: Credits) -> str:
    """Everything that the card shows, in at most LONGEST - FOR_A_RANGE characters."""
    most, words = LONGEST - FOR_A_RANGE, label.words
    card = words.card_of_track if label.number else words.card_of_file
    named = card.format(
        name=label.name,
        maker=label.maker,
        number=label.number,
        length=clock(loudness.seconds),
        singer=label.singer,
    )
    text = ""
    for levels, tags in ((True, label.tags), (False, label.tags), (False, label.tags[:SHOWN_TAGS])):
        told = [named, *_loudness(loudness, sections, words)]
        if sections:
            told.append(told_sections(loudness, sections, words, levels=levels))
        if label.number:
            told.append(words.tags_and_seed.format(tags=tags, seed=label.seed))
        text = " ".join(told)
        if len(text) <= most:
            break
    return cut_to(text, most)


def cut_to(text: str, most: int = LONGEST) -> str:
    """The text as Discord takes it with a picture."""
    text = text.replace("\0", "").encode("utf-8", "replace").decode()
    return text if len(text) <= most else text[: most - 1] + "…"


def marked_words(card: str, sections: Sequence[Section], start: float, end: float, words: FileWords) -> str:
    """A card's alt text with what is marked on it told first."""
    within = [section_name(one, words) for one in sections if one.start < end and one.end > start]
    pattern = words.marked_within if 0 < len(within) <= MOST_NAMED else words.marked_across
    told = pattern.format(
        start=clock(start), end=clock(end), sections=", ".join(within), count=len(within), card=card
    )
    return told[:LONGEST]


def section_sign(section: Section, words: FileWords) -> str:
    """What stands for the section where there is little room."""
    if section.name.startswith(PART):
        return section.name.removeprefix(PART)
    return words.section_signs.get(section.name, section_name(section, words))


def section_name(section: Section, words: FileWords) -> str:
    """How the section is called."""
    if section.name.startswith(PART):
        return words.part.format(letter=section.name.removeprefix(PART))
    return words.section_names.get(section.name, section.name)


def _loudness(loudness: Loudness, sections: Sequence[Section], words: FileWords) -> list[str]:
    if loudness.integrated is None:
        return [words.silent]
    loudest = int(np.argmax(loudness.momentary))
    moment = loudest / len(loudness.momentary) * loudness.seconds
    within = section_at(sections, moment)
    course = [
        (words.loudness_within if within else words.loudness).format(
            overall=_level(loudness.integrated, words),
            most=_level(float(loudness.momentary[loudest]), words),
            moment=clock(moment),
            section=section_name(within, words) if within else "",
        )
    ]
    edge = loudness.seconds * EDGE
    begins = loudness.level(0, edge) < loudness.integrated - SOFT
    ends = loudness.level(loudness.seconds - edge, loudness.seconds) < loudness.integrated - SOFT
    if begins or ends:
        both = words.begins_quietly_and_fades_out
        course.append(both if begins and ends else words.begins_quietly if begins else words.fades_out)
    if len(sections) < 2:
        marks = np.linspace(0, loudness.seconds, STRETCHES + 1)
        levels = [_level(loudness.level(a, b), words) for a, b in pairwise(marks)]
        course.append(words.eighths.format(levels=", ".join(levels)))
    return course


def told_sections(loudness: Loudness, sections: Sequence[Section], words: FileWords, *, levels: bool) -> str:
    """The sections in a sentence; levels: with how loud each is."""
    all_of_them, each = (
        (words.sections_with_levels, words.section_with_level) if levels else (words.sections, words.section)
    )
    told = [
        each.format(
            name=section_name(one, words),
            start=clock(one.start),
            level=_level(loudness.level(one.start, one.end), words),
        )
        for one in sections
    ]
    return all_of_them.format(sections=", ".join(told))


def _level(level: float, words: FileWords) -> str:
    return words.silence if level <= SILENCE else f"{level:.0f}".replace("-", "−")
