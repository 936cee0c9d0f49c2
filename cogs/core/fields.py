"""What a member typed, field by field: in a form, and in a message that gives all of it back.

The rule: nothing that a member wrote is lost. A private message holds it as they wrote it, lyrics too long
for it in a file; so the form can be opened anew from the message alone, also after a restart.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any

import discord

from cogs.core.responses import Interaction
from cogs.texts import drafts as texts
from cogs.texts.formatting import LONGEST_CONTENT, boxed, shortened, unboxed
from cogs.texts.prompts.faults import FIELDS
from cogs.texts.translation import Text, in_every_language
from services.text.characters import is_blank

TEXT_INPUT = 4  # Discord: component types
LONGEST_INPUT = 4000  # characters of a form's field (Discord: Text Input)
LONGEST_TAGS = 1000  # characters that we let a member type; an embed's field, which gives them back, has 1024
LONGEST_TITLE = 200  # likewise; how long a title may be is for prompts to say
LONGEST_EMBED = 5900  # characters of an embed in all (Discord: 6,000)


# in a form --------------------------------------------------------------------------------------------


def text_field(
    label: str | Text,
    name: str,
    value: str,
    hint: str | Text,
    most: int = LONGEST_TAGS,
    *,
    required: bool = True,
    long: bool = False,
) -> discord.ui.Label[Any]:
    """A text to type; values longer than it are cut."""
    field = discord.ui.TextInput[Any](
        custom_id=name,
        style=discord.TextStyle.paragraph if long else discord.TextStyle.short,
        default=shortened(value, most),
        required=required,
        max_length=most,
    )
    return discord.ui.Label(text=str(label), description=str(hint), component=field)


def one_of(label: str | Text, name: str, value: str, options: Mapping[str, Text]) -> discord.ui.Label[Any]:
    """One of several to choose, by value and what it is called."""
    made = [
        discord.RadioGroupOption(label=str(called), value=one, default=one == value)
        for one, called in options.items()
    ]
    return discord.ui.Label(text=str(label), component=discord.ui.RadioGroup(custom_id=name, options=made))


def typed_in(interaction: Interaction) -> dict[str, str]:
    """What was typed or chosen in a submitted form, by field."""
    typed: dict[str, str] = {}
    for field in fields_of(interaction):
        if isinstance(field.get("value"), str | None):
            typed[str(field.get("custom_id"))] = field.get("value") or ""
    return typed


def filled_in(interaction: Interaction) -> dict[str, Any]:
    """The same with what was chosen where several may be: a list of strings."""
    fields = fields_of(interaction)
    return {str(field.get("custom_id")): field.get("values", field.get("value")) for field in fields}


def fields_of(interaction: Interaction) -> Iterator[Mapping[str, Any]]:
    """The fields of a submitted form, below their labels or in their rows; what is blank is empty.

    Source: https://discord.com/developers/docs/components/reference
    """
    data: Any = interaction.data
    for component in data["components"]:
        inner = [component["component"]] if "component" in component else component.get("components", [])
        for field in inner:
            value = field.get("value")
            yield {**field, "value": ""} if isinstance(value, str) and is_blank(value) else field


def chosen(interaction: Interaction) -> str:
    """What was chosen in a select; "" where that is nothing."""
    data: Any = interaction.data
    return str(next(iter(data.get("values") or []), ""))


# in a message -----------------------------------------------------------------------------------------


def is_too_long(lyrics: str, others: Mapping[str, str]) -> bool:
    """Whether the lyrics go into a file: they fit no form's field, or the rest leaves no room for them."""
    rest = sum(len(name) + min(len(value), LONGEST_TAGS) + 8 for name, value in others.items() if value)
    return len(lyrics) > LONGEST_INPUT or len(lyrics) + rest > LONGEST_EMBED


def put_down(title: str, lyrics: str, others: Mapping[str, str]) -> tuple[discord.Embed, list[discord.File]]:
    """An embed that holds the fields, and as text files those that are too long for it."""
    embed = discord.Embed(title=title)
    files: list[discord.File] = []
    if is_too_long(lyrics, others):
        embed.description = texts.lyrics_in_file(len(lyrics))
        files.append(_file("lyrics", lyrics))
    elif lyrics:
        embed.description = boxed(lyrics)
    for name, value in others.items():
        called = _label(name)
        if len(value) > LONGEST_TAGS:
            embed.add_field(name=called, value=texts.IN_FILE)
            files.append(_file(name, value))
        elif value:
            embed.add_field(name=called, value=boxed(value), inline=name not in ("tags", "idea"))
    return embed, files


def picked_up(message: discord.Message | None) -> dict[str, str]:
    """The fields in a message's embed, as they were put down; without those that files have."""
    if message is None or not message.embeds:
        return {}
    embed = message.embeds[0]
    names = _names()
    given = {names.get(field.name or "", ""): unboxed(field.value or "") for field in embed.fields}
    given["lyrics"] = unboxed(embed.description or "")
    return {name: value for name, value in given.items() if name not in in_files(message)}


def _label(name: str) -> str:
    return str(FIELDS[name]) if name in FIELDS else name.capitalize()


@cache
def _names() -> dict[str, str]:
    """The fields by what any language calls them."""
    return {label: name for name in FIELDS for label in in_every_language(partial(_label, name))}


def all_chosen(interaction: Interaction) -> list[str]:
    """Everything that was chosen in a menu."""
    data: Any = interaction.data
    values: list[str] = data.get("values") or []
    return values


def in_files(message: discord.Message | None) -> dict[str, discord.Attachment]:
    """The files with what was too long for the message, by field."""
    files = message.attachments if message else []
    return {file.filename.removesuffix(".txt"): file for file in files if file.filename.endswith(".txt")}


async def filled_up(message: discord.Message | None, given: Mapping[str, str]) -> dict[str, str]:
    """What was given; where a field is empty that a file of the message has, what is in the file."""
    found = dict(given)
    for name, file in in_files(message).items():
        if not found.get(name, "").strip():
            found[name] = (await file.read()).decode()
    return found


def _file(name: str, text: str) -> discord.File:
    return discord.File(io.BytesIO(text.encode()), f"{name}.txt")


def given_back(say: Callable[[str], str], typed: str) -> dict[str, Any]:
    """Parts of an answer that gives back what was typed; in a file where the answer has no room for it.

    say: what the answer says, with that in it.
    """
    said = say(boxed(typed))
    if len(said) <= LONGEST_CONTENT:
        return {"content": said}
    return {"content": say(str(texts.IN_FILE)), "files": [_file("words", typed)]}
