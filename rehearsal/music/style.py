"""Tags to a style: the first genre leads, instruments take their places, moods bend tempo and mode."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from rehearsal.music.chance import Chance, number_of
from rehearsal.music.genres import ALIASES, GENRES, Style

BPM = re.compile(r"\b(\d{2,3}(?:\.\d+)?)\s*bpm\b|\bbpm\W{0,2}(\d{2,3}(?:\.\d+)?)\b")
KEY = re.compile(r"\b([a-g])(#|♯|b|♭|[ -]sharp|[ -]flat)?[ -](?:major|minor|maj|min)\b")
PITCH_CLASSES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
SLOWEST, FASTEST = 40.0, 220.0  # beats a minute that a tag may ask for

PLACES: dict[str, dict[str, str]] = {
    "piano": {"comp": "piano"}, "grand piano": {"comp": "piano"}, "keys": {"comp": "electric piano"},
    "electric piano": {"comp": "electric piano"}, "rhodes": {"comp": "electric piano"},
    "organ": {"comp": "organ"}, "hammond": {"comp": "organ"}, "accordion": {"comp": "accordion"},
    "guitar": {"comp": "electric guitar"}, "electric guitar": {"comp": "electric guitar"},
    "acoustic guitar": {"comp": "acoustic guitar"}, "nylon guitar": {"comp": "nylon guitar"},
    "distorted guitar": {"comp": "distorted guitar"}, "ukulele": {"comp": "nylon guitar"},
    "harp": {"arp": "harp"}, "banjo": {"arp": "banjo"}, "mandolin": {"arp": "banjo"},
    "marimba": {"arp": "marimba"}, "arpeggio": {"arp": "pluck"}, "bells": {"arp": "bell"},
    "harpsichord": {"comp": "harpsichord"}, "strings": {"pad": "strings"}, "pad": {"pad": "pad"},
    "pads": {"pad": "pad"}, "choir": {"pad": "choir"}, "brass": {"lead": "brass", "pad": "brass"},
    "horns": {"lead": "brass", "pad": "brass"}, "trumpet": {"lead": "trumpet"}, "trombone": {"lead": "horn"},
    "french horn": {"lead": "horn"}, "saxophone": {"lead": "saxophone"}, "sax": {"lead": "saxophone"},
    "flute": {"lead": "flute"}, "clarinet": {"lead": "clarinet"}, "oboe": {"lead": "clarinet"},
    "violin": {"lead": "violin"}, "fiddle": {"lead": "violin"}, "cello": {"lead": "cello"},
    "harmonica": {"lead": "harmonica"}, "whistle": {"lead": "whistle"}, "vibraphone": {"lead": "vibraphone"},
    "music box": {"lead": "music box"}, "glockenspiel": {"lead": "music box"},
        "steel drum": {"lead": "marimba"},
    "synth": {"lead": "synth lead", "pad": "supersaw"}, "synthesizer": {"lead": "synth lead",
        "pad": "supersaw"},
    "supersaw": {"pad": "supersaw"}, "bass": {}, "slap bass": {"bass": "pick bass"},
    "upright bass": {"bass": "upright bass"}, "double bass": {"bass": "upright bass"},
    "synth bass": {"bass": "synth bass"}, "808": {"bass": "808", "kit": "808"}, "909": {"kit": "909"},
    "drum machine": {"kit": "909"}, "taiko": {"kit": "taiko", "groove": "taiko"},
    "no drums": {"groove": "none"},
    "a cappella": {"groove": "none", "comp": "", "arp": "", "bass": "", "pad": "choir"},
}  # fmt: skip

# Where an instrument goes whose place has been taken by an earlier tag.
INSTEAD = {"comp": ("arp", "lead", "pad"), "lead": ("arp", "pad", "comp"), "arp": ("comp", "lead", "pad"),
           "pad": ("arp", "comp", "lead")}  # fmt: skip

BRIGHT = {"happy", "uplifting", "joyful", "cheerful", "upbeat", "sunny", "bright", "feel-good", "playful",
          "warm"}  # fmt: skip
DARK = {"sad", "dark", "melancholic", "melancholy", "moody", "gloomy", "tense", "haunting", "ominous",
        "eerie", "heartbreak", "angry", "nostalgic"}  # fmt: skip
FAST = {"energetic", "fast", "driving", "upbeat", "aggressive", "party", "high energy", "intense", "angry"}
SLOW = {"slow", "calm", "relaxing", "relaxed", "peaceful", "sleepy", "mellow", "soft", "dreamy", "sad",
        "gentle", "romantic", "melancholic", "sleep"}  # fmt: skip
SPACIOUS = {"dreamy", "ethereal", "atmospheric", "spacious", "reverb", "haunting", "epic", "cathedral"}
INSTRUMENTAL = {"instrumental", "no vocals", "no vocal", "without vocals"}
MALE = re.compile(r"\b(male|man|baritone|tenor|boy|deep voice)\b")
FEMALE = re.compile(r"\b(female|woman|soprano|alto|girl)\b")
SUNG = re.compile(r"\b(vocals?|voice|singer|singing|sung|soprano|alto|tenor|baritone)\b")


@dataclass(frozen=True, slots=True)
class Ask:
    """What tags ask for, as far as words can say it."""

    style: Style
    bpm: float
    exact: bool  # the tempo was asked for in numbers
    mode: str
    female: bool
    vocals: bool | None  # asked for, ruled out, or (None) not said
    key: int | None = None  # pitch class of the key note, where a tag names it
    named: frozenset[str] = frozenset()  # roles whose instrument a tag names: they must be heard


def _genre(tag: str) -> str | None:
    if tag in GENRES or tag in ALIASES:
        return ALIASES.get(tag, tag)
    known = [name for name in (*GENRES, *ALIASES) if re.search(rf"\b{re.escape(name)}\b", tag)]
    if not known:
        return None
    longest = max(known, key=len)
    return ALIASES.get(longest, longest)


def _places(tag: str) -> dict[str, str]:
    known = [name for name in PLACES if re.search(rf"\b{re.escape(name)}\b", tag)]
    return PLACES[max(known, key=len)] if known else {}


def _seated(style: Style, words: list[str]) -> tuple[Style, frozenset[str]]:
    """The style with the instruments that the tags name, and the roles those took."""
    taken: dict[str, str] = {}
    for word in words:
        wanted = _places(word)
        if style.drive and wanted.get("comp") == "electric guitar":
            continue  # these bands play it distorted
        free = {role: tone for role, tone in wanted.items() if role not in taken}
        if not free and wanted:
            role, tone = next(iter(wanted.items()))
            free = {other: tone for other in INSTEAD.get(role, ()) if other not in taken}
            free = dict(list(free.items())[:1]) or {role: tone}
        taken |= free
    if taken.get("comp") == "distorted guitar" and not style.drive:
        style = replace(style, drive=6.0)
    style = replace(style, **taken)
    if style.comp != "distorted guitar":
        style = replace(style, drive=0.0)
    return style, frozenset(role for role, tone in taken.items() if role in INSTEAD and tone)


def _key(words: list[str]) -> int | None:
    """The pitch class of "f# minor" or "key of b flat major"."""
    found = next((match for word in words if (match := KEY.search(word))), None)
    if not found:
        return None
    letter, sign = found[1], (found[2] or "").strip(" -")
    return (PITCH_CLASSES[letter] + (sign in ("#", "♯", "sharp")) - (sign in ("b", "♭", "flat"))) % 12


def read_tags(tags: str, chance: Chance) -> Ask:
    """Unknown tags choose too, each always the same way: by their digest, never by `hash()`."""
    words = [" ".join(tag.lower().split()) for tag in tags.split(",")]
    words = [word for word in words if word]
    genres = list(dict.fromkeys(genre for word in words if (genre := _genre(word))))
    unknown = [word for word in words if not _genre(word) and not _places(word) and not BPM.search(word)]
    if not genres:
        names = sorted(GENRES)
        genres = [names[number_of("genre/" + ",".join(unknown)) % len(names)]]
    style = GENRES[genres[0]]
    for second in genres[1:2]:  # a second genre lends its colours, the first keeps the beat
        other = GENRES[second]
        style = replace(style, pad=other.pad or style.pad, lead=other.lead, arp=style.arp or other.arp)
    style, named = _seated(style, words)
    said = {*words, *(part for word in words for part in word.split())}  # "dark ambient" is dark too
    if SPACIOUS & said:
        style = replace(style, room=style.room * 1.6, wet=min(0.6, style.wet * 1.6))

    dice = chance.of("style")
    place = dice.uniform(0.1, 0.9)  # within the genre's range of tempos
    if FAST & said:
        place = 0.6 + 0.4 * place
    if SLOW & said:
        place = 0.4 * place
    bpm = style.tempo[0] + place * (style.tempo[1] - style.tempo[0])
    asked = BPM.search(" ".join(words))
    if asked:
        bpm = min(FASTEST, max(SLOWEST, float(asked[1] or asked[2])))

    mode = style.modes[int(dice.integers(len(style.modes)))]
    if BRIGHT & said or any(re.search(r"\bmajor\b", word) for word in words):
        mode = mode if mode in ("major", "mixolydian", "lydian") else "major"
    elif DARK & said or any(re.search(r"\bminor\b", word) for word in words):
        mode = mode if mode in ("minor", "phrygian", "dorian") else "minor"

    joined = ", ".join(words)
    female, male = FEMALE.search(joined), MALE.search(joined)
    is_female = bool(female) if bool(female) != bool(male) else bool(dice.random() < 0.5)
    vocals = False if INSTRUMENTAL & set(words) else (True if female or male or SUNG.search(joined) else None)
    return Ask(style, float(bpm), bool(asked), mode, is_female, vocals, _key(words), named)
