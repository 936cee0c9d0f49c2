"""Writes services/text/unicode_confusables.py from Unicode's table of what looks alike.

Source: https://www.unicode.org/Public/security/latest/confusables.txt, whose first lines say of which version
it is. Unicode Standard Annex 39 says how it is made.
"""

from __future__ import annotations

import argparse
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from string import ascii_lowercase

from services.text.confusables import EITHER, FANCY, MIXED_IN

TARGET = Path("services/text/unicode_confusables.py")
# Letters of living alphabets that nobody takes for Latin ones: words in those stay as they are.
THEIR_OWN = frozenset("ւղџҟടငၚ")
LEFT_OUT = THEIR_OWN.union(EITHER, MIXED_IN, *FANCY.values())
RIGHT_TO_LEFT = frozenset({"R", "AL"})  # such a letter stands apart in a Latin word


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", type=Path, help="confusables.txt, downloaded from Unicode")
    TARGET.write_text(module(parser.parse_args().table.read_text("utf-8-sig")), "utf-8")


def module(table: str) -> str:
    """The module's text."""
    version = re.search(r"^# Version: ([\d.]+)$", table, re.MULTILINE)
    if version is None:
        raise SystemExit("this is not Unicode's confusables.txt: it says no version")
    read = latin_letters(table)
    lines = [f'    "{letter}": "{"".join(sorted(read[letter]))}",' for letter in ascii_lowercase]
    return "\n".join(
        [
            '"""What Unicode says looks like a Latin letter. Written by `make confusables`, not by hand.',
            "",
            f"Source: https://www.unicode.org/Public/security/{version[1]}/confusables.txt",
            "© Unicode, Inc., https://www.unicode.org/license.txt",
            '"""',
            "",
            "UNICODE = {",
            *lines,
            "}",
            "",
        ]
    )


def latin_letters(table: str) -> dict[str, set[str]]:
    """By Latin letter: the letters, folded as texts are, that are read as it. A small one says itself what it
    is read as; else what its capital is read as counts.
    """
    of_itself, of_capital = dict[str, str](), dict[str, str]()
    for letter, shown in _pairs(table):
        seen = folded(letter)
        if len(seen) != 1 or seen.isascii() or seen in LEFT_OUT:
            continue
        # Unicode has I, l, 1 and | as one shape, called l; what is an L for sure it calls L or l with a mark.
        latin = "i" if shown == "l" else _bare(shown).lower()
        if len(latin) == 1 and latin in ascii_lowercase:
            (of_itself if seen == letter else of_capital)[seen] = latin
    read: dict[str, set[str]] = {letter: set() for letter in ascii_lowercase}
    for seen, latin in (of_capital | of_itself).items():
        read[latin].add(seen)
    return read


def _pairs(table: str) -> Iterator[tuple[str, str]]:
    """Each letter that is written from left to right, and what it looks like."""
    for line in table.splitlines():
        codes = line.partition("#")[0].split(";")
        if len(codes) < 2:
            continue
        letter, shown = ("".join(chr(int(code, 16)) for code in part.split()) for part in codes[:2])
        if len(letter) == 1 and letter.isalpha() and unicodedata.bidirectional(letter) not in RIGHT_TO_LEFT:
            yield letter, shown


def folded(letter: str) -> str:
    """As `services.words.spellings` folds texts before it looks letters up."""
    return unicodedata.normalize("NFC", _bare(_bare(letter).casefold()))


def _bare(text: str) -> str:
    """Without case, width, style and marks."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(c for c in apart if not unicodedata.combining(c))


if __name__ == "__main__":
    main()
