"""Whether a command's options are what the command takes. Discord sees to it; a forged client need not.

The rule: it is looked at before discord.py reads the options, which converts some and believes the others.
A text in which nothing is seen counts as not given, and is refused where there must be one.
How long a text may be is for each command to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from discord import AppCommandOptionType, InteractionType, app_commands

from cogs.core.responses import Interaction
from cogs.texts import general as texts
from cogs.texts.refusals import WrongOption
from cogs.texts.translation import Text
from services.text.characters import is_blank

LARGEST = 2**53  # of a number, and less its negative (Discord: Application Command Option Type)
_NESTED = (AppCommandOptionType.subcommand.value, AppCommandOptionType.subcommand_group.value)
_NUMBERS = (AppCommandOptionType.integer, AppCommandOptionType.number)
_RESOLVED = {  # what Discord sends along, by its id
    AppCommandOptionType.user: (texts.A_MEMBER, ("users",)),
    AppCommandOptionType.channel: (texts.A_CHANNEL, ("channels",)),
    AppCommandOptionType.role: (texts.A_ROLE, ("roles",)),
    AppCommandOptionType.mentionable: (texts.A_MEMBER_OR_ROLE, ("users", "roles")),
    AppCommandOptionType.attachment: (texts.A_FILE, ("attachments",)),
}


def check_options(interaction: Interaction) -> None:
    """Looks at every option of a command that was sent; menus and suggestions have none to look at.

    Takes away what is blank and need not be given.

    Raises WrongOption, and CommandSignatureMismatch where Discord knows another version of the command.
    """
    command = interaction.command
    if interaction.type is not InteractionType.application_command:
        return
    if not isinstance(command, app_commands.Command):
        return
    data: Any = interaction.data
    taken = {one.display_name: one for one in command.parameters}
    sent = _sent(data)
    for option in list(sent):
        parameter = taken.get(option["name"])
        if parameter is None or parameter.type.value != option["type"]:
            raise app_commands.CommandSignatureMismatch(command)
        if wanted := _missed(parameter.type, option.get("value"), data.get("resolved") or {}):
            raise WrongOption(option["name"], wanted)
        if parameter.choices and option["value"] not in {one.value for one in parameter.choices}:
            raise WrongOption(option["name"], texts.ONE_OF_THEM)
        if parameter.type in _NUMBERS and not _in_bounds(parameter, option["value"]):
            bounds = {"least": parameter.min_value, "most": parameter.max_value}
            raise WrongOption(option["name"], texts.IN_BOUNDS, **bounds)
        if parameter.type is AppCommandOptionType.string and is_blank(option["value"]):
            if parameter.required:
                raise WrongOption(option["name"], texts.NOT_BLANK)
            sent.remove(option)


def _in_bounds(parameter: app_commands.Parameter, value: float) -> bool:
    least, most = parameter.min_value, parameter.max_value
    return (least is None or value >= least) and (most is None or value <= most)


def _sent(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The options, below the sub-command that they are of."""
    options: list[dict[str, Any]] = data.get("options") or []
    while options and options[0]["type"] in _NESTED:
        options = options[0].get("options") or []
    return options


def _missed(kind: AppCommandOptionType, value: Any, resolved: Mapping[str, Any]) -> Text | None:
    """What says what the value should be; None where it is that."""
    if kind in _RESOLVED:
        wanted, places = _RESOLVED[kind]
        there = isinstance(value, str) and any(value in (resolved.get(place) or {}) for place in places)
        return None if there else wanted
    if kind is AppCommandOptionType.boolean:
        return None if isinstance(value, bool) else texts.A_SWITCH
    if kind is AppCommandOptionType.string:
        return None if isinstance(value, str) else texts.A_TEXT
    whole = kind is AppCommandOptionType.integer
    number = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if number and -LARGEST <= value <= LARGEST:  # which no NaN is
        return None
    return texts.A_WHOLE_NUMBER if whole else texts.A_NUMBER
