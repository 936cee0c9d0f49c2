"""Every fault has its sentences, and these name nothing that the fault does not have."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from cogs.texts.prompts.drafts import DraftFault
from cogs.texts.prompts.faults import FIELDS, SENTENCES, in_a_row, said_of
from cogs.texts.prompts.words import unusable
from cogs.texts.reworks import passage_hint
from cogs.texts.translation import Text
from services.audio.mastered import Flaw
from services.prompts.faults import PromptFault
from services.prompts.rework import Kind
from services.prompts.rework_prompt import Source, parse_rework
from services.text.faults import Fault, FaultKind, PromptError
from services.words.blocked_words import Origin, Unusable, UnusableWord, WordFault
from services.words.patterns import Unreadable, UnreadablePattern

ROOT = Path(__file__).parents[3]
MAKERS = ("Fault", "_error", "read.fault")  # functions that make one
KINDS = [kind for of in FaultKind.__subclasses__() for kind in of]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_fault_has_its_sentences(kind: FaultKind) -> None:
    assert kind in SENTENCES


def test_sentences_name_only_what_their_fault_has() -> None:
    """What that is stands behind the kind, in the lines that define it."""
    for of in FaultKind.__subclasses__():
        source = (ROOT / f"{of.__module__.replace('.', '/')}.py").read_text("utf-8").splitlines()
        for kind in of:
            said = SENTENCES[kind]
            (line,) = (one for one in source if one.strip().startswith(f"{kind.name} = auto()"))
            has = {"given", *re.findall(r"\w+", line.partition("#")[2])}
            assert not isinstance(said, tuple) or named_in(*said) <= has, kind


def named_in(*sentences: Text) -> set[str]:
    return {
        name
        for one in sentences
        for _, name, _, _ in string.Formatter().parse(one.message)
        if name and name not in one.values
    }


def fields_in(source: str) -> Iterator[str]:
    """The fields of the faults that a module makes, where they are written there."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=func, args=[ast.Constant(value=str(name)), *_]) if ast.unparse(func) in MAKERS:
                yield name
            case _:
                pass


def test_every_field_has_its_name() -> None:
    files = [*(ROOT / "cogs").rglob("*.py"), *(ROOT / "services").rglob("*.py")]
    found = {name for path in files for name in fields_in(path.read_text("utf-8"))} - {""}
    assert len(found) >= 10
    assert found <= FIELDS.keys()


def test_a_fault_names_its_values_and_quotes_what_was_given() -> None:
    fault = Fault("tags", PromptFault.TAG_TOO_LONG, {"number": 2, "length": 61, "most": 50}, "x{y}" * 20)
    assert said_of(fault) == (
        "Tag 2 is 61 characters long: “x{y}x{y}x{y}x{y}x{y}x{y}x{y}x{y}x{y}x{y…”.",
        "Shorten it to 50 characters or split it at a comma.",
    )


def test_what_is_taken_over_is_said_to_be() -> None:
    fault = Fault("old_lyrics", WordFault.WORD, {"origin": Origin.MODERATORS}, "badger", taken_over=True)
    assert "It comes from the track that this is made from." in in_a_row([fault])
    assert "Use other words" not in in_a_row([fault])


@pytest.mark.parametrize("origin", Origin)
def test_every_list_is_named(origin: Origin) -> None:
    for kind in WordFault:
        assert "this server" in said_of(Fault("tags", kind, {"origin": origin}, "badger"))[0]


def test_every_reason_against_a_word_or_a_pattern_is_said() -> None:
    for why in Unusable:
        assert "“badger”" in unusable(UnusableWord("badger", why))
    for unreadable in Unreadable:
        problem = UnreadablePattern(unreadable, "bad escape")
        assert "“badger”" in unusable(UnusableWord("badger", Unusable.PATTERN_UNREADABLE, problem))


@pytest.mark.parametrize("flaw", Flaw)
def test_every_flaw_of_a_file_is_said(flaw: Flaw) -> None:
    fault = Fault("file", DraftFault.SOUND_NOT_USABLE, {"name": "x.mp3", "flaw": flaw, "seconds": 2.0})
    assert said_of(fault)[0].startswith("I cannot use “x.mp3”: ")


@pytest.mark.parametrize(
    ("seconds", "is_long", "most"),
    [(20.01, "20 s", 20), (19.96, "20 s", 20), (20.4, "20.4 s", 21), (20.0, "20 s", 20)],
)
def test_a_length_is_said_as_what_is_typed_is_held_against_it(
    seconds: float, is_long: str, most: int
) -> None:
    def passage(end: int) -> dict[str, str]:
        return {"from": "0", "to": str(end)}

    with pytest.raises(PromptError) as refused:
        parse_rework(Kind.REPAINT, Source(seconds), passage(most + 1))
    assert said_of(refused.value.faults[0]) == (
        f"What you rework is only {is_long} long.",
        f"End at {most} s or before.",
    )
    assert f"it is {is_long} long" in passage_hint(seconds)
    parse_rework(Kind.REPAINT, Source(seconds, tags="ska", words="[inst]"), passage(most))
