"""The watch: every so often it looks at the provider's price, the accounts' balances and the bill.

The rule: whatever the provider does not say stops nothing, and people are told of a thing once: that they
were told is written down after it, and the occasion's name keeps a second telling from being said twice.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import structlog

from services.delivery import (
    BalanceBack,
    BalanceLow,
    BillDiffers,
    Delivery,
    DeliveryUnavailable,
    DiskLow,
    HostNews,
    KeyBack,
    KeyRefused,
    PriceDiffers,
    TracksUnreadable,
)
from services.messages.announcements import Announcements, forget
from services.money.accounts import Accounts, GuildKey, hold_of
from services.money.key_check import check_key
from services.money.prices import Prices
from services.money.reconcile import Books
from services.periodic_tasks import PeriodicTasks, each
from services.pipeline.turns.wakeup import Wakeup
from services.settings import Settings
from services.storage import host_state
from services.storage.audio_store import AudioStore
from services.storage.database import Database
from services.storage.disk import least_room
from services.storage.files import clear_away
from services.storage.host_state import Value
from services.storage.outages import done_later, is_away
from services.tracks import tracks
from services.wavespeed.client import BadKey, TurnedAway, WaveSpeedError

log = structlog.get_logger(__name__)

ENOUGH_AGAIN = 1.25  # times that, from which on falling below it is news once more
HOURLY = 3600.0  # seconds
RARELY = 60.0  # seconds, for what nobody waits for


class Watch:
    """Looks that repeat.

    resume_all: lets go on what waited because of that, and says how many. wakeup: has what is due looked for,
    and knows which tracks in line are unreadable.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        accounts: Accounts,
        prices: Prices,
        books: Books,
        delivery: Delivery,
        store: AudioStore,
        resume_all: Callable[[Value], Awaitable[int]],
        wakeup: Wakeup,
    ) -> None:
        self.settings = settings
        self.database = database
        self.accounts = accounts
        self.prices = prices
        self.books = books
        self.delivery = delivery
        self.store = store
        self.resume_all = resume_all
        self._wakeup = wakeup
        self.announcements = Announcements(database)
        self._tasks = PeriodicTasks()
        self._told_when_full = False

    def start(self, host_refused: asyncio.Event) -> None:
        """Begins all of it. `host_refused`: set where the provider refuses a track for money or key."""
        settings = self.settings
        for pause, task in (
            (settings.price_check_interval, self.check_price),
            (settings.balance_interval, self.check_host_key),
            (settings.balance_interval, self.check_balance),
            (0, partial(self._report_refusal, host_refused)),
            (settings.reconcile_interval, self.compare_bill),
            (settings.balance_interval, self.check_guild_accounts),
            (0, self._report_holds),
            (RARELY, self.check_disk),
            (RARELY, self.report_unreadable),
            (HOURLY, self.clear_away),
            (min(RARELY, settings.interaction_token_lifetime), self.forget_tokens),
        ):
            self._tasks.begin(pause, task)

    async def stop(self) -> None:
        """Ends all of it."""
        await self._tasks.stop()

    async def check_disk(self) -> None:
        """Tells the host that a disk will soon be full, before a write fails: of our files and databases."""
        room = await least_room(self.settings)
        news = DiskLow(room)
        if room.left < 1:
            await self._tell_of_disk(news)
        elif room.left >= ENOUGH_AGAIN:
            await self._tell_once(Value.TOLD_DISK, None, news)
            self._told_when_full = False

    async def _tell_of_disk(self, news: DiskLow) -> None:
        """Tells it once, also where the disk is full so that nothing can be written down of it."""
        if self._told_when_full:
            return await self._note_told(Value.TOLD_DISK, "low")
        try:
            await self._tell_once(Value.TOLD_DISK, "low", news)
        except Exception as error:
            if not is_away(error):
                raise
            await self.delivery.tell_host(news, None)
            self._told_when_full = True

    async def report_unreadable(self) -> None:
        """Tells the host of tracks in line that cannot be read; again only where there are others."""
        if ids := sorted(self._wakeup.unreadable):
            await self._tell_once(Value.TOLD_UNREADABLE, " ".join(ids), TracksUnreadable(ids))

    async def clear_away(self) -> None:
        """Deletes what is still here of deleted tracks, and brings other sound to where it belongs."""
        await clear_away(self.database, self.settings.data_dir)
        with done_later():
            await self.store.tidy()

    async def forget_tokens(self) -> None:
        """Keeps no interaction's token for longer than it is of use: with it anybody could answer."""
        lifetime = timedelta(seconds=self.settings.interaction_token_lifetime)
        async with self.database.write() as connection:
            await tracks.forget_tokens(connection, lifetime)

    async def check_price(self) -> None:
        """Takes up the provider's quote; tells the host where it is not the price that they set."""
        for quote in await self.prices.check():
            said = f"{quote.quoted}" if quote.differs else None
            told = f"{Value.TOLD_PRICE}{quote.model.price.removeprefix('price_per_second')}"
            await self._tell_once(told, said, PriceDiffers(quote))

    async def check_host_key(self) -> None:
        """Holds starts while the provider does not accept the host's key, and lets them go on after that.

        That they go on is told at the next check, so that a key that may be asked with, and not submit, is
        told of once.
        """
        async with self.database.read() as connection:
            held = await host_state.read(connection, Value.BAD_KEY) is not None
        try:
            await check_key(self.accounts.host)
        except TurnedAway as error:
            log.warning("something before the provider turns us away", error=str(error))
        except BadKey:
            async with self.database.write() as connection:
                await host_state.write(connection, Value.BAD_KEY, "refused")
            await self._tell_once(Value.TOLD_KEY, "held", KeyRefused())
        except WaveSpeedError as error:
            log.info("the provider does not say whether the key is good", error=str(error))
        else:
            if held:
                await self.resume_all(Value.BAD_KEY)
            else:
                await self._tell_back(Value.TOLD_KEY, KeyBack())

    async def check_balance(self) -> None:
        """Holds starts while the account cannot pay for the next track, and lets them go on after that."""
        try:
            balance = await self.accounts.host.balance()
        except WaveSpeedError as error:
            log.info("no balance from the provider", error=str(error))
            balance = None
        async with self.database.read() as connection:
            waiting = await tracks.waiting_for_host(connection)
            held = await host_state.read(connection, Value.LOW_BALANCE) is not None
        needed = sum(track.price for track in waiting)
        if balance is None:
            if held:  # one is tried: a refusal costs nothing, and holds the others again
                await self.resume_all(Value.LOW_BALANCE)
            return
        back = len(waiting)
        if waiting and balance < waiting[0].price:
            if not held:
                async with self.database.write() as connection:
                    await host_state.write(connection, Value.LOW_BALANCE, str(balance))
            held = True
        elif held:
            back = await self.resume_all(Value.LOW_BALANCE)
            held = False
        low = held or balance < max(needed, self.settings.micro(self.settings.low_balance))
        said = ("held" if held else "low") if low else None
        if not held:
            await self._tell_back(Value.TOLD_BALANCE, BalanceBack(balance, back))
        await self._tell_once(Value.TOLD_BALANCE, said, BalanceLow(balance, needed, held))

    async def _report_refusal(self, host_refused: asyncio.Event) -> None:
        """Tells the host at once where a track was refused for money or key; the next check lets it go on."""
        await host_refused.wait()
        host_refused.clear()
        async with self.database.read() as connection:
            waiting = await tracks.waiting_for_host(connection)
            bad_key = await host_state.read(connection, Value.BAD_KEY) is not None
            short = await host_state.read(connection, Value.LOW_BALANCE) is not None
        if bad_key:
            await self._tell_once(Value.TOLD_KEY, "held", KeyRefused())
        if not short:
            return
        needed = sum(track.price for track in waiting)
        await self._tell_once(Value.TOLD_BALANCE, "held", BalanceLow(None, needed, held=True))

    async def check_guild_accounts(self) -> None:
        """Lets tracks go on whose guild's own account can pay again, and erases keys that nothing needs."""
        if await self.accounts.release_holds():
            self._wakeup.wake()
        await self.accounts.forget()

        await self._tell_holds()

    async def _report_holds(self) -> None:
        """Tells a guild's moderators at once why nothing starts on their account."""
        news = await self.accounts.held.get()
        try:
            await self._tell_holds()
        except DeliveryUnavailable:
            self.accounts.held.put_nowait(news)
            raise

    async def _tell_holds(self) -> None:
        if await each(await self.accounts.on_hold(), self._tell_hold):
            raise DeliveryUnavailable("not all moderators could be told of their key")

    async def _tell_hold(self, key: GuildKey) -> None:
        if key.hold is not None:
            said = await self.announcements.begin(f"{hold_of(key.id)}{key.hold}", key.hold)
            if said.way is None:
                await self.delivery.key_held(key, key.hold, f"{said.key}: moderators")
                await self.announcements.said(said, "told")

    async def compare_bill(self) -> None:
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

    async def _tell_back(self, name: Value, news: HostNews) -> None:
        """Tells that what was told to be held goes on."""
        async with self.database.read() as connection:
            told = await host_state.read(connection, name)
        if told == "held":
            await self.delivery.tell_host(news, f"{name}: back")
            await self._note_told(name, None)

    async def _tell_once(self, name: str, said: str | None, news: HostNews) -> None:
        """Tells what has not been told; `said` None: there is nothing to tell (any more)."""
        async with self.database.read() as connection:
            if await host_state.read(connection, name) == said:
                return
        if said is not None:
            await self.delivery.tell_host(news, f"{name}: {hashlib.sha256(said.encode()).hexdigest()}")
        await self._note_told(name, said)

    async def _note_told(self, name: str, said: str | None) -> None:
        """What is told next under that name is another occasion."""
        async with self.database.write() as connection:
            await host_state.write(connection, name, said)
            await forget(connection, f"{name}: ")
