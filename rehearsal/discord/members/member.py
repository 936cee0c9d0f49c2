"""A member of the rehearsal Discord, for tests and the demo: what a person does with a client, in Python.

A client's limits hold (no pressing of absent or disabled buttons), unless `forged=True`.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import aiohttp

from rehearsal.discord.members.listening import Listening
from rehearsal.discord.members.reading import text_of, walk

Json = dict[str, Any]
ANSWER_WAIT = 30.0  # seconds; longer than Discord waits, so that its own verdict comes first


class NotPossibleError(Exception):
    """The client or the server would not do it; str() is the sentence that a person would read."""


class Answer:
    """What became of an interaction, as its member sees it."""

    def __init__(self, member: Member, outcome: Json) -> None:
        self._member = member
        self.id: str = outcome["id"]
        member.note(outcome)

    @property
    def _outcome(self) -> Json:
        return self._member.outcomes[self.id]

    @property
    def member(self) -> Member:
        """Who asked."""
        return self._member

    @property
    def state(self) -> str:
        """ "waiting", "answered", "deferred" or "failed"."""
        return self._outcome["state"]

    @property
    def kind(self) -> str:
        """ "message", "modal", "choices", "update" or "none"."""
        return self._outcome["kind"]

    @property
    def message(self) -> Json | None:
        """The latest form of the original response (or of the message that a component changed)."""
        message = self._outcome["message"]
        return self._member.learn(message) if message else None

    @property
    def text(self) -> str:
        """Everything readable in the answer: the message, else the modal, else the client's error."""
        if self.message:
            return text_of(self.message)
        if self.modal:
            return text_of(self.modal)
        return self.error or ""

    @property
    def modal(self) -> Json | None:
        return self._outcome["modal"]

    @property
    def choices(self) -> list[Json]:
        return self._outcome["choices"] or []

    @property
    def followups(self) -> list[Json]:
        return [self._member.latest(message) for message in self._outcome["followups"]]

    @property
    def ephemeral(self) -> bool:
        return bool(self.message and self.message.get("ephemeral"))

    @property
    def acknowledged_after(self) -> float | None:
        """Seconds until the bot's first answer; None when none came."""
        return self._outcome["acknowledged_after"]

    @property
    def error(self) -> str | None:
        return self._outcome["error"]

    async def refresh(self) -> Self:
        """Asks what became of it, where no event tells of that: that nothing came, say."""
        self._member.note(await self._member.ask("GET", f"interactions/{self.id}"))
        return self

    async def until(self, predicate: Callable[[Answer], Any], timeout: float = 30.0) -> Self:
        """Waits until the answer is as wanted, edits included. Raises TimeoutError saying how it was."""
        await self._member.until(
            lambda: predicate(self), timeout, lambda: f"The answer stayed: {self.state} {self.text!r}"
        )
        return self

    def __repr__(self) -> str:
        return f"<Answer {self.state} {self.kind}: {self.text!r}>"


class Member(Listening):
    """One member in one guild, looking at one channel. Made by `join`; an async context manager."""

    def __init__(
        self, url: str, session: aiohttp.ClientSession, user: Json, guild: Json, channel: Json
    ) -> None:
        self.url = url
        self.id: str = user["id"]
        self.name: str = user["name"]
        self.guild = guild
        self.channel = channel
        self.seen: dict[str, Json] = {}
        self.outcomes: dict[str, Json] = {}
        self.events: list[Json] = []
        self._session = session
        self._news = asyncio.Condition()
        self._ear: asyncio.Task[None] | None = None

    @classmethod
    async def join(cls, url: str, *, guild: str, name: str, channel: str = "music") -> Member:
        """`url` of the stand-in; guild, name and channel by name or id. Raises NotPossibleError."""
        session = aiohttp.ClientSession()
        try:
            async with session.get(f"{url}/rehearsal/world") as response:
                world = await response.json()
            place = _named(world["guilds"], guild, "guild")
            user = _named(place["members"], name, "member")
            member = cls(url, session, user, place, _named(place["channels"], channel, "channel"))
            await member._listen()
            for direct in world["direct"]:
                if member.id in direct["recipients"]:
                    await member.messages(direct["id"])
            await member.messages()
        except BaseException:
            await session.close()
            raise
        return member

    async def go(self, channel: str) -> Self:
        """Looks at that channel of the guild, as both are now."""
        self.guild = await self.ask("GET", f"guilds/{self.guild['id']}")
        before, self.channel = self.channel, _named(self.guild["channels"], channel.lstrip("#"), "channel")
        if self.channel["id"] != before["id"]:
            await self.messages()
        return self

    async def leave(self) -> None:
        if self._ear:
            self._ear.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._ear
        await self._session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.leave()

    # ---- doing --------------------------------------------------------------------------------------------

    async def slash(
        self,
        command: str,
        *,
        files: Mapping[str, tuple[str, bytes]] | None = None,
        forged: bool = False,
        **options: Any,
    ) -> Answer:
        """Uses a slash command ("budget set" for a sub-command) and waits for its first answer.

        `files`: option -> (file name, bytes). Options of None are left out.
        """
        given = {key: value for key, value in options.items() if value is not None}
        packed = {option: _packed(*file) for option, file in (files or {}).items()}
        return await self.interact(
            kind="command", name=command.lstrip("/"), options=given, attachments=packed, forged=forged
        )

    async def suggest(self, command: str, focused: str, **options: Any) -> list[Json]:
        """The autocomplete choices for the option `focused`, typed so far as in `options`."""
        answer = await self.interact(kind="autocomplete", name=command, options=options, focused=focused)
        if answer.error:
            raise NotPossibleError(answer.error)
        return answer.choices

    async def press(
        self, message: Json | Answer, button: str, values: Sequence[str] = (), *, forged: bool = False
    ) -> Answer:
        """Presses a button or chooses `values` in a select, by label, placeholder or custom id."""
        target = message.message if isinstance(message, Answer) else message
        if target is None:
            raise NotPossibleError("There is no message to press a button on.")
        target = self.latest(target)
        custom_id = button if forged else _button(target, button)
        return await self.interact(
            kind="component", message=target["id"], custom_id=custom_id, values=list(values), forged=forged
        )

    async def submit(
        self,
        answer: Answer,
        *,
        files: Mapping[str, Sequence[tuple[str, bytes]]] | None = None,
        forged: bool = False,
        **fields: Any,
    ) -> Answer:
        """Sends the modal that an answer opened; fields by custom id or label, others as prefilled."""
        if answer.modal is None:
            raise NotPossibleError(f"No form is open; the answer was: {answer.text!r}")
        packed = {name: [_packed(*file) for file in rows] for name, rows in (files or {}).items()}
        body = {"custom_id": answer.modal["custom_id"], "answers": answer.id}
        return await self.interact(kind="modal", fields=fields, files=packed, forged=forged, **body)

    async def context(self, command: str, message: Json, *, forged: bool = False) -> Answer:
        """Uses a command of a message's context menu."""
        return await self.interact(kind="context", name=command, message=message["id"], forged=forged)

    async def say(
        self, content: str, *, files: Sequence[tuple[str, bytes]] = (), voice: float | None = None
    ) -> Json:
        """Posts a message of the member's own. voice: its file is a voice message of so many seconds."""
        attachments = [_packed(*file) for file in files]
        body = {"member": self.id, "content": content, "attachments": attachments, "voice": voice}
        return await self.ask("POST", f"channels/{self.channel['id']}/messages", body)

    async def interact(self, **body: Any) -> Answer:
        """Sends any interaction as the member side takes it and waits for the bot's first answer."""
        place = {"guild": self.guild["id"], "channel": self.channel["id"], "member": self.id}
        return Answer(self, await self.ask("POST", f"interactions?wait={ANSWER_WAIT}", place | body))

    # ---- seeing -------------------------------------------------------------------------------------------

    async def messages(self, channel: str | None = None) -> list[Json]:
        """What the member sees in a channel (by name or id; default: the one they look at), oldest first."""
        if channel is None:
            channel = self.channel["id"]
        elif not channel.isdigit():
            channel = _named(self.guild["channels"], channel.lstrip("#"), "channel")["id"]
        found: list[Json] = await self.ask("GET", f"channels/{channel}/messages?member={self.id}")
        return [self.learn(message) for message in found]

    async def wait_message(self, predicate: Callable[[Json], Any], timeout: float = 30.0) -> Json:
        """The first message (present or to come, also by an edit) in the member's channel or direct messages
        for which `predicate` holds. Raises TimeoutError that tells what was there."""
        found: list[Json] = []

        def look() -> bool:
            found[:] = [message for message in self._in_view() if predicate(message)]
            return bool(found)

        def words() -> str:
            there = [f"- {text_of(message)}" for message in self._in_view()]
            return "\n".join(["No such message. There were:", *there])

        await self.until(look, timeout, words)
        return found[0]

    def _in_view(self) -> list[Json]:
        elsewhere = {channel["id"] for channel in self.guild["channels"]} - {self.channel["id"]}
        return [message for message in self.seen.values() if message["channel_id"] not in elsewhere]

    async def attachment(self, message: Json, index: int = 0) -> bytes:
        """The bytes of a message's attachment."""
        async with self._session.get(message["attachments"][index]["url"]) as response:
            if response.status != 200:
                raise NotPossibleError(f"The attachment could not be read: {response.status}.")
            return await response.read()

    async def until(self, look: Callable[[], Any], timeout: float, words: Callable[[], str]) -> None:
        """Waits until `look()` is true, looking again at each event.

        Raises TimeoutError with `words()`.
        """
        try:
            async with asyncio.timeout(timeout), self._news:
                while not look():
                    await self._news.wait()
        except TimeoutError:
            raise TimeoutError(f"After {timeout:g} s: {words()}") from None

    def latest(self, message: Json) -> Json:
        """The newest version known of a message, this one included: events and answers may cross."""
        known = self.seen.get(message["id"], message)
        return known if known["revision"] > message["revision"] else message

    def learn(self, message: Json) -> Json:
        """The newest version of it, which is known from now on wherever the message is looked at."""
        newest = self.latest(message)
        self.seen[message["id"]] = newest
        return newest

    def note(self, outcome: Json) -> None:
        """What became of an interaction of theirs; events and answers may cross."""
        known = self.outcomes.get(outcome["id"])
        if known is None or known["revision"] <= outcome["revision"]:
            self.outcomes[outcome["id"]] = outcome

    # ---- the line -----------------------------------------------------------------------------------------

    async def ask(self, method: str, path: str, body: Json | None = None) -> Any:
        """One call of the member side. Raises NotPossibleError with its sentence."""
        async with self._session.request(method, f"{self.url}/rehearsal/{path}", json=body) as response:
            said = await response.json()
        if response.status >= 400:
            raise NotPossibleError(said["error"])
        return said

    async def _listen(self) -> None:
        address = f"{self.url}/rehearsal/events?member={self.id}"
        socket = await self._session.ws_connect(address, max_msg_size=0)

        async def hear() -> None:
            try:
                async for frame in socket:
                    await self._heard(json.loads(frame.data))
            finally:
                await socket.close()

        self._ear = asyncio.create_task(hear())

    async def _heard(self, event: Json) -> None:
        async with self._news:
            data = event["d"]
            if event["t"] in ("MESSAGE_CREATE", "MESSAGE_UPDATE"):
                self.learn(data)
            elif event["t"] == "INTERACTION":
                self.note(data)
            elif event["t"] == "MESSAGE_DELETE":
                self.seen.pop(data["id"], None)
            self.events.append(event)
            self._news.notify_all()


def _button(message: Json, wanted: str) -> str:
    nodes = [node for node in walk(message["components"]) if node.get("custom_id")]
    exact = [n for n in nodes if wanted in (n["custom_id"], n.get("label"), n.get("placeholder"))]
    found = exact or [n for n in nodes if wanted.casefold() in (n.get("label") or "").casefold()]
    if not found:
        there = ", ".join(node.get("label") or node["custom_id"] for node in nodes) or "none"
        raise NotPossibleError(f"The message has no button {wanted!r}. It has: {there}.")
    return found[0]["custom_id"]


def _named(rows: Sequence[Json], which: str, what: str) -> Json:
    for row in rows:
        if which == row["id"] or which.casefold() == row["name"].casefold():
            return row
    there = ", ".join(row["name"] for row in rows)
    raise NotPossibleError(f"There is no {what} {which!r} here. There are: {there}.")


def _packed(filename: str, data: bytes) -> Json:
    return {"filename": filename, "data_base64": base64.b64encode(data).decode()}
