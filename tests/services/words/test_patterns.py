"""Moderators' patterns, and those of Discord's AutoMod: read by RE2, for letters of all scripts."""

import pytest

from services.words.blocked_words import Origin, WordList, find_faults
from services.words.patterns import UnreadablePattern, check, in_all_scripts, spans


def fits(pattern: str, text: str) -> bool:
    return any(True for _ in spans(pattern, text))


@pytest.mark.parametrize(
    ("pattern", "found", "not_found"),
    [
        (r"\bхлеб\b", "вот хлеб!", "хлебный"),
        (r"\bbad\w+", "a bädger? badöger", "abadger"),
        (r"(?:\bcat|dog\b)", "hot dog", "scat dogs"),
        (r"^\w+$", "слово", "два слова"),
        (r"[\w-]{9}", "ба-дг-er1", "ба дг"),
        (r"\d{3}", "٣٤٥", "12"),
        (r"[^\d\s]", "x", "1 2"),
        (r"\S\s\S", "a\u2003b", "ab"),
        (r"\D", "x", "٣"),
        (r"[\]x]", "]", "["),
        (r"[]x]y", "]y", "zy"),
        (r"[[:alpha:]]z", "az", "1z"),
        (r"\u0041\x{42}\u{43}", "abc", "abd"),
        (r"(?P<x>b)(?<y>a)d", "BAD", "bd"),
        (r"st[o0]at", "ST0AT", "stat"),
        ("ß", "ß", "s"),
    ],
)
def test_what_a_pattern_fits(pattern: str, found: str, not_found: str) -> None:
    assert fits(pattern, found)
    assert not fits(pattern, not_found)


@pytest.mark.parametrize(
    "pattern", ["(", "[a", "a{2,1}", "\\", "(?x) a", "a++", "*", "[z-a]", "\ud800", "[[a]]"]
)
def test_what_cannot_be_read_is_said_to_be(pattern: str) -> None:
    with pytest.raises(UnreadablePattern):
        check(pattern)


def test_a_pattern_that_is_too_large_for_all_scripts_is_read_for_english_letters() -> None:
    assert fits(r"^\w{200}$", "a" * 200)


def test_halves_of_characters_in_a_text_stop_nothing() -> None:
    assert list(spans("b", "\ud800b\udfff")) == [(1, 2)]


def test_what_the_list_allows_excuses_what_a_pattern_fits_within_it() -> None:
    def refused(text: str) -> bool:
        return bool(
            find_faults(
                {"title": text}, [WordList(Origin.MODERATORS, (), ("b[aä]d",), ("badminton", "böd*"))]
            )
        )

    assert not refused("badminton, Badminton")
    assert refused("badminton is bad")
    assert refused("b\u00e4d")
    assert refused("b\u0430d")  # Cyrillic а: found where it is read, and excused there too
    assert not refused("b\u0430dminton")


def test_the_longest_text_and_any_pattern() -> None:
    text = "ab " * 7000
    for pattern in ("(a|b|ab)*c", "(.*)*x", r"(\w+\s?)*!", ".{0,900}x", "(((a{0,30}){0,30}) ?)*q"):
        assert not fits(pattern, text)


def test_a_backslash_in_a_set_and_an_ordinary_escape_stay_as_they_are() -> None:
    assert in_all_scripts(r"[\b\]]\.\\") == r"[\b\]]\.\\"
