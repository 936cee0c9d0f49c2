"""A guild's rules: what its moderators allow, kept as JSON.

The rule: a change and its audit are one transaction. What another version wrote, and this one does not know,
stays where it is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.guilds import audit
from services.guilds.audit import Action
from services.guilds.settings import open_guild, read_guild
from services.storage import host_state
from services.storage.database import insert, now
from services.storage.tables import audit as audit_table
from services.storage.tables import chart_posts
from services.storage.tables import rules as table
from services.text.refusal import Refusal, RequestRefusal

CHARTS_ON = ""  # in place of a week: the row that says since when charts are posted
MOST_WORDS = 200  # of one guild
MOST_PATTERNS = 10  # of one guild
MOST_THEMES = 52  # of the weekly contest: a year's
MOST_PLACES = 25  # channels or roles: as many as a select takes (Discord: Channel Select)


class WhoMay(StrEnum):
    """Who may use jams, start contests, or start parties."""

    EVERYBODY = "everybody"
    ROLES = "roles"
    MODERATORS = "moderators"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a guild's moderators allow.

    channels, roles: ids in or with which tracks may be asked for; empty: all. words, patterns: what a track's
    words must not have (services.words.blocked_words). automod: whether the words of Discord's own AutoMod
    hold for tracks too. longest: seconds; None: as long as the model takes. review_channel_id: where finished
    tracks are shown first; None: no review. jam_roles count where jams is ROLES. log_channel_id: where audit
    records are posted. chart_channel_id: where the week's charts are posted; None: nowhere.
    language: the code of the one that the whole guild reads; None: the one that it has in Discord.
    contests: who may start one; contest_roles count where that is ROLES. contest_channel_id: where one starts
    by itself each week, with the next of contest_themes; None: nowhere.
    own_voices: whether members may have songs sung with their own voice.
    parties, party_roles: as with jams, who may start parties; party_channels: ids of the voice channels in
    which; empty: all.
    """

    channels: tuple[int, ...] = ()
    roles: tuple[int, ...] = ()
    words: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    default_words: bool = False
    automod: bool = True
    longest: int | None = None
    review_channel_id: int | None = None
    jams: WhoMay = WhoMay.EVERYBODY
    jam_roles: tuple[int, ...] = ()
    log_channel_id: int | None = None
    chart_channel_id: int | None = None
    language: str | None = None
    contests: WhoMay = WhoMay.EVERYBODY
    contest_roles: tuple[int, ...] = ()
    contest_channel_id: int | None = None
    contest_themes: tuple[str, ...] = ()
    own_voices: bool = False
    parties: WhoMay = WhoMay.EVERYBODY
    party_roles: tuple[int, ...] = ()
    party_channels: tuple[int, ...] = ()

    def allows_channel(self, *channel_ids: int) -> bool:
        """Whether tracks may be asked for there: in the channel, its thread's channel or its category."""
        return not self.channels or not set(self.channels).isdisjoint(channel_ids)

    def allows_roles(self, *role_ids: int) -> bool:
        """Whether a member with those roles may ask for tracks."""
        return not self.roles or not set(self.roles).isdisjoint(role_ids)


class RulesChanged(Refusal):
    """Somebody else changed that rule in the meantime; nothing was changed."""


class NotInThisChannel(RequestRefusal):
    """The guild's rules let members ask for tracks in other channels (ids) only."""

    def __init__(self, channels: tuple[int, ...]) -> None:
        super().__init__(f"only in {channels}")
        self.channels = channels


class NotWithTheseRoles(RequestRefusal):
    """The guild's rules let only members with one of these roles (ids) ask for tracks."""

    def __init__(self, roles: tuple[int, ...]) -> None:
        super().__init__(f"only with {roles}")
        self.roles = roles


class NotForJams(Refusal):
    """The guild's rules let only members with one of these roles (ids) use jams; none: only moderators."""

    def __init__(self, roles: tuple[int, ...]) -> None:
        super().__init__(f"only with {roles}")
        self.roles = roles


class NotForContests(Refusal):
    """The guild's rules let only members with one of these roles (ids) start contests; none: moderators."""

    def __init__(self, roles: tuple[int, ...]) -> None:
        super().__init__(f"only with {roles}")
        self.roles = roles


async def read_rules(connection: AsyncConnection, guild_id: int) -> Rules:
    """The guild's rules; defaults where it never set any."""
    return _rules(await _stored(connection, guild_id))


async def change_rules(
    connection: AsyncConnection, guild_id: int, actor_id: int, *, seen: str | None = None, **changes: Any
) -> Rules:
    """Sets the given rules, audits each that changes, and returns all of them; the others stay as they are.

    seen: the `fingerprint` of these rules as the moderator saw them. Raises RulesChanged where they are
    others now, TypeError for a rule that there is not.
    """
    if unknown := changes.keys() - _READERS.keys():
        raise TypeError(f"no such rule: {', '.join(sorted(unknown))}")
    await open_guild(connection, guild_id)
    await read_guild(connection, guild_id, lock=True)  # one change after the other
    stored = await _stored(connection, guild_id)
    before = _rules(stored)
    if seen is not None and seen != fingerprint(before, *changes):
        raise RulesChanged
    after = _rules(stored | {name: _plain(value) for name, value in changes.items()})
    if before.log_channel_id is None and after.log_channel_id is not None:
        await _begin_log(connection, guild_id)
    if before.chart_channel_id is None and after.chart_channel_id is not None:
        await _begin_charts(connection, guild_id)
    for name in changes:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            said = {"subject": name, "before": written(old), "after": written(new)}
            await audit.record(connection, guild_id, actor_id, Action.RULE, **said)
    kept = stored | {name: _plain(value) for name, value in asdict(after).items()}
    await connection.execute(
        insert(connection, table)
        .values(guild_id=guild_id, settings=kept)
        .on_conflict_do_update(index_elements=["guild_id"], set_={"settings": kept})
    )
    return after


def fingerprint(rules: Rules, *names: str) -> str:
    """Eight characters that differ where those rules do: a form carries them, to be held against what is."""
    said = json.dumps([[name, _plain(getattr(rules, name))] for name in sorted(names)])
    return hashlib.sha256(said.encode()).hexdigest()[:8]


def written(value: object) -> str:
    """A rule's value as the audit keeps it: "on", "60", or one entry a line; "" where nothing is set."""
    match value:
        case None:
            return ""
        case bool():
            return "on" if value else "off"
        case tuple():
            return "\n".join(map(str, cast("tuple[object, ...]", value)))
        case _:
            return str(value)


def logged(guild_id: int) -> str:
    """The name, in the house, under which the guild's last record in its log channel is kept."""
    return f"logged {guild_id}"


async def _begin_log(connection: AsyncConnection, guild_id: int) -> None:
    """The log channel starts with the record that says so, not with everything that was before."""
    newest = sa.select(sa.func.max(audit_table.c.id)).where(audit_table.c.guild_id == guild_id)
    await host_state.write(connection, logged(guild_id), str(await connection.scalar(newest) or 0))


async def _begin_charts(connection: AsyncConnection, guild_id: int) -> None:
    """The first chart is that of the week that is over next, not of one that was over before."""
    row = {"guild_id": guild_id, "week": CHARTS_ON, "since": now(), "done": False, "stale": False}
    query = insert(connection, chart_posts).values(row)
    await connection.execute(
        query.on_conflict_do_update(index_elements=["guild_id", "week"], set_={"since": now()})
    )


async def _stored(connection: AsyncConnection, guild_id: int) -> dict[str, Any]:
    kept = await connection.scalar(sa.select(table.c.settings).where(table.c.guild_id == guild_id))
    return dict(cast("dict[str, Any]", kept)) if isinstance(kept, dict) else {}


def _rules(stored: dict[str, Any]) -> Rules:
    """The rules in what was kept; a value that cannot be one counts as not set."""
    known: dict[str, Any] = {}
    for name, read in _READERS.items():
        try:
            known[name] = read(stored[name])
        except (KeyError, TypeError, ValueError):
            continue
    return Rules(**known)


def _plain(value: object) -> object:
    """The value as JSON has it."""
    return list(cast("tuple[object, ...]", value)) if isinstance(value, tuple) else value


def _ids(value: object) -> tuple[int, ...]:
    return tuple(int(one) for one in dict.fromkeys(cast("list[int]", _list(value))))


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in dict.fromkeys(cast("list[str]", _list(value))))


def _list(value: object) -> list[object]:
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"not a list: {value!r}")
    return list(cast("list[object]", value))


def _switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"not on or off: {value!r}")
    return value


def _number(value: object) -> int | None:
    return None if value is None else int(cast("int", value))


def _who_may(value: object) -> WhoMay:
    return WhoMay(cast("str", value))


def _code(value: object) -> str | None:
    return None if value is None else str(value)


_READERS: dict[str, Callable[[object], Any]] = {
    "channels": _ids,
    "roles": _ids,
    "words": _texts,
    "patterns": _texts,
    "default_words": _switch,
    "automod": _switch,
    "longest": _number,
    "review_channel_id": _number,
    "jams": _who_may,
    "jam_roles": _ids,
    "log_channel_id": _number,
    "chart_channel_id": _number,
    "language": _code,
    "contests": _who_may,
    "contest_roles": _ids,
    "contest_channel_id": _number,
    "contest_themes": _texts,
    "own_voices": _switch,
    "parties": _who_may,
    "party_roles": _ids,
    "party_channels": _ids,
}
assert list(_READERS) == [field.name for field in fields(Rules)]
