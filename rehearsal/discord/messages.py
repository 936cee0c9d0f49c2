"""Messages out of what a bot sends: mentions resolved, files kept, components numbered, a nonce once."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from rehearsal.discord import shapes
from rehearsal.discord.api.components import COMPONENTS_V2, TEXT, numbered, walk
from rehearsal.discord.api.errors import refusal
from rehearsal.discord.api.http import Upload
from rehearsal.discord.api.validation import (
    EPHEMERAL,
    LOADING,
    SETTABLE,
    SUPPRESS_EMBEDS,
    check_message,
    is_empty,
)
from rehearsal.discord.entities import Channel, Message, User
from rehearsal.discord.world import moment

if TYPE_CHECKING:
    from rehearsal.discord.server import DiscordStandIn

Json = dict[str, Any]
Files = dict[str, Upload]
NONCE_LIFETIME = 300.0  # seconds; the reference says "the past few minutes"


class Messages:
    def __init__(self, stand_in: DiscordStandIn, *, nonce_lifetime: float = NONCE_LIFETIME) -> None:
        self._stand_in = stand_in
        self.nonce_lifetime = nonce_lifetime
        self._nonces: dict[tuple[str, str, str], tuple[float, Message]] = {}

    def create(
        self,
        channel: Channel,
        author: User,
        payload: Json,
        files: Files,
        *,
        base: tuple[str, ...] = (),
        visible_to: str | None = None,
        loading: bool = False,
        kind: int = 0,
        extra: Json | None = None,
    ) -> Message:
        """Posts a message. Raises ApiError for what Discord refuses; `base`: where `payload` stands."""
        world = self._stand_in.world
        if not loading:
            check_message(payload, files, upload_limit=world.upload_limit(channel.guild_id), base=base)
        if (again := self._same(channel, author, payload)) is not None:
            return again
        if not loading and is_empty(payload, len(files)):
            raise refusal(50006)
        flags = (payload.get("flags") or 0) & SETTABLE
        flags |= (EPHEMERAL if visible_to else 0) | (LOADING if loading else 0)
        message = Message(
            {
                "id": world.snowflakes.next(),
                "channel_id": channel.id,
                "type": kind,
                "author": shapes.user_json(author),
                "content": payload.get("content") or "",
                "timestamp": moment(),
                "edited_timestamp": None,
                "tts": bool(payload.get("tts")),
                "mention_everyone": False,
                "mentions": [],
                "mention_roles": [],
                "attachments": [],
                "embeds": [],
                "components": [],
                "pinned": False,
                "flags": flags,
                **(extra or {}),
            },
            channel.guild_id,
            visible_to,
        )
        nonce = payload.get("nonce")
        message.nonce = None if nonce is None else nonce
        self._fill(message, payload, files)
        world.post(message)
        if nonce is not None and payload.get("enforce_nonce"):
            self._nonces[channel.id, author.id, str(nonce)] = (time.monotonic(), message)
        return message

    def edit(self, message: Message, payload: Json, files: Files, *, base: tuple[str, ...] = ()) -> Message:
        """Changes what `payload` names and nothing else."""
        world, data, known = self._stand_in.world, message.data, message.files
        limit, flags = world.upload_limit(message.guild_id), payload.get("flags") or 0
        v2 = bool(data["flags"] & COMPONENTS_V2)
        check_message(payload, files, upload_limit=limit, base=base, known_attachments=known, v2_already=v2)
        merged = data | {key: payload[key] for key in ("content", "embeds", "components") if key in payload}
        if flags & COMPONENTS_V2 and not v2:  # what the message keeps must fit the layout too
            check_message(merged | {"flags": flags, "attachments": None}, {}, upload_limit=limit, base=base)
        kept = payload["attachments"] or [] if "attachments" in payload else known.values()
        if is_empty(merged, sum(str(one.get("id")) in known for one in kept) + len(files)):
            raise refusal(50006)
        if "flags" in payload:
            data["flags"] = (data["flags"] & ~SUPPRESS_EMBEDS) | flags & (SUPPRESS_EMBEDS | COMPONENTS_V2)
        if not data["flags"] & LOADING:
            data["edited_timestamp"] = moment()
        data["flags"] &= ~LOADING
        if "content" in payload:
            data["content"] = payload["content"] or ""
        self._fill(message, payload, files, edited=True)
        world.changed(message)
        return message

    def _same(self, channel: Channel, author: User, payload: Json) -> Message | None:
        if payload.get("nonce") is None or not payload.get("enforce_nonce"):
            return None
        known = self._nonces.get((channel.id, author.id, str(payload["nonce"])))
        if known is None or time.monotonic() - known[0] > self.nonce_lifetime:
            return None
        return known[1] if known[1].id in channel.messages else None

    def _fill(self, message: Message, payload: Json, files: Files, *, edited: bool = False) -> None:
        data = message.data
        described = {str(one.get("id")): one for one in payload.get("attachments") or []}
        if edited and "attachments" in payload:
            message.files = {key: one for key, one in message.files.items() if key in described}
        for name, upload in files.items():
            given = described.get(name[6:-1], {})
            renamed = Upload(given.get("filename") or upload.filename, upload.data, upload.content_type)
            extra = {name: given.get(name) for name in ("description", "title", "duration_secs", "waveform")}
            made = self._stand_in.attachments.store(
                message.channel_id, renamed, ephemeral=bool(message.visible_to), **extra
            )
            message.files[made["id"]] = made
        by_name = {one["filename"]: one for one in message.files.values()}
        if "embeds" in payload:
            data["embeds"] = [_embed(embed, by_name) for embed in payload["embeds"] or []]
        if "components" in payload:
            data["components"] = [_media(node, by_name) for node in numbered(payload["components"] or [])]
        shown_elsewhere = {
            (embed.get(key) or {}).get("url") for embed in data["embeds"] for key in ("image", "thumbnail")
        }
        data["attachments"] = [one for one in message.files.values() if one["url"] not in shown_elsewhere]
        self._mention(message, payload.get("allowed_mentions"))

    def _mention(self, message: Message, allowed: Json | None) -> None:
        """Fills `mentions` with those who are really pinged: named in the text and allowed by the sender."""
        world, data = self._stand_in.world, message.data
        shown = [node.get("content", "") for node in walk(data["components"]) if node.get("type") == TEXT]
        text = "\n".join([data["content"], *shown])
        # Interaction answers and bots' messages alike: no allowed_mentions means that all are allowed.
        parse = ["users", "roles", "everyone"] if allowed is None else allowed.get("parse") or []
        users = None if allowed is None or "users" in parse else [str(i) for i in allowed.get("users") or []]
        roles = None if allowed is None or "roles" in parse else [str(i) for i in allowed.get("roles") or []]
        named = dict.fromkeys(re.findall(r"<@!?(\d+)>", text))
        data["mentions"] = [
            shapes.user_json(world.users[i])
            for i in named
            if i in world.users and (users is None or i in users)
        ]
        guild = world.guilds.get(message.guild_id or "")
        data["mention_roles"] = [
            i
            for i in dict.fromkeys(re.findall(r"<@&(\d+)>", text))
            if guild and i in guild.roles and (roles is None or i in roles)
        ]
        data["mention_everyone"] = "everyone" in parse and bool(re.search(r"@(everyone|here)\b", text))


def _embed(embed: Json, by_name: dict[str, Json]) -> Json:
    made = {"type": "rich", **embed}
    for key in ("image", "thumbnail"):
        if media := embed.get(key):
            made[key] = _resolved(media, by_name)
    return made


def _media(node: Json, by_name: dict[str, Json]) -> Json:
    made = dict(node)
    for key in ("media", "file"):
        if isinstance(node.get(key), dict):
            made[key] = _resolved(node[key], by_name)
    if node.get("items"):
        made["items"] = [{**item, "media": _resolved(item["media"], by_name)} for item in node["items"]]
    if isinstance(node.get("accessory"), dict):
        made["accessory"] = _media(node["accessory"], by_name)
    if node.get("components"):
        made["components"] = [_media(inner, by_name) for inner in node["components"]]
    if node.get("type") == 13 and (
        found := by_name.get(str(node["file"].get("url", "")).removeprefix("attachment://"))
    ):
        made |= {"name": found["filename"], "size": found["size"]}
    return made


def _resolved(media: Json, by_name: dict[str, Json]) -> Json:
    found = by_name.get(str(media.get("url", "")).removeprefix("attachment://"))
    if found is None:
        return dict(media)
    keys = ("url", "proxy_url", "width", "height", "content_type")
    described = {"description": media["description"]} if media.get("description") else {}
    return {key: found[key] for key in keys if key in found} | described | {"attachment_id": found["id"]}
