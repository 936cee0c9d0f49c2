"""Who pays for a track: the host's WaveSpeed account, or one that its guild has brought along.

The rule: a guild's key is kept sealed and leaves here only inside a client; it is never shown and never
logged. A track is paid by the account it was reserved on; no guild falls back to the host's by itself.
"""

from __future__ import annotations

import asyncio
import hmac
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services import logs
from services.guilds.audit import Action, record
from services.guilds.settings import change_guild, lock_guild, read_guild
from services.messages.announcements import forget
from services.money.key_check import check_key
from services.money.ledger import Ledger
from services.settings import Settings
from services.storage import host_state
from services.storage.database import Database, now
from services.storage.host_state import Value, lock_starts
from services.storage.outages import done_later
from services.storage.seals import Seal
from services.storage.tables import UNFINISHED, guild_keys
from services.storage.tables import tracks as track_table
from services.text.refusal import Refusal
from services.tracks import tracks
from services.tracks.fetchable import may_be_fetched
from services.tracks.track import ENDED, Failure, State
from services.wavespeed.client import BadKey, Unavailable, WaveSpeed, WaveSpeedError

SHORTEST_KEY, LONGEST_KEY = 12, 200  # characters; WaveSpeed's keys have 64
TRIES, WITHIN = 5, timedelta(hours=1)  # keys that a guild, and a member, may have checked in that time
LATELY = timedelta(days=2)  # in which a key was removed, for its tracks' members to be told after a kill
CHECK_TIMEOUT = 10.0  # seconds for one try at checking a key


class Hold(StrEnum):
    """Why nothing starts on a guild's own account. The value is kept in the database."""

    NO_BALANCE = "no balance"
    REFUSED = "refused"  # WaveSpeed does not accept the key any more, or it cannot be opened

    @classmethod
    def _missing_(cls, value: object) -> Hold:
        """A reason that another version had: it holds as well, until a look finds the account good."""
        return cls.REFUSED


class NotOffered(Refusal):
    """Whoever hosts the bot takes no guilds' keys."""


class KeyRefused(Refusal):
    """WaveSpeed does not accept that key, or it is none; nothing was changed."""


class HostsKey(Refusal):
    """It is the key that the host pays with; nothing was changed."""


class TooManyKeys(Refusal):
    """Enough keys were checked for that guild or member until `again_at`; nothing was changed."""

    def __init__(self, again_at: datetime) -> None:
        super().__init__(f"until {again_at}")
        self.again_at = again_at


class KeyNotChecked(Refusal):
    """WaveSpeed could not say whether the key is good; nothing was changed."""


class NoKey(Refusal):
    """The guild has no key of its own."""


@dataclass(frozen=True, slots=True)
class GuildKey:
    """A guild's own key, without what is secret about it. level: of the account that it opens."""

    id: int
    guild_id: int
    level: str
    added_by: int
    added_at: datetime
    hold: Hold | None


# A key that was removed holds nothing: nobody looks any more whether its account can pay again.
HOLD = sa.case((guild_keys.c.removed_at.is_(None), guild_keys.c.hold)).label("hold")
_COLUMNS = (
    guild_keys.c.id,
    guild_keys.c.guild_id,
    guild_keys.c.level,
    guild_keys.c.added_by,
    guild_keys.c.added_at,
    HOLD,
)


class Accounts:
    """The host's account and the guilds' own."""

    def __init__(self, settings: Settings, database: Database, host: WaveSpeed, ledger: Ledger) -> None:
        self.host = host
        self._settings = settings
        self._database = database
        self._ledger = ledger
        self._seal = Seal(settings.guild_keys_secrets)
        self._clients: dict[int, WaveSpeed] = {}
        self._checked: deque[tuple[int, int, datetime]] = deque()  # guild, member, when; the oldest first
        self.held: asyncio.Queue[tuple[GuildKey, Hold]] = asyncio.Queue()
        """Keys on which nothing starts any more, so that their moderators are told."""

    @property
    def offered(self) -> bool:
        """Whether guilds may bring keys."""
        return self._seal.can_seal

    async def client(self, key_id: int | None) -> WaveSpeed:
        """The client of that account; None: the host's. Raises BadKey where the key cannot be opened."""
        if key_id is None:
            return self.host
        if key_id not in self._clients:
            async with self._database.read() as connection:
                row = (
                    await connection.execute(guild_keys.select().where(guild_keys.c.id == key_id))
                ).one_or_none()
            key = self._open(row.guild_id, row.sealed) if row else None
            if key is None:
                raise BadKey("this guild's key cannot be opened; was GUILD_KEYS_SECRET changed?")
            logs.hide(key)
            self._clients.setdefault(key_id, self._connect(key))
        return self._clients[key_id]

    def _connect(self, key: str, **options: Any) -> WaveSpeed:
        options = {"timeout": self._settings.request_timeout, **options}
        told = {"may_post": self._database.place_is_sure, "heard": self.host.heard}
        return WaveSpeed(self._settings.wavespeed_base_url, key, **told, **options)

    async def close(self) -> None:
        """Closes the connections to guilds' accounts."""
        while self._clients:
            await self._clients.popitem()[1].close()

    # a guild's key --------------------------------------------------------------------------------

    async def of_guild(self, guild_id: int) -> GuildKey | None:
        """The key that the guild pays with; None: the host pays."""
        async with self._database.read() as connection:
            return await current(connection, guild_id)

    async def balance(self, key: GuildKey) -> int | None:
        """What the guild's account has, in micro-dollars; None where WaveSpeed does not say."""
        try:
            return await check_key(await self.client(key.id))
        except WaveSpeedError:
            return None

    async def bring(self, guild_id: int, actor_id: int, key: str, level: str) -> None:
        """From now on the guild pays with that key; its tracks that waited on an older one go along.

        What guilds with the same key ask for is counted together (`stops.accounts_of`).

        Raises NotOffered, HostsKey, KeyRefused, TooManyKeys or KeyNotChecked; nothing is changed then.
        """
        if not self.offered:
            raise NotOffered
        key = key.strip()
        plain = key.isascii() and key.isprintable() and " " not in key
        if not plain or not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
            raise KeyRefused
        if hmac.compare_digest(key, self._settings.wavespeed_api_key.get_secret_value()):
            raise HostsKey
        self._count_check(guild_id, actor_id)
        await self._check(key)
        logs.hide(key)  # only what is a key: one letter, hidden, would blind the host's log
        sealed = self._seal.seal(str(guild_id), key.encode())
        values = {"guild_id": guild_id, "sealed": sealed, "level": level, "added_by": actor_id}
        async with self._database.write() as connection:
            await lock_starts(connection)
            await lock_guild(connection, guild_id)
            before = await current(connection, guild_id)
            same, account = await self._brought_before(connection, guild_id, key)
            fresh = {"added_at": now(), "hold": None, "removed_at": None, "account_id": account}
            key_id = await _write(connection, same, **values, **fresh)
            if before is not None and before.id != key_id:
                await self._retire(connection, before)
            await connection.execute(track_table.update().where(_waits(guild_id)).values(key_id=key_id))
            await change_guild(connection, guild_id, key_id=key_id)
            said = {"before": _described(before), "after": level}
            await record(connection, guild_id, actor_id, Action.KEY, **said)
        with done_later():
            await self.forget()

    async def waiting(self, guild_id: int) -> int:
        """How many of the guild's tracks wait for its own account, and would end with its key."""
        async with self._database.read() as connection:
            count = sa.select(sa.func.count()).select_from(track_table)
            return await connection.scalar(count.where(_waits(guild_id))) or 0

    async def remove(self, guild_id: int, actor_id: int) -> Sequence[str]:
        """From now on the host pays again. What runs is finished on the key, what waits on it ends.

        Raises NoKey. Returns the ids of the tracks that ended; their money was released.
        """
        why = Failure.KEY_REMOVED
        gone = {"state": State.FAILED, "failure": why, "finished_at": now(), "put_off": None}
        ending = track_table.update().where(_waits(guild_id)).values(gone).returning(track_table.c.id)
        async with self._database.write() as connection:
            await lock_starts(connection)
            await lock_guild(connection, guild_id)
            key = await current(connection, guild_id)
            if key is None:
                raise NoKey
            await change_guild(connection, guild_id, key_id=None)
            await self._retire(connection, key)
            ended = (await connection.scalars(ending)).all()  # all of them before any money
            for track_id in ended:
                await self._ledger.release(connection, track_id, note=why)
            await record(connection, guild_id, actor_id, Action.KEY, before=_described(key), after="")
        with done_later():
            await self.forget()
        return ended

    async def ended_lately(self) -> Sequence[str]:
        """The ids of tracks that ended with their guild's key in the last days."""
        columns, keys = track_table.c, guild_keys.c
        of_key = guild_keys.join(
            track_table, (columns.guild_id == keys.guild_id) & (columns.key_id == keys.id)
        )
        ended = columns.failure == Failure.KEY_REMOVED, keys.removed_at > now() - LATELY
        async with self._database.read() as connection:
            return (await connection.scalars(sa.select(columns.id).select_from(of_key).where(*ended))).all()

    async def _brought_before(
        self, connection: AsyncConnection, guild_id: int, key: str
    ) -> tuple[int | None, int | None]:
        """The guild's key that is the same, and the first of all guilds' of that account, removed or not.

        None of either where there is none, and of the account where it is the guild's own that was first.
        """
        columns = guild_keys.c
        kept = sa.select(columns.id, columns.guild_id, columns.account_id, columns.sealed)
        rows = (await connection.execute(kept.where(columns.sealed != "").order_by(columns.id))).all()
        opened = await asyncio.to_thread(lambda: [self._open(row.guild_id, row.sealed) for row in rows])
        same = [row for row, of_row in zip(rows, opened, strict=True) if of_row == key]
        own = next((row.id for row in same if row.guild_id == guild_id), None)
        account = next((row.account_id or row.id for row in same), None)
        return own, account if account != own else None

    async def _retire(self, connection: AsyncConnection, key: GuildKey) -> None:
        removed = guild_keys.update().where(guild_keys.c.id == key.id)
        await connection.execute(removed.values(removed_at=now()))

    async def forget(self) -> None:
        """Erases removed keys that no track needs any more, be it to fetch what was paid with it."""
        needs = sa.or_(track_table.c.state.not_in(ENDED), may_be_fetched())
        using = track_table.c.key_id == guild_keys.c.id, needs
        unused = guild_keys.c.removed_at.is_not(None), guild_keys.c.sealed != "", ~sa.exists().where(*using)
        async with self._database.write() as connection:
            erased = guild_keys.update().where(*unused).values(sealed="").returning(guild_keys.c.id)
            ids = (await connection.scalars(erased)).all()
        for client in [self._clients.pop(key_id) for key_id in ids if key_id in self._clients]:
            await client.close()

    def _count_check(self, guild_id: int, member_id: int) -> None:
        """Counts one more key that is checked. Raises TooManyKeys."""
        while self._checked and not now() - WITHIN < self._checked[0][2] <= now():  # or it was set back
            self._checked.popleft()
        for place, whose in enumerate((guild_id, member_id)):
            times = [one[2] for one in self._checked if one[place] == whose]
            if len(times) >= TRIES:
                raise TooManyKeys(times[-TRIES] + WITHIN)
        self._checked.append((guild_id, member_id, now()))

    async def _check(self, key: str) -> None:
        """Asks WaveSpeed something that costs nothing. Raises KeyRefused or KeyNotChecked."""
        async with self._connect(key, timeout=CHECK_TIMEOUT, attempts=2) as wavespeed:
            try:
                await check_key(wavespeed)
            except BadKey as error:
                raise KeyRefused from error
            except WaveSpeedError as error:
                raise KeyNotChecked from error

    def _open(self, guild_id: int, sealed: str) -> str | None:
        """The key; None where it was sealed with another secret, or for another guild."""
        key = self._seal.open(str(guild_id), sealed)
        return None if key is None else key.decode()

    # holding --------------------------------------------------------------------------------------

    async def hold(self, connection: AsyncConnection, key_id: int | None, why: Hold) -> GuildKey | None:
        """Starts nothing more on that account (None: the host's).

        A guild's key, where that is news: for `held`, after the commit.
        """
        if key_id is None:
            value = Value.BAD_KEY if why is Hold.REFUSED else Value.LOW_BALANCE
            await host_state.write(connection, value, "refused")
            return None
        await lock_starts(connection)
        key = await _read(connection, guild_keys.c.id == key_id)
        if key is None or key.hold is why:
            return None
        await connection.execute(guild_keys.update().where(guild_keys.c.id == key_id).values(hold=why))
        return key

    async def on_hold(self) -> Sequence[GuildKey]:
        """The keys on which nothing starts."""
        async with self._database.read() as connection:
            return await _all(connection, HOLD.is_not(None))

    async def release_holds(self) -> bool:
        """Asks for held accounts whether they can pay again. True where one can, so that its tracks go on.

        Of one that does not tell its balance one is tried: a refusal costs nothing, and holds the others.
        """
        held = await self.on_hold()
        async with self._database.read() as connection:
            waiting = await tracks.waiting(connection)
        released = False
        for key in held:
            next_price = next((track.price for track in waiting if track.key_id == key.id), 0)
            try:
                balance = await check_key(await self.client(key.id))
                good = balance is None or balance >= next_price
            except Unavailable:
                good = True
            except WaveSpeedError:
                good = False
            if good:
                async with self._database.write() as connection:
                    free = guild_keys.update().where(guild_keys.c.id == key.id)
                    await connection.execute(free.values(hold=None))
                    await forget(connection, hold_of(key.id))
                released = True
        return released


async def _write(connection: AsyncConnection, key_id: int | None, **values: Any) -> int:
    """Writes a key down, anew where it has an id already; nothing holds it then. Its id."""
    if key_id is None:
        added = guild_keys.insert().values(values).returning(guild_keys.c.id)
        return (await connection.execute(added)).scalar_one()
    await connection.execute(guild_keys.update().where(guild_keys.c.id == key_id).values(values))
    await forget(connection, hold_of(key_id))
    return key_id


def _waits(guild_id: int) -> sa.ColumnElement[bool]:
    """Of tracks: it waits for the guild's own account, in line or put off.

    Not what may be paid for already: that keeps its key until it is known.
    """
    columns = track_table.c
    waits = sa.or_(columns.state == State.WAITING, columns.put_off.is_not(None))
    unpaid = columns.intent_at.is_(None), columns.prediction_id.is_(None)
    own = columns.guild_id == guild_id, columns.key_id.is_not(None)
    return sa.and_(sa.text(UNFINISHED), *own, waits, *unpaid)


def hold_of(key_id: int) -> str:
    """Names the occasions (`services.messages.announcements`) on which nothing starts on that key."""
    return f"key held {key_id}: "


def _described(key: GuildKey | None) -> str:
    return "" if key is None else key.level


async def current(connection: AsyncConnection, guild_id: int) -> GuildKey | None:
    """The key that the guild pays with; None: the host pays."""
    key_id = (await read_guild(connection, guild_id)).key_id
    return None if key_id is None else await _read(connection, guild_keys.c.id == key_id)


async def _read(connection: AsyncConnection, which: sa.ColumnElement[bool]) -> GuildKey | None:
    return next(iter(await _all(connection, which)), None)


async def _all(connection: AsyncConnection, *which: sa.ColumnElement[bool]) -> Sequence[GuildKey]:
    rows = await connection.execute(sa.select(*_COLUMNS).where(*which).order_by(guild_keys.c.id))
    return [
        GuildKey(id_, guild_id, level, by, at, Hold(hold) if hold else None)
        for id_, guild_id, level, by, at, hold in rows
    ]
