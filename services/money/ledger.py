"""The ledger: what was reserved and spent, of which limit. The rule: reserved + spent <= every limit, always.

Money is integer micro-dollars. Entries are only ever appended. The sums beside them are kept for speed and
change in the same transaction as the entries; a reservation locks the sums that it adds to, and adds only
where it fits, so two transactions can never both take the last cent. A limit that is lowered below what
stands against it takes nothing back: it lets nothing more in. Only a correction, which the host confirms,
follows the provider's bill wherever that leads.

What several members make together stands whole against the guild's limits, and in equal shares against each
member's own. A posting says which share that is, so that whatever the whole becomes is shared the same way.

By hand on purpose: libraries for bookkeeping bring tables and transactions of their own; here an entry, the
limits that may refuse it and the track that it is for stand in one transaction of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.guilds.settings import Guild
from services.money.limits import LimitReached, Limits, Line, Scope, periods, tightest
from services.money.sums import Account, lines_of, move, postings_of, room, shares_of, take
from services.setting_values import LARGEST_LIMIT, micro
from services.storage.database import now
from services.storage.tables import entries, postings, sums

# What entries do: reserve and adjust set money aside; spend and release close that; spend, correct and round
# are what the track was charged.
RESERVES = ("reserve", "adjust")
CLOSES = ("spend", "release")
CHARGES = ("spend", "correct", "round")
HOST_ACCOUNT = "host day"  # the name under which the host's money stands; for members, `member_account`
ROUNDING = 1000  # micro-dollars, a tenth of a cent: below that a bill differs by the rounding of lengths


@dataclass(frozen=True, slots=True)
class _Closed:
    """A settled or released track. charged: in all; rounded: of that, unasked (micro-dollars)."""

    charged: int
    rounded: int


class Ledger:
    """Reserves, settles and releases a track's price, each within the caller's transaction."""

    def __init__(self, limits: Limits, clock: Callable[[], datetime] = now) -> None:
        self.limits = limits
        self._clock = clock

    async def reserve(
        self, connection: AsyncConnection, *, track_id: str, guild: Guild, members: Sequence[int], price: int
    ) -> list[Line]:
        """Sets `price` (micro-dollars) aside in every limit; what stands against those that members see then.

        members: who make the track (ids); it stands in equal shares against their own limits, and the first
        has what cannot be divided. The host's limit counts what the host pays: nothing of a guild that pays
        with a key of its own.

        Raises LimitReached, after which the caller's transaction must not be committed.
        """
        accounts = [
            account
            for account in self._accounts(guild, members, self._clock())
            if account.scope is not Scope.HOST_DAY or guild.key_id is None
        ]
        lines = await lines_of(connection, accounts, lock=True)
        shares = shares_of(accounts, price)
        reached = [
            (line, account.member_id)
            for account, line, share in zip(accounts, lines, shares, strict=True)
            if line.reserved + line.spent + share > line.limit
        ]
        if reached:  # of several, the one that has to be waited for longest
            spare = room(accounts, lines, price)
            refusals = [LimitReached(line, price, spare, 1, whose, len(members)) for line, whose in reached]
            raise max(refusals, key=lambda one: (one.for_ever, one.line.turns_at))
        if not await take(connection, accounts, shares):
            lines = await lines_of(connection, accounts)
            spare = room(accounts, lines, price)
            raise LimitReached(tightest(lines), price, spare, sharing=len(members))
        rows = [
            {"track_id": track_id, "account": a.name, "period": a.period, "place": a.place, "parts": a.parts}
            for a in accounts
        ]
        await connection.execute(postings.insert(), rows)
        await _append(connection, track_id, "reserve", price)
        return [
            replace(line, reserved=line.reserved + share)
            for line, share in zip(lines, shares, strict=True)
            if line.scope is not Scope.HOST_DAY
        ]

    async def settle(self, connection: AsyncConnection, track_id: str, note: str = "") -> bool:
        """The reservation becomes spending. False where it was settled or released before."""
        return await self._close(connection, track_id, "spend", note)

    async def release(self, connection: AsyncConnection, track_id: str, note: str = "") -> bool:
        """The reservation is given back. False where it was settled or released before."""
        return await self._close(connection, track_id, "release", note)

    async def lines(
        self, connection: AsyncConnection, guild: Guild, member_id: int | None = None
    ) -> list[Line]:
        """What stands against the guild's limits now; with a member, against that member's too."""
        wanted = {Scope.GUILD_DAY, Scope.GUILD_MONTH} | (
            {Scope.MEMBER_DAY} if member_id is not None else set[Scope]()
        )
        members = [] if member_id is None else [member_id]
        accounts = self._accounts(guild, members, self._clock())
        return await lines_of(connection, [account for account in accounts if account.scope in wanted])

    async def lines_of_all(self, connection: AsyncConnection, guilds: Sequence[Guild]) -> list[list[Line]]:
        """The same of many guilds at once: of each its day and its month."""
        at = self._clock()
        accounts = [
            [one for one in self._accounts(guild, [], at) if one.scope is not Scope.HOST_DAY]
            for guild in guilds
        ]
        lines = iter(await lines_of(connection, [one for own in accounts for one in own]))
        return [[next(lines) for _ in own] for own in accounts]

    async def _close(self, connection: AsyncConnection, track_id: str, kind: str, note: str) -> bool:
        written = await _written(connection, track_id)
        if not written or any(one in CLOSES for one, _ in written):
            return False
        reserved = sum(amount for one, amount in written if one in RESERVES)
        await _append(connection, track_id, kind, reserved, note)
        spent = reserved if kind == "spend" else 0
        await move(connection, track_id, reserved=(reserved, 0), spent=(0, spent))
        return True

    async def correct(
        self,
        connection: AsyncConnection,
        track_id: str,
        amount: int,
        note: str,
        *,
        charged: int | None = None,
    ) -> bool:
        """Adds to what a settled or released track was charged (micro-dollars; negative takes away).

        charged: what it was charged when the amount was decided on; None for whatever it is.
        False where it is not closed yet, is charged something else by now, or would be charged less than
        nothing; nothing was written then.
        """
        closed = await self._closed(connection, track_id, charged)
        if closed is None or closed.charged + amount < 0:
            return False
        await _charge(connection, track_id, "correct", closed.charged, amount, note)
        return True

    async def charge(
        self, connection: AsyncConnection, track_id: str, guild: Guild, price: int, note: str
    ) -> bool:
        """Charges a released track `price` (micro-dollars) after all; nothing is added where it was before.

        False, and nothing was written, where it is not closed, or where a limit does not allow it.
        """
        closed = await self._closed(connection, track_id)
        if closed is not None and closed.charged >= price > 0:
            return True
        if closed is None or not await self._fits(connection, track_id, guild, closed.charged, price):
            return False
        await _charge(connection, track_id, "correct", closed.charged, price - closed.charged, note)
        return True

    async def refund(self, connection: AsyncConnection, track_id: str, note: str) -> None:
        """Gives back all that a closed track was charged, as the provider has."""
        closed = await self._closed(connection, track_id)
        if closed is not None and closed.charged:
            await _charge(connection, track_id, "correct", closed.charged, -closed.charged, note)

    async def round(
        self,
        connection: AsyncConnection,
        track_id: str,
        guild: Guild,
        amount: int,
        note: str,
        *,
        charged: int | None = None,
    ) -> bool:
        """Follows the bill of a closed track by less than ROUNDING (micro-dollars), unasked.

        charged: as in `correct`.
        False, and nothing was written, where it is not closed or is charged something else by now, where all
        roundings of the track together would be more than that, or where a limit does not allow it: the host
        decides then.
        """
        closed = await self._closed(connection, track_id, charged)
        if closed is None or abs(closed.rounded + amount) >= ROUNDING or closed.charged + amount < 0:
            return False
        if not await self._fits(connection, track_id, guild, closed.charged, closed.charged + amount):
            return False
        await _charge(connection, track_id, "round", closed.charged, amount, note)
        return True

    async def _closed(
        self, connection: AsyncConnection, track_id: str, expected: int | None = None
    ) -> _Closed | None:
        """What a settled or released track was charged; None where it is not closed, or was charged something
        else than expected."""
        written = await _written(connection, track_id)
        charged = sum(amount for kind, amount in written if kind in CHARGES)
        if not any(kind in CLOSES for kind, _ in written) or expected not in (None, charged):
            return None
        return _Closed(charged, sum(amount for kind, amount in written if kind == "round"))

    async def adjust(self, connection: AsyncConnection, track_id: str, guild: Guild, price: int) -> bool:
        """Makes `price` (micro-dollars) what is reserved for a track, however much it was.

        False, and nothing was written, where it is closed already or a limit does not allow the difference.
        """
        written = await _written(connection, track_id)
        if not written or any(kind in CLOSES for kind, _ in written):
            return False
        before = sum(amount for kind, amount in written if kind in RESERVES)
        if price == before:
            return True
        if not await self._fits(connection, track_id, guild, before, price):
            return False
        await _append(connection, track_id, "adjust", price - before)
        await move(connection, track_id, reserved=(before, price))
        return True

    async def _fits(
        self, connection: AsyncConnection, track_id: str, guild: Guild, before: int, after: int
    ) -> bool:
        """Whether all limits in which the track stands let in that it costs `after`, no longer `before`.

        Their sums are locked, in the order in which a reservation locks them, until the transaction ends.
        """
        places = await postings_of(connection, track_id)
        shares = zip(places, shares_of(places, before), shares_of(places, after), strict=True)
        for posting, was, will_be in shares:
            mine = sums.c.account == posting.account, sums.c.period == posting.period
            row = (await connection.execute(sa.select(sums).where(*mine).with_for_update())).one()
            more = will_be - was
            if more > 0 and row.reserved + row.spent + more > self._limit_of(posting.account, guild):
                return False
        return True

    def _limit_of(self, account: str, guild: Guild) -> int:
        """The limit in force for an account's sums."""
        if account == HOST_ACCOUNT:
            return self.limits.host_daily
        if account.startswith("member:"):
            return self.member_limit(guild)
        return self.monthly_limit(guild) if account.endswith(" month") else self.daily_limit(guild)

    def _accounts(self, guild: Guild, members: Sequence[int], at: datetime) -> list[Account]:
        """Every limit that a track stands in, by name: the one order in which all transactions lock them."""
        limits = self.limits
        host_day, host_turn, _, _ = periods(at, limits.timezone)
        zone = guild.zone_at(at) or limits.timezone
        day, day_turns, month, month_turns = periods(at, zone, guild.change_of_zone(at))
        own = f"guild:{guild.guild_id}"
        accounts = [
            Account(Scope.GUILD_DAY, f"{own} day", day, self.daily_limit(guild), day_turns),
            Account(Scope.GUILD_MONTH, f"{own} month", month, self.monthly_limit(guild), month_turns),
            Account(Scope.HOST_DAY, HOST_ACCOUNT, host_day, limits.host_daily, host_turn),
        ]
        limit, parts = self.member_limit(guild), len(members)
        for place, member_id in enumerate(members):
            name = member_account(guild.guild_id, member_id)
            share = Account(Scope.MEMBER_DAY, name, day, limit, day_turns, member_id, place, parts)
            accounts.append(share)
        return sorted(accounts, key=lambda account: (account.name, account.period))

    def daily_limit(self, guild: Guild) -> int:
        """The guild's daily limit in force: its own or the host's default, never above the ceiling."""
        own = self.limits.guild_daily if guild.daily_limit is None else guild.daily_limit
        return min(own, self.daily_ceiling(guild))

    def monthly_limit(self, guild: Guild) -> int:
        """The guild's monthly limit in force: its own or the host's default, never above the ceiling."""
        own = self.limits.guild_monthly if guild.monthly_limit is None else guild.monthly_limit
        return min(own, self.monthly_ceiling(guild))

    def member_limit(self, guild: Guild) -> int:
        """A member's daily limit in force: the guild's own or the host's default."""
        own = guild.member_daily_limit
        return self.limits.member_daily if own is None else own

    def daily_ceiling(self, guild: Guild) -> int:
        """The most that the guild may set for a day; as much as it likes where it pays itself."""
        if guild.key_id is not None:
            return micro(Decimal(LARGEST_LIMIT))
        own = guild.daily_ceiling
        return self.limits.guild_daily_ceiling if own is None else own

    def monthly_ceiling(self, guild: Guild) -> int:
        """The most that the guild may set for a month; as much as it likes where it pays itself."""
        if guild.key_id is not None:
            return micro(Decimal(LARGEST_LIMIT))
        own = guild.monthly_ceiling
        return self.limits.guild_monthly_ceiling if own is None else own


def member_account(guild_id: int, member_id: int) -> str:
    """The name under which a member's money stands."""
    return f"member:{guild_id}:{member_id} day"


async def _written(connection: AsyncConnection, track_id: str) -> Sequence[sa.Row[str, int]]:
    """Kind and amount of each of the track's entries; nobody appends another before the transaction ends.

    Read after the lock is had: a statement that waits for one does not see what was appended meanwhile.
    """
    own = entries.c.track_id == track_id
    if connection.dialect.name == "postgresql":  # on SQLite one at a time writes
        first = sa.select(entries.c.id).where(own, entries.c.kind == "reserve")
        await connection.execute(first.with_for_update())
    return (await connection.execute(sa.select(entries.c.kind, entries.c.amount).where(own))).all()


async def _charge(
    connection: AsyncConnection, track_id: str, kind: str, before: int, amount: int, note: str
) -> None:
    """Adds to what a closed track was charged before (micro-dollars)."""
    await _append(connection, track_id, kind, amount, note)
    await move(connection, track_id, spent=(before, before + amount))


async def _append(connection: AsyncConnection, track_id: str, kind: str, amount: int, note: str = "") -> None:
    await connection.execute(
        entries.insert().values(track_id=track_id, kind=kind, amount=amount, at=now(), note=note)
    )
