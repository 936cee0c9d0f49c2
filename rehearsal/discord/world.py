"""What exists: guilds, channels, members, messages. Each change is told to those who listen, as an event.

Ids are strings, as in Discord's JSON. Methods that take a guild, channel or member take its id or its name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

from rehearsal.discord import permissions, shapes
from rehearsal.discord.automod import AutoModWorld
from rehearsal.discord.entities import (
    DM,
    TEXT,
    THREAD,
    UPLOAD_LIMITS,
    Channel,
    Event,
    Guild,
    Member,
    Message,
    Role,
    User,
)
from rehearsal.discord.permissions import EVERYONE, MODERATOR, Permission
from rehearsal.discord.scheduled_events import ScheduledEventsWorld
from rehearsal.discord.snowflake import Snowflakes
from rehearsal.discord.voice.states import VoiceWorld

T = TypeVar("T", User, Guild, Channel)


class NotHereError(LookupError):
    """No such guild, channel, member or message."""


def moment(at: float | None = None) -> str:
    return (datetime.now(UTC) if at is None else datetime.fromtimestamp(at, UTC)).isoformat()


class World(AutoModWorld, ScheduledEventsWorld, VoiceWorld):
    def __init__(self, *, name: str = "Jamboree", made_at: float = 1_717_243_200.0) -> None:
        self.snowflakes = Snowflakes()
        self.bot = User(Snowflakes.at(made_at), name, bot=True)
        self.users: dict[str, User] = {self.bot.id: self.bot}
        self.host_id = self.bot.id  # whose application the bot is; where it is a team's, the team's owner
        self.team: dict[str, tuple[str, bool]] = {}  # of each other in it, by id: role, and whether accepted
        self.guilds: dict[str, Guild] = {}
        self.direct: dict[str, Channel] = {}  # DM channels of the bot
        self.commands: dict[str, dict[str, Any]] = {}
        self.listeners: list[Callable[[Event], None]] = []

    def tell(self, event: Event) -> None:
        for listener in list(self.listeners):
            listener(event)

    # ---- finding -------------------------------------------------------------------------------------------

    def guild(self, which: str) -> Guild:
        return _named(self.guilds.values(), which, "guild")

    def channel(self, which: str, guild: str | None = None) -> Channel:
        """A channel by id, or by name within a guild."""
        if found := self.find_channel(which):
            return found
        places = [self.guild(guild)] if guild else list(self.guilds.values())
        return _named([c for g in places for c in g.channels.values()], which.lstrip("#"), "channel")

    def find_channel(self, channel_id: str) -> Channel | None:
        for guild in self.guilds.values():
            if channel_id in guild.channels:
                return guild.channels[channel_id]
        return self.direct.get(channel_id)

    def user(self, which: str) -> User:
        return _named(self.users.values(), which, "member")

    def all_channels(self) -> Iterable[Channel]:
        for guild in self.guilds.values():
            yield from guild.channels.values()
        yield from self.direct.values()

    def find_message(self, message_id: str) -> Message | None:
        return next((c.messages[message_id] for c in self.all_channels() if message_id in c.messages), None)

    def upload_limit(self, guild_id: str | None) -> int:
        return self.guilds[guild_id].upload_limit if guild_id in self.guilds else UPLOAD_LIMITS[0]

    # ---- guilds and who is in them -------------------------------------------------------------------------

    def add_guild(
        self,
        name: str,
        *,
        made_at: float | None = None,
        with_bot: bool = True,
        channels: Iterable[str] = (),
        read_only: Iterable[str] = (),
    ) -> Guild:
        """A guild with those text channels; the bot joins it. `made_at` (Unix seconds): when, else now; makes
        its id lasting.

        read_only: in which of the channels nobody may write.
        """
        own_id = self._id(made_at)
        guild = Guild(own_id, name, owner_id=self._id(made_at, 1))
        guild.roles[own_id] = Role(own_id, "@everyone", int(EVERYONE))
        moderators = self._id(made_at, 2)
        guild.roles[moderators] = Role(moderators, "Moderator", int(EVERYONE | MODERATOR), position=2)
        self.guilds[own_id] = guild
        if with_bot:
            managed = self._id(made_at, 3)
            guild.roles[managed] = Role(
                managed, self.bot.name, int(EVERYONE), position=1, managed_by=self.bot.id
            )
            guild.members[self.bot.id] = Member(self.bot, moment(made_at), [managed])
        for title in channels:
            channel = Channel(
                self._id(made_at, _stable(title)), title, TEXT, own_id, position=len(guild.channels)
            )
            if title in read_only:
                channel.overwrites[own_id] = (0, int(permissions.named(["send_messages"])))
            guild.channels[channel.id] = channel
        data = shapes.guild_created(self, guild)
        del data["unavailable"]  # absent where the bot is new, false where the guild only became available
        self.tell(Event("GUILD_CREATE", data, own_id))
        return guild

    def remove_guild(self, guild: str) -> None:
        """The bot is no longer in the guild (kicked, or the guild is gone)."""
        found = self.guild(guild)
        self.tell(Event("GUILD_DELETE", {"id": found.id}, found.id))
        del self.guilds[found.id]
        self.commands = {k: v for k, v in self.commands.items() if v.get("guild_id") != found.id}

    def set_tier(self, guild: str, tier: int) -> None:
        """The guild's boost tier, and with it the upload limit; Discord knows 0 to 3 today."""
        found = self.guild(guild)
        found.tier = tier
        self.set_upload_limit(found.id, UPLOAD_LIMITS[min(tier, 3)])

    def set_upload_limit(self, guild: str, limit: int) -> None:
        """The largest file, in bytes."""
        found = self.guild(guild)
        found.upload_limit = limit
        self.tell(Event("GUILD_UPDATE", shapes.guild_json(found), found.id))

    def add_member(
        self, guild: str, name: str, *, moderator: bool = False, made_at: float | None = None
    ) -> User:
        """Somebody joins; the same name is the same person in every guild."""
        found = self.guild(guild)
        user = next((u for u in self.users.values() if u.name == name and not u.bot), None)
        if user is None:
            user = User(self._id(made_at, _stable(name)), name)
            self.users[user.id] = user
        roles = [role.id for role in found.roles.values() if role.name == "Moderator"] if moderator else []
        found.members[user.id] = Member(user, moment(), roles)
        data = shapes.member_json(self, found, user.id) | {"guild_id": found.id}
        self.tell(Event("GUILD_MEMBER_ADD", data, found.id))
        return user

    def set_moderator(self, guild: str, member: str, moderator: bool) -> None:
        """Gives or takes the Moderator role (Manage Server and what goes with it)."""
        found = self.guild(guild)
        role = next(role.id for role in found.roles.values() if role.name == "Moderator")
        user = self.user(member)
        found.members[user.id].roles = [role] if moderator else []
        data = shapes.member_json(self, found, user.id) | {"guild_id": found.id}
        self.tell(Event("GUILD_MEMBER_UPDATE", data, found.id))

    def add_role(self, guild: str, name: str, *, made_at: float | None = None) -> Role:
        """A role that allows what everybody may."""
        found = self.guild(guild)
        role = Role(self._id(made_at, _stable(name)), name, int(EVERYONE), position=len(found.roles))
        found.roles[role.id] = role
        self.tell(
            Event("GUILD_ROLE_CREATE", {"guild_id": found.id, "role": shapes.role_json(role)}, found.id)
        )
        return role

    def set_roles(self, guild: str, member: str, roles: Iterable[str]) -> None:
        """The roles (by name or id) that a member has, and no others."""
        found, user = self.guild(guild), self.user(member)
        wanted = set(roles)
        found.members[user.id].roles = [r.id for r in found.roles.values() if wanted & {r.id, r.name}]
        data = shapes.member_json(self, found, user.id) | {"guild_id": found.id}
        self.tell(Event("GUILD_MEMBER_UPDATE", data, found.id))

    def time_out(self, guild: str, member: str, until: str | None) -> None:
        """Discord's own time-out of a member, until that moment (ISO 8601); None: it is over."""
        found, user = self.guild(guild), self.user(member)
        found.members[user.id].timed_out_until = until
        data = shapes.member_json(self, found, user.id) | {"guild_id": found.id}
        self.tell(Event("GUILD_MEMBER_UPDATE", data, found.id))

    def remove_member(self, guild: str, member: str) -> None:
        found, user = self.guild(guild), self.user(member)
        found.members.pop(user.id, None)
        data = {"guild_id": found.id, "user": shapes.user_json(user)}
        self.tell(Event("GUILD_MEMBER_REMOVE", data, found.id))

    def set_dms(self, member: str, *, is_open: bool) -> None:
        """Whether a member takes direct messages from the bot."""
        self.user(member).dms_open = is_open

    def set_locale(self, who: str, locale: str) -> None:
        """The language of a member or a guild ("de", "en-US" …)."""
        guild = next((one for one in self.guilds.values() if who in (one.id, one.name)), None)
        (guild or self.user(who)).locale = locale
        if guild is not None:
            self.tell(Event("GUILD_UPDATE", shapes.guild_json(guild), guild.id))

    # ---- channels ------------------------------------------------------------------------------------------

    def add_channel(
        self, guild: str, name: str, *, nsfw: bool = False, kind: int = TEXT, made_at: float | None = None
    ) -> Channel:
        found = self.guild(guild)
        own_id = self._id(made_at, _stable(name))
        channel = Channel(own_id, name, kind, found.id, nsfw, position=len(found.channels))
        found.channels[channel.id] = channel
        self._channel_event("CREATE", channel)
        return channel

    def add_thread(
        self, parent: Channel, name: str, owner: str, *, kind: int = THREAD, own_id: str | None = None
    ) -> Channel:
        """A thread; one that starts from a message has that message's id."""
        assert parent.guild_id is not None
        thread = Channel(own_id or self.snowflakes.next(), name, kind, parent.guild_id, parent.nsfw)
        thread.parent_id, thread.owner_id = parent.id, owner
        thread.inside = {owner, self.bot.id}
        self.guilds[parent.guild_id].channels[thread.id] = thread
        self._channel_event("CREATE", thread)
        return thread

    def update_channel(self, channel: str, **changes: Any) -> None:
        """Sets fields of a channel (name, nsfw, archived, …)."""
        found = self.channel(channel)
        for name, value in changes.items():
            setattr(found, name, value)
        self._channel_event("UPDATE", found)

    def delete_channel(self, channel: str) -> None:
        found = self.channel(channel)
        if found.guild_id is None:
            del self.direct[found.id]
            return
        del self.guilds[found.guild_id].channels[found.id]
        self._channel_event("DELETE", found)

    def set_permissions(
        self, channel: str, who: str = "bot", *, allow: Iterable[str] = (), deny: Iterable[str] = ()
    ) -> None:
        """Overwrites what `who` ("bot", "everyone", a role's or a member's id or name) may do in a channel.

        Permissions by Discord's names ("send_messages"). Empty lists take the overwrite away.
        """
        found = self.channel(channel)
        assert found.guild_id is not None
        guild = self.guilds[found.guild_id]
        target = self._overwrite_target(guild, who)
        allowed, denied = permissions.named(list(allow)), permissions.named(list(deny))
        found.overwrites.pop(target, None)
        if allowed or denied:
            found.overwrites[target] = (int(allowed), int(denied))
        self._channel_event("UPDATE", found)

    def _overwrite_target(self, guild: Guild, who: str) -> str:
        if who in ("bot", "everyone"):
            return self.bot.id if who == "bot" else guild.id
        role = next((r.id for r in guild.roles.values() if who in (r.id, r.name)), None)
        return role or self.user(who).id

    def direct_channel(self, user: User) -> Channel:
        """The DM channel between the bot and a user, made when there is none."""
        for channel in self.direct.values():
            if channel.recipients == [user.id]:
                return channel
        channel = Channel(self.snowflakes.next(), user.name, DM, recipients=[user.id])
        self.direct[channel.id] = channel
        self.tell(Event("CHANNEL_CREATE", shapes.channel_json(self, channel), only=user.id, to="members"))
        return channel

    def can(self, channel: Channel, user: str) -> Permission:
        return permissions.in_channel(self, channel, user)

    def _channel_event(self, what: str, channel: Channel) -> None:
        name = f"{'THREAD' if channel.is_thread else 'CHANNEL'}_{what}"
        self.tell(Event(name, shapes.channel_json(self, channel), channel.guild_id, channel.id))

    # ---- messages ------------------------------------------------------------------------------------------

    def post(self, message: Message) -> Message:
        channel = self.find_channel(message.channel_id)
        if channel is None:
            raise NotHereError(message.channel_id)
        channel.messages[message.id] = message
        self._message_event("MESSAGE_CREATE", message)
        return message

    def changed(self, message: Message) -> None:
        """Tells that a message's data were changed."""
        message.revision += 1
        self._message_event("MESSAGE_UPDATE", message)

    def delete_message(self, message: Message) -> None:
        channel = self.find_channel(message.channel_id)
        if channel is None or channel.messages.pop(message.id, None) is None:
            return
        data = {"id": message.id, "channel_id": message.channel_id}
        if message.guild_id:
            data["guild_id"] = message.guild_id
        self._tell_of(message, "MESSAGE_DELETE", data)

    def _message_event(self, name: str, message: Message) -> None:
        data = dict(message.data)
        if message.nonce is not None and name == "MESSAGE_CREATE":
            data["nonce"] = message.nonce
        if message.guild_id:
            data["guild_id"] = message.guild_id
            guild = self.guilds.get(message.guild_id)
            if guild and data["author"]["id"] in guild.members:
                member = shapes.member_json(self, guild, data["author"]["id"])
                data["member"] = {key: value for key, value in member.items() if key != "user"}
        self._tell_of(message, name, data)

    def _tell_of(self, message: Message, name: str, data: dict[str, Any]) -> None:
        to: Literal["both", "members"] = "members" if message.visible_to else "both"
        place = message.guild_id, message.channel_id, message.visible_to
        self.tell(Event(name, data, *place, message.revision, to))

    def _id(self, made_at: float | None, increment: int = 0) -> str:
        return self.snowflakes.next() if made_at is None else Snowflakes.at(made_at, increment)


def _stable(name: str) -> int:
    """A snowflake's increment (12 bits) out of a name, apart from those that guilds use."""
    return 16 + int.from_bytes(hashlib.blake2s(name.encode(), digest_size=2).digest(), "big") % 4000


def _named(among: Iterable[T], which: str, what: str) -> T:
    among = list(among)
    found = next((one for one in among if one.id == which), None) or next(
        (one for one in among if one.name.casefold() == which.casefold()), None
    )
    if found is None:
        raise NotHereError(f"There is no {what} {which!r} here.")
    return found
