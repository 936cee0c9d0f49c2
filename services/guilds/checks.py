"""Whether a member may ask for a track here and now, and with these words: the guild's rules.

The rule: moderators may ask anywhere, whatever their roles; the longest duration and the words that must not
be used bind them too. All that the answer depends on comes in as values: the rules, where the member is,
their roles, and the lists of Discord's AutoMod that hold there. In which order what is asked of whoever wants
a track, `services.requests` says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import auto
from typing import Protocol

from services.guilds.bans import TimedOut
from services.guilds.rules import (
    NotForContests,
    NotForJams,
    NotInThisChannel,
    NotWithTheseRoles,
    Rules,
    WhoMay,
)
from services.prompts.prompt import Prompt, parse_tags, parse_title
from services.storage.database import now
from services.text.faults import Fault, FaultKind, PromptError
from services.text.refusal import Refusal, RequestRefusal
from services.words.blocked_words import Origin, WordList, default_lists, word_faults

LONGEST_LOOKED_AT = 20_000  # characters of lyrics; longer ones are refused for that


class RuleFault(FaultKind):
    """What a guild's rules can have against a length."""

    LONGER_THAN_ALLOWED = auto()  # seconds, most


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and where, under the guild's rules as they are now.

    places: ids of the channel, and of what it is in. roles: ids of the member's. member_id: None where nobody
    in particular asks. has: whether the guild still has a channel or a role of that id, so that nobody is
    sent to one that is gone. lacking: the permissions that the bot would need to post a track there, and does
    not have. timed_out_until: a moment, where the member is in Discord's own time-out.
    """

    guild_id: int
    rules: Rules
    places: frozenset[int]
    has: Callable[[int], bool]
    lacking: tuple[str, ...] = ()
    roles: frozenset[int] = frozenset()
    moderator: bool = False
    member_id: int | None = None
    timed_out_until: datetime | None = None


class NotForParties(Refusal):
    """The guild's rules let only members with one of these roles (ids) start parties, or only
    in these channels. Without either: only moderators.
    """

    def __init__(self, *, roles: tuple[int, ...] = (), channels: tuple[int, ...] = ()) -> None:
        super().__init__(f"only with {roles}, in {channels}")
        self.roles, self.channels = roles, channels


class CannotPost(RequestRefusal):
    """The bot could not post the track there: it lacks these permissions, by Discord's names."""

    def __init__(self, permissions: tuple[str, ...]) -> None:
        super().__init__(f"without {permissions}")
        self.permissions = permissions


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
        """How long a track is to be whose prompt has faults; None where that cannot be told."""
        ...


@dataclass(frozen=True, slots=True)
class AsBefore:
    """A prompt that is asked for once more, as it is."""

    again: Prompt

    @property
    def texts(self) -> Mapping[str, str]:
        """What its member wrote, without what it takes over from a source."""
        taken_over = self.again.rework.texts if self.again.rework else {}
        return {name: text for name, text in self.again.texts.items() if name not in taken_over}

    def prompt(self) -> Prompt:
        """The prompt itself."""
        return self.again

    def seconds(self) -> int:
        """Its duration, in seconds."""
        return self.again.duration


@dataclass(frozen=True, slots=True)
class Approved:
    """A prompt of which the guild's rules allow every word; `approve` makes these, and nothing else does."""

    prompt: Prompt


def check_place(asker: Asker) -> None:
    """Raises CannotPost, TimedOut, NotInThisChannel, NotWithTheseRoles; roles are asked of somebody alone."""
    rules = asker.rules
    if asker.lacking:
        raise CannotPost(asker.lacking)
    check_time_out(asker.timed_out_until)
    if asker.moderator:
        return
    if not rules.allows_channel(*asker.places):
        raise NotInThisChannel(_still_there(asker, rules.channels))
    if asker.member_id is not None and not rules.allows_roles(*asker.roles):
        raise NotWithTheseRoles(_still_there(asker, rules.roles))


def check_time_out(until: datetime | None) -> None:
    """Raises TimedOut. until: as Discord told it with what the member does now."""
    if until is not None and until > now():
        raise TimedOut(until)


def check_jams(asker: Asker) -> None:
    """Raises NotForJams, and what check_place does."""
    _check_among(asker, asker.rules.jams, asker.rules.jam_roles, NotForJams)


def check_contests(asker: Asker) -> None:
    """Whether they may start one. Raises NotForContests, and what check_place does."""
    _check_among(asker, asker.rules.contests, asker.rules.contest_roles, NotForContests)


def _check_among(
    asker: Asker, who: WhoMay, roles: tuple[int, ...], refusal: type[NotForJams | NotForContests]
) -> None:
    check_place(asker)
    if asker.moderator or who is WhoMay.EVERYBODY:
        return
    if who is WhoMay.MODERATORS:
        raise refusal(())
    if asker.roles.isdisjoint(roles):
        raise refusal(_still_there(asker, roles))


def check_parties(asker: Asker, channel_id: int) -> None:
    """Whether the member may start a party in that voice channel. Raises TimedOut, NotForParties."""
    rules = asker.rules
    check_time_out(asker.timed_out_until)
    if asker.moderator:
        return
    if rules.party_channels and channel_id not in rules.party_channels:
        raise NotForParties(channels=_still_there(asker, rules.party_channels))
    if rules.parties is WhoMay.MODERATORS:
        raise NotForParties()
    if rules.parties is WhoMay.ROLES and asker.roles.isdisjoint(rules.party_roles):
        raise NotForParties(roles=_still_there(asker, rules.party_roles))


def _still_there(asker: Asker, ids: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(one for one in ids if asker.has(one))


async def approve(
    asker: Asker, automod: Sequence[WordList], written: Written, faults: Sequence[Fault] = ()
) -> Approved:
    """The prompt, where nothing is against it. Every track that is made was approved here.

    automod: Discord's own lists that hold for the asker there. Looked at is all that the track would say,
    also what it takes over: title, tags and words of the track it is made from may have been forbidden since.
    Raises PromptError with every fault there is, also those that are given; of lyrics that could not be read
    it is not also said that there are none.
    """
    found, prompt = list(faults), None
    try:
        prompt = written.prompt()
        texts, seconds = prompt.texts, prompt.duration
    except PromptError as error:
        unread = any(fault.field == "lyrics_file" for fault in faults) and not written.texts.get("lyrics")
        found += [fault for fault in error.faults if not (unread and fault.field == "lyrics")]
        texts = {name: text[:LONGEST_LOOKED_AT] for name, text in written.texts.items()}
        seconds = written.seconds()
    against = await faults_in(asker, automod, texts, seconds)
    if prompt is not None and prompt.rework is None and not written.texts.get("title"):
        elsewhere = [fault for fault in against if fault.field != "title"]  # it is chosen from those
        against = [
            fault
            for fault in against
            if fault.field != "title" or not any(replace(one, field="title") == fault for one in elsewhere)
        ]
    for fault in against:
        taken_over = fault.field.startswith("old_") and fault.field not in written.texts
        found.append(replace(fault, taken_over=taken_over))
    if prompt is None or found:
        raise PromptError(found)
    return Approved(prompt)


async def approve_theme(
    asker: Asker,
    automod: Sequence[WordList],
    theme: str,
    tags: str = "",
    *,
    longest: int,
    seconds: int | None = None,
) -> tuple[str, list[str]]:
    """The theme of what members make together, and its tags, where nothing is against them.

    longest: characters of a theme. seconds: how long its tracks are to be. Raises PromptError with all that
    is wrong.
    """
    faults, title, parsed = list[Fault](), "", list[str]()
    try:
        title = parse_title(theme, longest)
    except PromptError as error:
        faults += [replace(fault, field="theme") for fault in error.faults]
    try:
        parsed = parse_tags(tags) if tags.strip() else []
    except PromptError as error:
        faults += error.faults
    faults += await faults_in(asker, automod, {"tags": tags, "theme": theme}, seconds)
    if faults:
        raise PromptError(faults)
    return title, parsed


async def faults_in(
    asker: Asker, automod: Sequence[WordList], texts: Mapping[str, str], seconds: int | None = None
) -> list[Fault]:
    """What the rules have against the texts (by field) and the duration, all of it."""
    faults, rules = list[Fault](), asker.rules
    if rules.longest is not None and seconds is not None and seconds > rules.longest:
        values = {"seconds": seconds, "most": rules.longest}
        faults.append(Fault("duration", RuleFault.LONGER_THAN_ALLOWED, values))
    lists = [WordList(Origin.MODERATORS, rules.words, rules.patterns)]
    if rules.default_words:
        lists += default_lists()
    return faults + await word_faults(texts, [*lists, *automod])
