"""Writes cogs/texts/languages/*.po, what the bot says in each language: `make catalogues`.

What is translated stays; what is new stands there without a translation, and what nobody says any more is
taken out. `make catalogues NEW=fr` begins another language.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from io import BytesIO

from babel import localedata
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po
from discord import Locale, Object, app_commands

from cogs.languages.command_translator import is_typed
from cogs.texts.translation import ENGLISH, FOLDER, LANGUAGES
from tools.rights import HOME, unattached

KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "Text": None, "plural": (2, 3)}
TEXTS = FOLDER.parent
COMMANDS = "commands"  # in place of a file: what Discord itself shows of them
_NOT_KEPT = tuple(
    b'"' + one for one in (b"POT-", b"PO-", b"Last-", b"Language-Team", b"Generated-", b"Report-")
)


async def template() -> Catalog:
    """Everything that is said, in English, in the order of the files that say it."""
    catalog = Catalog(charset="utf-8", project="Jamboree", copyright_holder="Jamboree contributors")
    found = extract_from_dir(
        TEXTS, keywords=KEYWORDS, comment_tags=("Translators:",), strip_comment_tags=True
    )
    for name, _line, message, comments, _context in sorted(found, key=lambda one: (one[0], one[1])):
        catalog.add(message, locations=[(name, 0)], auto_comments=comments)
    for message in await _shown_by_discord():
        catalog.add(message, locations=[(COMMANDS, 0)])
    return catalog


class _Recorder(app_commands.Translator):
    """Asked by discord.py for a translation of all that it shows; gives none."""

    def __init__(self) -> None:
        self.asked: dict[str, None] = {}

    async def translate(
        self, string: app_commands.locale_str, locale: Locale, context: app_commands.TranslationContextTypes
    ) -> None:
        if not is_typed(context):
            self.asked[string.message] = None


async def _shown_by_discord() -> Iterable[str]:
    """Descriptions, options, choices and menus of all commands; not what is typed after the slash."""
    bot = await unattached()
    recorder = _Recorder()
    for guild in (None, Object(HOME)):
        for command in bot.tree.get_commands(guild=guild):
            await command.get_translated_payload(bot.tree, recorder)
    return recorder.asked


def up_to_date(language: str, new: Catalog) -> bytes:
    """The language's catalogue with all that is said now, as it is to stand in its file."""
    path = FOLDER / f"{language}.po"
    known = read_po(BytesIO(path.read_bytes() if path.exists() else b""), locale=language)
    catalog = Catalog(locale=language, charset="utf-8", project="Jamboree", fuzzy=False)
    catalog.header_comment = (
        f"# What Jamboree says, in {LANGUAGES.get(language, language)}: `make catalogues`."
    )
    for message in new:
        if message.id:
            before = known.get(message.id)
            kept = before.string if before is not None and not before.fuzzy else None
            catalog.add(message.id, kept, message.locations, auto_comments=message.auto_comments)
    written = BytesIO()
    write_po(written, catalog, width=0, include_lineno=False, omit_header=False)
    return b"".join(line for line in written.getvalue().splitlines(True) if not line.startswith(_NOT_KEPT))


def main() -> None:
    """Brings every catalogue up to date; an argument is the code of one to begin."""
    languages = {*LANGUAGES, *sys.argv[1:]} - {ENGLISH}
    if unknown := {one for one in languages if len(one) != 2 or not localedata.exists(one)}:
        sys.exit(f"{', '.join(unknown)} is no language's code: two letters (ISO 639-1), such as fr")
    new = asyncio.run(template())
    for language in languages:
        (FOLDER / f"{language}.po").write_bytes(up_to_date(language, new))


if __name__ == "__main__":
    main()
