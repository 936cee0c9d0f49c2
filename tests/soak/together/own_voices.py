"""Members' own voices in a campaign: given, sung with or lent in a jam, and taken back at any time.

Consents keeps what the members themselves know: when they gave which recording, and when they read that it
was erased. Each recording is one note, by which it is known wherever it is found.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rehearsal.discord.members.member import Answer, NotPossibleError
from rehearsal.discord.members.reading import text_of
from soak.members import PATIENCE, Deed, Moderator, Person, button, press, track_id
from soak.together.jams import Jam, press_on
from soak.together.tunes import mp3

if TYPE_CHECKING:
    pass

SECONDS = 17.0  # of a recording
SOURCE = 20  # seconds of what is sung over
NONE = "no recording of your voice"
GIVEN, ERASED = "I have your recording", ("Your recording is erased", "Your data is deleted")
ENOUGH = 10.0  # dollars a day, which nobody comes near


@dataclass
class Recording:
    """One that a member gave. note: in Hz. By time.monotonic(); gone_at: they read that it is erased."""

    member: str
    note: float
    offered_at: float
    gone_at: float | None = None


@dataclass
class Consents:
    """All recordings, and when a guild's moderators had switched voices off."""

    recordings: list[Recording] = field(default_factory=list[Recording])
    off: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])

    def offer(self, member: str, note: float) -> Recording:
        made = Recording(member, note, time.monotonic())
        self.recordings.append(made)
        return made

    def taken(self, member: str, recording: Recording) -> None:
        """They read that it is kept: what they gave before it is not."""
        self._gone(member, [one for one in self.recordings if one.offered_at < recording.offered_at])

    def erased(self, member: str, before: float) -> None:
        """They read that what they had given before that moment is erased."""
        self._gone(member, [one for one in self.recordings if one.offered_at < before])

    def _gone(self, member: str, which: list[Recording]) -> None:
        for one in which:
            if one.member == member and one.gone_at is None:
                one.gone_at = time.monotonic()


async def record(person: Person) -> None:
    """By a voice message, or as a file."""
    world, member = person.world, person.member
    asked = await person.seen(await member.slash("voice record"))
    if button(asked.message, "Give a file") is None:
        return
    note = world.tunes.next_note()
    file = ("voice.mp3", await asyncio.to_thread(mp3, SECONDS, note))
    if person.chance.random() < 0.5:
        form = await member.press(asked, "Give a file")
        if form.modal is None:
            return
        given = world.consents.offer(member.id, note)
        answer = await member.submit(form, files={"recording": [file]})
    else:
        message = await member.say("", files=[file], voice=SECONDS)
        given = world.consents.offer(member.id, note)
        answer = await member.context("Use as my voice", message)
    if GIVEN in (await person.seen(answer)).text:
        world.consents.taken(member.id, given)


async def sing(person: Person) -> None:
    """Over one's own track; now and then one thinks better of it between the question and the answer."""
    mine = [one for one in await person.tracks() if f"<@{person.member.id}>" in str(one)]
    if not mine:
        return
    title, track = person.title(), person.chance.choice(mine[-8:])
    words = f"{title} is what I sing myself"
    if person.chance.random() < 0.5:
        asked = await person.member.slash("rework voice", track=track_id(track), words=words, title=title)
        proposal = await person.seen(asked)
    else:
        more = await press(person, track, "More")
        form = await person.member.press(more, "Sing it yourself") if more else None
        if form is None or form.modal is None:
            return
        proposal = await person.seen(await person.member.submit(form, lyrics=words, title=title))
    if person.chance.random() < 0.1:
        await forget(person)
    await press(person, proposal, "Sing it")
    if person.chance.random() < 0.2:  # while it waits, is sung, or is mastered
        await asyncio.sleep(person.chance.uniform(0.0, 1.5))
        await forget(person)


async def forget(person: Person) -> None:
    await _erase(person, "voice forget", "Forget it")


async def erase(person: Person) -> None:
    """All that is known of them, everywhere."""
    await _erase(person, "privacy delete", "Delete my data")


async def _erase(person: Person, command: str, yes: str) -> None:
    began = time.monotonic()
    question = await person.seen(await person.member.slash(command))
    answer = await press(person, question, yes)
    if answer is not None:
        await answer.until(lambda now: any(one in now.text for one in ERASED) or now.followups, PATIENCE)
        if any(one in answer.text for one in ERASED):
            person.world.consents.erased(person.member.id, began)


async def source(person: Person) -> None:
    """A track of their own that is long enough to be sung over."""
    given = {**person.prompt(), "duration": SOURCE}
    await person.seen(await person.member.slash("compose", **given))


DEEDS: tuple[tuple[Deed, float], ...] = ((source, 6), (record, 4), (sing, 8), (forget, 1), (erase, 0.3))


class Singer(Person):
    """Somebody who has their songs sung with their own voice."""

    async def live(self, go_on: Callable[[], Awaitable[bool]], pause: float) -> None:
        deeds, weights = zip(*DEEDS, strict=True)
        for first in (source, record, record):
            await self.does(first)
        while await go_on():
            await self.does(self.chance.choices(deeds, weights)[0])
            await asyncio.sleep(self.chance.expovariate(1 / pause))


class Impresario(Moderator):
    """Lets songs cost something, and switches voices on; off now and then, and soon on again."""

    async def live(self, go_on: Callable[[], Awaitable[bool]], pause: float) -> None:
        while await go_on():
            await self.does(self.chance.choice((let_sing, let_sing, let_not_sing, source, in_private)))
            await asyncio.sleep(self.chance.uniform(1, 2) * pause)


async def begin(person: Person) -> bool:
    """The same before anything happens; True once it is done."""
    with suppress(NotPossibleError, TimeoutError):
        await let_sing(person)
        return "In this server" not in (await person.seen(await person.member.slash("voice record"))).text
    return False


async def let_sing(person: Person) -> None:
    """Makes sure that there is money for it, and that it is switched on."""
    await person.seen(await person.member.slash("moderation budget", daily=ENOUGH, member=ENOUGH / 2))
    since = time.monotonic()
    off = person.world.consents.off
    if await _switch(person, "Switch voices on") is not None and off and off[-1][1] == float("inf"):
        off[-1] = (off[-1][0], since)


async def let_not_sing(person: Person) -> None:
    if person.chance.random() < 0.7:
        return
    if "is off" in (await _switch(person, "Switch voices off") or ""):
        person.world.consents.off.append((time.monotonic(), float("inf")))
    await asyncio.sleep(person.chance.uniform(0.0, 2.0))
    await let_sing(person)


async def _switch(person: Person, which: str) -> str | None:
    """What is said to it; None where there is nothing to switch."""
    panel = await person.seen(await person.member.slash("moderation panel"))
    if button(panel.message, "More rules") is None:
        return None
    rest = await person.member.press(panel, "More rules")
    with suppress(TimeoutError):
        await rest.until(lambda now: button(now.message, "Switch voices"), PATIENCE)
    if (custom_id := button(rest.message, which)) is None:
        return None
    with suppress(TimeoutError):
        done = await person.member.press(rest, custom_id)
        return (await done.until(lambda now: "Saved" in now.text, PATIENCE)).text
    return ""


async def in_private(person: Person) -> None:
    """A track in a channel that only moderators see; whoever listens in voice is not to hear it."""
    world, member = person.world, person.member
    await world.behind(member).slash("compose", **{**person.prompt(), "duration": SOURCE})


class SungJam(Jam):
    """One whose second round is sung with the voice that somebody lends, unless they think better of it."""

    numbers = itertools.count(1)

    async def play(self) -> None:
        start = {"theme": self.theme, "tags": "folk", "duration": SOURCE, "share": 50}
        await self.lead.seen(await self.lead.member.slash("jam start", **start))
        for friend in self.people[1:]:
            await press_on(friend, await self.panel(), "Join / Leave")
        await self.write(f"Line {next(self.numbers)} of {self.theme}")
        await self.make()
        form = await press_on(self.lead, await self.panel("[Next round]"), "Next round")
        if form is not None and form.modal is not None:
            await self.lead.member.submit(form, keep=["tags", "words"])
        await self.lend(self.chance.choice(self.people))
        await self.make()
        question = await press_on(self.lead, await self.panel(), "End the jam")
        if question is not None:
            await press(self.lead, question, "End it")

    async def write(self, words: str) -> None:
        form = await self.lead.member.press(await self.panel(), "Write a section …", ["New: Verse"])
        if form.modal is not None:
            await self.lead.member.submit(form, text=words)

    async def lend(self, person: Person) -> None:
        panel = await self.panel("Round 2")
        question = await press_on(person, panel, "Lend my voice")
        if question is None or button((await person.seen(question)).message, "Lend it") is None:
            return
        await press(person, question, "Lend it")
        match self.chance.randrange(5):
            case 0:
                await press_on(person, await self.panel("Round 2"), "Take the voice back")
            case 1:
                await forget(person)
            case 2:
                await press_on(person, await self.panel("Round 2"), "Join / Leave")
            case _:
                pass


async def take_all_back(person: Person) -> bool:
    """In the end; True once there is nothing any more."""
    with suppress(NotPossibleError, TimeoutError):
        began = time.monotonic()
        question = await person.seen(await person.member.slash("voice forget"))
        answer = await press(person, question, "Forget it")
        if answer is not None:
            await answer.until(lambda now: any(one in _all_of(now) for one in (*ERASED, NONE)), PATIENCE)
            person.world.consents.erased(person.member.id, began)
            return True
    return False


def _all_of(answer: Answer) -> str:
    return "\n".join([answer.text, *(text_of(one) for one in answer.followups)])
