"""The title that is chosen where a member gives none: the first line that is sung, or the first tags.

The rule: capitals and punctuation by what Unicode says of each character, not by lists of one script's.
"""

from __future__ import annotations

import re
import unicodedata

from services.prompts.singing import sung_lines
from services.text.characters import fold, without_invisible

MAX_TITLE = 80  # characters
_CHOSEN_TITLE = 48  # characters of a title that we choose; more does not fit a list

# What Discord makes bold, italic, struck, hidden or code: between two of the same, outside of words.
_MARKUP = re.compile(r"(?<!\w)(\*{1,3}|_{1,3}|~~|\|\||`{1,3})(?=\S)(.+?)(?<=\S)\1(?!\w)")
_LOOKED_AT = 4 * _CHOSEN_TITLE  # characters in which a title's end surely is

_REMIX = re.compile(r"(?P<name>.+) \(remix(?: (?P<number>\d{1,4}))?\)")
_SMALL_WORDS = {
    "a",
    "an",
    "and",
    "as",
    "at",
    "but",
    "by",
    "for",
    "from",
    "in",
    "n",
    "of",
    "on",
    "or",
    "the",
    "to",
}
_NO_START = ("P", "S", "Z", "M", "C")  # categories with which no chosen title begins: punctuation, signs, …
_APOSTROPHES = "'’‘ʼʻ＇`´"
# Names of punctuation that says something at the end of a word: where is it? 100%, C#, runnin', ج״.
_SAYS_SOMETHING = (
    *("QUESTION", "INTERROBANG", "PERCENT", "PER MILLE", "NUMBER SIGN", "AMPERSAND", "COMMERCIAL AT"),
    *("ASTERISK", "PRIME", "APOSTROPHE", "GERESH", "GERSHAYIM", "PAIYANNOI"),
)


def title_of_remix(title: str) -> str:
    """What a remix is called whose member says nothing: "Porch Light (remix)", then "(remix 2)".

    title: of the track that is remixed; "" where it has none, and then one is chosen from the remix's words.
    """
    if not title:
        return ""
    match = _REMIX.fullmatch(title)
    name, number = (match["name"], int(match["number"] or 1) + 1) if match else (title, 1)
    ending = " (remix)" if number == 1 else f" (remix {number})"
    return f"{name[: MAX_TITLE - len(ending)].rstrip()}{ending}"


def chosen_title(lyrics: str, tags: list[str]) -> str:
    """The first line that is sung; else the first two tags. Never empty."""
    lines = (line for line in sung_lines(lyrics) if any(c.isalnum() for c in line))
    first = _without_markup(next(lines, " & ".join(tags[:2])))
    start = next(i for i, c in enumerate(first) if unicodedata.category(c)[0] not in _NO_START)
    whole = fold(first[start:])
    cut = whole if len(whole) <= _CHOSEN_TITLE else (whole[: _CHOSEN_TITLE + 1].rpartition(" ")[0] or whole)
    words = cut[:_CHOSEN_TITLE].split(" ")
    while len(cut) < len(whole) and len(words) > 1 and words[-1] in _SMALL_WORDS:
        words.pop()
    turkish = any(c in "ığ" for c in whole)
    last = len(words) - 1
    words = [
        word if 0 < place < last and _is_small(word) else _capitalised(word, turkish)
        for place, word in enumerate(words)
    ]
    return fold(_without_end(without_invisible(fold(" ".join(words))[:MAX_TITLE]), first[:start]))


def _without_markup(text: str) -> str:
    """The beginning of the text, which a title can be chosen from, as Discord would show it."""
    text = text[:_LOOKED_AT] if any(c.isalnum() for c in text[:_LOOKED_AT]) else text
    for _nested in range(3):
        text = _MARKUP.sub(r"\2", text)
    return text


def _is_small(word: str) -> bool:
    return word.strip(_APOSTROPHES) in _SMALL_WORDS


def _capitalised(word: str, turkish: bool) -> str:
    """The word with a capital at its start and after a hyphen, "&" and the like: R&B, Lo-Fi, Rock'n'Roll.

    Not after a digit or an apostrophe: 80s, 80’s, don't. A word with a capital of its writer's stays so.
    """
    if not word.islower():
        return word
    made: list[str] = []
    starts = True
    for place, character in enumerate(word):
        made.append(_capital(character, turkish) if starts else character)
        if character in _APOSTROPHES:  # the second one of 'n' begins a word, others do not
            starts = starts or (place > 2 and word[place - 2] in _APOSTROPHES)
        elif unicodedata.category(character)[0] != "M":
            starts = not character.isalnum()
    return _with_small_words("".join(made))


def _with_small_words(word: str) -> str:
    """Small words between hyphens as they were: Rock-and-Roll."""
    first, *between = word.split("-")
    if len(between) < 2:
        return word
    middle = [one.lower() if one.lower() in _SMALL_WORDS else one for one in between[:-1]]
    return "-".join([first, *middle, between[-1]])


def _capital(character: str, turkish: bool) -> str:
    """The character as a capital where it has one that is one character; ß and ŉ have none."""
    capital = "İ" if turkish and character == "i" else character.title()
    return capital if len(capital) == 1 else character


def _without_end(title: str, before: str) -> str:
    """The title without the punctuation at its end. before: what was left out at its start.

    What closes something that was opened within it stays, and so does what says something.
    """
    while title:
        last, rest = title[-1], title[:-1]
        category = unicodedata.category(last)
        if category[0] == "P":
            name = unicodedata.name(last, "")
            if category in ("Pe", "Pf") and _opened(rest) > _closed(rest):
                return title
            if category == "Pf" and last in _APOSTROPHES and "‘" not in before:
                return title  # it is no quote's end
            if any(part in name for part in _SAYS_SOMETHING) and last not in before:
                return title
            if "QUOTATION MARK" in name and rest.count(last) % 2:
                return title
        elif category[0] != "Z":
            return title
        title = rest
    return title


def _opened(text: str) -> int:
    return sum(unicodedata.category(c) in ("Ps", "Pi") for c in text)


def _closed(text: str) -> int:
    """How many are closed; an apostrophe closes nothing."""
    return sum(unicodedata.category(c) in ("Pe", "Pf") and c not in _APOSTROPHES for c in text)
