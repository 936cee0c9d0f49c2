"""Who is in which voice channel, and what stands above it: a part of the world.

Source: https://docs.discord.com/developers/resources/voice
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rehearsal.discord import shapes
from rehearsal.discord.entities import STAGE, VOICE, Channel, Event, Guild, User, VoiceState
from rehearsal.discord.permissions import Permission

if TYPE_CHECKING:
    from rehearsal.discord.world import World

NEEDED = Permission.VIEW_CHANNEL | Permission.CONNECT


class VoiceWorld:
    users: dict[str, User]
    guilds: dict[str, Guild]

    def tell(self, event: Event) -> None:
        raise NotImplementedError

    def can(self, channel: Channel, user: str) -> Permission:
        raise NotImplementedError

    def channel(self, which: str, guild: str | None = None) -> Channel:
        raise NotImplementedError

    def in_voice(self, channel: Channel) -> list[str]:
        """Who is in a voice channel, by id."""
        guild = self.guilds[channel.guild_id or ""]
        return [one.user_id for one in guild.voice.values() if one.channel_id == channel.id]

    def why_not_in_voice(self, channel: Channel, user: str) -> str | None:
        """Why somebody cannot join; None where they can."""
        if channel.type not in (VOICE, STAGE):
            return f"#{channel.name} is no voice channel."
        may = self.can(channel, user)
        if may & NEEDED != NEEDED:
            return "You do not have permission to join this voice channel."
        others = [one for one in self.in_voice(channel) if one != user]
        if channel.user_limit and len(others) >= channel.user_limit and not may & Permission.MOVE_MEMBERS:
            return "This voice channel is full."
        return None

    def set_voice_state(self, guild: Guild, state: VoiceState) -> None:
        """Somebody joins, moves, leaves (without a channel), mutes or deafens themselves."""
        guild.voice.pop(state.user_id, None)
        if state.channel_id is not None:
            guild.voice[state.user_id] = state
        data = shapes.voice_state_json(state) | {"guild_id": guild.id}
        if state.user_id in guild.members:
            data["member"] = shapes.member_json(cast("World", self), guild, state.user_id)
        self.tell(Event("VOICE_STATE_UPDATE", data, guild.id, state.channel_id))

    def set_voice_status(self, channel: str, status: str | None) -> None:
        """The line that stands below a voice channel's name."""
        found = self.channel(channel)
        found.status = status or None
        data = {"id": found.id, "guild_id": found.guild_id, "status": found.status}
        self.tell(Event("VOICE_CHANNEL_STATUS_UPDATE", data, found.guild_id, found.id))
