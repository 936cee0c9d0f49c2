"""What a Discord client knows and checks before it sends an interaction: options, buttons, fields of a modal.

Its refusals are sentences for the member. A forged interaction skips the checks, as a modified client would.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rehearsal.discord import permissions, shapes
from rehearsal.discord.api.components import RADIO, SELECTS, TEXT_INPUT, UPLOAD, walk
from rehearsal.discord.api.http import Upload
from rehearsal.discord.entities import Channel, Message, User
from rehearsal.discord.permissions import Permission
from rehearsal.discord.world import World

if TYPE_CHECKING:
    from rehearsal.discord.attachments import Attachments

Json = dict[str, Any]
SUB_COMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(
    1, 12
)
WHAT = {STRING: "a text", INTEGER: "a whole number", BOOLEAN: "True or False", NUMBER: "a number"}
LONGEST_TEXT, LARGEST_NUMBER = 6000, 2**53


class NotSentError(Exception):
    """The client does not send this; str() is the sentence that the member sees."""


def unpack(file: Mapping[str, str]) -> Upload:
    """A file of the member side's JSON: {filename, content_type, data_base64}."""
    kind = file.get("content_type") or "application/octet-stream"
    return Upload(file["filename"], base64.b64decode(file["data_base64"]), kind)


class Resolver:
    """Collects `resolved`, the objects behind the ids of options and selects."""

    def __init__(self, world: World, channel: Channel, attachments: Attachments) -> None:
        self._world, self._channel, self._attachments = world, channel, attachments
        self.found: dict[str, dict[str, Json]] = {}

    def attach(self, upload: Upload) -> str:
        made = self._attachments.store(self._channel.id, upload, ephemeral=True)
        return self._keep("attachments", made["id"], made)

    def user(self, which: str) -> str:
        try:
            user = self._world.user(which)
        except LookupError as error:
            raise NotSentError(str(error)) from None
        guild = self._world.guilds.get(self._channel.guild_id or "")
        if guild and user.id in guild.members:
            member = shapes.member_json(self._world, guild, user.id)
            member["permissions"] = str(int(self._world.can(self._channel, user.id)))
            self._keep("members", user.id, {key: value for key, value in member.items() if key != "user"})
        return self._keep("users", user.id, shapes.user_json(user))

    def channel(self, which: str) -> str:
        try:
            channel = self._world.channel(which, self._channel.guild_id)
        except LookupError as error:
            raise NotSentError(str(error)) from None
        may = str(int(self._world.can(channel, self._world.bot.id)))
        return self._keep(
            "channels", channel.id, shapes.channel_json(self._world, channel) | {"permissions": may}
        )

    def role(self, which: str) -> str:
        guild = self._world.guilds.get(self._channel.guild_id or "")
        role = next((r for r in guild.roles.values() if which in (r.id, r.name)), None) if guild else None
        if role is None:
            raise NotSentError(f"There is no role {which!r} here.")
        return self._keep("roles", role.id, shapes.role_json(role))

    def message(self, message: Message) -> str:
        return self._keep("messages", message.id, message.data)

    def value(self, kind: int, given: Any) -> str:
        """The id for an option or select of a kind that names something."""
        if kind == CHANNEL:
            return self.channel(str(given))
        if kind == ROLE:
            return self.role(str(given))
        if kind == MENTIONABLE:
            try:
                return self.user(str(given))
            except NotSentError:
                return self.role(str(given))
        return self.user(str(given))

    def _keep(self, kind: str, own_id: str, data: Json) -> str:
        self.found.setdefault(kind, {})[own_id] = data
        return own_id


# ---- commands ----------------------------------------------------------------------------------------------


def may_use(world: World, command: Json, channel: Channel, user: User) -> bool:
    """Whether a member sees a command in a channel: scope, age restriction, permissions."""
    if command.get("guild_id") not in (None, channel.guild_id):
        return False
    if channel.guild_id is None:
        contexts = command.get("contexts")
        return 1 in contexts if contexts is not None else bool(command.get("dm_permission", True))
    if command.get("contexts") is not None and 0 not in command["contexts"]:
        return False
    if command["nsfw"] and not channel.nsfw:
        return False
    may = permissions.in_channel(world, channel, user.id)
    if not may & Permission.USE_APPLICATION_COMMANDS:
        return False
    wanted = command["default_member_permissions"]
    if wanted is None or may & Permission.ADMINISTRATOR:
        return True
    return int(wanted) != 0 and may & int(wanted) == int(wanted)


def find_command(world: World, name: str, kind: int, channel: Channel, user: User, *, forged: bool) -> Json:
    """The command of that name; a guild's own comes before a global one. Raises NotSentError."""
    named = [one for one in world.commands.values() if one["type"] == kind and one["name"] == name]
    here = [one for one in named if one.get("guild_id") in (None, channel.guild_id)]
    seen = here if forged else [one for one in here if may_use(world, one, channel, user)]
    if not seen:
        reason = "you may not use it in this channel" if here else "no bot here has such a command"
        raise NotSentError(f"{'/' if kind == 1 else ''}{name} cannot be used: {reason}.")
    return max(seen, key=lambda one: "guild_id" in one)


def command_data(
    world: World,
    channel: Channel,
    user: User,
    resolver: Resolver,
    path: str,
    given: Mapping[str, Any],
    uploads: Mapping[str, Upload],
    *,
    focused: str | None = None,
    forged: bool = False,
) -> Json:
    """`data` of a slash command's (or with `focused` an autocomplete's) interaction. Raises NotSentError."""
    first, *rest = path.split()
    command = find_command(world, first, 1, channel, user, forged=forged)
    node, chain = command, list[Json]()
    for name in rest:
        node = next(
            (o for o in node.get("options", []) if o["name"] == name and o["type"] in (SUB_COMMAND, GROUP)),
            None,
        )
        if node is None:
            raise NotSentError(f"/{path} cannot be used: /{first} has no sub-command {name!r}.")
        chain.append(node)
    options = node.get("options", [])
    if any(option["type"] in (SUB_COMMAND, GROUP) for option in options):
        raise NotSentError(f"/{path} cannot be sent by itself: choose one of its sub-commands.")
    made = _options(options, given, uploads, resolver, focused=focused, forged=forged)
    for step in reversed(chain):
        made = [{"type": step["type"], "name": step["name"], "options": made}]
    data: Json = {"id": command["id"], "name": command["name"], "type": 1, "options": made}
    if command.get("guild_id"):
        data["guild_id"] = command["guild_id"]
    return data | ({"resolved": resolver.found} if resolver.found else {})


def _options(
    declared: list[Json],
    given: Mapping[str, Any],
    uploads: Mapping[str, Upload],
    resolver: Resolver,
    *,
    focused: str | None,
    forged: bool,
) -> list[Json]:
    names = {option["name"] for option in declared}
    for name in [*given, *uploads]:
        if name not in names and not forged:
            raise NotSentError(
                f"This command has no option {name!r}. It has: {', '.join(sorted(names)) or 'none'}."
            )
    made: list[Json] = []
    for option in declared:
        name, kind = option["name"], option["type"]
        if kind == ATTACHMENT and name in uploads:
            made.append({"name": name, "type": kind, "value": resolver.attach(uploads[name])})
        elif given.get(name) is not None:
            value = given[name]
            if kind in (USER, CHANNEL, ROLE, MENTIONABLE):
                value = resolver.value(kind, value)
            elif focused is None and not forged:
                value = _checked(option, value)
            one: Json = {"name": name, "type": kind, "value": value}
            made.append(one | ({"focused": True} if name == focused else {}))
        elif name == focused:
            made.append({"name": name, "type": kind, "value": "", "focused": True})
        elif option.get("required") and focused is None and not forged:
            raise NotSentError(f"The option {name} is required. Give it a value.")
    made += [{"name": n, "type": STRING, "value": v} for n, v in given.items() if forged and n not in names]
    return made


def _checked(option: Json, value: Any) -> Any:
    name, kind = option["name"], option["type"]
    right = {STRING: str, INTEGER: int, BOOLEAN: bool, NUMBER: (int, float)}.get(kind, object)
    if not isinstance(value, right) or (isinstance(value, bool) and kind != BOOLEAN):
        what = WHAT.get(kind, "another kind of value")
        raise NotSentError(f"The option {name} must be {what}, not {value!r}.")
    if option.get("choices"):
        for choice in option["choices"]:
            if value in (choice["value"], choice["name"]):
                return choice["value"]
        names = ", ".join(choice["name"] for choice in option["choices"])
        raise NotSentError(f"The option {name} must be one of: {names}.")
    if kind == STRING:
        least, most = option.get("min_length", 0), option.get("max_length", LONGEST_TEXT)
        length = len(str(value))
        if not least <= length <= most:
            raise NotSentError(f"The option {name} takes {least} to {most} characters; this has {length}.")
    elif kind in (INTEGER, NUMBER):
        low, high = option.get("min_value", -LARGEST_NUMBER), option.get("max_value", LARGEST_NUMBER)
        if not low <= value <= high:
            raise NotSentError(f"The option {name} must be {low} to {high}, not {value}.")
    return value


def context_data(
    world: World,
    channel: Channel,
    user: User,
    resolver: Resolver,
    name: str,
    message: Message,
    *,
    forged: bool,
) -> Json:
    """`data` of a message context-menu command. Raises NotSentError."""
    command = find_command(world, name, 3, channel, user, forged=forged)
    target = resolver.message(message)
    data: Json = {
        "id": command["id"],
        "name": name,
        "type": 3,
        "target_id": target,
        "resolved": resolver.found,
    }
    return data | ({"guild_id": command["guild_id"]} if command.get("guild_id") else {})


# ---- components and modals ---------------------------------------------------------------------------------


def component_data(
    message: Message, custom_id: str, values: list[str], resolver: Resolver, *, forged: bool
) -> Json:
    """`data` of a press of a button or a choice in a select. Raises NotSentError."""
    node = next((one for one in walk(message.data["components"]) if one.get("custom_id") == custom_id), None)
    if node is None:
        if not forged:
            raise NotSentError("This message has no such button any more.")
        node = {"type": 3 if values else 2, "id": 1}
    if node.get("disabled") and not forged:
        raise NotSentError("This button is disabled.")
    data: Json = {"custom_id": custom_id, "component_type": node["type"], "id": node.get("id", 1)}
    if node["type"] in SELECTS:
        data["values"] = _selected(node, values, resolver, "This menu", forged=forged)
        if resolver.found:
            data["resolved"] = resolver.found
    return data


def _selected(node: Json, values: list[str], resolver: Resolver, what: str, *, forged: bool) -> list[str]:
    least, most = node.get("min_values", 1), node.get("max_values", 1)
    if node.get("required") is False and not values:
        least = 0
    if not least <= len(values) <= most and not forged:
        raise NotSentError(f"{what} takes {least} to {most} choices; these are {len(values)}.")
    if node["type"] != 3:
        kind = {5: USER, 6: ROLE, 7: MENTIONABLE, 8: CHANNEL}[node["type"]]
        chosen = [resolver.value(kind, one) for one in values]
        offered = node.get("channel_types") or []
        for one in chosen if offered and not forged else []:
            if resolver.found["channels"][one]["type"] not in offered:
                raise NotSentError(f"{what} does not offer this kind of channel.")
        return chosen
    by_name = {option["label"]: option["value"] for option in node.get("options", [])}
    chosen = [by_name.get(one, one) for one in values]
    unknown = set(chosen) - set(by_name.values())
    if unknown and not forged:
        there = ", ".join(by_name)
        raise NotSentError(f"{what} has no choice {', '.join(sorted(unknown))}. It has: {there}.")
    return chosen


def modal_data(
    modal: Json,
    fields: Mapping[str, Any],
    files: Mapping[str, list[Upload]],
    resolver: Resolver,
    *,
    forged: bool = False,
) -> Json:
    """`data` of a submitted modal: fields by custom id or label; others stay as they were prefilled."""
    parts: list[Json] = []
    used: set[str] = set()
    for number, part in enumerate(modal["components"], 1):
        own: Json = {"type": part["type"], "id": part.get("id", number)}
        inner = part.get("components") or ([part["component"]] if part.get("component") else [])
        filled: list[Json] = []
        for node in inner:
            label = node.get("label") or part.get("label") or ""
            key = node["custom_id"] if node["custom_id"] in {*fields, *files} else label
            used.add(key)
            filled.append(_field(node, label, fields.get(key), files.get(key), resolver, forged=forged))
        if part["type"] == 1:
            own["components"] = filled
        elif filled:
            own["component"] = filled[0]
        parts.append(own)
    if (unknown := {*fields, *files} - used) and not forged:
        raise NotSentError(f"The form has no field {', '.join(sorted(unknown))}.")
    data: Json = {"custom_id": modal["custom_id"], "components": parts}
    return data | ({"resolved": resolver.found} if resolver.found else {})


def unopened_modal_data(custom_id: str, fields: Mapping[str, Any]) -> Json:
    """`data` of a forged modal that the bot never sent: texts, and lists of values, by custom id."""
    parts: list[Json] = []
    for number, (name, given) in enumerate(fields.items()):
        kind = (
            {"type": TEXT_INPUT, "value": given} if isinstance(given, str) else {"type": 3, "values": given}
        )
        component = kind | {"id": 2 * number + 2, "custom_id": name}
        parts.append({"type": 18, "id": 2 * number + 1, "component": component})
    return {"custom_id": custom_id, "components": parts}


def _field(
    node: Json, label: str, given: Any, files: list[Upload] | None, resolver: Resolver, *, forged: bool
) -> Json:
    kind = node["type"]
    made: Json = {"type": kind, "id": node.get("id", 1), "custom_id": node["custom_id"]}
    needed = node.get("required", kind != 23) and not forged
    what = f"The field {label!r}"
    if kind == TEXT_INPUT:
        text = str(node.get("value") or "" if given is None else given)
        least, most = node.get("min_length") or 0, node.get("max_length") or 4000
        if needed and not text:
            raise NotSentError(f"{what} is required. Write something.")
        if not forged and text and not least <= len(text) <= most:
            raise NotSentError(f"{what} takes {least} to {most} characters; this has {len(text)}.")
        return made | {"value": text}
    if kind == UPLOAD:
        ids = [resolver.attach(file) for file in files or []]
        if needed and len(ids) < node.get("min_values", 1):
            raise NotSentError(f"{what} needs a file.")
        return made | {"values": ids}
    defaults = [option["value"] for option in node.get("options", []) if option.get("default")]
    if kind in (RADIO, 23):
        value = (
            given
            if given is not None
            else (defaults[0] if defaults else node.get("default", False if kind == 23 else None))
        )
        if needed and value is None:
            raise NotSentError(f"{what} is required. Choose one.")
        return made | {"value": value}
    if kind in SELECTS:
        defaults += [one["id"] for one in node.get("default_values", [])]
    values = defaults if given is None else [given] if isinstance(given, str) else list(given)
    if kind in SELECTS:
        return made | {"values": _selected(node, values, resolver, what, forged=forged)}
    if needed and not values:
        raise NotSentError(f"{what} is required. Choose one.")
    return made | {"values": values}
