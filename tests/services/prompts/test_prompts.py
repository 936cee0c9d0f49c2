"""Prompts: tags, duration, seed and title, and every fault told at once."""

from typing import Any

import pytest

from cogs.texts.prompts.faults import said_of
from cogs.texts.prompts.prompt import rushed
from services.prompts.prompt import Fault, Prompt, PromptError, parse_prompt, parse_tags


def faults(**given: Any) -> list[Fault]:
    with pytest.raises(PromptError) as error:
        parse_prompt(**{"tags": "funk", **given})
    for fault in error.value.faults:
        for sentence in said_of(fault):
            assert sentence[0].isupper() or sentence[0] == "“"
            assert sentence.endswith(".")
    return list(error.value.faults)


def fault(**given: Any) -> Fault:
    (only,) = faults(**given)
    return only


def test_a_prompt_as_members_write_it() -> None:
    prompt = parse_prompt(
        tags=" Funk,  slap   bass , FUNK,,brass",
        lyrics="Verse 1:\r\nwalking down the porch tonight  \r\n\r\n(Chorus)\r\nla la la",
        duration="45",
        seed="7",
        title="  Porch \t Light ",
    )
    assert prompt == Prompt(
        tags="Funk, slap bass, brass",
        lyrics="[verse]\nwalking down the porch tonight\n\n[chorus]\nla la la",
        duration=45,
        seed=7,
        title="Porch Light",
    )


def test_what_is_left_out_has_a_default() -> None:
    assert parse_prompt(tags="funk") == Prompt("funk", "", 60, None, "Funk")
    nothing = parse_prompt(tags="funk", lyrics=None, duration=None, seed="", title=None)
    assert nothing == parse_prompt(tags="funk")


def test_every_fault_is_told_at_once() -> None:
    found = faults(
        tags=f"ok, {'x' * 61}, a\u200bb", lyrics="la\x07", duration="long", seed="-1", title="x" * 81
    )
    assert [one.field for one in found] == ["tags", "tags", "lyrics", "duration", "seed", "title"]
    assert said_of(found[0])[0].startswith("Tag 2 is 61 characters long: “xxx")
    assert said_of(found[0])[1] == "Shorten it to 50 characters or split it at a comma."
    assert "zero width space, U+200B" in said_of(found[1])[0]


# tags -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("comma", [",", ";", "，", "、", "،", "；", "\n", "\r\n", "\u2028"])
def test_tags_are_split_at_commas_of_any_script_and_at_lines(comma: str) -> None:
    assert parse_tags(f"ロック{comma} jazz {comma}{comma}") == ["ロック", "jazz"]


def test_doubles_are_dropped_without_regard_to_case_and_spelling() -> None:
    assert parse_tags("Café, CAFE\u0301, STRASSE, straße, ｆｕｎｋ, funk") == ["Café", "STRASSE", "ｆｕｎｋ"]


def test_an_emoji_is_fine_beside_words() -> None:
    assert parse_tags("❤\ufe0f songs, @everyone, **bold**, r&b, 120 bpm") == [
        "❤ songs",
        "@everyone",
        "**bold**",
        "r&b",
        "120 bpm",
    ]


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ("", "no tags"),
        (" , ,\n", "no tags"),
        (None, "not text"),
        (b"funk", "not text"),
        ("!!!", "neither a letter nor a digit"),
        ("🎸", "neither a letter nor a digit"),
        ("<@123456>", "mention"),
        ("<:party:123456>", "emoji"),
        ("a\x00b", "control character (U+0000)"),
        ("a\x1fb", "control character"),
        ("a\u202eb", "right-to-left override"),
        ("a\u200db", "zero width joiner"),
        ("a\u00adb", "soft hyphen"),
        ("a\u3164b", "hangul filler"),
        ("a\ue000b", "private character"),
        ("a\ud800b", "broken character"),
        ("\ufefffunk", "zero width no-break space"),
        ("x" * 51, "51 characters"),
        ("x" * 5000, "far too long"),
        (", ".join(str(n) for n in range(21)), "21 tags"),
        (", ".join(str(n) * 40 for n in range(8)), "334 characters"),
    ],
)
def test_tags_that_are_refused(tags: Any, said: str) -> None:
    assert said in said_of(fault(tags=tags))[0]


def test_limits_of_tags_are_reached_and_not_crossed() -> None:
    assert parse_tags("x" * 50) == ["x" * 50]
    assert len(parse_tags(", ".join(str(n) for n in range(20)))) == 20


def test_many_faulty_tags_are_no_wall_of_text() -> None:
    found = faults(tags=",".join(f"{n}\u200b" for n in range(20)))
    assert len(found) == 6
    assert "15 more" in said_of(found[-1])[0]


# duration and seed ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "seconds"),
    [(5, 5), (240, 240), ("60", 60), (" 60.0 ", 60), (60.0, 60), ("90 s", 90), ("90sec", 90), ("1:30", 90)],
)
def test_durations(given: object, seconds: int) -> None:
    assert parse_prompt(tags="funk", duration=given).duration == seconds


@pytest.mark.parametrize(
    "given",
    [
        *(
            4,
            241,
            -60,
            "4:01",
            "12.5",
            12.5,
            "1e2",
            "sixty",
            "٦٠",
            "６０",
            "60 minutes",
            "9" * 5000,
            pytest.param(10**5000, id="huge"),
        ),
        *(float("nan"), float("inf"), True, [60], "60\x00", "\ud800"),
    ],
)
def test_durations_that_are_refused(given: object) -> None:
    one = fault(duration=given)
    assert one.field == "duration"
    assert "from 5 to 240" in said_of(one)[1]
    assert len(said_of(one)[0]) < 120


@pytest.mark.parametrize("given", [0, 2147483647, "0", " 2147483647 ", "007", 42.0])
def test_seeds(given: Any) -> None:
    assert parse_prompt(tags="funk", seed=given).seed == int(given)


@pytest.mark.parametrize(
    "given",
    [
        -1,
        2147483648,
        "-1",
        "2147483648",
        "1e9",
        "1_000",
        "0x10",
        "٤",
        "²",
        "9" * 5000,
        pytest.param(10**5000, id="huge"),
        0.5,
        True,
        {},
    ],
)
def test_seeds_that_are_refused(given: object) -> None:
    one = fault(seed=given)
    assert one.field == "seed"
    assert "0 to 2147483647" in said_of(one)[1]
    assert len(said_of(one)[0]) < 120


# title ------------------------------------------------------------------------------------------------


def test_a_title_may_hold_an_emoji_of_several_parts() -> None:
    title = "Pride 🏳️‍🌈 می‌خواهم"
    assert parse_prompt(tags="funk", title=title).title == title


@pytest.mark.parametrize("title", ["a\u200bb", "a\u200db", "a\x07b", "a\u202eb", "x" * 81, 12, "x" * 9000])
def test_titles_that_are_refused(title: Any) -> None:
    assert fault(title=title).field == "title"


@pytest.mark.parametrize(
    ("tags", "lyrics", "title"),
    [
        ("funk, slap bass, brass", "", "Funk & Slap Bass"),
        ("funk", "[inst]", "Funk"),
        ("funk", "[verse]\n(walking on the moon, and more)", "Walking on the Moon, and More"),
        ("funk", "[verse]\n…\n«hey DJ», i'm here!", "Hey DJ», I'm Here"),
        ("funk", "chorus\n🎵\nla la (ooh)", "La La (Ooh)"),
        ("!!!!!9", "", "9"),
        ("x" * 50 + ", y", "", "X" + "x" * 47),
        (
            "funk",
            "the quick brown fox jumps over the lazy dog and then it goes home",
            "The Quick Brown Fox Jumps Over the Lazy Dog",
        ),
    ],
)
def test_a_title_is_chosen_where_none_is_given(tags: str, lyrics: str, title: str) -> None:
    assert parse_prompt(tags=tags, lyrics=lyrics).title == title


# warnings ---------------------------------------------------------------------------------------------


def test_lyrics_that_cannot_be_sung_in_time_are_warned_of() -> None:
    lyrics = "one two three four five six seven eight\n" * 20
    (warning,) = parse_prompt(tags="funk", lyrics=lyrics, duration=30).warnings
    said = rushed(warning)
    assert "the track has 30 s" in said
    assert "about 55 s to sing" in said
    assert "ask for 55 s or more" in said
    assert parse_prompt(tags="funk", lyrics=lyrics, duration=55).warnings == ()


def test_lyrics_for_which_no_track_is_long_enough() -> None:
    lyrics = "one two three four five six seven eight\n" * 150
    (warning,) = parse_prompt(tags="funk", lyrics=lyrics, duration=240).warnings
    said = rushed(warning)
    assert "6 min" in said
    assert "ask for" not in said
    assert "cut some lines" in said


def test_short_lyrics_are_no_reason_to_warn() -> None:
    assert parse_prompt(tags="funk", lyrics="la", duration=240).warnings == ()
    assert parse_prompt(tags="funk", lyrics="[inst]", duration=5).warnings == ()
