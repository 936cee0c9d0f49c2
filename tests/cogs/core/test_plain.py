"""What members write is shown as they wrote it, by Discord's rules of markup."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs.texts.formatting import plain
from services.text.characters import without_invisible

ESCAPE = re.compile(r"\\([^0-9A-Za-z\s])")  # Discord shows the character
# What Discord shows in another way than it is written, where no escaped character comes into it.
MARKUP = {
    "bold, italics, code, struck, hidden": re.compile(r"[*_`~|]"),
    "a mention, a time, a command, an emoji": re.compile(r"<(@[!&]?\d|#\d|t:-?\d|/[^<>]+:\d|a?:\w+:\d|id:)"),
    "an address": re.compile(r"https?://\S|<\w+:"),
    "a link": re.compile(r"\]\("),
    "everybody": re.compile(r"@(everyone|here)"),
    "an emoji by name": re.compile(r":[\w+-]+:"),
    "a heading": re.compile(r"^\s*-?#{1,3}\s", re.MULTILINE),
    "a quote": re.compile(r"^\s*>", re.MULTILINE),
    "a list": re.compile(r"^\s*([-+]|\d+\.)\s", re.MULTILINE),
}
STANDS_FOR = "\ue000"  # an escaped character, in a text that is looked through for markup


def shown(text: str) -> str:
    """What a reader sees."""
    for what, pattern in MARKUP.items():
        found = pattern.search(ESCAPE.sub(STANDS_FOR, text))
        assert found is None, f"{what}: {text!r}"
    return ESCAPE.sub(r"\1", text)


PIECES = [
    *(
        "<@1234567890>",
        "<@!12>",
        "<@&12>",
        "<#12>",
        "<t:0:R>",
        "</compose:12>",
        "<:e:12>",
        "<a:e:12>",
        "<id:home>",
    ),
    *(
        "https://",
        "http://x.example/_a_",
        "[a](https://x.example)",
        "@everyone",
        "@here",
        ":smile:",
        ":+1:",
        "a:b:c",
    ),
    *(
        "||",
        "**",
        "*",
        "__",
        "~~",
        "`",
        "```\n",
        "\\",
        "\\\\",
        "\n> ",
        "\n>>> ",
        "\n# ",
        "\n-# ",
        "\n- ",
        "\n1. ",
    ),
    *("\u200b", "\u202e", "\u2066", "\ufeff", " ", "\n", "a", "1", "é", "日", "(", ")", "[", "]", "<", ">"),
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text(max_size=40))
def test_whatever_is_written_is_shown_as_it_was_written(text: str) -> None:
    assert shown(plain(text)) == without_invisible(text)


@pytest.mark.parametrize("piece", PIECES)
def test_each_kind_of_markup_at_the_start_and_behind_an_address(piece: str) -> None:
    for text in (piece, piece.strip(), f"https://x.example/{piece}", f"{piece}{piece}"):
        assert shown(plain(text)) == without_invisible(text)


def test_ordinary_titles_stay_as_they_are() -> None:
    for title in (
        "Porch Light",
        "Don't (feat. Ada) - 1:05",
        "#1 & only, 5.5 beats"[1:],
        "東京の夜",
        "[verse]",
    ):
        assert plain(title) == title
