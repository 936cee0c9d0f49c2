"""What is told of a track within its files: the MP3's tags, the words on its pictures.

The rule: the words come in with the track's values, as patterns, because a file is made in a worker process,
and only there is known how it sounds. `cogs.texts.files` has them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class FileWords:
    """All that is read in a track's files and is not the track's own: patterns with {places} for its values.

    section_names, section_signs: by `Section.name`; a sign stands where the name is too wide. What is not
    among them is called as the lyrics call it. A section that its sound alone tells has a letter for a name.
    """

    untitled: str  # {number}
    # on the pictures
    maker_on_card: str  # {maker}, {number}, {singer}
    maker_on_cover: str  # {maker}, {guild}, {number}
    facts: str  # {length}, {level}
    level: str  # {level}
    no_level: str
    unit: str
    estimated: str
    seed: str  # {seed}
    section_names: Mapping[str, str]
    section_signs: Mapping[str, str]
    part: str  # {letter}
    range: str  # {start}, {end}
    # beside the card, for those who hear it instead of seeing it
    card_of_track: str  # {name}, {maker}, {number}, {length}, {singer}
    card_of_file: str  # {name}, {length}
    loudness: str  # {overall}, {most}, {moment}
    loudness_within: str  # {overall}, {most}, {moment}, {section}
    silent: str
    silence: str
    begins_quietly: str
    fades_out: str
    begins_quietly_and_fades_out: str
    eighths: str  # {levels}
    sections: str  # {sections}, each as the next line says
    section: str  # {name}, {start}
    sections_with_levels: str
    section_with_level: str  # {name}, {start}, {level}
    tags_and_seed: str  # {tags}, {seed}
    marked_within: str  # {start}, {end}, {sections}, {card}
    marked_across: str  # {start}, {end}, {count}, {card}
    # beside the waveform
    waveform_of_track: str  # {name}, {maker}, {number}, {length}
    # in the MP3's tags
    cover: str
    waveform: str
    chapters: str


@dataclass(frozen=True, slots=True)
class Credits:
    """Plain values, as the track has them; `title` may be empty. number: 0 for what is no track.

    singer: who lent their voice to it, where somebody did.
    """

    title: str
    maker: str
    tags: str
    lyrics: str
    seed: int
    number: int
    guild: str
    created: datetime
    comment: str
    words: FileWords
    singer: str = ""

    @property
    def name(self) -> str:
        """The title, or what stands for one."""
        return self.title or self.untitled

    @property
    def untitled(self) -> str:
        """What stands for a title, also for one that no font can write."""
        return self.words.untitled.format(number=self.number)


@dataclass(frozen=True, slots=True)
class AlbumLabel:
    """What an album says of one of its tracks. number: on it, of so many. cover: a JPEG; named: its name."""

    album: str
    number: int
    count: int
    cover: bytes
    named: str


def clock(seconds: float) -> str:
    """A moment or a length: 1:05."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
