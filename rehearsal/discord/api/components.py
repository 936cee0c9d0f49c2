"""What Discord demands of message components and modals. Problems go into a Form, at their place in the body.

Source: https://discord.com/developers/docs/components/reference
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rehearsal.discord.api.errors import Form, Path

ROW, BUTTON, STRING_SELECT, TEXT_INPUT, SECTION, TEXT, THUMBNAIL = 1, 2, 3, 4, 9, 10, 11
GALLERY, FILE, SEPARATOR, CONTAINER, LABEL, UPLOAD, RADIO, CHECKBOXES, CHECKBOX = (
    12,
    13,
    14,
    17,
    18,
    19,
    21,
    22,
    23,
)
SELECTS = (STRING_SELECT, 5, 6, 7, 8)  # string, user, role, mentionable, channel
IN_CONTAINER = (ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR)
IN_LABEL = (TEXT_INPUT, *SELECTS, UPLOAD, RADIO, CHECKBOXES, CHECKBOX)
COMPONENTS_V2 = 1 << 15
Json = dict[str, Any]


def walk(components: list[Any]) -> Iterator[Json]:
    """Every component, those inside others too, from top to bottom."""
    for node in components:
        if isinstance(node, dict):
            yield node
            inner = [node.get("accessory"), node.get("component"), *(node.get("components") or [])]
            yield from walk([one for one in inner if one])


def check_message_components(form: Form, components: list[Any], *, v2: bool) -> None:
    """Rows of buttons and selects; with the Components V2 flag also layouts."""
    everything = list(walk(components))
    if not v2:
        form.items(("components",), components, 5)
    elif len(everything) > 40:
        form.wrong(
            ("components",),
            "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
            "Total number of components exceeds 40.",
        )
    if sum(len(str(node.get("content", ""))) for node in everything if node.get("type") == TEXT) > 4000:
        form.wrong(
            ("components",),
            "COMPONENT_TEXT_TOTAL_LENGTH_EXCEEDED",
            "Total length of text displays must be 4000 or fewer.",
        )
    for i, node in enumerate(components):
        path = ("components", i)
        if _is_one_of(form, path, node, (*IN_CONTAINER, CONTAINER) if v2 else (ROW,)):
            _check_layout(form, path, node)
    _check_unique(form, components)


def _is_one_of(form: Form, path: Path, node: object, types: tuple[int, ...]) -> bool:
    if isinstance(node, dict) and node.get("type") in types:
        return True
    among = ", ".join(map(str, types))
    form.wrong((*path, "type"), "UNION_TYPE_CHOICES", f'Value of field "type" must be one of ({among}).')
    return False


def _check_layout(form: Form, path: Path, node: Json) -> None:
    match node["type"]:
        case 1:
            _check_row(form, path, node)
        case 9:
            for i, text in enumerate(form.items((*path, "components"), node.get("components"), 3, least=1)):
                if _is_one_of(form, (*path, "components", i), text, (TEXT,)):
                    _check_layout(form, (*path, "components", i), text)
            accessory = node.get("accessory")
            if accessory is None:
                form.missing((*path, "accessory"))
            elif _is_one_of(form, (*path, "accessory"), accessory, (BUTTON, THUMBNAIL)):
                _check_layout(form, (*path, "accessory"), accessory)
        case 10:
            form.text((*path, "content"), node.get("content"), 4000, least=1, required=True)
        case 2:
            _check_button(form, path, node)
        case 11 | 13:
            key = "media" if node["type"] == THUMBNAIL else "file"
            form.text((*path, key, "url"), (node.get(key) or {}).get("url"), 2048, least=1, required=True)
        case 12:
            for i, item in enumerate(form.items((*path, "items"), node.get("items"), 10, least=1)):
                url = (item.get("media") or {}).get("url")
                form.text((*path, "items", i, "media", "url"), url, 2048, least=1, required=True)
                form.text((*path, "items", i, "description"), item.get("description"), 1024)
        case 14:
            form.choice((*path, "spacing"), node.get("spacing", 1), (1, 2))
        case 17:
            for i, inner in enumerate(form.items((*path, "components"), node.get("components"), 40, least=1)):
                if _is_one_of(form, (*path, "components", i), inner, IN_CONTAINER):
                    _check_layout(form, (*path, "components", i), inner)
        case _:
            pass


def _check_row(form: Form, path: Path, row: Json) -> None:
    inner = form.items((*path, "components"), row.get("components"), 5, least=1)
    if row.get("components") is None:
        form.missing((*path, "components"))
    selects = [node for node in inner if isinstance(node, dict) and node.get("type") in SELECTS]
    if selects and len(inner) > 1:
        form.wrong(
            (*path, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The components cannot fit in one row."
        )
    for i, node in enumerate(inner):
        where = (*path, "components", i)
        if _is_one_of(form, where, node, (BUTTON, *SELECTS)):
            (_check_button if node["type"] == BUTTON else _check_select)(form, where, node)


def _check_button(form: Form, path: Path, node: Json) -> None:
    form.choice((*path, "style"), node.get("style"), (1, 2, 3, 4, 5, 6))
    form.text((*path, "label"), node.get("label"), 80)
    style = node.get("style")
    if style == 5:
        url = form.text((*path, "url"), node.get("url"), 512, least=1, required=True)
        if url and not url.startswith(("http://", "https://", "discord://")):
            form.wrong(
                (*path, "url"),
                "URL_TYPE_INVALID_SCHEME",
                "Scheme must be one of ('http', 'https', 'discord').",
            )
        if node.get("custom_id"):
            form.wrong(
                (*path, "custom_id"),
                "BUTTON_COMPONENT_CUSTOM_ID_URL",
                "A custom id and url cannot both be specified",
            )
    elif style != 6:
        form.text((*path, "custom_id"), node.get("custom_id"), 100, least=1, required=True)
        if node.get("url"):
            form.wrong(
                (*path, "url"),
                "BUTTON_COMPONENT_CUSTOM_ID_URL",
                "A custom id and url cannot both be specified",
            )
    if style != 6 and not node.get("label") and not node.get("emoji"):
        form.wrong(path, "BUTTON_COMPONENT_MISSING_LABEL", "A button must have a label or an emoji")


def _check_select(form: Form, path: Path, node: Json) -> None:
    form.text((*path, "custom_id"), node.get("custom_id"), 100, least=1, required=True)
    form.text((*path, "placeholder"), node.get("placeholder"), 150)
    form.whole((*path, "min_values"), node.get("min_values"), 0, 25)
    form.whole((*path, "max_values"), node.get("max_values"), 1, 25)
    if node["type"] == STRING_SELECT:
        _check_options(form, path, node, least=1, most=25)
        return
    kinds = {5: ("user",), 6: ("role",), 7: ("user", "role"), 8: ("channel",)}[node["type"]]
    chosen = form.items((*path, "default_values"), node.get("default_values"), node.get("max_values") or 1)
    for i, one in enumerate(chosen):
        form.choice((*path, "default_values", i, "type"), one.get("type"), kinds)


def _check_options(form: Form, path: Path, node: Json, *, least: int, most: int) -> None:
    options = form.items((*path, "options"), node.get("options"), most, least=least)
    if node.get("options") is None:
        form.missing((*path, "options"))
    values: set[str] = set()
    for i, option in enumerate(options):
        where = (*path, "options", i)
        form.text((*where, "label"), option.get("label"), 100, least=1, required=True)
        value = form.text((*where, "value"), option.get("value"), 100, least=1, required=True)
        form.text((*where, "description"), option.get("description"), 100)
        if value in values:
            form.wrong(
                (*where, "value"),
                "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
                "The specified option value is already used",
            )
        values.add(value)
    if options and (node.get("max_values") or 1) > len(options):
        form.wrong(
            (*path, "max_values"), "BASE_TYPE_BAD_LENGTH", "Must not be more than the number of options."
        )


def _check_unique(form: Form, components: list[Any]) -> None:
    seen: set[str] = set()
    numbers: set[int] = set()
    for path, node in _placed(("components",), components):
        if (custom := node.get("custom_id")) is not None:
            if custom in seen:
                form.wrong(
                    (*path, "custom_id"),
                    "COMPONENT_CUSTOM_ID_DUPLICATED",
                    "Component custom id cannot be duplicated",
                )
            seen.add(custom)
        if number := node.get("id"):
            if number in numbers:
                form.wrong((*path, "id"), "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated")
            numbers.add(number)


def _placed(path: Path, nodes: list[Any]) -> Iterator[tuple[Path, Json]]:
    for i, node in enumerate(nodes):
        if isinstance(node, dict):
            yield (*path, i), node
            yield from _placed((*path, i, "components"), node.get("components") or [])
            for key in ("accessory", "component"):
                if isinstance(node.get(key), dict):
                    yield (*path, i, key), node[key]


def numbered(components: list[Json]) -> list[Json]:
    """The components as Discord gives them back: each with an id, if need be the next free number."""
    taken = {node["id"] for node in walk(components) if node.get("id")}
    free = (number for number in range(1, 1000) if number not in taken)

    def copy(node: Json) -> Json:
        made = {**node, "id": node.get("id") or next(free)}
        if node.get("default_values"):  # ids may be sent as numbers, and are given as text
            made["default_values"] = [{**one, "id": str(one["id"])} for one in node["default_values"]]
        for key in ("accessory", "component"):
            if isinstance(node.get(key), dict):
                made[key] = copy(node[key])
        if node.get("components"):
            made["components"] = [copy(inner) for inner in node["components"]]
        return made

    return [copy(node) for node in components]


# ---- modals ------------------------------------------------------------------------------------------------


def check_modal(form: Form, data: Json) -> None:
    """A modal: title, custom id, 1 to 5 rows, labels or texts."""
    base: Path = ("data",)
    form.text((*base, "title"), data.get("title"), 45, required=True)
    form.text((*base, "custom_id"), data.get("custom_id"), 100, least=1, required=True)
    if data.get("components") is None:
        form.missing((*base, "components"))
    components = form.items((*base, "components"), data.get("components"), 5, least=1)
    for i, part in enumerate(components):
        path = (*base, "components", i)
        if not _is_one_of(form, path, part, (ROW, LABEL, TEXT)):
            continue
        if part["type"] == TEXT:
            _check_layout(form, path, part)
        elif part["type"] == ROW:
            for j, node in enumerate(form.items((*path, "components"), part.get("components"), 1, least=1)):
                where = (*path, "components", j)
                if _is_one_of(form, where, node, (TEXT_INPUT,)):
                    form.text((*where, "label"), node.get("label"), 45, required=True)
                    _check_field(form, where, node)
        else:
            form.text((*path, "label"), part.get("label"), 45, required=True)
            form.text((*path, "description"), part.get("description"), 100)
            if _is_one_of(form, (*path, "component"), part.get("component"), IN_LABEL):
                _check_field(form, (*path, "component"), part["component"])
    nested = Form()
    _check_unique(nested, components)
    if nested.errors:
        form.errors.setdefault("data", {}).update(nested.errors)


def _check_field(form: Form, path: Path, node: Json) -> None:
    kind = node["type"]
    if kind in SELECTS:
        return _check_select(form, path, node)
    form.text((*path, "custom_id"), node.get("custom_id"), 100, least=1, required=True)
    if kind == TEXT_INPUT:
        form.choice((*path, "style"), node.get("style"), (1, 2))
        form.text((*path, "placeholder"), node.get("placeholder"), 100)
        least = form.whole((*path, "min_length"), node.get("min_length"), 0, 4000, 0) or 0
        most = form.whole((*path, "max_length"), node.get("max_length"), 1, 4000, 4000) or 4000
        if least > most:
            form.wrong(
                (*path, "min_length"), "NUMBER_TYPE_MAX", f"int value should be less than or equal to {most}."
            )
        form.text((*path, "value"), node.get("value"), min(most, 4000))
    elif kind == UPLOAD:
        form.whole((*path, "min_values"), node.get("min_values"), 0, 10)
        form.whole((*path, "max_values"), node.get("max_values"), 1, 10)
    elif kind in (RADIO, CHECKBOXES):
        _check_options(form, path, {**node, "max_values": 1}, least=2 if kind == RADIO else 1, most=10)
    return None
