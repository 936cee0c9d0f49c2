"""Section headings: the ways in which people write them, and the marker for each that a model knows.

The rules: a line that is sung stays as it is; only one that is a heading and nothing else becomes a marker.
What stands in [brackets] is never sung, wherever it stands; a model to which it means something gets
it as it was written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.text.characters import plain_letters

INSTRUMENTAL = "[inst]"

# By the marker that says most (ACE-Step 1.5: docs/en/Tutorial.md, Common Structure Tags).
_NAMES = {
    "[verse]": """verse, strophe, vers, couplet, estrofa, verso, strofa, куплет, 主歌, aメロ""",
    "[chorus]": """chorus, refrain, hook, kehrreim, estribillo, coro, ritornello, refrão, припев, 副歌, サビ,
        후렴""",
    "[post-chorus]": """post chorus, postchorus""",
    "[pre-chorus]": """pre chorus, prechorus, pre refrain, pre estribillo, pre coro""",
    "[bridge]": """bridge, brücke, pont, puente, ponte, middle eight, middle 8, бридж, bメロ""",
    "[breakdown]": """breakdown""",
    "[intro]": """intro, introduction, prelude, vorspiel, introducción, introduzione, 前奏, イントロ""",
    "[outro]": """outro, coda, nachspiel, ending, fade out, 尾奏, アウトロ""",
    INSTRUMENTAL: """inst, instrumental, instrumental break, instrumental section, instrumental solo,
        interlude, zwischenspiel, instrumentalteil, interludio, intermezzo, no vocals, 间奏, 間奏, 간주,
        break""",
    "[solo]": """solo, guitar solo, piano solo, sax solo, drum solo""",
    "[drop]": """drop""",
}
# What a model gets that knows six of them (WaveSpeed: ACE-Step's lyrics). A pre-chorus is neither verse nor
# chorus: a bridge between them.
_SIX = ("[verse]", "[chorus]", "[bridge]", "[intro]", "[outro]", INSTRUMENTAL)
_SIMPLER = {"[post-chorus]": "[chorus]", "[pre-chorus]": "[bridge]", "[breakdown]": "[bridge]"}
# These may well be sung on a line of their own; they need brackets, a colon or the like to be headings.
_SUNG_TOO = {"breakdown", "ending", "fade out", "no vocals", "solo", "break", "drop", "coda", "prelude"}

_BEFORE = re.compile(
    r"\d{1,2}(st|nd|rd|th)?|first|second|third|fourth|last|final|repeat|double"
    r"|erste|zweite|dritte|letzte|letzter|premier|deuxieme|dernier|primer|primera|segunda|ultimo"
)
_AFTER = re.compile(
    r"\d{1,2}|\d{0,2}x\d{0,2}|[ivx]{1,4}|[a-d]|one|two|three|four|five|six|eins|zwei|drei|un|deux|trois"
    r"|uno|dos|tres|times|repeat|repeated"
)
_BRACKETS = {"[": "]", "(": ")", "{": "}", "【": "】", "［": "］", "（": "）", "「": "」"}
_ORNAMENT = " \t*_~`#>=|•·-–—:："
_EMPHASIS = re.compile(r"[#*:：]|__|==")
_GROUP = re.compile(r"\[[^\[\]]*\]")
_ONLY_GROUPS = re.compile(rf"\s*{_GROUP.pattern}\s*(?:{_GROUP.pattern}\s*)+")
_NEXT_GROUP = re.compile(rf"\s*({_GROUP.pattern})")
_LONGEST = 60  # characters; no heading is longer


def _key(text: str) -> str:
    """A heading's words, without accents, case, hyphens and the like."""
    return " ".join(re.sub(r"[-_'’().\s]+", " ", plain_letters(text)).split())


_MARKERS = {_key(name): marker for marker, names in _NAMES.items() for name in names.split(",")}
_NEED_EMPHASIS = {_key(name) for name in _SUNG_TOO}


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading's marker that says most, such as [pre-chorus]."""

    marker: str

    @property
    def name(self) -> str:
        """As sentences call the section: pre-chorus."""
        return "instrumental" if self.marker == INSTRUMENTAL else self.marker.strip("[]")

    @property
    def simple(self) -> str:
        """Its marker for a model that knows six of them."""
        return self.marker if self.marker in _SIX else _SIMPLER.get(self.marker, INSTRUMENTAL)


def sung_lines(lyrics: str) -> str:
    """The lyrics for a model to which headings mean nothing: without them, and what is in [brackets]."""
    kept: list[str] = []
    for line in lyrics.split("\n"):
        bare = _GROUP.sub("", line).strip()
        if bare == line.strip() and heading_of(line) is None:
            kept.append(line)
        elif bare and bare != line.strip():
            kept.append(bare)
    return "\n".join(kept).strip("\n")


def marker_of(line: str) -> str | None:
    """The one of six markers that a heading stands for; None for a line that is no heading."""
    heading = heading_of(line)
    return heading.simple if heading else None


def marked(line: str, *, as_written: bool) -> str:
    """The line as a model takes it: a heading as its marker, anything else as it is.

    as_written: to that model what stands in [brackets] means something, so that stays; a heading that was
    written in another way gets the marker that says most.
    """
    if not as_written:
        if _ONLY_GROUPS.fullmatch(line):  # [en] [Refrain 2]
            return _GROUP.sub(lambda group: marker_of(group[0]) or group[0], line)
        return marker_of(line) or line
    heading = None if line.lstrip().startswith("[") else heading_of(line)
    if heading is None:
        return line
    bare = line.strip(_ORNAMENT)
    group = f"[{bare[1:-1].strip()}]"  # 【Chorus - anthemic】, **[Drop]**
    return group if bare[0] in "[［【" and _GROUP.fullmatch(group) else heading.marker


def heading_in(line: str) -> Heading | None:
    """The heading that a line is, or that stands in the [brackets] it begins with: [en] [verse] words."""
    place = 0
    while group := _NEXT_GROUP.match(line, place):
        if heading := heading_of(group[1]):
            return heading
        place = group.end()
    return heading_of(line)


def heading_of(line: str) -> Heading | None:
    """The heading that a line is; None for one that is none."""
    core, bracket, emphasised = line.strip(), "", False
    if not core or len(core) > _LONGEST:
        return None
    while True:  # outer layers off: **[Chorus]:**
        bare = core.strip(_ORNAMENT)
        emphasised = emphasised or bool(_EMPHASIS.search(core.replace(bare, " ", 1)))
        if len(bare) < 2 or _BRACKETS.get(bare[0]) != bare[-1]:
            break
        core, bracket = bare[1:-1], bare[0]
    if bracket or core.lstrip().startswith("#"):  # [Verse 2: Anna]; within (…) only a colon is no sung word
        bare = re.split(
            r"[:：]" if bracket == "(" else r"[:：]|\s[-–—]\s", bare.strip(_ORNAMENT), maxsplit=1
        )[0]
    return _lookup(_key(bare), certain=bool(bracket) or emphasised)


def _lookup(key: str, *, certain: bool) -> Heading | None:
    """The heading of these words, with a number or a count before or behind them."""
    words = key.split()
    if certain and len(words) > 1:
        if words[0] == "instrumental":
            marker = _MARKERS.get(words[1])
            return Heading(marker if marker in ("[intro]", "[outro]") else INSTRUMENTAL)
        if words[-1] in ("solo", "break", "interlude") and len(words) <= 3:
            return Heading(f"[{key}]")
    for first in (0, 1):
        if first and not (words and _BEFORE.fullmatch(words[0])):
            break
        for last in range(len(words), max(first, len(words) - 3), -1):
            if not all(_AFTER.fullmatch(word) for word in words[last:]):
                break
            name = " ".join(words[first:last])
            if name in _MARKERS and (certain or name not in _NEED_EMPHASIS):
                return Heading(_MARKERS[name])
    return None
