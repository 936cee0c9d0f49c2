"""Discord's own AutoMod: what a guild's keyword rules forbid in messages, they forbid in tracks too.

The rule: what the bot may not read (that takes *Manage Server*) counts as no rule, and never as an error.
Rules are asked for rarely: they are kept for some minutes, and asked for again when Discord says that one
changed. The words of Discord's ready-made lists (keyword presets) are told to nobody, so they cannot be
honoured.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any, cast

import discord
import structlog
from discord import AutoModRuleTriggerType as Trigger
from discord.ext import commands

from cogs.core.client import Jamboree
from cogs.core.discord_errors import answering
from services.delivery import DeliveryUnavailable
from services.text.numbers import whole
from services.wavespeed.json_values import identifier, mapping
from services.words.blocked_words import Origin, WordList, readable_patterns

log = structlog.get_logger(__name__)

FRESH = 300.0  # seconds
PATIENCE = 3.0  # seconds that a member waits for Discord's answer


@dataclass(frozen=True, slots=True)
class Keywords:
    """One keyword rule, and for whom it does not hold."""

    words: WordList
    exempt_roles: frozenset[int]
    exempt_channels: frozenset[int]


@dataclass(frozen=True, slots=True)
class AutoModRules:
    """What could be read. readable: whether the bot may. presets: ready-made lists, which nobody can read.
    skipped: how many patterns say what the bot's engine cannot."""

    keywords: tuple[Keywords, ...] = ()
    readable: bool = True
    presets: bool = False
    skipped: int = 0

    @property
    def count(self) -> int:
        """Words and patterns of all rules."""
        return sum(len(one.words.words) + len(one.words.patterns) for one in self.keywords)

    def lists_for(self, channel_ids: Set[int], role_ids: Set[int]) -> list[WordList]:
        """Those that hold there, for a member with those roles."""
        return [
            one.words
            for one in self.keywords
            if one.exempt_roles.isdisjoint(role_ids) and one.exempt_channels.isdisjoint(channel_ids)
        ]


class AutoMod(commands.Cog):
    """Keeps the rules of each guild for a while."""

    def __init__(self, bot: Jamboree) -> None:
        self.bot = bot
        self._kept: dict[int, tuple[float, AutoModRules]] = {}
        self._changes: Counter[int] = (
            Counter()
        )  # by guild, so that an answer from before a change is not kept

    async def rules(self, guild: discord.Guild) -> AutoModRules:
        """The guild's rules; the last known, or none, where Discord does not answer."""
        at, known = self._kept.get(guild.id, (0.0, AutoModRules()))
        if at and time.monotonic() - at < FRESH:
            return known
        change = self._changes[guild.id]
        try:
            async with answering(), asyncio.timeout(PATIENCE):
                found = await asyncio.to_thread(
                    _read, await self.bot.http.get_auto_moderation_rules(guild.id)
                )
        except discord.Forbidden:
            found = AutoModRules(readable=False)
        except (DeliveryUnavailable, discord.HTTPException) as error:
            log.warning("AutoMod not read", guild=guild.id, error=str(error))
            return known
        if self._changes[guild.id] == change:
            self._kept[guild.id] = time.monotonic(), found
        return found

    def _forget(self, guild_id: int) -> None:
        self._changes[guild_id] += 1
        if guild_id in self._kept:  # what is known stays, for when Discord does not answer
            self._kept[guild_id] = 0.0, self._kept[guild_id][1]

    @commands.Cog.listener()
    async def on_automod_rule_create(self, rule: discord.AutoModRule) -> None:
        """Has the guild's rules read anew."""
        self._forget(rule.guild.id)

    @commands.Cog.listener()
    async def on_automod_rule_update(self, rule: discord.AutoModRule) -> None:
        """Has the guild's rules read anew."""
        self._forget(rule.guild.id)

    @commands.Cog.listener()
    async def on_automod_rule_delete(self, rule: discord.AutoModRule) -> None:
        """Has the guild's rules read anew."""
        self._forget(rule.guild.id)

    @commands.Cog.listener()
    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        """Has the rules read anew where the bot may have been given the right to, or lost it."""
        if before.permissions != after.permissions:  # it may be ours, and what may be read with it
            self._forget(after.guild.id)

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Forgets a guild that the bot has left."""
        self._kept.pop(guild.id, None)
        self._changes.pop(guild.id, None)


def _read(rules: object) -> AutoModRules:
    """From Discord's own JSON: discord.py reads all rules or none, and so none where one is new to it."""
    enabled = [rule for rule in map(mapping, _items(rules)) if rule.get("enabled") is True]
    keywords = [rule for rule in enabled if rule.get("trigger_type") == Trigger.keyword.value]
    presets = any(rule.get("trigger_type") == Trigger.keyword_preset.value for rule in enabled)
    read = tuple(_keywords(rule) for rule in keywords)
    given = sum(len(_texts(mapping(rule.get("trigger_metadata")), "regex_patterns")) for rule in keywords)
    skipped = given - sum(len(one.words.patterns) for one in read)
    return AutoModRules(read, presets=presets, skipped=skipped)


def _keywords(rule: Mapping[str, Any]) -> Keywords:
    told = mapping(rule.get("trigger_metadata"))
    patterns = readable_patterns(_texts(told, "regex_patterns"))
    words = WordList(Origin.AUTOMOD, _texts(told, "keyword_filter"), patterns, _texts(told, "allow_list"))
    return Keywords(words, _ids(rule, "exempt_roles"), _ids(rule, "exempt_channels"))


def _items(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _texts(told: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(one for one in _items(told.get(name)) if isinstance(one, str))


def _ids(told: Mapping[str, Any], name: str) -> frozenset[int]:
    found = (whole(identifier(one)) for one in _items(told.get(name)))
    return frozenset(one for one in found if one is not None)
