"""The watch: every so often it looks at the provider's price, the accounts' balances and the bill.

The rule: whatever the provider does not say stops nothing, and the host is told of a thing once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from services import house, tracks
from services.accounts import Accounts
from services.database import Database
from services.house import Value
from services.prices import Prices
from services.reconcile import Books
from services.settings import Settings
from services.stage import BalanceBack, BalanceLow, BillDiffers, HostNews, PriceDiffers, Stage
from services.tracks import Track
from services.wavespeed import WaveSpeedError

log = structlog.get_logger(__name__)


class Watch:
    """Looks that repeat. `go_on` puts every waiting track on the queue again."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        accounts: Accounts,
        prices: Prices,
        books: Books,
        stage: Stage,
        go_on: Callable[[], Awaitable[list[Track]]],
    ) -> None:
        self.settings = settings
        self.database = database
        self.accounts = accounts
        self.prices = prices
        self.books = books
        self.stage = stage
        self.go_on = go_on
        self._looks: list[asyncio.Task[None]] = []

    def start(self, short_of_money: asyncio.Event) -> None:
        """Begins to look. `short_of_money`: set where the provider refuses a track for lack of it."""
        settings = self.settings
        self._looks = [
            asyncio.create_task(every(settings.price_check_interval, self.look_at_price)),
            asyncio.create_task(every(settings.balance_interval, self.look_at_balance)),
            asyncio.create_task(self._refusals(short_of_money)),
            asyncio.create_task(every(settings.reconcile_interval, self.look_at_bill)),
            asyncio.create_task(every(settings.balance_interval, self.look_at_guilds_accounts)),
            asyncio.create_task(self._holds()),
        ]

    async def stop(self) -> None:
        for look in self._looks:
            look.cancel()
        await asyncio.gather(*self._looks, return_exceptions=True)

    async def look_at_price(self) -> None:
        """Takes up the provider's quote; tells the host where it is not the price that they set."""
        for quote in await self.prices.check():
            said = f"{quote.quoted}" if quote.differs else None
            told = f"{Value.TOLD_PRICE}{quote.model.price.removeprefix('price_per_second')}"
            await self._tell_once(told, said, PriceDiffers(quote))

    async def look_at_balance(self) -> None:
        """Holds starts while the account cannot pay for the next track, and lets them go on after that."""
        try:
            balance = await self.accounts.host.balance()
        except WaveSpeedError as error:
            log.info("no balance from the provider", error=str(error))
            balance = None
        async with self.database.read() as connection:
            waiting = await tracks.waiting_for_host(connection)
            held = await house.read(connection, Value.LOW_BALANCE) is not None
        needed = sum(track.price for track in waiting)
        if balance is None:
            if held:  # one is tried: a refusal costs nothing, and holds the others again
                await self._release(None)
            return
        if waiting and balance < waiting[0].price:
            if not held:
                async with self.database.write() as connection:
                    await house.write(connection, Value.LOW_BALANCE, str(balance))
            held = True
        elif held:
            await self._release(balance)
            held = False
        low = held or balance < max(needed, self.settings.micro(self.settings.low_balance))
        said = ("held" if held else "low") if low else None
        await self._tell_once(Value.TOLD_BALANCE, said, BalanceLow(balance, needed, held))

    async def _refusals(self, short_of_money: asyncio.Event) -> None:
        """Tells the host at once where a track was refused for lack of money; the next look lets it go on."""
        while True:
            await short_of_money.wait()
            short_of_money.clear()
            async with self.database.read() as connection:
                waiting = await tracks.waiting_for_host(connection)
            needed = sum(track.price for track in waiting)
            await self._tell_once(Value.TOLD_BALANCE, "held", BalanceLow(None, needed, held=True))

    async def look_at_guilds_accounts(self) -> None:
        """Lets tracks go on whose guild's own account can pay again, and erases keys that nothing needs."""
        if await self.accounts.look():
            await self.go_on()
        await self.accounts.forget()

    async def _holds(self) -> None:
        """Tells a guild's moderators at once why nothing starts on their account."""
        while True:
            key, why = await self.accounts.held.get()
            await self.stage.key_held(key, why)

    async def _release(self, balance: int | None) -> None:
        async with self.database.write() as connection:
            changed = await house.write(connection, Value.LOW_BALANCE, None)
        gone_on = await self.go_on()
        if balance is not None and changed:
            await self.stage.tell_host(BalanceBack(balance, len(gone_on)))

    async def look_at_bill(self) -> None:
        """Compares, and tells the host of differences; corrects nothing."""
        try:
            found = await self.books.reconcile()
        except WaveSpeedError as error:
            log.info("no bill from the provider", error=str(error))
            return
        log.info(
            "reconciled", **{standing.replace(" ", "_"): count for standing, count in found.counts.items()}
        )
        differing = sorted(f"{one.prediction_id}:{one.ledger}:{one.bill}" for one in found.differences)
        said = " ".join(differing) or None
        await self._tell_once(Value.TOLD_BILL, said, BillDiffers(found))

    async def _tell_once(self, name: str, said: str | None, news: HostNews) -> None:
        """Tells what has not been told; `said` None: there is nothing to tell (any more)."""
        async with self.database.write() as connection:
            changed = await house.write(connection, name, said)
        if said is not None and changed:
            await self.stage.tell_host(news)


async def every(seconds: float, look: Callable[[], Awaitable[None]]) -> None:
    """Looks now, and again and again."""
    while True:
        try:
            await look()
        except Exception:
            log.exception("a look of the watch failed")
        await asyncio.sleep(seconds)
