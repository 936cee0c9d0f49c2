"""What the world is made of: people, guilds, channels, messages, and the events that tell of a change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

MIB = 1024 * 1024
# Bytes for one file by a guild's boost tier: https://support.discord.com/hc/en-us/articles/25444343291031
UPLOAD_LIMITS = {0: 10 * MIB, 1: 10 * MIB, 2: 50 * MIB, 3: 100 * MIB}
TEXT, DM, VOICE, CATEGORY, NEWS, NEWS_THREAD, THREAD, PRIVATE_THREAD = 0, 1, 2, 4, 5, 10, 11, 12
STAGE, FORUM = 13, 15


@dataclass
class User:
    id: str
    name: str
    bot: bool = False
    dms_open: bool = True
    locale: str = "en-US"


@dataclass
class Role:
    id: str
    name: str
    permissions: int
    position: int = 0
    managed_by: str | None = None


@dataclass
class Member:
    user: User
    joined_at: str
    roles: list[str] = field(default_factory=list[str])
    timed_out_until: str | None = None


@dataclass(frozen=True)
class VoiceState:
    """Somebody in a voice channel; without a channel: that they have left."""

    user_id: str
    channel_id: str | None
    session_id: str
    self_mute: bool = False
    self_deaf: bool = False


@dataclass
class Message:
    """`data` is Discord's message object. `visible_to` is the one member who sees it, if it is ephemeral."""

    data: dict[str, Any]
    guild_id: str | None
    visible_to: str | None = None
    nonce: str | int | None = None
    revision: int = 0
    files: dict[str, dict[str, Any]] = field(
        default_factory=dict[str, dict[str, Any]]
    )  # attachments, shown or not

    @property
    def id(self) -> str:
        return self.data["id"]

    @property
    def channel_id(self) -> str:
        return self.data["channel_id"]


@dataclass
class Channel:
    id: str
    name: str
    type: int = TEXT
    guild_id: str | None = None
    nsfw: bool = False
    position: int = 0
    parent_id: str | None = None
    overwrites: dict[str, tuple[int, int]] = field(
        default_factory=dict[str, tuple[int, int]]
    )  # (allow, deny)
    recipients: list[str] = field(default_factory=list[str])  # of a DM: the users beside the bot
    owner_id: str | None = None  # of a thread
    inside: set[str] = field(default_factory=set[str])  # who is in a thread
    archived: bool = False
    locked: bool = False
    auto_archive: int = 1440  # minutes
    user_limit: int = 0  # of a voice channel; 0: none
    tags: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])  # a forum's; a thread's, by id
    tag_needed: bool = False  # by who posts in that forum
    status: str | None = None  # of a voice channel: the line below its name
    messages: dict[str, Message] = field(default_factory=dict[str, Message])

    @property
    def is_thread(self) -> bool:
        return self.type in (NEWS_THREAD, THREAD, PRIVATE_THREAD)


@dataclass
class Guild:
    id: str
    name: str
    owner_id: str
    channels: dict[str, Channel] = field(default_factory=dict[str, Channel])
    roles: dict[str, Role] = field(default_factory=dict[str, Role])
    members: dict[str, Member] = field(default_factory=dict[str, Member])
    tier: int = 0
    locale: str = "en-US"
    upload_limit: int = UPLOAD_LIMITS[0]  # bytes
    voice: dict[str, VoiceState] = field(default_factory=dict[str, VoiceState])  # by user
    scheduled_events: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])  # by id
    interested: dict[str, list[str]] = field(default_factory=dict[str, list[str]])  # users, by event
    automod: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])  # rules by id
    away: bool = False  # who connects is told that it is unavailable, and no more


@dataclass(frozen=True)
class Event:
    """Something that happened. `only`: the one user who may know; `to`: which side of Discord is told."""

    name: str
    data: dict[str, Any]
    guild_id: str | None = None
    channel_id: str | None = None
    only: str | None = None
    revision: int = 0  # of the message, if it is about one
    to: Literal["both", "bot", "members"] = "both"
