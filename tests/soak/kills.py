"""How the bot's process is ended and frozen: one line for each kind, as for faults."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from soak.process import Bot
    from soak.world import World

STOP_PATIENCE = 20.0  # seconds after which a stop that does not come to its end is ended


@dataclass(frozen=True)
class Kind:
    name: str
    weight: float
    do: Callable[[World, Bot, random.Random], Awaitable[None]]
    """To one of the bots."""


async def _kill(_world: World, bot: Bot, chance: random.Random) -> None:
    """Out of its work; the operating system takes the process, or all that it has started too."""
    life = await bot.opened()
    await asyncio.sleep(chance.uniform(0.1, 5.0))
    bot.end(signal.SIGKILL, whole_group=chance.random() < 0.5)
    await bot.over(life, STOP_PATIENCE)


async def _kill_while_it_starts(world: World, bot: Bot, chance: random.Random) -> None:
    """At any moment of its start, or soon after it."""
    if bot.is_open:
        await _kill(world, bot, chance)
    await asyncio.sleep(chance.uniform(0.3, 3.0))
    if (life := bot.life) is not None:
        bot.end(signal.SIGKILL)
        await bot.over(life, STOP_PATIENCE)


async def _stop(world: World, bot: Bot, chance: random.Random) -> None:
    """As a new version is rolled out."""
    life = await bot.opened()
    await asyncio.sleep(chance.uniform(0.1, 5.0))
    bot.end(signal.SIGTERM)
    if not await bot.over(life, STOP_PATIENCE):
        world.chronicle.note(f"life {life.number} did not stop within {STOP_PATIENCE:g} s")
        life.asked = ""
        bot.end(signal.SIGKILL, whole_group=True)
        await bot.over(life, STOP_PATIENCE)


async def _freeze(_world: World, bot: Bot, chance: random.Random) -> None:
    """For longer than Discord waits for an acknowledgement."""
    await bot.opened()
    await asyncio.sleep(chance.uniform(0.1, 3.0))
    await bot.pause(chance.uniform(1.0, 6.0))


KILLS: tuple[Kind, ...] = (
    Kind("kill -9", 6, _kill),
    Kind("kill -9 at the start", 1, _kill_while_it_starts),
    Kind("SIGTERM", 2, _stop),
    Kind("SIGSTOP for a while", 2, _freeze),
)
