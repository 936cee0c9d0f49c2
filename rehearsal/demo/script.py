"""The acts of the demo: Ada, Ben and Cleo, an evening on The Porch.

The rule: the members do what people can do and read what people can read; the only hand behind the scenes is
the one that holds a render still while the queue is looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from rehearsal.demo import proofs
from rehearsal.demo.album import an_album
from rehearsal.demo.contest import a_contest
from rehearsal.demo.jam import a_jam
from rehearsal.demo.party import a_party
from rehearsal.demo.relay import a_relay, its_song
from rehearsal.demo.transcript import Transcript
from rehearsal.demo.voices import own_voices
from rehearsal.discord.members.member import Answer, Json, Member
from rehearsal.discord.members.reading import text_of, walk
from rehearsal.wavespeed import Fault, WaveSpeedStandIn

PATIENCE = 60.0  # seconds for anything that is waited for
LAYOUT = 1 << 15  # a message's flag: it is made of components (Discord: Message Flags)
LYRICS = """\
Verse:
The rain came early and the street ran blue
We dragged the chairs in and the music too
Chorus:
Leave on the porch light, leave on the song
Somebody's coming who will sing along"""
MORE_LYRICS = "[verse]\nThe moon is up, the frogs keep time"


class MissingError(Exception):
    """Something that the demo is for did not happen; str() is the sentence that says what."""


@dataclass
class Recording:
    """A track as it came: `data` is the MP3, `faults` what is wrong with it."""

    message: Json
    name: str
    data: bytes
    faults: list[str]


@dataclass
class Evening:
    """Plays the acts in order and keeps what came of them."""

    ada: Member
    ben: Member
    cleo: Member
    wave: WaveSpeedStandIn
    transcript: Transcript
    recordings: list[Recording] = field(default_factory=list[Recording])
    faults: list[str] = field(default_factory=list[str])
    downloads: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])

    async def play(self) -> None:
        """All of it. Raises MissingError where it cannot go on."""
        first, second = await self.two_songs()
        await self.a_remix_while_others_wait(first)
        self.transcript.act("Two songs, sung with one's own voice")
        await own_voices(self, first, second)
        self.transcript.act("A jam: three members shape a track together, and one of them lends her voice")
        await a_jam(self)
        self.transcript.act("A contest: who made what is shown at the end")
        await a_contest(self, first, second)
        self.transcript.act("An album: what was made this evening, in an order of its own")
        await an_album(self, first, second)
        self.transcript.act("A relay: a line each, and only the last one shown")
        await self.presses(self.ben, await a_relay(self), "Sing it now")
        self.transcript.act("A party: two members listen together in a voice channel until it is sung")
        await a_party(self)
        await its_song(self)
        await self.a_budget_that_is_used_up()
        await self.faults_told_at_once()
        await self.the_money()

    # ---- the acts ------------------------------------------------------------------------------------------

    async def two_songs(self, seconds: int = 20) -> tuple[Json, Json]:
        self.transcript.act("A song with words of one's own, and an instrumental beside it")
        form = await self.types(
            self.ben,
            "compose",
            tags="folk, acoustic guitar, warm vocals",
            duration=seconds,
            vocals="write lyrics",
        )
        bens = await self.submits(self.ben, form, lyrics=LYRICS, title="Porch Light")
        adas = await self.types(
            self.ada, "compose", tags="funk, brass, upbeat", duration=seconds, vocals="instrumental",
            title="Brass on the Stairs",
        )  # fmt: skip
        return (
            await self.gets(self.ben, bens, "Porch Light", seconds=seconds, lyrics=LYRICS),
            await self.gets(self.ada, adas, "Brass on the Stairs", seconds=seconds),
        )

    async def a_remix_while_others_wait(self, first: Json) -> None:
        self.transcript.act("The same seed in other clothes, the queue, and a change of mind")
        held = self.wave.faults.add(Fault("render_held", tags="reggae"))
        remixing = await self.types(
            self.ada, "remix-seed", track="Porch Light", tags="reggae, offbeat guitar, warm vocals",
            title="Porch Light Dub",
        )  # fmt: skip
        await held.reached()

        queue = await self.reads(await self.types(self.ada, "queue"), "being made")
        await self.reads(await self.presses(self.ada, queue, "Pause the queue"), "Paused")
        waiting = await self.types(
            self.ben, "compose", tags="lo-fi, crickets", duration=10, title="Cricket Choir"
        )
        await self.reads(waiting, "is in the queue", "paused")
        listed = await self.reads(await self.types(self.ben, "queue"), "Porch Light Dub", "Cricket Choir")
        await self.reads(await self.chooses(self.ben, listed, "Cricket Choir"), "was cancelled", "free again")
        await self.reads(waiting, "was cancelled")
        await self.reads(await self.presses(self.ada, queue, "Resume the queue"), "Resumed")
        held.release()

        remix = await self.gets(self.ada, remixing, "Porch Light Dub", seconds=20, lyrics=LYRICS)
        if proofs.seed(remix) != proofs.seed(first):
            self.faults.append("The remix has another seed than the track that it was made from.")
        if "Porch Light" not in proofs.remix_of(remix):
            self.faults.append("The remix does not say what it is a remix of.")

    async def a_budget_that_is_used_up(self) -> None:
        self.transcript.act("A budget that is used up")
        await self.reads(await self.types(self.ada, "moderation budget", daily=0.02), "of $0.02")
        refused = await self.types(self.ben, "compose", tags="ska, trumpets", duration=60, title="Too Dear")
        await self.reads(refused, "$0.012", "nothing was charged", "ska, trumpets", "[Edit]")

    async def faults_told_at_once(self) -> None:
        self.transcript.act("Several mistakes, told at once")
        form = await self.types(
            self.ben, "compose", tags="banjo,\u200bswamp, moonlight", vocals="write lyrics"
        )
        refused = await self.submits(
            self.ben, form, lyrics=MORE_LYRICS, title="Frog Time", duration="forever", seed="lucky seven"
        )
        await self.reads(refused, "Tags", "Duration", "Seed", "The moon is up", "forever", "[Edit]")
        again = await self.presses(self.ben, refused, "Edit")
        if again.modal is None or "The moon is up" not in again.text or "lucky seven" not in again.text:
            self.faults.append("The form did not come back with what Ben had written in it.")

    async def the_money(self) -> None:
        self.transcript.act("What it cost")
        answer = await self.reads(await self.types(self.ada, "budget"), "This server, today")
        assert answer.message
        told = proofs.dollars(proofs.field(answer.message, "This server, today"))
        prices = sum((proofs.price(one.message) for one in self.recordings), Decimal(0))
        billed = sum(e.micro * (1 if e.billing_type == "deduct" else -1) for e in self.wave.bill)
        if told != prices:
            self.faults.append(f"/budget says ${told} spent, and the tracks' prices add up to ${prices}.")
        if told * 1_000_000 != billed:
            self.faults.append(
                f"/budget says ${told} spent, and WaveSpeed billed ${Decimal(billed) / 1_000_000}."
            )

    # ---- what a member does --------------------------------------------------------------------------------

    async def types(self, member: Member, command: str, **options: Any) -> Answer:
        self.transcript.types(member, command, options)
        return await self._answered(member, await member.slash(command, **options))

    async def submits(self, member: Member, form: Answer, **fields: Any) -> Answer:
        self.transcript.fills_in(member, fields)
        return await self._answered(member, await member.submit(form, **fields))

    async def presses(self, member: Member, on: Json | Answer, label: str) -> Answer:
        self.transcript.presses(member, label)
        return await self._answered(member, await member.press(on, label))

    async def chooses(self, member: Member, on: Json | Answer, option: str) -> Answer:
        """Chooses from the message's only menu the option that has these words in it."""
        message = on.message if isinstance(on, Answer) else on
        assert message
        menu = next(node for node in walk(message["components"]) if node["type"] == 3)
        label = next((o["label"] for o in menu["options"] if option in o["label"]), None)
        if label is None:
            raise MissingError(f"The menu does not offer {member.name} “{option}”.")
        self.transcript.chooses(member, label, menu["placeholder"])
        return await self._answered(member, await member.press(on, menu["custom_id"], [label]))

    async def picks(self, member: Member, on: Answer, menu: str, option: str) -> Answer:
        """Chooses an option, by its label, from that one of the message's menus."""
        assert on.message
        found = next(one for one in walk(on.message["components"]) if one.get("placeholder") == menu)
        value = next(one["value"] for one in found["options"] if one["label"] == option)
        self.transcript.chooses(member, option, menu)
        return await self._answered(member, await member.press(on, found["custom_id"], [value]))

    async def _answered(self, member: Member, answer: Answer) -> Answer:
        if answer.error:
            raise MissingError(f"{member.name} got no answer: {answer.error}")
        if answer.modal:
            self.transcript.gets_form(member, answer.modal)
        return answer

    # ---- what a member reads -------------------------------------------------------------------------------

    async def reads(self, answer: Answer, *words: str) -> Answer:
        """Waits until the answer says all of that. Raises MissingError."""

        def says(now: Answer) -> bool:
            return all(word.casefold() in now.text.casefold() for word in words)

        await self._until(answer, says, f"an answer that says {', '.join(words)}")
        return answer

    async def gets(
        self, member: Member, answer: Answer, title: str, *, seconds: int, lyrics: str = ""
    ) -> Json:
        """Waits for the track, and looks into its file. Raises MissingError."""

        def ended(now: Answer) -> bool:
            under_way = ("is in the queue", "is being rendered")
            return bool(now.text) and not any(words in now.text for words in under_way)

        await self._until(answer, ended, f"“{title}”")
        if "is finished:" not in answer.text:
            raise MissingError(f"“{title}” never came: {self.transcript.read(answer.text)}")
        return await self.plays(title, seconds, lyrics, member)

    async def plays(self, title: str, seconds: int, lyrics: str = "", member: Member | None = None) -> Json:
        """Waits until the track is in the channel, and looks into its file. Raises MissingError."""
        member = member or self.ben

        def plays(message: Json) -> bool:
            return bool(
                message["attachments"] and message["embeds"] and message["embeds"][0].get("title") == title
            )

        message = await self._waits_for(member, plays, f"“{title}” plays in the channel")
        data = await member.attachment(message)
        name = message["attachments"][0]["filename"]
        faults = proofs.mp3(name, data, seconds, title, lyrics)
        self.recordings.append(Recording(message, name, data, faults))
        return message

    async def sees(self, member: Member, *words: str) -> Json:
        """Waits for a layout in the channel that says all of that. Raises MissingError."""

        def says(message: Json) -> bool:
            text = text_of(message).replace("**", "")
            return message["flags"] & LAYOUT and all(word in text for word in words)

        return await self._waits_for(member, says, f"the channel says {', '.join(words)}")

    async def finds(self, member: Member, words: str) -> Json:
        """Waits for a message in the channel with files, above which that is said. Raises MissingError."""

        def says(message: Json) -> bool:
            return bool(message["attachments"]) and words in message["content"]

        return await self._waits_for(member, says, f"files in the channel, {words}")

    async def _waits_for(self, member: Member, holds: Callable[[Json], Any], what: str) -> Json:
        try:
            message = await member.wait_message(holds, PATIENCE)
        except TimeoutError:
            raise MissingError(f"{member.name} waited {PATIENCE:g} s for this: {what}.") from None
        self.transcript.catch_up()
        return message

    async def _until(self, answer: Answer, holds: Callable[[Answer], Any], what: str) -> None:
        """Waits for the answer to be so, and for its member to have seen that. Raises MissingError."""
        member = answer.member

        def seen() -> bool:
            message = answer.message
            return message is None or any(
                event["d"].get("id") == message["id"]
                and event["d"].get("revision", -1) >= message["revision"]
                for event in member.events
            )

        try:
            await answer.until(holds, PATIENCE)
            await member.until(seen, PATIENCE, lambda: "the event did not come")
        except TimeoutError:
            stayed = self.transcript.read(answer.text)
            raise MissingError(
                f"{member.name} waited {PATIENCE:g} s for {what}. The answer stayed: {stayed}"
            ) from None
        self.transcript.catch_up()
