"""What members do in a campaign: ask for tracks in every way there is, cancel, delete, vote, look.

The rule: they do what people can do and go on, whatever comes of it; whether it was right is asked later.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sounds import tone

from rehearsal.discord.members.member import Answer, Json, Member, NotPossibleError
from rehearsal.discord.members.reading import walk

if TYPE_CHECKING:
    from soak.world import World

PATIENCE = 8.0  # seconds that a member waits for anything before they do something else
LYRICS = "[verse]\nThe rain came early and the street ran blue\n[chorus]\nLeave on the porch light"
TAGS = ("funk, brass", "ska", "folk, harp", "lo-fi, crickets", "polka", "choir, slow", "jazz, trio", "samba")
WORDS = ("Kite", "Lantern", "Harbour", "Meadow", "Sparrow", "Cinder", "Willow", "Comet", "Anchor", "Thistle")

Deed = Callable[["Person"], Awaitable[None]]


class Person:
    """A member and their whims: the same seed, the same whims."""

    titles = itertools.count(1)

    def __init__(self, world: World, member: Member, chance: random.Random) -> None:
        self.world, self.member, self.chance = world, member, chance

    def title(self) -> str:
        return f"{self.chance.choice(WORDS)} {next(self.titles)}"

    def prompt(self) -> Json:
        seconds = self.chance.choice((5, 5, 5, 6, 8, 10))
        return {"tags": self.chance.choice(TAGS), "duration": seconds, "title": self.title()}

    async def seen(self, answer: Answer) -> Answer:
        """Waits until there is something to read, as long as people wait. Raises TimeoutError."""
        return await answer.until(lambda now: now.text or now.followups or now.error, PATIENCE)

    async def tracks(self) -> list[Json]:
        """The finished tracks in the channel, the newest last."""
        return [one for one in await self.member.messages() if track_id(one) and one["attachments"]]

    async def some_track(self) -> Json | None:
        there = (await self.tracks())[-12:]
        return self.chance.choice(there) if there else None

    async def live(self, go_on: Callable[[], Awaitable[bool]], pause: float) -> None:
        """Does one thing after the other for as long as `go_on` says, with pauses of so many seconds."""
        deeds, weights = zip(*DEEDS, strict=True)
        while await go_on():
            await self.does(self.chance.choices(deeds, weights)[0])
            await asyncio.sleep(self.chance.expovariate(1 / pause))

    async def does(self, deed: Deed) -> None:
        bot = self.world.bot_of(self.member)
        if not bot.is_open and self.chance.random() < 0.8:  # some try all the same
            with suppress(TimeoutError):
                await bot.opened(PATIENCE)
        with suppress(NotPossibleError, TimeoutError):
            async with asyncio.timeout(3 * PATIENCE):
                await deed(self)


def track_id(message: Json) -> str | None:
    """Of the track that plays in the message."""
    ids = [node.get("custom_id", "") for node in walk(message.get("components", []))]
    return next((one.rpartition(":")[2] for one in ids if one.startswith("track:again:")), None)


def button(message: Json | None, label: str) -> str | None:
    """The custom_id of the first button whose label begins so."""
    for node in walk((message or {}).get("components", [])):
        if (node.get("label") or "").startswith(label) and node.get("custom_id") and not node.get("disabled"):
            return node["custom_id"]
    return None


async def press(person: Person, on: Answer | Json, label: str) -> Answer | None:
    message = on.message if isinstance(on, Answer) else on
    if message is None or button(message, label) is None:
        return None
    return await person.seen(
        await person.member.press(message, button(message, label) or label, forged=False)
    )


# asking -----------------------------------------------------------------------------------------------------


async def compose(person: Person) -> None:
    given: dict[str, Any] = person.prompt()
    match person.chance.randrange(6):
        case 0:
            given["vocals"] = "instrumental"
        case 1:
            given["files"] = {"lyrics_file": ("words.txt", LYRICS.encode())}
        case 2:
            del given["tags"]
            given["idea"] = "a slow song about a porch light"
        case 3:
            given |= {"model": "ace-step-1.5", "vocals": "instrumental"}
        case _:
            pass
    await person.seen(await person.member.slash("compose", **given))


async def write(person: Person) -> None:
    """By the form."""
    form = await person.member.slash("compose", tags=person.chance.choice(TAGS), duration=5, vocals="write")
    if form.modal is not None:
        await person.seen(await person.member.submit(form, lyrics=LYRICS, title=person.title()))


async def ask_for_too_much(person: Person) -> None:
    dear: Json = {**person.prompt(), "duration": 240}
    await person.seen(await person.member.slash("compose", **dear))


async def remix(person: Person) -> None:
    if (track := await person.some_track()) is not None:
        given = {"track": track_id(track), "tags": person.chance.choice(TAGS), "title": person.title()}
        await person.seen(await person.member.slash("remix-seed", **given))


async def again(person: Person) -> None:
    if (track := await person.some_track()) is not None:
        await press(person, track, "Again")


async def variations(person: Person) -> None:
    if (track := await person.some_track()) is not None:
        count = person.chance.choice((2, 2, 3))
        asked = await person.member.slash("rework variations", track=track_id(track), count=count)
        await press(person, await person.seen(asked), "Make ")


async def rework(person: Person) -> None:
    """Of a track, or of a file of one's own."""
    source: Json = {}
    if person.chance.random() < 0.3:
        source["files"] = {"file": ("mine.mp3", tone(6))}
    elif (track := await person.some_track()) is not None:
        source["track"] = track_id(track)
    else:
        return
    tags, title = person.chance.choice(TAGS), person.title()
    kind, given = person.chance.choice(
        [
            ("extend", {"after": person.chance.randint(1, 4), "tags": tags}),
            ("repaint", {"from": "1", "to": "3", "tags": tags}),
            (
                "restyle",
                {"tags": f"{tags}, vibraphone"} | ({"sounds_like": "funk"} if "files" in source else {}),
            ),
        ]
    )
    answer = await person.seen(await person.member.slash(f"rework {kind}", title=title, **given, **source))
    for yes in ("Make it", "I may use it"):
        await press(person, answer, yes)


# taking back ------------------------------------------------------------------------------------------------


async def cancel(person: Person) -> None:
    queue = await person.seen(await person.member.slash("queue"))
    menu = next((n for n in walk((queue.message or {}).get("components", [])) if n.get("type") == 3), None)
    if menu is not None:
        chosen = person.chance.choice(menu["options"])["label"]
        await person.seen(await person.member.press(queue, menu["custom_id"], [chosen]))


async def delete(person: Person) -> None:
    mine = [one for one in await person.tracks() if f"<@{person.member.id}>" in str(one)]
    if mine:
        more = await press(person, person.chance.choice(mine[-8:]), "More")
        question = await press(person, more, "Delete") if more else None
        if question is not None:
            await press(person, question, "Delete it")


# looking ----------------------------------------------------------------------------------------------------


async def vote(person: Person) -> None:
    if (track := await person.some_track()) is not None:
        await press(person, track, "♥")


async def look(person: Person) -> None:
    match person.chance.randrange(5):
        case 0:
            asked = await person.member.slash("queue")
        case 1:
            asked = await person.member.slash("budget")
        case 2:
            asked = await person.member.slash("library tracks", order="newest")
        case 3 if (track := await person.some_track()) is not None:
            asked = await person.member.slash("library track", track=track_id(track))
        case _ if (track := await person.some_track()) is not None:
            asked = await person.member.slash("library family", track=track_id(track))
        case _:
            return
    await person.seen(asked)


DEEDS: tuple[tuple[Deed, float], ...] = (
    (compose, 30),
    (write, 4),
    (ask_for_too_much, 4),
    (remix, 8),
    (again, 6),
    (variations, 6),
    (rework, 14),
    (cancel, 8),
    (delete, 4),
    (vote, 5),
    (look, 8),
)


# moderators -------------------------------------------------------------------------------------------------


class Moderator(Person):
    """Raises the limits as they are used up, and pauses the queue now and then, so that tracks wait."""

    def __init__(self, world: World, member: Member, chance: random.Random) -> None:
        super().__init__(world, member, chance)
        self.daily, self.own = 0.03, 0.012

    async def live(self, go_on: Callable[[], Awaitable[bool]], pause: float) -> None:
        while await go_on():
            await asyncio.sleep(self.chance.uniform(2, 4) * pause)
            await self.does(self.chance.choice((raise_limits, stop_and_go, compose, look)))


async def raise_limits(person: Person) -> None:
    assert isinstance(person, Moderator)
    spent = await person.world.spent_today(int(person.member.guild["id"]))
    if spent > person.daily * 0.75:
        daily, own = round(person.daily + 0.02, 3), round(person.own + 0.006, 3)
        answer = await person.seen(await person.member.slash("moderation budget", daily=daily, member=own))
        if "The limits are set" in answer.text:
            person.daily, person.own = daily, own


async def stop_and_go(person: Person) -> None:
    queue = await person.seen(await person.member.slash("queue"))
    if (paused := await press(person, queue, "Pause the queue")) is not None:
        await asyncio.sleep(person.chance.uniform(1, 3))
        await press(person, paused, "Resume the queue")
    else:
        await press(person, queue, "Resume the queue")


async def let_go_on(person: Person) -> bool:
    """Resumes the guild's queue where it is paused; True once it is not."""
    with suppress(NotPossibleError, TimeoutError):
        queue = await person.seen(await person.member.slash("queue"))
        if button(queue.message, "Resume the queue") is None:
            return button(queue.message, "Pause the queue") is not None
        await press(person, queue, "Resume the queue")
    return False
