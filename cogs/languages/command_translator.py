"""How Discord shows commands to members of other languages: what they do, their options and their menus.

The rule: what is typed after the slash is the same for everybody, because members tell each other what to
type, and sentences name it. All else is in each member's language.
"""

from __future__ import annotations

from discord import Locale, app_commands
from discord.app_commands import TranslationContextLocation as Place

from cogs.texts.translation import ENGLISH, catalogue, language_of


def is_typed(context: app_commands.TranslationContextTypes) -> bool:
    """Whether it stands after the slash: the name of a command or a group."""
    named = context.location in (Place.command_name, Place.group_name)
    return named and not isinstance(context.data, app_commands.ContextMenu)


class CommandTranslator(app_commands.Translator):
    """Looks descriptions, options, choices and menus up in the catalogues."""

    async def translate(
        self, string: app_commands.locale_str, locale: Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        """The text in that locale of Discord; None where it is to be shown as it is."""
        language = language_of(locale.value)
        if language == ENGLISH or is_typed(context):
            return None
        found = catalogue(language).gettext(string.message)
        return None if found == string.message else found
