"""AutoMod: a guild's rules, as Discord tells them to a bot that may manage the guild.

Source: https://docs.discord.com/developers/resources/auto-moderation
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rehearsal.discord import shapes
from rehearsal.discord.api.errors import refusal
from rehearsal.discord.api.http import Call, Reply, Routes
from rehearsal.discord.entities import Event, Guild, User
from rehearsal.discord.permissions import P, in_guild, named
from rehearsal.discord.snowflake import Snowflakes

Json = dict[str, Any]
KEYWORD, PRESET = 1, 4
BLOCK = {"type": 1, "metadata": {}}

routes = Routes()
RULES = "/guilds/{guild_id}/auto-moderation/rules"


def _rules(call: Call) -> dict[str, Json]:
    """The guild's rules. Raises ApiError 10004, 50013."""
    world = call.stand_in.world
    guild = world.guilds.get(call.params["guild_id"])
    if guild is None or world.bot.id not in guild.members:
        raise refusal(10004)
    if not in_guild(guild, world.bot.id) & P.MANAGE_GUILD:
        raise refusal(50013)
    return guild.automod


@routes.on("GET", RULES)
def list_rules(call: Call) -> Reply:
    return Reply(list(_rules(call).values()))


class AutoModWorld:
    """What moderators do with AutoMod, and what they let the bot see of it: a part of the world."""

    bot: User
    snowflakes: Snowflakes

    def guild(self, which: str) -> Guild:
        raise NotImplementedError

    def tell(self, event: Event) -> None:
        raise NotImplementedError

    def set_automod(
        self,
        guild: str,
        name: str,
        *,
        words: Iterable[str] = (),
        patterns: Iterable[str] = (),
        allowed: Iterable[str] = (),
        presets: Iterable[int] = (),
        exempt_roles: Iterable[str] = (),
        exempt_channels: Iterable[str] = (),
        enabled: bool = True,
    ) -> None:
        """Makes or replaces the rule of that name; with `presets` one with Discord's ready-made lists."""
        found = self.guild(guild)
        before = next((one for one in found.automod.values() if one["name"] == name), None)
        if presets:
            kind, metadata = PRESET, {"presets": list(presets), "allow_list": list(allowed)}
        else:
            kind, metadata = (
                KEYWORD,
                {
                    "keyword_filter": list(words),
                    "regex_patterns": list(patterns),
                    "allow_list": list(allowed),
                },
            )
        rule: Json = {
            "id": before["id"] if before else self.snowflakes.next(),
            "guild_id": found.id,
            "creator_id": found.owner_id,
            "name": name,
            "event_type": 1,
            "actions": [BLOCK],
            "trigger_type": kind,
            "enabled": enabled,
            "exempt_roles": list(exempt_roles),
            "exempt_channels": list(exempt_channels),
            "trigger_metadata": metadata,
        }
        found.automod[rule["id"]] = rule
        self.tell(_event("UPDATE" if before else "CREATE", rule, found))

    def remove_automod(self, guild: str, name: str) -> None:
        found = self.guild(guild)
        for rule in [one for one in found.automod.values() if one["name"] == name]:
            del found.automod[rule["id"]]
            self.tell(_event("DELETE", rule, found))

    def allow_bot(self, guild: str, permissions: Iterable[str]) -> None:
        """Lets the bot do that in the whole guild ("manage_guild"), beside what everybody may."""
        found = self.guild(guild)
        role = next(one for one in found.roles.values() if one.managed_by == self.bot.id)
        role.permissions = int(named(list(permissions))) | found.roles[found.id].permissions
        data = {"guild_id": found.id, "role": shapes.role_json(role)}
        self.tell(Event("GUILD_ROLE_UPDATE", data, found.id))


def _event(what: str, rule: Json, guild: Guild) -> Event:
    return Event(f"AUTO_MODERATION_RULE_{what}", rule, guild.id, to="bot")
