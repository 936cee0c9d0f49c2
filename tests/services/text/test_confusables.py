"""Letters that look like others: as Unicode has them, and each read in one way."""

from __future__ import annotations

from collections import Counter

import pytest

from services.text.confusables import CONFUSABLES, EITHER, FANCY, MIXED_IN, STANDS_FOR
from services.text.unicode_confusables import UNICODE
from tools.confusables import folded, latin_letters, module

TABLE = """\
# confusables.txt
# Version: 99.0.0
0430 ;\t0061 ;\tMA\t# ( а → a ) CYRILLIC SMALL LETTER A → LATIN SMALL LETTER A\t#
0412 ;\t0042 ;\tMA\t# ( В → B ) CYRILLIC CAPITAL LETTER VE → LATIN CAPITAL LETTER B\t#
0406 ;\t006C ;\tMA\t# ( І → l ) CYRILLIC CAPITAL LETTER BYELORUSSIAN-UKRAINIAN I → LATIN SMALL LETTER L\t#
A4E1 ;\t004C ;\tMA\t# ( ꓡ → L ) LISU LETTER LA → LATIN CAPITAL LETTER L\t#
0142 ;\t006C 0338 ;\tMA\t# ( ł → l̸ ) LATIN SMALL LETTER L WITH STROKE → LATIN SMALL LETTER L, SOLIDUS\t#
13A2 ;\t0069 ;\tMA\t# ( Ꭲ → i ) CHEROKEE LETTER I → LATIN SMALL LETTER I\t#
0421 ;\t0043 ;\tMA\t# ( С → C ) CYRILLIC CAPITAL LETTER ES → LATIN CAPITAL LETTER C\t#
0441 ;\t0065 ;\tMA\t# ( с → e ) as if it were read otherwise than its capital\t#
05E1 ;\t006F ;\tMA\t# ( ס → o ) HEBREW LETTER SAMEKH → LATIN SMALL LETTER O\t#
03BD ;\t0076 ;\tMA\t# ( ν → v ) GREEK SMALL LETTER NU → LATIN SMALL LETTER V\t#
1D41A ;\t0061 ;\tMA\t# ( 𝐚 → a ) MATHEMATICAL BOLD SMALL A → LATIN SMALL LETTER A\t#
0446 ;\t0075 0329 ;\tMA\t# ( ц → u̩ ) CYRILLIC SMALL LETTER TSE → LATIN SMALL LETTER U\t#
20A4 ;\t00A3 ;\tMA\t#* ( ₤ → £ ) LIRA SIGN → POUND SIGN\t#
"""


def test_the_table_is_made_from_unicodes() -> None:
    read = {latin: others for latin, others in latin_letters(TABLE).items() if others}
    assert read == {
        "a": {"а"},
        "b": {"в"},  # the capital's, as nothing is said of the small one
        "e": {"с"},  # what is said of a small one itself counts
        "i": {"і", "Ꭲ"},  # a stroke is an I; Cherokee folds to capitals
        "l": {"ꓡ", "ł"},
        "u": {"ц"},
    }
    assert "public/security/99.0.0/confusables.txt" in module(TABLE).lower()
    with pytest.raises(SystemExit):
        module("<html>not here</html>")


def test_a_letter_is_read_in_one_way_and_found_as_texts_are_folded() -> None:
    letters = Counter("".join(CONFUSABLES.values()))
    assert max(letters.values()) == 1
    assert letters.keys().isdisjoint(EITHER.keys() | MIXED_IN.keys() | STANDS_FOR.keys())
    assert [letter for letter in letters if folded(letter) != letter or letter.isascii()] == []


def test_most_of_it_is_unicodes() -> None:
    assert sum(map(len, UNICODE.values())) > 300 > 100 > sum(map(len, FANCY.values()))
