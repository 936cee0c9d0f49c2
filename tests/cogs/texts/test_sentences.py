"""What people read is in cogs/texts, and nowhere else in cogs and services."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cogs.texts.contests.voting import mine
from cogs.texts.formatting import LONGEST_CONTENT, named, unnamed
from cogs.texts.general import LANGUAGE_NAMES
from cogs.texts.hosting.check import clock_wrong
from cogs.texts.moderating import rules
from cogs.texts.sentences import all_of, one_of
from cogs.texts.translation import LANGUAGES, plural, speaking
from services.contests.contest import Entry, Phase
from services.guilds.rules import Rules
from services.storage.database import now
from services.tracks.track import State, Track

ROOT = Path(__file__).parents[3]
# Discord's own localisation takes these where they stand, beside the command; logs are nobody's in Discord.
PASSED = re.compile(r"(^|\.)(command|describe|choices|route|track_route|right|ContextMenu|Group)$|^log\.")
ELSEWHERE = {
    # what the host reads at the terminal and in the log, and what `make docs` writes
    "cogs/core/rights.py",
    "services/backup.py",
    "services/metrics.py",
    "services/move_database.py",
    "services/monitoring/gauges.py",
    "services/money/accounts.py",
    "services/probe.py",
    "services/setting_values.py",
    "services/settings.py",
    "services/settings_source.py",
    "services/storage_settings.py",
    "services/wavespeed/responses.py",
}
FILES = [
    name
    for room in ("cogs", "services")
    for path in sorted((ROOT / room).rglob("*.py"))
    if (name := path.relative_to(ROOT).as_posix()) not in ELSEWHERE and not name.startswith("cogs/texts/")
]


def sentences_in(source: str) -> Iterator[str]:
    """Texts of three words or more that end or hold a sentence; docstrings are none."""
    tree = ast.parse(source)
    passed = set[int]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            passed.add(id(node.value))
        elif isinstance(node, ast.Call) and PASSED.search(ast.unparse(node.func)):
            passed.update(map(id, ast.walk(node)))
        elif isinstance(node, ast.ClassDef):  # a group's description
            passed.update(id(inner) for keyword in node.keywords for inner in ast.walk(keyword))
        elif isinstance(node, ast.JoinedStr):
            passed.update(map(id, node.values))
    for node in ast.walk(tree):
        if id(node) not in passed and (text := _text(node)) and _is_sentence(text):
            yield text


def _text(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_text(value) or "#" for value in values)
        case _:
            return ""


def _is_sentence(text: str) -> bool:
    return len(text.split()) >= 3 and bool(re.search(r"[.?!…](\s|$)", text))


def test_no_sentence_is_outside_its_room() -> None:
    found = {name: list(sentences_in((ROOT / name).read_text("utf-8"))) for name in FILES}
    assert {name: sentences for name, sentences in found.items() if sentences} == {}


def test_a_sentence_is_found_where_it_stands() -> None:
    said = 'await answer(interaction, f"{named(track)} was cancelled. Nothing was charged.")'
    assert list(sentences_in(said)) == ["# was cancelled. Nothing was charged."]
    assert list(sentences_in('TEXT = ("There is no such track. " "Ask again.")')) != []
    assert list(sentences_in('log.info("This is for the log. Nobody reads it.")')) == []
    assert list(sentences_in('"""A docstring is none. It is for us."""')) == []


def test_a_sentence_agrees_with_its_number() -> None:
    assert [plural(count, "{count} track.", "{count} tracks.") for count in (0, 1, 2)] == [
        "0 tracks.",
        "1 track.",
        "2 tracks.",
    ]


COUNTED = re.compile(
    r" (\w+ )?(tracks|jams|servers|changes|words|patterns|votes|reports|members|entries|lines|days|hours)\b"
)


def counted_in(source: str) -> Iterator[str]:
    """Numbers before a noun that would stay in the plural: "{count} tracks" outside of `plural`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.JoinedStr):
            for number, noun in pairwise(node.values):
                if isinstance(number, ast.FormattedValue) and COUNTED.match(_text(noun)):
                    value = ast.unparse(number.value)
                    if not value.rpartition(".")[2].isupper():  # a constant, which everybody knows
                        yield f"{value}{_text(noun)}"


@pytest.mark.parametrize("path", sorted((ROOT / "cogs/texts").rglob("*.py")), ids=lambda path: path.stem)
def test_nouns_agree_with_numbers(path: Path) -> None:
    assert list(counted_in(path.read_text("utf-8"))) == []


def test_a_noun_that_would_not_agree_is_found() -> None:
    assert list(counted_in('f"All of it, {count} tracks among it."')) == ["count tracks among it."]
    assert list(counted_in('plural(count, "{count} track", "{count} tracks")')) == []
    assert list(counted_in('f"{MOST} tracks a day"')) == []


def test_several_are_listed_as_one_would_say_them() -> None:
    assert [all_of(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert [all_of(list("abcd"), most=most) for most in (2, 3)] == [
        "a, b and 2 others",
        "a, b, c and 1 other",
    ]
    assert one_of(["a", "b", "c"]) == "a, b or c"
    assert one_of(["a", "b", "c", "d"], most=2) == "a, b or 2 others"


@pytest.mark.parametrize(
    ("last", "both", "either"),
    [
        ("Ana", "y Ana", "o Ana"),
        ("Iván", "e Iván", "o Iván"),
        ("*historia*", "e *historia*", "o *historia*"),
        ("hierba", "y hierba", "o hierba"),
        ("yoga", "y yoga", "o yoga"),
        ("«otoño»", "y «otoño»", "u «otoño»"),
        ("hojas", "y hojas", "u hojas"),
        ("8", "y 8", "u 8"),
        ("11", "y 11", "u 11"),
        ("<@8>", "y <@8>", "o <@8>"),
    ],
)
def test_spanish_says_e_and_u_before_the_same_sound(last: str, both: str, either: str) -> None:
    with speaking("es"):
        assert all_of(["rock", "y o", last]) == f"rock, y o {both}"
        assert one_of(["rock", last]) == f"rock {either}"
    assert all_of(["rock", "Iván"]) == "rock and Iván"


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_what_names_a_track_is_found_by_its_number_in_every_language(language: str) -> None:
    """As services.privacy.rows finds what moderators are still to be told."""
    values: dict[str, Any] = dict.fromkeys(Track.__dataclass_fields__)
    made = Track(**values | {"number": 12, "title": "Diary"})
    with speaking(language):
        assert named(made).startswith("**#12 ")
        assert "**#12 " not in unnamed(made)


def test_a_language_is_called_as_whoever_reads_calls_it() -> None:
    assert LANGUAGE_NAMES.keys() == LANGUAGES.keys()
    for language, itself in LANGUAGES.items():
        with speaking(language):
            assert str(LANGUAGE_NAMES[language]) == itself
    with speaking("de"):
        assert rules.language(Rules(), "en") == "Englisch, wie dieser Server in Discord eingestellt ist."


@pytest.mark.parametrize("count", [5, 60])
def test_of_many_entries_of_ones_own_those_that_take_part_are_named_first(count: int) -> None:
    values: dict[str, Any] = dict.fromkeys(Track.__dataclass_fields__) | {"title": "*" * 80, "id": "x"}
    left = Track(**values | {"number": 11, "state": State.WITHHELD})
    there = Track(**values | {"number": 12, "state": State.DELIVERED})
    contest: Any = SimpleNamespace(theme="Rain", phase=Phase.ENTRIES)
    found = [Entry(left, 7, now())] * count + [Entry(there, 7, now())]
    lines = mine(contest, found).splitlines()
    assert len("\n".join(lines)) <= LONGEST_CONTENT
    assert "**#12 " in lines[2]


def test_nothing_is_kept_that_nobody_says() -> None:
    sources = {
        path: path.read_text("utf-8") for room in ("cogs", "tools") for path in (ROOT / room).rglob("*.py")
    }
    used = Counter(name for source in sources.values() for name in re.findall(r"\w+", source))
    unsaid = [
        f"{path.name}: {name}"
        for path, source in sources.items()
        if path.is_relative_to(ROOT / "cogs" / "texts")
        for name in re.findall(r"^(?:async def |def |)(\w+)(?=\(| = |: )", source, re.MULTILINE)
        if used[name] == 1
    ]
    assert unsaid == []


@pytest.mark.parametrize(("minutes", "way"), [(10, "10 min behind"), (-90, "90 min ahead of")])
def test_which_clock_is_ahead_is_said(minutes: int, way: str) -> None:
    assert f"this machine's is {way} Discord's" in clock_wrong(timedelta(minutes=minutes))
