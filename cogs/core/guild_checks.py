"""Whether a member may ask for a track here and now, and with these words: the guild's rules, on Discord.

The rule: channel, roles and permissions are those of the interaction itself, so a role that was taken away
while a form was open no longer counts. Moderators (*Manage Server*) may ask anywhere, whatever their roles;
the longest duration and the words that must not be used bind them too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import discord

from cogs.core.automod import AutoMod
from cogs.core.responses import Interaction, guild_of, is_moderator
from services.guilds.rules import Jams, NotForJams, NotInThisChannel, NotWithTheseRoles, Rules
from services.prompts.prompt import Prompt
from services.text.faults import Fault, PromptError
from services.words.blocked_words import WordList, default_lists, word_faults

if TYPE_CHECKING:
    from cogs.core.client import Jamboree


LONGEST_LOOKED_AT = 20_000  # characters of lyrics; longer ones are refused for that
TAKEN_OVER = (
    "It comes from the track that this is made from. Choose another one, or change its words first with "
    "`/rework lyrics`."
)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: their guild, where they are (ids), their roles (ids), their own id where it is somebody."""

    guild: discord.Guild | None
    places: frozenset[int]
    roles: frozenset[int] = frozenset()
    moderator: bool = False
    member_id: int | None = None

    @classmethod
    def of(cls, interaction: Interaction) -> Asker:
        places, roles = frozenset(places_of(interaction)), frozenset(roles_of(interaction))
        return cls(interaction.guild, places, roles, is_moderator(interaction), interaction.user.id)

    @classmethod
    def anybody(cls, guild: discord.Guild | None, channel_id: int) -> Asker:
        """A member without any role, in that channel."""
        channel = guild.get_channel_or_thread(channel_id) if guild else None
        return cls(guild, frozenset(_around(channel_id, channel)))


async def rules_of(interaction: Interaction) -> Rules:
    """The rules of the interaction's guild, as they are now."""
    return await interaction.client.studio.rules.of(guild_of(interaction))


def check_place(interaction: Interaction, rules: Rules) -> None:
    """Raises NotInThisChannel, NotWithTheseRoles."""
    if is_moderator(interaction):
        return
    if not rules.allows_channel(*places_of(interaction)):
        raise NotInThisChannel(_still_there(interaction, rules.channels, "get_channel_or_thread"))
    if not rules.allows_roles(*roles_of(interaction)):
        raise NotWithTheseRoles(_still_there(interaction, rules.roles, "get_role"))


def check_jams(interaction: Interaction, rules: Rules) -> None:
    """Raises NotForJams, and what check_place does."""
    check_place(interaction, rules)
    if is_moderator(interaction) or rules.jams is Jams.EVERYBODY:
        return
    if rules.jams is Jams.MODERATORS:
        raise NotForJams(())
    if roles_of(interaction).isdisjoint(rules.jam_roles):
        raise NotForJams(_still_there(interaction, rules.jam_roles, "get_role"))


def _still_there(interaction: Interaction, ids: tuple[int, ...], find: str) -> tuple[int, ...]:
    """Those that the guild still has, so that nobody is sent to a channel that is gone."""
    return tuple(one for one in ids if interaction.guild and getattr(interaction.guild, find)(one))


class Written(Protocol):
    """What somebody wrote or took over, of whatever: a track can be asked for with it."""

    @property
    def texts(self) -> Mapping[str, str]:
        """What they wrote, by field."""
        ...

    def prompt(self) -> Prompt:
        """What it asks for. Raises PromptError."""
        ...

    def seconds(self) -> int | None:
        """How long the track is to be; None where that cannot be told."""
        ...


@dataclass(frozen=True, slots=True)
class AsBefore:
    """A prompt that is asked for once more, as it is."""

    again: Prompt

    @property
    def texts(self) -> Mapping[str, str]:
        taken_over = self.again.rework.texts if self.again.rework else {}
        return {name: text for name, text in self.again.texts.items() if name not in taken_over}

    def prompt(self) -> Prompt:
        return self.again

    def seconds(self) -> int | None:
        return self.again.duration


@dataclass(frozen=True, slots=True)
class Approved:
    """A prompt of which the guild's rules allow every word; `approve` makes these, and nothing else does."""

    prompt: Prompt


async def approve(
    bot: Jamboree, asker: Asker, rules: Rules, written: Written, faults: Sequence[Fault] = ()
) -> Approved:
    """The prompt, where nothing is against it. Every track that is made was approved here.

    Looked at is all that the track would say, also what it takes over: title, tags and words of the track it
    is made from may have been forbidden since. Raises PromptError with every fault there is, also those that
    are given.
    """
    found, prompt = list(faults), None
    try:
        prompt = written.prompt()
        texts = prompt.texts
    except PromptError as error:
        found += error.faults
        texts = {name: text[:LONGEST_LOOKED_AT] for name, text in written.texts.items()}
    against = await forbidden_to(bot, asker, rules, texts, written.seconds())
    if prompt is not None and prompt.rework is None and not written.texts.get("title"):
        elsewhere = {fault.problem for fault in against if fault.field != "title"}  # it is chosen from those
        against = [fault for fault in against if fault.field != "title" or fault.problem not in elsewhere]
    for fault in against:
        taken_over = fault.field.startswith("old_") and fault.field not in written.texts
        found.append(replace(fault, remedy=TAKEN_OVER) if taken_over else fault)
    if prompt is None or found:
        raise PromptError(found)
    return Approved(prompt)


async def forbidden(
    interaction: Interaction, rules: Rules, texts: Mapping[str, str], seconds: int | None
) -> list[Fault]:
    """What the rules have against the texts (by field) and the duration, all of it."""
    return await forbidden_to(interaction.client, Asker.of(interaction), rules, texts, seconds)


async def forbidden_to(
    bot: Jamboree, asker: Asker, rules: Rules, texts: Mapping[str, str], seconds: int | None
) -> list[Fault]:
    """The same, for whoever it is."""
    faults: list[Fault] = []
    if rules.longest is not None and seconds is not None and seconds > rules.longest:
        problem = f"{seconds} s is longer than this server's moderators allow."
        faults.append(Fault("duration", problem, f"Ask for at most {rules.longest} s."))
    return faults + await word_faults(texts, await _lists(bot, asker, rules))


async def _lists(bot: Jamboree, asker: Asker, rules: Rules) -> list[WordList]:
    """What must not be said here.

    AutoMod does not hold for moderators: of Discord's own, members with Manage Server or Administrator are
    exempt. So its AutoMod FAQ is quoted (read at second hand); its API documentation names only the roles
    and channels that a rule exempts.
    """
    lists = [WordList("this server's word list", rules.words, rules.patterns)]
    if rules.default_words:
        lists += default_lists()
    if rules.automod and asker.guild is not None and not asker.moderator:
        found = await bot.part(AutoMod).rules(asker.guild)
        lists += found.lists_for(asker.places, asker.roles)
    return lists


def places_of(interaction: Interaction) -> set[int]:
    """The channel, and where it is in: a thread's channel, a channel's category."""
    return _around(interaction.channel_id, interaction.channel)


def _around(channel_id: int | None, channel: object) -> set[int]:
    parent = channel.parent if isinstance(channel, discord.Thread) else channel
    ids = {channel_id, getattr(channel, "parent_id", None), getattr(parent, "category_id", None)}
    return {one for one in ids if one is not None}


def roles_of(interaction: Interaction) -> set[int]:
    """The ids of the member's roles, as of this very interaction; @everyone's is the guild's."""
    member = interaction.user
    return {role.id for role in member.roles} if isinstance(member, discord.Member) else set()


def is_age_restricted(channel: object) -> bool:
    """Whether Discord shows the channel, or the thread's channel, to adults only."""
    is_nsfw = getattr(channel, "is_nsfw", None)
    return bool(is_nsfw and is_nsfw())
