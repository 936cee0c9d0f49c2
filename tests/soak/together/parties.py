"""Listening together in a campaign: parties are started, added to, skipped, paused, moved and stopped, while
people come and go and moderators throw the bot out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from rehearsal.discord.members.member import Json, Member, NotPossibleError
from rehearsal.discord.members.reading import text_of
from soak.members import Deed, Person, button, press, track_id

if TYPE_CHECKING:
    import random

    from soak.world import World

ROOMS = ("Listening Room", "Kitchen")
PAUSE = 1.5  # seconds between two things that one of them does


class Listener(Person):
    """Somebody who looks at a voice channel's chat. speaker: the same member, where tracks are posted."""

    def __init__(self, world: World, member: Member, speaker: Member, chance: random.Random) -> None:
        super().__init__(world, member, chance)
        self.speaker = speaker

    async def panel(self) -> Json | None:
        """The latest one of a party that goes on."""
        there = [one for one in await self.member.messages() if "Listening together" in text_of(one)]
        return next((one for one in reversed(there) if button(one, "Stop")), None)

    async def some_tracks(self) -> str:
        """What a party can play."""
        there = [one for one in await self.member.messages(self.speaker.channel["id"]) if track_id(one)]
        if not there or self.chance.random() < 0.2:
            return "charts"
        own = track_id(self.chance.choice(there[-12:]))
        return f"family:{own}" if self.chance.random() < 0.2 else str(own)


async def start(person: Person) -> None:
    assert isinstance(person, Listener)
    await come(person)
    await person.seen(await person.member.slash("party start", play=await person.some_tracks()))


async def add(person: Person) -> None:
    assert isinstance(person, Listener)
    await person.seen(await person.member.slash("party add", play=await person.some_tracks()))


async def add_what_is_private(person: Person) -> None:
    """Whoever can see it tries to have it played to those who cannot."""
    hidden = await person.world.behind(person.member).messages() if person.world.sees_all(person) else []
    ids = [own for one in hidden if (own := track_id(one)) is not None]
    if ids:
        how = person.chance.choice(("party start", "party add"))
        await person.seen(await person.member.slash(how, play=person.chance.choice(ids)))


async def press_some(person: Person) -> None:
    assert isinstance(person, Listener)
    shown = await person.panel()
    labels = ("Skip", "Skip", "Pause", "Go on", "Go on", "♥", "Stop")
    if shown is not None:
        await press(person, shown, person.chance.choice(labels))


async def skip(person: Person) -> None:
    await person.seen(await person.member.slash("party skip"))


async def stop(person: Person) -> None:
    await person.seen(await person.member.slash("party stop"))


async def come(person: Person) -> None:
    await person.member.join_voice(person.chance.choices(ROOMS, (3, 1))[0])


async def leave(person: Person) -> None:
    await person.member.leave_voice()


async def move_it(person: Person) -> None:
    """A moderator takes the bot to another channel of the guild, or throws it out."""
    world, member = person.world, person.member
    if not world.sees_all(person):
        return
    bot, room = world.discord.world.bot.id, person.chance.choice(ROOMS)
    if person.chance.random() < 0.7:
        channel = world.discord.world.channel(room, member.guild["id"]).id
        await member.ask("POST", "voice/drag", {"member": bot, "channel": channel})
    else:
        world.discord.voice.disconnect(world.discord.world.guilds[member.guild["id"]], bot)


async def look_elsewhere(person: Person) -> None:
    """At the other room's chat."""
    await person.member.go(person.chance.choice(ROOMS))


DEEDS: tuple[tuple[Deed, float], ...] = (
    (start, 8),
    (add, 8),
    (add_what_is_private, 2),
    (press_some, 12),
    (skip, 2),
    (stop, 1),
    (come, 4),
    (leave, 2),
    (move_it, 2),
    (look_elsewhere, 2),
)


async def keep_listening(
    world: World, people: list[Listener], chance: random.Random, go_on: Callable[[], Awaitable[bool]]
) -> None:
    """One thing after the other, each of them."""
    async with asyncio.TaskGroup() as group:
        for person in people:
            group.create_task(_live(person, chance, go_on))


async def _live(person: Person, chance: random.Random, go_on: Callable[[], Awaitable[bool]]) -> None:
    deeds, weights = zip(*DEEDS, strict=True)
    with suppress(NotPossibleError):
        await come(person)
    while await go_on():
        await person.does(chance.choices(deeds, weights)[0])
        await asyncio.sleep(chance.expovariate(1 / PAUSE))


async def no_more(person: Person) -> bool:
    """A moderator ends what goes on; True once nothing does."""
    with suppress(NotPossibleError, TimeoutError):
        answer = await person.seen(await person.member.slash("party stop"))
        return "no party in this server" in answer.text
    return False
