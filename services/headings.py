"""Section headings: the ways in which people write them, and the model's marker for each.

The rule: only a line that is a heading and nothing else becomes a marker; a line that is sung stays as it is.
"""

from __future__ import annotations

import re

from services.characters import plain_letters

INSTRUMENTAL = "[inst]"

# By marker (WaveSpeed: ACE-Step's lyrics). A pre-chorus is neither verse nor chorus: a bridge between them.
_NAMES = {
    "[verse]": """verse, strophe, vers, couplet, estrofa, verso, strofa, куплет, 主歌, aメロ""",
    "[chorus]": """chorus, refrain, hook, kehrreim, estribillo, coro, ritornello, refrão, post chorus,
        postchorus, припев, 副歌, サビ, 후렴""",
    "[bridge]": """bridge, pre chorus, prechorus, pre refrain, pre estribillo, pre coro, brücke, pont, puente,
        ponte, middle eight, middle 8, бридж, bメロ, breakdown""",
    "[intro]": """intro, introduction, prelude, vorspiel, introducción, introduzione, 前奏, イントロ""",
    "[outro]": """outro, coda, nachspiel, ending, fade out, 尾奏, アウトロ""",
    INSTRUMENTAL: """inst, instrumental, instrumental break, instrumental section, instrumental solo,
        interlude, zwischenspiel, instrumentalteil, interludio, intermezzo, no vocals, guitar solo,
        piano solo, sax solo, drum solo, 间奏, 間奏, 간주, solo, break, drop""",
}
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
_LONGEST = 60  # characters; no heading is longer


def _key(text: str) -> str:
    """A heading's words, without accents, case, hyphens and the like."""
    return " ".join(re.sub(r"[-_'’().\s]+", " ", plain_letters(text)).split())


_MARKERS = {_key(name): marker for marker, names in _NAMES.items() for name in names.split(",")}
_NEED_EMPHASIS = {_key(name) for name in _SUNG_TOO}


def marker_of(line: str) -> str | None:
    """The marker that a heading stands for; None for a line that is no heading."""
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


def _lookup(key: str, *, certain: bool) -> str | None:
    """The marker of a heading's words, with a number or a count before or behind them."""
    words = key.split()
    if certain and len(words) > 1:
        if words[0] == "instrumental":
            marker = _MARKERS.get(words[1])
            return marker if marker in ("[intro]", "[outro]") else INSTRUMENTAL
        if words[-1] in ("solo", "break", "interlude") and len(words) <= 3:
            return INSTRUMENTAL
    for first in (0, 1):
        if first and not (words and _BEFORE.fullmatch(words[0])):
            break
        for last in range(len(words), max(first, len(words) - 3), -1):
            if not all(_AFTER.fullmatch(word) for word in words[last:]):
                break
            name = " ".join(words[first:last])
            if name in _MARKERS and (certain or name not in _NEED_EMPHASIS):
                return _MARKERS[name]
    return None
