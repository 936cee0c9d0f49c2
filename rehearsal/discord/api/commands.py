"""Application commands: what Discord demands of them, and how a bulk overwrite keeps the ids of what stays.

Source: https://discord.com/developers/docs/interactions/application-commands
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

from rehearsal.discord.api.errors import Form, Path
from rehearsal.discord.entities import Event
from rehearsal.discord.world import World

Json = dict[str, Any]
CHAT_INPUT, USER, MESSAGE = 1, 2, 3
SUB_COMMAND, GROUP, STRING, INTEGER, BOOLEAN, NUMBER = 1, 2, 3, 4, 5, 10
LOCALES = frozenset(
    [
        "id",
        "da",
        "de",
        "en-GB",
        "en-US",
        "es-ES",
        "es-419",
        "fr",
        "hr",
        "it",
        "lt",
        "hu",
        "nl",
        "no",
        "pl",
        "pt-BR",
        "ro",
        "fi",
        "sv-SE",
        "vi",
        "tr",
        "cs",
        "el",
        "bg",
        "ru",
        "uk",
        "hi",
        "th",
        "zh-CN",
        "ja",
        "zh-TW",
        "ko",
    ]
)
LONGEST_NUMBER = 2**53
MOST = {CHAT_INPUT: 100, USER: 15, MESSAGE: 15}


def check_commands(commands: object) -> list[Json]:
    """Checks a bulk overwrite. Raises ApiError 50035 with all problems."""
    form = Form()
    listed = [one for one in form.items((), commands, 130) if isinstance(one, dict)]
    seen: set[tuple[int, str]] = set()
    for i, command in enumerate(listed):
        check_command(form, (i,), command)
        key = (command.get("type", CHAT_INPUT), str(command.get("name")))
        if key in seen:
            form.wrong(
                (i, "name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique"
            )
        seen.add(key)
    for kind, most in MOST.items():
        if sum(one.get("type", CHAT_INPUT) == kind for one in listed) > most:
            form.wrong(
                (), "APPLICATION_COMMAND_LIMIT", f"Maximum number of application commands reached ({most})."
            )
    form.close()
    return listed


def check_command(form: Form, path: Path, command: Json) -> None:
    kind = command.get("type", CHAT_INPUT)
    form.choice((*path, "type"), kind, (1, 2, 3, 4))
    if kind != CHAT_INPUT:
        form.text((*path, "name"), command.get("name"), 32, least=1, required=True)
        for key in ("description", "options"):
            if command.get(key):
                words = "Context menu commands cannot have " + key
                form.wrong((*path, key), "APPLICATION_COMMAND_CONTEXT_MENU_" + key.upper(), words)
    else:
        _check_naming(form, path, command)
        _check_options(form, path, command.get("options"))
        if sum(_lengths(command)) > 8000:
            form.wrong(path, "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)")
    permissions = command.get("default_member_permissions")
    if permissions is not None and not str(permissions).isdigit():
        form.wrong(
            (*path, "default_member_permissions"), "NUMBER_TYPE_COERCE", f'Value "{permissions}" is not int.'
        )
    for i, context in enumerate(command.get("contexts") or []):
        form.choice((*path, "contexts", i), context, (0, 1, 2))
    for i, where in enumerate(command.get("integration_types") or []):
        form.choice((*path, "integration_types", i), where, (0, 1))


def is_name(name: str) -> bool:
    r"""Discord's ^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$, in lower case where the script has one."""
    return 1 <= len(name) <= 32 and name == name.lower() and all(map(_is_name_character, name))


def _is_name_character(character: str) -> bool:
    script = (
        "\u0900" <= character <= "\u097f"
        or "\u0e01" <= character <= "\u0e3a"
        or "\u0e40" <= character <= "\u0e5b"
    )
    return character in "-_'" or script or unicodedata.category(character)[0] in "LN"


def _check_naming(form: Form, path: Path, node: Json) -> None:
    name = node.get("name")
    if not isinstance(name, str) or not name:
        form.missing((*path, "name"))
    elif not is_name(name):
        words = "Command name is invalid"
        form.wrong((*path, "name"), "APPLICATION_COMMAND_INVALID_NAME", words)
    form.text((*path, "description"), node.get("description"), 100, least=1, required=True)
    for locale, text in (node.get("name_localizations") or {}).items():
        _check_locale(form, (*path, "name_localizations"), locale)
        if not isinstance(text, str) or not is_name(text):
            words = "Command name is invalid"
            form.wrong((*path, "name_localizations", locale), "APPLICATION_COMMAND_INVALID_NAME", words)
    for locale, text in (node.get("description_localizations") or {}).items():
        _check_locale(form, (*path, "description_localizations"), locale)
        form.text((*path, "description_localizations", locale), text, 100, least=1, required=True)


def _check_locale(form: Form, path: Path, locale: str) -> None:
    if locale not in LOCALES:
        form.wrong((*path, locale), "ENUM_TYPE_COERCE", f'Value "{locale}" is not a valid enum value.')


def _check_options(form: Form, path: Path, options: object, depth: int = 0) -> None:
    listed = [one for one in form.items((*path, "options"), options, 25) if isinstance(one, dict)]
    names: set[str] = set()
    optional_seen = False
    kinds = {one.get("type") in (SUB_COMMAND, GROUP) for one in listed}
    if kinds == {True, False}:
        words = "Sub-command and sub-command group option types are mutually exclusive to all other types"
        form.wrong((*path, "options"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", words)
    for i, option in enumerate(listed):
        where = (*path, "options", i)
        form.choice((*where, "type"), option.get("type"), tuple(range(1, 12)))
        _check_naming(form, where, option)
        if option.get("name") in names:
            words = "Option names must be unique"
            form.wrong((*where, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", words)
        names.add(str(option.get("name")))
        if option.get("type") in (SUB_COMMAND, GROUP):
            if depth > 1 or (depth == 1 and option["type"] == GROUP):
                words = "Sub-commands cannot be nested this deep"
                form.wrong((*where, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", words)
            else:
                _check_options(form, where, option.get("options"), depth + 1)
            continue
        required = bool(option.get("required"))
        if required and optional_seen:
            words = "Required options must be placed before non-required options"
            form.wrong(where, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", words)
        optional_seen |= not required
        _check_values(form, where, option)


def _check_values(form: Form, path: Path, option: Json) -> None:
    kind = option.get("type")
    choices = form.items((*path, "choices"), option.get("choices"), 25)
    if choices and option.get("autocomplete"):
        words = "Autocomplete and choices are mutually exclusive"
        form.wrong((*path, "autocomplete"), "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID", words)
    if (choices or option.get("autocomplete")) and kind not in (STRING, INTEGER, NUMBER):
        words = "Option type cannot have choices or autocomplete"
        form.wrong((*path, "type"), "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID", words)
    for i, choice in enumerate(choices):
        where = (*path, "choices", i)
        form.text((*where, "name"), choice.get("name"), 100, least=1, required=True)
        if kind == STRING:
            form.text((*where, "value"), choice.get("value"), 100, least=1, required=True)
        elif not isinstance(choice.get("value"), int | float):
            form.wrong(
                (*where, "value"), "NUMBER_TYPE_COERCE", f'Value "{choice.get("value")}" is not a number.'
            )
    for key in ("min_value", "max_value"):
        value = option.get(key)
        if value is not None and (kind not in (INTEGER, NUMBER) or abs(value) > LONGEST_NUMBER):
            form.wrong(
                (*path, key), "APPLICATION_COMMAND_OPTIONS_VALUE_INVALID", "Value is invalid for this option"
            )
    form.whole((*path, "min_length"), option.get("min_length"), 0, 6000)
    form.whole((*path, "max_length"), option.get("max_length"), 1, 6000)


def _lengths(node: Json) -> Iterator[int]:
    yield len(str(node.get("name") or "")) + len(str(node.get("description") or ""))
    for choice in node.get("choices") or []:
        yield len(str(choice.get("name"))) + len(str(choice.get("value")))
    for option in node.get("options") or []:
        yield from _lengths(option)


# ---- the registry ------------------------------------------------------------------------------------------


def registered(world: World, guild_id: str | None) -> list[Json]:
    """The global commands, or those of one guild."""
    return [one for one in world.commands.values() if one.get("guild_id") == guild_id]


def overwrite(world: World, commands: list[Json], guild_id: str | None) -> list[Json]:
    """Makes these the commands of that scope; what keeps name and type keeps its id."""
    before = {(one["type"], one["name"]): one for one in registered(world, guild_id)}
    made = [_made(world, one, guild_id, before.get((one.get("type", 1), one["name"]))) for one in commands]
    others = {k: one for k, one in world.commands.items() if one.get("guild_id") != guild_id}
    world.commands = others | {one["id"]: one for one in made}
    world.tell(Event("COMMANDS", {"commands": list(world.commands.values())}, guild_id, to="members"))
    return made


def _made(world: World, given: Json, guild_id: str | None, before: Json | None) -> Json:
    permissions = given.get("default_member_permissions")
    made: Json = {
        "id": before["id"] if before else world.snowflakes.next(),
        "application_id": world.bot.id,
        "type": given.get("type", CHAT_INPUT),
        "name": given["name"],
        "name_localizations": given.get("name_localizations"),
        "description": given.get("description") or "",
        "description_localizations": given.get("description_localizations"),
        "default_member_permissions": None if permissions is None else str(permissions),
        "nsfw": bool(given.get("nsfw")),
        "contexts": given.get("contexts"),
        "integration_types": given.get("integration_types") or [0],
    }
    if given.get("options"):
        made["options"] = given["options"]
    if guild_id:
        made["guild_id"] = guild_id
    else:
        made["dm_permission"] = bool(given.get("dm_permission", True))
    if before and {k: v for k, v in before.items() if k != "version"} == made:
        return before
    return made | {"version": world.snowflakes.next()}
