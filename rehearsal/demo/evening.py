"""An evening on The Porch, as it goes: what Ada, Ben and Cleo do and read, and what came of it.

The rule: the members do what people can do and read what people can read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rehearsal.demo import proofs
from rehearsal.demo.transcript import Transcript
from rehearsal.discord.members.member import Answer, Json, Member
from rehearsal.discord.members.reading import text_of, walk
from rehearsal.wavespeed import WaveSpeedStandIn

PATIENCE = 60.0  # seconds for anything that is waited for
LAYOUT = 1 << 15  # a message's flag: it is made of components (Discord: Message Flags)


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
    """Who is there, and what came of the acts (`rehearsal.demo.script`)."""

    ada: Member
    ben: Member
    cleo: Member
    wave: WaveSpeedStandIn
    transcript: Transcript
    recordings: list[Recording] = field(default_factory=list[Recording])
    faults: list[str] = field(default_factory=list[str])
    downloads: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])

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
