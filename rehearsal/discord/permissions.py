"""Who may do what where: Discord's permission bits, and how roles and a channel's overwrites add up.

Source: https://discord.com/developers/docs/topics/permissions
"""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING

from rehearsal.discord.entities import PRIVATE_THREAD

if TYPE_CHECKING:
    from rehearsal.discord.entities import Channel, Guild
    from rehearsal.discord.world import World


class Permission(IntFlag):
    CREATE_INSTANT_INVITE = 1 << 0
    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_AUDIT_LOG = 1 << 7
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    CONNECT = 1 << 20
    SPEAK = 1 << 21
    MUTE_MEMBERS = 1 << 22
    MOVE_MEMBERS = 1 << 24
    USE_VAD = 1 << 25
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_EVENTS = 1 << 33
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40
    CREATE_EVENTS = 1 << 44
    SET_VOICE_CHANNEL_STATUS = 1 << 48


P = Permission
EVERYTHING = Permission((1 << 53) - 1)
EVERYONE = (
    P.CREATE_INSTANT_INVITE | P.ADD_REACTIONS | P.VIEW_CHANNEL | P.SEND_MESSAGES | P.EMBED_LINKS
    | P.ATTACH_FILES | P.READ_MESSAGE_HISTORY | P.USE_EXTERNAL_EMOJIS | P.CONNECT | P.SPEAK
    | P.USE_APPLICATION_COMMANDS | P.CREATE_PUBLIC_THREADS | P.SEND_MESSAGES_IN_THREADS | P.USE_VAD
    | P.CREATE_EVENTS | P.SET_VOICE_CHANNEL_STATUS
)  # fmt: skip
MODERATOR = (
    P.MANAGE_GUILD | P.MANAGE_MESSAGES | P.MANAGE_THREADS | P.VIEW_AUDIT_LOG | P.MODERATE_MEMBERS
    | P.MANAGE_EVENTS | P.MOVE_MEMBERS | P.MUTE_MEMBERS
)  # fmt: skip
DIRECT = (
    P.VIEW_CHANNEL | P.SEND_MESSAGES | P.EMBED_LINKS | P.ATTACH_FILES | P.READ_MESSAGE_HISTORY
    | P.ADD_REACTIONS | P.USE_EXTERNAL_EMOJIS | P.USE_APPLICATION_COMMANDS
)  # fmt: skip


def named(names: list[str] | tuple[str, ...]) -> Permission:
    """Permissions by name ("send_messages"); KeyError for a name that Discord does not have."""
    found = Permission(0)
    for name in names:
        found |= Permission[name.upper()]
    return found


def in_guild(guild: Guild, user: str) -> Permission:
    """What a member's roles allow, before any channel's overwrites; nothing for who is not a member."""
    member = guild.members.get(user)
    if member is None:
        return Permission(0)
    if guild.owner_id == user:
        return EVERYTHING
    total = Permission(guild.roles[guild.id].permissions)
    for role in member.roles:
        total |= Permission(guild.roles[role].permissions)
    return EVERYTHING if total & P.ADMINISTRATOR else total


def in_channel(world: World, channel: Channel, user: str) -> Permission:
    """What a user may do in a channel (threads take their parent's overwrites)."""
    if channel.guild_id is None:
        return DIRECT if user in channel.recipients or user == world.bot.id else Permission(0)
    guild = world.guilds.get(channel.guild_id)
    if guild is None:
        return Permission(0)
    base = in_guild(guild, user)
    if base & P.ADMINISTRATOR or user not in guild.members:
        return base
    place = guild.channels.get(channel.parent_id or "", channel) if channel.is_thread else channel
    total = _overwritten(base, [place.overwrites.get(guild.id)])
    total = _overwritten(total, [place.overwrites.get(role) for role in guild.members[user].roles])
    total = _overwritten(total, [place.overwrites.get(user)])
    if channel.type == PRIVATE_THREAD and user not in channel.inside and not total & P.MANAGE_THREADS:
        return Permission(0)
    return total if total & P.VIEW_CHANNEL else Permission(0)


def _overwritten(total: Permission, overwrites: list[tuple[int, int] | None]) -> Permission:
    allow = deny = Permission(0)
    for overwrite in filter(None, overwrites):
        allow |= overwrite[0]
        deny |= overwrite[1]
    return (total & ~deny) | allow
