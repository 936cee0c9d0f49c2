"""Prompts, whatever is thrown at them: no other error than PromptError, and parsing twice is parsing once."""

import unicodedata
from typing import Any

from hypothesis import assume, example, given
from hypothesis import strategies as st

from cogs.texts.prompts.faults import said_of
from services.prompts.prompt import (
    MAX_ALL_TAGS,
    MAX_TAG,
    MAX_TAGS,
    MAX_TITLE,
    Prompt,
    PromptError,
    decode_lyrics_file,
    parse_lyrics,
    parse_prompt,
    parse_tags,
    singing_seconds,
)
from services.prompts.tag_suggestions import KNOWN_TAGS, LONGEST_VALUE, suggest_tags

# Text as people write it, mixed with what trips parsers.
TRICKY = st.sampled_from(
    [
        *(
            "verse",
            "Chorus",
            "[inst]",
            "[",
            "]",
            "(",
            ")",
            "**",
            "#",
            ":",
            " - ",
            "\n",
            "\r\n",
            "\t",
            " ",
            ",",
        ),
        *(
            "\u200b",
            "\u200d",
            "\u200c",
            "\u202e",
            "\ufe0f",
            "\u212a",
            "\u0301",
            "e",
            "é",
            "ŉ",
            "ΐ",
            "ǆ",
            "\u3164",
        ),
        *(
            "\x00",
            "\x85",
            "\u2028",
            "\ud800",
            "\ue000",
            "👩",
            "क",
            "\u094d",
            "ß",
            "İ",
            "…",
            "x" * 30,
            "1",
            "<",
            ">",
        ),
    ]
)
TEXT = st.lists(st.one_of(TRICKY, st.text(max_size=6)), max_size=40).map("".join)

NOWHERE = "\x00\ud800\ue000"
ONLY_IN_LYRICS = "\u200b\u200d\u200c\u202e\u3164"


def welcome(refused: str, pieces: int) -> st.SearchStrategy[str]:
    """Text that is hardly ever refused."""
    visible = st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs"]), max_size=6)
    tricky = TRICKY.filter(lambda piece: piece not in refused)
    return st.lists(st.one_of(tricky, visible), max_size=pieces).map("".join)


SHORT, LONG = welcome(NOWHERE + ONLY_IN_LYRICS, 6), welcome(NOWHERE, 40)
ANYTHING = st.one_of(
    TEXT,
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.binary(max_size=8),
    st.lists(st.text(max_size=3)),
)


def parsed(**given: Any) -> Prompt | None:
    try:
        return parse_prompt(**given)
    except PromptError as error:
        refusal = error
    assert refusal.faults
    assert all(fault.field and all(said_of(fault)) for fault in refusal.faults)
    str(refusal).encode()  # no broken characters in what is told
    return None


class Rude:
    """An object with which nothing can be done."""

    def __str__(self) -> str:
        raise RuntimeError

    __repr__ = __eq__ = __hash__ = __bool__ = __str__  # type: ignore[assignment]


@given(tags=ANYTHING, lyrics=ANYTHING, duration=ANYTHING, seed=ANYTHING, title=ANYTHING)
@example(tags="a", lyrics="", duration=10**5000, seed=-(10**5000), title="")
def test_anything_is_parsed_or_refused(
    tags: object, lyrics: object, duration: object, seed: object, title: object
) -> None:
    parsed(tags=tags, lyrics=lyrics, duration=duration, seed=seed, title=title)


def test_an_object_with_which_nothing_can_be_done_is_refused() -> None:
    assert parsed(tags=Rude(), lyrics=Rude(), duration=Rude(), seed=Rude(), title=Rude()) is None


@given(
    tags=st.lists(SHORT, max_size=4).map(",".join),
    lyrics=LONG,
    title=st.one_of(st.just(""), SHORT),
    model=st.sampled_from(["ace-step", "ace-step-1.5"]),
)
@example(tags="", lyrics="ŉ\u200d", title="", model="ace-step")
def test_parsing_twice_is_parsing_once(tags: str, lyrics: str, title: str, model: str) -> None:
    one = parsed(tags=f"{tags}, funk", lyrics=lyrics, title=title, model=model)
    assume(one is not None)
    assert one is not None
    again = parse_prompt(
        tags=one.tags,
        lyrics=one.lyrics,
        duration=one.duration,
        seed=one.seed,
        title=one.title,
        model=model,
    )
    assert again == one
    assert 0 < len(one.title) <= MAX_TITLE
    assert one.title.strip() == one.title


@given(TEXT)
def test_a_chosen_title_is_a_title(lyrics: str) -> None:
    one = parsed(tags="funk", lyrics=lyrics)
    if one is not None:
        assert any(character.isalnum() for character in one.title)
        assert parse_prompt(tags="funk", title=one.title).title == one.title


@given(TEXT)
def test_tags_hold_nothing_hidden_and_stay_within_their_limits(text: str) -> None:
    try:
        tags = parse_tags(text)
    except PromptError:
        return
    for tag in tags:
        assert 0 < len(tag) <= MAX_TAG
        assert not {unicodedata.category(c) for c in tag} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
        assert tag == " ".join(tag.split())
    assert len(tags) <= MAX_TAGS
    assert len(", ".join(tags)) <= MAX_ALL_TAGS
    assert len({tag.casefold() for tag in tags}) == len(tags)


@given(st.lists(st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=30), max_size=20))
def test_no_line_is_lost(lines: list[str]) -> None:
    lyrics = parse_lyrics("\n".join(lines))
    if lyrics != "[inst]":
        kept = [line for line in lines if line.strip()]
        assert len([line for line in lyrics.split("\n") if line.strip()]) == len(kept)


@given(st.one_of(st.binary(max_size=60), TEXT.map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_any_file_is_read_or_refused(data: bytes) -> None:
    try:
        text = decode_lyrics_file(data)
    except PromptError:
        return
    assert text.strip()


@given(TEXT)
def test_singing_never_takes_less_than_no_time(lyrics: str) -> None:
    assert 0 <= singing_seconds(lyrics) < 10_000


# suggestions ------------------------------------------------------------------------------------------


@given(TEXT, st.integers(1, 25))
def test_suggestions_are_what_discord_takes(typed: str, limit: int) -> None:
    values = suggest_tags(typed, limit)
    assert len(values) <= limit
    assert len(set(values)) == len(values)
    assert all(0 < len(value) <= LONGEST_VALUE and value == value.strip() for value in values)


def test_every_known_tag_is_a_tag() -> None:
    assert len(KNOWN_TAGS) > 250
    for tag in KNOWN_TAGS:
        assert parse_tags(tag) == [tag]
        assert f"x, {tag}" in suggest_tags(f"x, {tag}")


def test_what_was_typed_comes_first_and_then_the_best_match() -> None:
    assert suggest_tags("funk, sax") == ["funk, sax", "funk, saxophone"]
    assert suggest_tags("lofi")[:2] == ["lofi", "lo-fi"]
    assert suggest_tags("Funk ,JAZZ , ho")[:2] == ["Funk, JAZZ, ho", "Funk, JAZZ, house"]
    assert suggest_tags("pop, hop")[1:3] == ["pop, hopeful", "pop, hip hop"]


def test_a_tag_that_is_there_is_not_offered_again() -> None:
    assert "Funk, funk" not in suggest_tags("Funk, fu")
    assert suggest_tags("funk,")[0] == "funk"
    assert "funk, funk" not in suggest_tags("funk, ")
    assert "funk, jazz" in suggest_tags("funk, ")


def test_nothing_typed_gives_popular_starters() -> None:
    assert suggest_tags("")[:3] == ["pop", "rock", "hip hop"]
    assert len(suggest_tags(" ,")) == 25


def test_too_long_for_a_suggestion() -> None:
    assert suggest_tags("x" * 101) == []
    assert suggest_tags("x" * 100) == ["x" * 100]
    assert all(value.startswith("x" * 90) for value in suggest_tags("x" * 90 + ", fu"))
