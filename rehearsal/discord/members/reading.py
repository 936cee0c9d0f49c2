"""What a person reads in a message or a form: its text, embeds, files and buttons, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

Json = dict[str, Any]


def text_of(message: Json) -> str:
    """Everything a person can read in a message or modal, in order: text, embeds, files, [buttons]."""
    return "\n".join(line for line in _lines(message) if line)


def _lines(message: Json) -> Iterator[str]:
    yield message.get("title", "")
    yield message.get("content", "")
    for embed in message.get("embeds", []):
        yield (embed.get("author") or {}).get("name", "")
        yield embed.get("title", "")
        yield embed.get("description", "")
        for field in embed.get("fields", []):
            yield f"{field['name']}: {field['value']}"
        yield (embed.get("footer") or {}).get("text", "")
    for node in walk(message.get("components", [])):
        yield _words(node)
    for attachment in message.get("attachments", []):
        yield f"({attachment['filename']})"


def _words(node: Json) -> str:
    match node["type"]:
        case 2:
            emoji = (node.get("emoji") or {}).get("name") or ""
            name = " ".join(filter(None, [emoji, node.get("label")]))
            return f"[{name}]" if not node.get("disabled") else f"[{name} (disabled)]"
        case 10:
            return node["content"]
        case 18 | 4:
            return " ".join(filter(None, [node.get("label"), node.get("description"), node.get("value")]))
        case 3 | 5 | 6 | 7 | 8:
            options = ", ".join(option["label"] for option in node.get("options", []))
            return f"<{node.get('placeholder') or 'Choose'}: {options}>"
        case _:
            return ""


def walk(components: Sequence[Json]) -> Iterator[Json]:
    """Every component, those inside others too, from top to bottom."""
    for node in components:
        yield node
        yield from walk(node.get("components") or [])
        yield from walk([node[key] for key in ("accessory", "component") if node.get(key)])
