"""What of the provider's words may stand in the log.

The rule: it may repeat what a member wrote, in any of its answers, and no log has that on any level. Every
line that has its words of a track, has them from here; what a member is told need not. Nor has it the
addresses of what members gave: whoever reads one could listen to it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from services.tracks.track import Track

LONGEST = 200  # characters
CUT_OUT = "…"
TELLING = 4  # letters: a word is known by so many of them also where it is cut, or stands in another one
_STATUS = re.compile(r"\d{3}: ")
_WORD = re.compile(r"[^\W_]+")
_ESCAPES = "\\%&"  # behind which a word may be spelled otherwise


def for_log(said: object, track: Track) -> str:
    """What was said of the track, an error or a text, without any word that the track has itself.

    What is not plain ASCII goes too. Of a track whose words are not known (any more) only a status is left.
    """
    text = str(said)[:LONGEST]
    status = match[0] if (match := _STATUS.match(text)) else ""
    own = frozenset(_words_of(track))
    kept: list[str] = []
    for chunk in text[len(status) :].split():
        shown = chunk if own and _is_safe(chunk, own) else CUT_OUT
        if shown != CUT_OUT or kept[-1:] != [CUT_OUT]:
            kept.append(shown)
    return status + " ".join(kept)


def _is_safe(chunk: str, own: frozenset[str]) -> bool:
    if not chunk.isascii() or "://" in chunk or any(sign in chunk for sign in _ESCAPES):
        return False
    return not any(_is_own(word, own) for word in _WORD.findall(chunk.casefold()))


def _is_own(word: str, own: frozenset[str]) -> bool:
    if word in own:
        return True
    pairs = ((word, one) if len(word) < len(one) else (one, word) for one in own)
    return any(len(shorter) >= TELLING and shorter in longer for shorter, longer in pairs)


def _words_of(track: Track) -> Iterator[str]:
    """Everything that members wrote for it, word by word, also without accents."""
    rework = track.rework
    written = [track.title, track.tags, track.lyrics, track.idea]
    written += [rework.old_tags, rework.old_lyrics] if rework else []
    for text in written:
        folded = text.casefold()
        bare = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
        yield from _WORD.findall(folded)
        yield from _WORD.findall(bare)
