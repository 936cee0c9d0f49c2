"""However often a message is out of date, it is edited once a second at most; the last state wins.

The rule: `touch` only says that a message is to be brought up to date, and by what; whoever brings it reads
what is true then. So no press waits for an edit, none is lost, and an edit for which something is away is
tried again for as long as that takes, without any other message waiting for it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Hashable

import discord
import structlog
from structlog.contextvars import clear_contextvars

from cogs.core.discord_errors import answering
from services.backoff import Backoff
from services.delivery import DeliveryUnavailable
from services.storage.outages import is_away

log = structlog.get_logger(__name__)

Bring = Callable[[], Awaitable[object]]

LONGEST_PAUSE = 60.0  # seconds between two attempts while Discord does not answer


class CoalescedEdits:
    """Brings messages up to date. One for all of a bot's; a message is known by a key of the caller's."""

    interval = 1.0  # seconds from the end of one edit of a message to its next

    def __init__(self) -> None:
        self._wanted: dict[Hashable, Bring] = {}
        self._busy: dict[Hashable, asyncio.Task[None]] = {}
        self._urgent: dict[Hashable, asyncio.Event] = {}  # while a message's edit can wait
        self._awaited: dict[Hashable, list[asyncio.Event]] = {}  # of those who wait until it is made

    def touch(self, key: Hashable, bring: Bring, *, within: float = 0.0) -> None:
        """Has the message brought up to date: at once, or after the edit that is under way and the interval.

        bring: reads what holds now and edits; it may raise what Discord answers. within: seconds for which it
        can wait, where another message matters more (Discord takes five edits in five seconds in a channel).
        Returns at once.
        """
        self._wanted[key] = bring
        if key not in self._busy:
            self._urgent[key] = asyncio.Event()
            self._busy[key] = asyncio.create_task(self._keep(key, within))
        if not within:
            self._urgent[key].set()

    async def brought(self, key: Hashable, bring: Bring, patience: float) -> None:
        """Has it brought up to date, and waits until that was tried, for at most so many seconds."""
        done = asyncio.Event()
        self._awaited.setdefault(key, []).append(done)
        self.touch(key, bring)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await done.wait()

    async def close(self, patience: float) -> None:
        """Lets edits that are still to be made be made, for at most so many seconds, and ends."""
        waiting = [task for key, task in self._busy.items() if key in self._wanted]
        for urgent in self._urgent.values():
            urgent.set()
        if waiting:
            await asyncio.wait(waiting, timeout=patience)
        for task in [*self._busy.values()]:
            task.cancel()

    async def _keep(self, key: Hashable, within: float) -> None:
        clear_contextvars()  # the log's: whoever touches it first is not whom the next edit is for
        backoff = Backoff(2 * self.interval, LONGEST_PAUSE)
        try:
            if within:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(within):
                        await self._urgent[key].wait()
            while (bring := self._wanted.pop(key, None)) is not None:
                awaited = self._awaited.pop(key, [])
                pause, unavailable = self.interval, await _brought(key, bring)
                for done in awaited:
                    done.set()
                if unavailable is None:
                    backoff.reset()
                else:
                    self._wanted.setdefault(key, bring)
                    pause = backoff.pause(unavailable.wait)
                await asyncio.sleep(pause)
        finally:
            del self._busy[key], self._urgent[key]


async def _brought(key: Hashable, bring: Bring) -> DeliveryUnavailable | None:
    """Makes the edit. Returns why not, where trying again may help."""
    try:
        async with answering():
            await bring()
    except DeliveryUnavailable as reason:
        log.info("message not brought up to date yet", message=str(key), reason=str(reason))
        return reason
    except discord.HTTPException as refusal:  # gone, or closed to the bot: nothing to bring up to date
        log.info("message not brought up to date", message=str(key), status=refusal.status, code=refusal.code)
    except Exception as error:
        log.exception("message not brought up to date", message=str(key))
        if is_away(error):  # the database that it is read from
            return DeliveryUnavailable(type(error).__name__)
    return None
