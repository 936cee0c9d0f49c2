"""The catalogues in the tree: whole, what the code yields, and within Discord's limits in every language."""

from __future__ import annotations

import ast
import asyncio
import importlib
import re
import sys
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from babel.messages import Catalog, Message
from babel.messages.pofile import read_po
from discord import Object

from cogs.languages.command_translator import CommandTranslator
from cogs.texts import translation
from cogs.texts.formatting import in_quotes
from cogs.texts.translation import ENGLISH, FOLDER, LANGUAGES, Text, language_of, speaking
from tools import catalogues
from tools.rights import HOME, unattached

COGS = Path(__file__).parents[3] / "cogs"
QUOTES = '“”„«»‹›‚‘"'
ROOM = COGS.parent / "rehearsal" / "discord" / "room" / "index.html"
OTHERS = sorted(LANGUAGES.keys() - {ENGLISH})
# Characters that Discord takes (Components, Application Commands): by call and parameter, its place or name.
LIMITS: dict[str, dict[int | str, int]] = {
    "button": {0: 80, "label": 80},
    "text_field": {0: 45, 3: 100, "label": 45, "hint": 100},
    "one_of": {0: 45},
    "Label": {"text": 45, "description": 100},
    "Modal": {"title": 45},
    "Form": {"title": 45},
    "SelectOption": {"label": 100, "description": 100},
    "RadioGroupOption": {"label": 100},
    "Select": {"placeholder": 150},
    "Embed": {"title": 256},
}


@cache
def template() -> Catalog:
    return asyncio.run(catalogues.template())


@cache
def catalogue(language: str) -> Catalog:
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def messages(language: str) -> list[Message]:
    return [message for message in catalogue(language) if message.id]


def both(message: Message) -> Iterator[tuple[str, str]]:
    """What is said in English, beside its translation; of plurals each form beside the many."""
    if isinstance(message.id, str):
        yield message.id, str(message.string)
    else:
        for said in message.string or ():
            yield message.id[1], said


@pytest.mark.parametrize("language", OTHERS)
def test_the_catalogue_is_the_one_that_the_code_yields(language: str) -> None:
    """`make catalogues` brings it up to date."""
    assert (FOLDER / f"{language}.po").read_bytes() == catalogues.up_to_date(language, template())


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_left_untranslated(language: str) -> None:
    left = [
        message.id
        for message in messages(language)
        if message.fuzzy or not all(said for _, said in both(message))
    ]
    assert left == []


def test_spanish_counts_things_with_de_in_millions_alone() -> None:
    """That form stands before the one of every day, and is easily taken for the last."""
    said = translation.catalogue("es").ngettext
    counted = [message.id for message in messages("es") if not isinstance(message.id, str)]
    forms = [(said(one, many, 2), said(one, many, 1_000_000)) for one, many in counted]
    assert [daily for daily, in_millions in forms if len(daily) > len(in_millions)] == []


@pytest.mark.parametrize("language", OTHERS)
def test_every_translation_has_the_places_of_its_sentence(language: str) -> None:
    wrong = [
        (english, said)
        for message in messages(language)
        for english, said in both(message)
        if said and (places(said) - {"count"} != places(english) - {"count"} or fixed(said) != fixed(english))
    ]
    assert wrong == []


def places(text: str) -> set[str]:
    return {f"{name}:{spec}" if spec else name for _, name, spec, _ in Formatter().parse(text) if name}


def fixed(text: str) -> tuple[object, ...]:
    """What a translation leaves as it is: commands, bold, quotes' lines, small print, what is around it."""
    return (
        sorted(re.findall(r"`[^`]*`", text)),
        text.count("**"),
        text.count("\n"),
        text.startswith("-# "),
        text[:1].isspace(),
        text[-1:].isspace(),
    )


@pytest.mark.parametrize("language", OTHERS)
def test_every_translation_quotes_as_its_language_does(language: str) -> None:
    with speaking(language):
        opening, _, closing = in_quotes("|").partition("|")
    wrong = list[str]()
    for message in messages(language):
        for english, said in both(message):
            marks = re.findall(f"[{QUOTES}]", said)
            in_pairs = [opening, closing] * (len(marks) // 2)
            if marks != in_pairs or len(marks) < english.count("“") + english.count("”"):
                wrong.append(said)
    assert wrong == []


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_sentence_names_a_button_as_it_is_called(language: str) -> None:
    """*Next round* is what stands on a button, in every language; or what Discord itself calls something."""
    wrong = list[str]()
    for message in messages(OTHERS[0]):
        for english, said in both(spoken_in(language, message)):
            names = list(filter(None, map(partial(label, language), named_in(english))))
            if set(named_in(said)) != set(names) or len(names) != len(named_in(english)):
                wrong.append(said)
    assert wrong == []


NAMED = re.compile(r"(?<![*\w\\])\*(?![*\s])([^*\n]+?)(?<![\s*])\*(?![*\w])")
DISCORDS = {
    "Apps": {"de": "Apps", "es": "Aplicaciones"},
    "Manage Server": {"de": "Server verwalten", "es": "Gestionar servidor"},
    "My entries": {"de": "Meine Beiträge", "es": "Mis pistas"},  # on the contest's post, which is being built
}


def named_in(text: str) -> list[str]:
    """What stands in italics, as buttons are named in sentences, without the "…" behind some of them."""
    return [one.removesuffix(" …") for one in NAMED.findall(text) if one[0].isupper()]


def label(language: str, name: str) -> str | None:
    """How the button, or what Discord calls that in English, is called; None where there is no such one."""
    if name in DISCORDS:
        return DISCORDS[name].get(language, name)
    english = next((one for one in (name, f"{name} …") if catalogue(OTHERS[0]).get(one)), None)
    with speaking(language):
        return None if english is None else str(Text(english)).removesuffix(" …")


def spoken_in(language: str, message: Message) -> Message:
    """The message with its translation; in English, with itself as one."""
    if language == ENGLISH:
        return Message(message.id, message.id)
    found = catalogue(language).get(message.id)
    assert found is not None
    return found


@cache
def said_in_places() -> list[tuple[str, Text, int]]:
    """Constants of cogs/texts where Discord takes so many characters."""
    said: list[tuple[str, Text, int]] = []
    for path in sorted(COGS.rglob("*.py")):
        if "texts" in path.parts:
            continue
        tree = ast.parse(path.read_text("utf-8"))
        modules = dict(_modules(tree))
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id=called) | ast.Attribute(attr=called)) if called in LIMITS:
                    limits = LIMITS[called]
                    given = [
                        *enumerate(node.args),
                        *((one.arg, one.value) for one in node.keywords if one.arg),
                    ]
                    found = [(value, limits[place]) for place, value in given if place in limits]
                case ast.Tuple(elts=[label, hint, _]):  # a field of a form (cogs.moderating.rule_forms)
                    found = [(label, 45), (hint, 100)]
                case _:
                    continue
            for value, most in found:
                said += [(path.name, text, most) for text in _texts(value, modules)]
    return said


def _modules(tree: ast.Module) -> Iterator[tuple[str, Any]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cogs.texts"):
            for name in node.names:
                module = importlib.import_module(node.module or "")
                found = getattr(module, name.name, None)
                yield name.asname or name.name, found or importlib.import_module(f"{node.module}.{name.name}")


def _texts(value: ast.expr, modules: dict[str, Any]) -> Iterator[Text]:
    """Those that the expression may be: texts.NAME, one of texts.NAMES[…], either of two."""
    for node in ast.walk(value):
        found = None
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found = getattr(modules.get(node.value.id), node.attr, None)
        elif isinstance(node, ast.Name):
            found = modules.get(node.id)
        if isinstance(found, Text):
            yield found
        elif isinstance(found, dict):
            yield from (one for one in found.values() if isinstance(one, Text))


def test_labels_are_found_where_they_are_used() -> None:
    assert len({id(text) for _, text, _ in said_in_places()}) > 100


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_labels_fit_where_they_stand(language: str) -> None:
    with speaking(language):
        long = {(str(text), most) for _, text, most in said_in_places() if len(str(text)) > most}
    assert long == set()


@pytest.mark.parametrize("language", OTHERS)
async def test_commands_fit_in_every_language(language: str) -> None:
    bot, long = await unattached(), list[str]()
    for guild in (None, Object(HOME)):
        for command in bot.tree.get_commands(guild=guild):
            payload = await command.get_translated_payload(bot.tree, CommandTranslator())
            long += too_long(payload, is_menu=payload.get("type", 1) != 1)
    assert long == []


def too_long(node: dict[str, Any], *, is_menu: bool = False, is_choice: bool = False) -> Iterator[str]:
    """Names and descriptions that Discord would refuse (Application Command Object)."""
    for said in (node.get("description_localizations") or {}).values():
        if not 1 <= len(said) <= 100:
            yield said
    for said in (node.get("name_localizations") or {}).values():
        typed = r"[-_'\w]{1,32}"
        fits = len(said) <= (100 if is_choice else 32) if is_menu or is_choice else re.fullmatch(typed, said)
        if not fits or (not is_menu and not is_choice and said != said.lower()):
            yield said
    options = node.get("options", [])
    for locale in {locale for one in options for locale in one.get("name_localizations") or {}}:
        names = [(one.get("name_localizations") or {}).get(locale, one["name"]) for one in options]
        yield from (name for name in names if names.count(name) > 1)
    for option in options:
        yield from too_long(option)
    for choice in node.get("choices", []):
        yield from too_long(choice, is_choice=True)


def test_the_rehearsal_room_shows_every_language() -> None:
    page = ROOM.read_text("utf-8")
    offered = page[page.index('<select id="language">') :].partition("</select>")[0]
    locales = re.findall(r'<option value="([\w-]+)">(.+?)</option>', offered)
    assert {language_of(locale): name for locale, name in locales} == LANGUAGES


def test_what_is_no_code_of_a_language_begins_no_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    for code in ("French", "pt-BR", "xx", "fra", "e.g"):
        monkeypatch.setattr(sys, "argv", ["catalogues", code])
        with pytest.raises(SystemExit, match="no language's code"):
            catalogues.main()
