"""What members do together of an evening in a campaign: contests, albums, and songs of a line each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from rehearsal.discord.members.member import Answer, Json, NotPossibleError
from rehearsal.discord.members.reading import text_of, walk
from soak.members import PATIENCE, Person, press, track_id
from soak.together.jams import press_on

if TYPE_CHECKING:
    import random

    from soak.world import World

WHOLE = 60.0  # seconds that one may take
LONG = 60  # minutes for a line, so that none is passed while all of it comes to its end


async def contest(people: list[Person], title: str, chance: random.Random) -> None:
    """Started, entered, voted on and ended; each step by who may, and as far as it comes."""
    first = people[0]
    await first.seen(await first.member.slash("contest start", theme=title))
    for person in people:
        mine = [one for one in await person.tracks() if f"<@{person.member.id}>" in str(one)]
        if mine:
            entry = track_id(chance.choice(mine[-6:]))
            await person.seen(await person.member.slash("contest enter", track=entry))
    await _ended(first)
    for person in people:
        post = await _post(person, f"Contest: {title}", "The vote is open")
        ballot = await person.seen(await person.member.press(post, "Listen and vote"))
        numbers = _options(ballot, "Listen to …")
        if numbers:
            await person.member.press(ballot, "Listen to …", numbers[:10])
            with suppress(NotPossibleError, TimeoutError):
                await ballot.until(lambda now: "You have listened to 0" not in now.text, PATIENCE)
                await person.member.press(ballot, "First choice", [chance.choice(numbers)])
    await _ended(first)


async def _ended(person: Person) -> None:
    """Its entries, or its vote."""
    asked = await person.seen(await person.member.slash("contest end"))
    await press(person, asked, "End it now")


async def album(people: list[Person], title: str, chance: random.Random) -> None:
    """Begun, filled and published."""
    person = people[0]
    await person.seen(await person.member.slash("album new", title=title))
    for track in chance.sample(there := (await person.tracks())[-6:], k=min(2, len(there))):
        more = await press(person, track, "More")
        asked = await press(person, more, "Add to album") if more else None
        if asked is not None:
            await _choose(person, asked, "On which album?", title)
    page = await person.seen(await person.member.slash("album show", album=title))
    where = await press(person, page, "Publish")
    if where is not None:
        await where.until(lambda now: "playlist" in now.text, PATIENCE)
        question = await person.member.press(where, "Where to?", [person.member.channel["id"]])
        await question.until(lambda now: "in <#" in now.text, PATIENCE)
        await press(person, question, "In the channel itself")


async def relay(people: list[Person], title: str, chance: random.Random) -> None:
    """Its seats are taken, each writes a line, and it is sung."""
    first = people[0]
    given = {"theme": title, "seats": len(people), "rounds": 1, "minutes": LONG}
    await first.seen(await first.member.slash("relay start", **given))
    for person in people[1:]:
        await press_on(person, await _post(person, f"A line each: {title}"), "Take a seat / Leave")
    if len(people) == 1:
        await press_on(first, await _post(first, f"A line each: {title}"), "Begin now")
    for number, person in enumerate(people):
        turn = await _post(person, f"<@{person.member.id}>, it is your line")
        form = await person.member.press(turn, "Write my line")
        if form.modal is not None:
            line = f"Line {number} of {title} is sung by the porch"
            await person.seen(await person.member.submit(form, line=line))
    voting = await _post(first, title, "What does it sound like?")
    await press_on(first, voting, "Sing it now")


def _options(answer: Answer, placeholder: str) -> list[str]:
    """The values of a menu; none where it is not there."""
    rows = walk((answer.message or {}).get("components", []))
    menu = next((one for one in rows if one.get("placeholder") == placeholder), None)
    return [one["value"] for one in menu["options"]] if menu else []


async def _choose(person: Person, on: Answer, placeholder: str, label: str) -> None:
    rows = walk((on.message or {}).get("components", []))
    menu = next((one for one in rows if one.get("placeholder") == placeholder), None)
    value = next((one["value"] for one in menu["options"] if label in one["label"]), None) if menu else None
    if menu is not None and value is not None:
        await person.seen(await person.member.press(on, menu["custom_id"], [value]))


async def _post(person: Person, *words: str) -> Json:
    """Raises TimeoutError."""
    return await person.member.wait_message(
        lambda one: all(word in text_of(one) for word in words), 2 * PATIENCE
    )


async def keep_meeting(
    world: World, people: list[Person], chance: random.Random, go_on: Callable[[], Awaitable[bool]]
) -> None:
    """One after the other, by whoever has time."""
    while await go_on():
        await asyncio.sleep(chance.uniform(2, 6))
        what = chance.choice((contest, album, relay))
        together = chance.sample(people, k=min(len(people), chance.choice((2, 3))))
        with suppress(TimeoutError, NotPossibleError):
            await world.opened()
            async with asyncio.timeout(WHOLE):
                await what(together, together[0].title(), chance)
