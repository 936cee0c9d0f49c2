"""A campaign: members, faults and kills at once until there was enough of each; then the world heals.

The rule: nobody runs ahead. Tracks, kills and faults wait for each other, so that all of it happens together
on a machine of any speed.
"""

from __future__ import annotations

import asyncio
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from rehearsal.discord.members.reading import text_of
from soak.faults import Armed, faults_of
from soak.kills import KILLS
from soak.limits import LimitWatch
from soak.members import Moderator, Person, let_go_on, look
from soak.records import Records, read
from soak.together.evenings import keep_meeting
from soak.together.jams import keep_jamming
from soak.together.own_voices import Impresario, Singer, SungJam, begin, take_all_back
from soak.together.parties import Listener, keep_listening, no_more
from soak.world import MODERATORS, PEOPLE, SETTINGS, World

# Of an answer that says so: what is left, and what can be done.
LIMIT_REACHED = re.compile(r"(left for today|nothing left of).*(wait until|Waiting does not help)", re.DOTALL)
AHEAD = 0.04  # of its whole that each may be ahead of the others
MOST_ARMED = 0.27  # of the kinds of faults; some wait long, and happen at a start or an upload alone
BESIDE = 2.0  # seconds between two more of those that happen at once
SAY_EVERY = 10.0  # seconds between two lines of progress
QUIET = 2.5  # seconds in which nobody says anything
FOLLOWS_WITHIN = 20.0  # seconds in which all that a process started has ended after it


OF_EACH = ("tracks", "kills", "faults", "songs", "parties")


@dataclass
class Wanted:
    """How many of each."""

    tracks: int
    kills: int
    faults: int
    songs: int
    parties: int
    heal: float = 180.0
    """Seconds from the last fault in which everything must have come to its end."""
    patience: float = 1200.0
    """Seconds that all of it may take."""


@dataclass
class Campaign:
    """One, in a world whose bot is not started yet. `say` takes a line for whoever watches."""

    world: World
    wanted: Wanted
    seed: int
    say: Callable[[str], None] = print
    kills: Counter[str] = field(default_factory=Counter[str])
    armed: dict[str, list[Armed]] = field(default_factory=dict[str, list[Armed]])

    def __post_init__(self) -> None:
        self.limits = LimitWatch(self.world, SETTINGS)
        self.can_happen = faults_of(self.world.provider)

    async def run(self) -> Records:
        """All of it, and what is known in the end, also where it gets nowhere."""
        watching = self.limits.keep_looking(), self.world.ears.keep_listening(), self._keep_saying()
        background = [asyncio.create_task(one) for one in watching]
        last_start, left_in_voice = float("inf"), list[str]()
        for bot in self.world.bots:
            bot.start()
        try:
            async with asyncio.timeout(self.wanted.patience):
                await self.world.opened()
                host = Person(self.world, self.world.members["Mona"], self.chance("begin"))
                await _until(lambda: begin(host))
                await self._all_at_once()
                if await self._heal():
                    last_start = await self._once_more()
                    left_in_voice = self.world.left_in_voice
        except TimeoutError:
            self.say(f"{self.progress()}; it gets nowhere")
        finally:
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)
        await self.world.all_back()
        await self.world.stop()
        await self.world.ears.look()
        with suppress(TimeoutError):
            async with asyncio.timeout(FOLLOWS_WITHIN):  # what a process started follows it
                await _until(self._nobody_is_left)
        return await read(self.world, self.limits.passed, last_start, left_in_voice)

    async def _nobody_is_left(self) -> bool:
        return not await asyncio.to_thread(self.world.left_behind)

    # how far it has come ------------------------------------------------------------------------------------

    @property
    def faults(self) -> int:
        """How many have happened."""
        return sum(one.hits for kind in self.armed.values() for one in kind)

    def share(self, of: str) -> float:
        limits = self.limits
        there = {"tracks": limits.made, "kills": self.kills.total(), "faults": self.faults}
        there |= {"songs": limits.songs, "parties": limits.parties}
        most: int = getattr(self.wanted, of)
        return there[of] / most if most else 1.0

    def over(self) -> bool:
        return all(self.share(one) >= 1 for one in OF_EACH)

    async def turn(self, of: str) -> bool:
        """Waits while that is ahead of the others; False once there was enough of everything."""
        while not self.over():
            slowest = min(self.share(one) for one in OF_EACH)
            if self.share(of) <= slowest + AHEAD:
                return True
            await asyncio.sleep(0.1)
        return False

    @property
    def refused(self) -> int:
        """Requests that a limit did not let in."""
        return sum(LIMIT_REACHED.search(one) is not None for one in self._answers())

    def progress(self) -> str:
        return (
            f"{self.world.database.name:<10} {time.monotonic() - self.world.chronicle.began:5.0f} s: "
            f"{self.limits.made} of {self.wanted.tracks} tracks, "
            f"{self.kills.total()} of {self.wanted.kills} kills, {self.faults} of {self.wanted.faults} "
            f"faults, {self.limits.songs} of {self.wanted.songs} songs, "
            f"{self.limits.parties} of {self.wanted.parties} parties; "
            f"{self.refused} refused by limits, {self.limits.unfinished} unfinished"
        )

    def _answers(self) -> Iterable[str]:
        everyone = self.world.discord.interactions.all.values()
        return (text_of(one.original.data) for one in everyone if one.original is not None)

    async def _keep_saying(self) -> None:
        while True:
            await asyncio.sleep(SAY_EVERY)
            self.say(self.progress())

    # all at once --------------------------------------------------------------------------------------------

    def chance(self, of: str) -> random.Random:
        """Everybody has their own, so that one does not change what another does."""
        return random.Random(f"{self.seed} {of}")

    async def _all_at_once(self) -> None:
        works = [self._keep_killing(), self._keep_faulting()]
        everyone = self.world.members
        people = {name: Person(self.world, one, self.chance(name)) for name, one in everyone.items()}
        in_attic = [name for name, guild, _ in PEOPLE if guild == "The Attic"]
        for name in everyone:
            moderates, sings = name in MODERATORS, name in in_attic
            if moderates or sings:
                kind = (Impresario if moderates else Singer) if sings else Moderator
                people[name] = kind(self.world, people[name].member, people[name].chance)
            of = "songs" if sings else "tracks"
            works.append(people[name].live(lambda of=of: self.turn(of), 1.5))
        friends = [people[name] for name in ("Eve", "Gil")]
        works.append(
            keep_jamming(self.world, people["Ada"], friends, self.chance("jams"), lambda: self.turn("tracks"))
        )
        guests = [people[name] for name in ("Ben", "Cleo", "Finn")]
        works.append(keep_meeting(self.world, guests, self.chance("evenings"), lambda: self.turn("tracks")))
        choir = [people[name] for name in in_attic]
        chance, songs = self.chance("choir"), lambda: self.turn("songs")
        works.append(keep_jamming(self.world, people["Mona"], choir, chance, songs, SungJam))
        for guild in ("The Attic", "The Porch"):
            chance = self.chance(f"parties in {guild}")
            there = [
                Listener(self.world, one, everyone[name], chance)
                for name, one in self.world.listeners.items()
                if one.guild["name"] == guild
            ]
            works.append(keep_listening(self.world, there, chance, lambda: self.turn("parties")))
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
            while not self.over():  # noqa: ASYNC110  (counts have no event)
                await asyncio.sleep(0.2)
            for task in tasks:  # people leave in the middle of things
                task.cancel()

    async def _keep_killing(self) -> None:
        chance = self.chance("kills")
        while self.share("kills") < 1 and await self.turn("kills"):
            kind = chance.choices(KILLS, [one.weight for one in KILLS])[0]
            with suppress(TimeoutError):
                await kind.do(self.world, chance.choice(self.world.bots), chance)
                self.kills[kind.name] += 1
                self.world.chronicle.note(f"kill: {kind.name}")

    async def _keep_faulting(self) -> None:
        chance = self.chance("faults")
        while self.share("faults") < 1 and await self.turn("faults"):
            await asyncio.sleep(chance.uniform(0.05, 0.6))
            waiting = [name for name, kind in self.armed.items() if any(not one.hits for one in kind)]
            kinds = [kind for kind in self.can_happen if kind.name not in waiting]
            if len(waiting) >= MOST_ARMED * len(self.can_happen):  # for members, perhaps, who wait for us
                await asyncio.sleep(BESIDE)
                kinds = [kind for kind in kinds if kind.at_once]
            kind = chance.choices(kinds, [one.weight for one in kinds])[0]
            if (armed := kind.arm(self.world, chance)) is not None:
                self.armed.setdefault(kind.name, []).append(armed)
                self.world.chronicle.note(f"fault: {kind.name}")

    # afterwards ---------------------------------------------------------------------------------------------

    async def _heal(self) -> bool:
        """Takes all faults away and waits until nothing is unfinished; False where that does not come."""
        self.say(f"{self.progress()}; now it heals")
        world = self.world
        world.wave.faults.clear()
        world.discord.faults.clear()
        await world.all_back()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.wanted.heal):
                await world.opened()
                people = {
                    name: Person(world, one, self.chance(f"{name} heals"))
                    for name, one in world.members.items()
                }
                for name in MODERATORS:
                    await _until(lambda name=name: let_go_on(people[name]))
                    await _until(lambda name=name: no_more(people[name]))
                await _until(self._no_track_is_under_way)
                for name, guild, _ in PEOPLE:
                    if guild == "The Attic":
                        await _until(lambda name=name: take_all_back(people[name]))
                await _until(self._at_rest)
                for person in people.values():  # whoever could not be told is told after their next command
                    await person.does(look)
                await _until(self._is_quiet)
                return True
        return False

    async def _no_track_is_under_way(self) -> bool:
        await self.limits.look()
        return not self.limits.unfinished

    async def _at_rest(self) -> bool:
        await self.limits.look()
        try:
            workflows = await self.world.database.pending()
        except Exception:  # noqa: BLE001  (a database that does not answer yet)
            return False
        owed = any(account.owed for account in self.world.wave.accounts.values())
        refunded = not owed or not [account.settle() for account in self.world.wave.accounts.values()]
        return not (self.limits.unfinished or self.limits.under_way or workflows) and refunded

    async def _is_quiet(self) -> bool:
        last = max((one.at for one in self.world.discord.requests), default=0.0)
        return time.monotonic() - last > QUIET and await self._at_rest()

    async def _once_more(self) -> float:
        """Starts the bots anew, as an operator does, and lets them say what they have to say: nothing."""
        for bot in self.world.bots:
            life = bot.life
            if life is not None:
                bot.end(signal.SIGTERM)
                await bot.over(life, 30.0)
        began = time.monotonic()
        await self.world.opened()
        await asyncio.sleep(2 * QUIET)
        return began


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    while not await holds():  # noqa: ASYNC110  (a database's row has no event)
        await asyncio.sleep(0.3)
