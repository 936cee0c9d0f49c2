"""What members do together in a campaign: jams, from the start over a round or two to the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from rehearsal.discord.members.member import Answer, Json, NotPossibleError
from rehearsal.discord.members.reading import text_of
from soak.members import LYRICS, PATIENCE, TAGS, Person, button, press

if TYPE_CHECKING:
    import random

    from soak.world import World

WHOLE = 100.0  # seconds that a jam may take
ROUND = 20.0  # seconds that a round's track is waited for


class Jam:
    """One jam; the first of its people starts it. What does not come is not waited for for ever."""

    def __init__(self, people: list[Person], theme: str, chance: random.Random) -> None:
        self.lead, self.people, self.theme, self.chance = people[0], people, theme, chance

    async def panel(self, *words: str, patience: float = PATIENCE) -> Json:
        """Raises TimeoutError where it does not say that in time."""

        def is_it(message: Json) -> bool:
            text = text_of(message)
            return f"## Jam “{self.theme}”" in text and all(word in text for word in words)

        return await self.lead.member.wait_message(is_it, patience)

    async def play(self) -> None:
        """All of it. Raises TimeoutError, NotPossibleError where it comes to nothing."""
        tags = self.chance.choice(TAGS)
        start = {"theme": self.theme, "tags": tags, "duration": 5, "share": 50}
        await self.lead.seen(await self.lead.member.slash("jam start", **start))
        for friend in self.people[1:]:
            await press_on(friend, await self.panel(), "Join / Leave")
        for number in range(self.chance.choice((1, 1, 2))):
            if number:
                await self.next_round()
            await self.shape()
            await self.make()
        question = await press_on(self.lead, await self.panel(), "End the jam")
        if question is not None:
            await press(self.lead, question, "End it")

    async def shape(self) -> None:
        person = self.chance.choice(self.people)
        form = await press_on(person, await self.panel(), "Add tags")
        if form is not None and form.modal is not None:
            await person.member.submit(
                form, tags=self.chance.choice(("whistle", "choir", "tuba", "glass harp"))
            )
        with suppress(NotPossibleError):
            form = await person.member.press(await self.panel(), "Write a section …", ["New: Verse"])
            if form.modal is not None:
                await person.member.submit(form, text=LYRICS.split("\n")[1])

    async def make(self) -> None:
        for _attempt in range(3):
            if self.chance.random() < 0.5:
                for person in self.people:
                    await press_on(person, await self.panel(), "Lock in / Unlock")
            await press_on(self.lead, await self.panel(), "Make it now")
            with suppress(TimeoutError):
                await self.panel("[Next round]", patience=ROUND)
                return

    async def next_round(self) -> None:
        form = await press_on(self.lead, await self.panel("[Next round]"), "Next round")
        if form is not None and form.modal is not None:
            await self.lead.member.submit(form)


async def end_what_is_left(moderator: Person) -> None:
    """What nobody came to the end of keeps its channel from the next."""
    left = [one for one in await moderator.member.messages() if button(one, "End the jam")]
    if left and (question := await press_on(moderator, left[-1], "End the jam")) is not None:
        await press(moderator, await moderator.seen(question), "End it")


async def press_on(person: Person, panel: Json, label: str) -> Answer | None:
    """Presses what others may have changed meanwhile; None where it is not there (any more)."""
    with suppress(NotPossibleError):
        return await person.member.press(panel, label)
    return None


async def keep_jamming(
    world: World,
    moderator: Person,
    people: list[Person],
    chance: random.Random,
    go_on: Callable[[], Awaitable[bool]],
    kind: type[Jam] = Jam,
) -> None:
    """One jam of that kind after the other. moderator: looks at their channel, too."""
    while await go_on():
        await asyncio.sleep(chance.uniform(5, 15))
        with suppress(TimeoutError, NotPossibleError):
            await world.opened()
            await end_what_is_left(moderator)
            together = chance.sample(people, k=min(len(people), chance.choice((1, 2, 3))))
            async with asyncio.timeout(WHOLE):
                await kind(together, together[0].title(), chance).play()
