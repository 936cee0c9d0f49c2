"""What Discord demands of a message's body, before any of it happens.

Source: https://discord.com/developers/docs/resources/message#create-message and #embed-object-embed-limits
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rehearsal.discord.api.components import COMPONENTS_V2, check_message_components
from rehearsal.discord.api.errors import ApiError, Form, Path, refusal
from rehearsal.discord.api.http import Upload

EPHEMERAL, LOADING, SUPPRESS_EMBEDS, HAS_THREAD = 1 << 6, 1 << 7, 1 << 2, 1 << 5
SETTABLE = SUPPRESS_EMBEDS | 1 << 12 | 1 << 13 | COMPONENTS_V2  # 12: silent, 13: voice message
Json = dict[str, Any]


def check_message(
    payload: Json,
    files: dict[str, Upload],
    *,
    upload_limit: int,
    base: Path = (),
    known_attachments: Iterable[str] = (),
    v2_already: bool = False,
) -> None:
    """Raises ApiError 50035 with all problems, 40005 for files over `upload_limit` (bytes)."""
    if any(len(upload.data) > upload_limit for upload in files.values()):
        raise refusal(40005)
    form = Form()
    form.text(("content",), payload.get("content"), 2000)
    if (nonce := payload.get("nonce")) is not None:
        form.text(("nonce",), str(nonce), 25)
    embeds = form.items(("embeds",), payload.get("embeds"), 10)
    for i, embed in enumerate(embeds):
        if isinstance(embed, dict):
            check_embed(form, ("embeds", i), embed)
        else:
            form.wrong(("embeds", i), "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
    if sum(embed_length(embed) for embed in embeds if isinstance(embed, dict)) > 6000:
        form.wrong(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")
    v2 = v2_already or bool((payload.get("flags") or 0) & COMPONENTS_V2)
    components = form.items(("components",), payload.get("components"), 40)
    check_message_components(form, components, v2=v2)
    if v2:
        for name in ("content", "embeds", "poll", "sticker_ids"):
            if payload.get(name):
                form.wrong(
                    (name,),
                    "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                    f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
                )
    _check_attachments(form, payload.get("attachments"), files, set(known_attachments))
    _check_mentions(form, payload.get("allowed_mentions"))
    if form.errors:
        nested: Any = form.errors
        for step in reversed(base):
            nested = {str(step): nested}
        form.errors = nested
    form.close()


def is_empty(payload: Json, attachments: int) -> bool:
    """Whether a message would have nothing to show."""
    kept = ("content", "embeds", "components", "sticker_ids", "poll")
    return not attachments and not any(payload.get(name) for name in kept)


def embed_length(embed: Json) -> int:
    """Characters that count towards the 6000 of a message's embeds together."""
    parts = [embed.get("title"), embed.get("description")]
    parts += [(embed.get(key) or {}).get(inner) for key, inner in (("footer", "text"), ("author", "name"))]
    for one in embed.get("fields") or []:
        parts += [one.get("name"), one.get("value")]
    return sum(len(part) for part in parts if isinstance(part, str))


def check_embed(form: Form, path: Path, embed: Json) -> None:
    form.text((*path, "title"), embed.get("title"), 256)
    form.text((*path, "description"), embed.get("description"), 4096)
    _check_url(form, (*path, "url"), embed.get("url"), ("http", "https"))
    form.whole((*path, "color"), embed.get("color"), 0, 0xFFFFFF)
    for i, one in enumerate(form.items((*path, "fields"), embed.get("fields"), 25)):
        form.text((*path, "fields", i, "name"), one.get("name"), 256, required=True)
        form.text((*path, "fields", i, "value"), one.get("value"), 1024, required=True)
    if footer := embed.get("footer"):
        form.text((*path, "footer", "text"), footer.get("text"), 2048, required=True)
        _check_url(form, (*path, "footer", "icon_url"), footer.get("icon_url"))
    if author := embed.get("author"):
        form.text((*path, "author", "name"), author.get("name"), 256, required=True)
        _check_url(form, (*path, "author", "url"), author.get("url"), ("http", "https"))
        _check_url(form, (*path, "author", "icon_url"), author.get("icon_url"))
    for key in ("image", "thumbnail"):
        if media := embed.get(key):
            _check_url(form, (*path, key, "url"), media.get("url"))
            form.text((*path, key, "description"), media.get("description"), 4096)


def _check_url(
    form: Form, path: Path, url: object, schemes: tuple[str, ...] = ("http", "https", "attachment")
) -> None:
    text = form.text(path, url, 2048)
    scheme = text.partition("://")[0].lower() if "://" in text else ""
    if text and not scheme:
        form.wrong(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")
    elif text and scheme not in schemes:
        among = ", ".join(repr(one) for one in schemes)
        form.wrong(path, "URL_TYPE_INVALID_SCHEME", f'Scheme "{scheme}" must be one of ({among}).')


def _check_attachments(form: Form, attachments: object, files: dict[str, Upload], known: set[str]) -> None:
    listed = form.items(("attachments",), attachments, 10)
    if len(files) > 10:
        form.wrong(("files",), "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
    for i, one in enumerate(listed):
        number = str(one.get("id", ""))
        if f"files[{number}]" not in files and number not in known:
            form.wrong(("attachments", i, "id"), "ATTACHMENT_NOT_FOUND", "Attachment data not found")
        form.text(("attachments", i, "description"), one.get("description"), 1024)
    for name in files:
        if not (name.startswith("files[") and name.endswith("]") and name[6:-1].isdigit()):
            raise ApiError(400, 50046, f"Invalid file uploaded: {name}")


def _check_mentions(form: Form, allowed: object) -> None:
    if not isinstance(allowed, dict):
        return
    parse = form.items(("allowed_mentions", "parse"), allowed.get("parse"), 3)
    for i, one in enumerate(parse):
        form.choice(("allowed_mentions", "parse", i), one, ("roles", "users", "everyone"))
    for kind in ("users", "roles"):
        given = form.items(("allowed_mentions", kind), allowed.get(kind), 100)
        if given and kind in parse:
            words = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
            form.wrong(("allowed_mentions",), "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", words)
