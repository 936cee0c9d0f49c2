"""How the bot's process is ended and frozen: one line for each kind, as for faults."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from soak.world import World

STOP_PATIENCE = 20.0  # seconds after which a stop that does not come to its end is ended


@dataclass(frozen=True)
class Kind:
    name: str
    weight: float
    do: Callable[[World, random.Random], Awaitable[None]]


async def _kill(world: World, chance: random.Random) -> None:
    """Out of its work; the operating system takes the process, or all that it has started too."""
    life = await world.bot.opened()
    await asyncio.sleep(chance.uniform(0.1, 5.0))
    world.bot.end(signal.SIGKILL, whole_group=chance.random() < 0.5)
    await world.bot.over(life, STOP_PATIENCE)


async def _kill_while_it_starts(world: World, chance: random.Random) -> None:
    """At any moment of its start, or soon after it."""
    if world.bot.is_open:
        await _kill(world, chance)
    await asyncio.sleep(chance.uniform(0.3, 3.0))
    if (life := world.bot.life) is not None:
        world.bot.end(signal.SIGKILL)
        await world.bot.over(life, STOP_PATIENCE)


async def _stop(world: World, chance: random.Random) -> None:
    """As a new version is rolled out."""
    life = await world.bot.opened()
    await asyncio.sleep(chance.uniform(0.1, 5.0))
    world.bot.end(signal.SIGTERM)
    if not await world.bot.over(life, STOP_PATIENCE):
        world.chronicle.note(f"life {life.number} did not stop within {STOP_PATIENCE:g} s")
        life.asked = ""
        world.bot.end(signal.SIGKILL, whole_group=True)
        await world.bot.over(life, STOP_PATIENCE)


async def _freeze(world: World, chance: random.Random) -> None:
    """For longer than Discord waits for an acknowledgement."""
    await world.bot.opened()
    await asyncio.sleep(chance.uniform(0.1, 3.0))
    await world.bot.pause(chance.uniform(1.0, 6.0))


KILLS: tuple[Kind, ...] = (
    Kind("kill -9", 6, _kill),
    Kind("kill -9 at the start", 1, _kill_while_it_starts),
    Kind("SIGTERM", 2, _stop),
    Kind("SIGSTOP for a while", 2, _freeze),
)
