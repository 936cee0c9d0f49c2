"""Characters: how text is normalised, and which ones a member's words may hold.

The rule: what nobody can see, or nobody can show, does not get through.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, cast

# Every line break that some program writes; \x1c to \x1f, which Python counts too, are control characters.
LINE_BREAK = r"\r\n|[\n\r\v\f\x85\u2028\u2029]"
# Between tags: a comma of any script, a semicolon, or a line break, because lists are also written like that.
TAG_BREAK = rf"[,;\uff0c\u3001\u060c\ufe50\uff64\uff1b\u061b]|{LINE_BREAK}"

MOST_MARKS = 30  # upon one letter (Unicode Standard Annex 15)
_SPACES = re.compile(r"[^\S\x1c-\x1f]+")
# Shown as nothing, though of a category with visible ones (Unicode: Default_Ignorable_Code_Point; and an
# empty Braille cell). Variation selectors are not among them: they only choose how an emoji is drawn.
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\uffa0]")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# A joiner has a meaning after a letter of a script that joins (Persian, Hindi), and between emoji.
_JOINERS = re.compile(r"(?<=[^\x00-\x7f\s\u200c\u200d])[\u200c\u200d]")


def streamable(text: str) -> str:
    """The text with no more marks upon one letter than any language has (Unicode: Stream-Safe Text Format).

    Normalising sorts the marks of a letter by a method whose time grows with the square of their number: on
    ten thousand it holds the whole process for a second.
    """
    if text.isascii():
        return text
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def normal(text: str) -> str:
    """The text with each character in its one usual spelling (Unicode NFC), as all of ASCII is."""
    return text if text.isascii() else unicodedata.normalize("NFC", streamable(text))


def fold(text: str) -> str:
    """The text on one line, normalised, with single spaces."""
    return _SPACES.sub(" ", normal(text)).strip(" ")


def without_selectors(text: str) -> str:
    """The text without variation selectors."""
    return normal(_SELECTORS.sub("", text))


def plain_letters(text: str) -> str:
    """The text without accents and without case, for comparing."""
    letters = unicodedata.normalize("NFKD", streamable(text))
    return "".join(c for c in letters if not unicodedata.combining(c)).casefold()


def hidden(character: str) -> bool:
    """Whether it is invisible or cannot be shown: control, format, private use, half of a pair."""
    return unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs") or bool(_BLANK.match(character))


def first_hidden(text: str, *, joiners: bool = False) -> str | None:
    """The first hidden character; None if there is none. joiners: those with a meaning may stay."""
    if text.isascii() and text.isprintable():
        return None
    seen = _JOINERS.sub("", text) if joiners else text
    return next((character for character in seen if hidden(character)), None)


def make_storable(within: Any) -> None:
    """Shows what no database keeps (NUL in PostgreSQL, half of a pair anywhere) as broken, in JSON's texts.

    within: a dictionary or a list, which is changed, as are those within it.
    """
    boxes = [within]
    while boxes:
        box = boxes.pop()
        places: list[tuple[Any, Any]] = [*(box.items() if isinstance(box, dict) else enumerate(box))]
        for place, one in places:
            if isinstance(one, dict | list):
                boxes.append(cast("Any", one))
            elif isinstance(one, str) and not one.isprintable():
                box[place] = _UNSTORABLE.sub("\ufffd", one)


def is_blank(text: str) -> bool:
    """Whether nothing of it is seen: it is spaces, line breaks and characters that show nothing."""
    return all(
        c.isspace() or unicodedata.category(c) == "Cf" or _BLANK.match(c) or _SELECTORS.match(c) for c in text
    )


def without_invisible(text: str) -> str:
    """The text without characters that show nothing; joiners with a meaning stay, and so do controls."""
    if text.isascii():
        return text
    kept = {match.start() for match in _JOINERS.finditer(text)}
    return "".join(
        c for i, c in enumerate(text) if i in kept or not (unicodedata.category(c) == "Cf" or _BLANK.match(c))
    )
