"""In which language something is said: gettext's catalogues, and the language of whoever reads it.

The rule: what one member alone reads is in their language, what a whole server reads in the server's. A text
is put into words when it is said, never before: constants are `Text`, functions use `_` and `plural`. English
is what stands in the code; `languages/de.po` and the like hold the others (`make catalogues`, CONTRIBUTING).
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from decimal import Decimal
from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import Any

from babel import Locale
from babel.dates import format_interval, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

ENGLISH = "en"
LANGUAGES = {"en": "English", "de": "Deutsch", "es": "Español"}
"""Those that the bot speaks, by their code (ISO 639-1), and what each is called in itself."""
FOLDER = Path(__file__).with_name("languages")
_spoken: ContextVar[str] = ContextVar("language", default=ENGLISH)


_NUMBERS = (",", "f", "g")  # how the format of a number ends that each language writes in its own way


class _Formatter(Formatter):
    """Puts values into their places: {price}, {count:,}, {seconds:.1f}; numbers as the language writes."""

    def format_field(self, value: Any, format_spec: str) -> str:
        written = format(value, format_spec)
        if isinstance(value, int | float) and format_spec.endswith(_NUMBERS):
            return written.translate(_marks(_spoken.get()))
        return written


_FORMATTER = _Formatter()
_HAS_NUMBER = re.compile(rf"\{{\w+:[^{{}}]*[{''.join(_NUMBERS)}]\}}")


class Text:
    """A sentence or a label as it stands in the code: in English, with named places for values.

    It is put into the language that is spoken where it is used: `str(TITLE)`, `WAIT.format(at=…)`, or in an
    f-string. values: those that are known already.
    """

    def __init__(self, message: str, **values: object) -> None:
        self.message, self.values = message, values

    def __str__(self) -> str:
        return _(self.message, **self.values)

    def format(self, **values: object) -> str:
        """The sentence with the values in their places."""
        return _(self.message, **(self.values | values))


def _(message: str, /, **values: object) -> str:
    """The sentence in the language that is spoken here, with the values in their places."""
    said = catalogue(_spoken.get()).gettext(message) if message else ""
    if not values:
        return said
    return _FORMATTER.vformat(said, (), values) if _HAS_NUMBER.search(said) else said.format(**values)


def plural(count: int, one: str, many: str, **values: object) -> str:
    """The sentence that agrees with the number, which it may name as {count}, beside other values.

    A language has as many forms as its catalogue says.
    """
    said = catalogue(_spoken.get()).ngettext(one, many, count)
    return _FORMATTER.vformat(said, (), {"count": count, **values})


def dollars(micro: int, least: int = 2) -> str:
    """Micro-dollars as the language writes money: a limit as it was set, a bill's line.

    With all the digits that they need, and `least` of them behind the point at least.
    """
    pattern = _money_pattern(_spoken.get(), least)
    return pattern.apply(Decimal(micro).scaleb(-6), _spoken.get(), currency="USD", currency_digits=False)


def days(first: date, last: date) -> str:
    """From one day to another: Nov 23 – 29, 2026."""
    return format_interval(first, last, "yMMMd", locale=_spoken.get())


@cache
def _money_pattern(language: str, least: int):
    pattern = copy.copy(Locale.parse(language).currency_formats["standard"])
    pattern.frac_prec = (least, 6)
    return pattern


def day_and_month(day: date) -> str:
    """A day of this year as the language writes it, in short: Oct 3."""
    return format_skeleton("MMMd", day, locale=_spoken.get())


@cache
def _marks(language: str) -> dict[int, str]:
    """By what the language writes the comma and the point of a number in English."""
    symbols = Locale.parse(language).number_symbols["latn"]
    return str.maketrans({",": symbols["group"], ".": symbols["decimal"]})


# which language ---------------------------------------------------------------------------------------


def spoken() -> str:
    """The code of the language that is spoken here."""
    return _spoken.get()


@contextmanager
def speaking(language: str) -> Generator[None]:
    """Within it, everything is said in that language: one of `LANGUAGES`."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def speak(language: str) -> None:
    """From now on everything is said in that language in this task, and in what it begins."""
    _spoken.set(language)


def in_every_language(say: Callable[[], str]) -> set[str]:
    """What is said, in each language: by which a message is known that was posted in one of them."""
    said = set[str]()
    for language in LANGUAGES:
        with speaking(language):
            said.add(say())
    return said


def language_of(locale: str | None) -> str:
    """The language of one of Discord's locales ("es-419"; Discord: Locales); English where it is unknown."""
    code = (locale or ENGLISH).partition("-")[0]
    return code if code in LANGUAGES else ENGLISH


@cache
def catalogue(language: str) -> NullTranslations:
    """What stands in the language's catalogue; English has none. Raises OSError where its file is missing."""
    if language == ENGLISH:
        return NullTranslations()
    with (FOLDER / f"{language}.po").open("rb") as file:
        catalog = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled)
