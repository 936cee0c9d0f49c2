"""A simulated member in a voice channel: has a DAVE session of their own, and decrypts what is sent there."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

import davey

from rehearsal.discord.voice.call import DAVE, NEW_GROUP, Call, Json, Op

KEPT_FRAMES = 90_000  # half an hour
SILENCE = b"\xf8\xff\xfe"  # what clients send when they stop; never encrypted end to end
# Seconds until a member's commit is there, as over the internet: the bot's, if it makes one, comes first.
COMMIT_SECONDS = 0.1


@dataclass(frozen=True)
class Frame:
    """20 ms of Opus, decrypted. `at`: Unix seconds at which its packet arrived, by the kernel's clock."""

    sender: str
    opus: bytes
    at: float


class Listener:
    def __init__(self, user_id: str, call: Call) -> None:
        self.user_id = user_id
        self.call = call
        self.frames: deque[Frame] = deque(maxlen=KEPT_FRAMES)
        self.heard = 0  # frames ever
        self.unreadable = 0  # frames that could not be decrypted, such as those that were never encrypted
        self._following: set[asyncio.Queue[Frame | None]] = set()  # those who hear along
        self._session = davey.DaveSession(DAVE, int(user_id), int(call.channel_id))
        self._left = False
        self._sending: asyncio.TimerHandle | None = None

    @property
    def ready(self) -> bool:
        """Whether they can decrypt."""
        return self._session.ready

    async def until(self, frames: int) -> None:
        """Waits until they have heard so many."""
        if self.heard < frames:
            async with contextlib.aclosing(self.follow()) as following:
                async for _ in following:
                    if self.heard >= frames:
                        return

    async def follow(self) -> AsyncGenerator[Frame, None]:
        """Each frame from now on, until they leave."""
        queue = asyncio.Queue[Frame | None]()
        if self._left:
            return
        self._following.add(queue)
        try:
            while (frame := await queue.get()) is not None:
                yield frame
        finally:
            self._following.discard(queue)

    def leave(self) -> None:
        self._left = True
        self._keep_commit()
        self.call.leave(self)
        for queue in self._following:
            queue.put_nowait(None)

    def hear(self, sender: str, payload: bytes, at: float) -> None:
        if payload == SILENCE:
            return
        try:
            frame = Frame(
                sender, bytes(self._session.decrypt(int(sender), davey.MediaType.audio, payload)), at
            )
        except ValueError:
            self.unreadable += 1
            return
        self.frames.append(frame)
        self.heard += 1
        for queue in self._following:
            queue.put_nowait(frame)

    # ---- the group -------------------------------------------------------------------------------------

    def tell(self, op: Op, data: Json) -> None:
        if op is Op.PREPARE_EPOCH and data["epoch"] == NEW_GROUP:
            self._begin_anew()

    def hand(self, op: Op, payload: bytes) -> None:
        match op:
            case Op.EXTERNAL_SENDER:
                self._session.set_external_sender(payload)
                self._send_key_package()
            case Op.PROPOSALS:
                made = self._session.process_proposals(davey.ProposalsOperationType.append, payload[1:])
                if made:
                    commit = made.commit + (made.welcome or b"")
                    loop = asyncio.get_running_loop()
                    self._sending = loop.call_later(COMMIT_SECONDS, self.call.commit, self.user_id, commit)
            case Op.ANNOUNCE_COMMIT:
                self._go_over(self._session.process_commit, payload)
            case Op.WELCOME:
                self._go_over(self._session.process_welcome, payload)
            case _:
                pass

    def _go_over(self, process: Callable[[bytes], None], payload: bytes) -> None:
        """To the next epoch; or, where they cannot, out of the group and in again."""
        self._keep_commit()
        try:
            process(payload[2:])
        except ValueError:
            self.call.invalid(self.user_id)
            self._begin_anew()
        else:
            self.call.ready(self.user_id, int.from_bytes(payload[:2], "big"))

    def _begin_anew(self) -> None:
        self._keep_commit()
        self._session.reinit(DAVE, int(self.user_id), int(self.call.channel_id))
        self._send_key_package()

    def _send_key_package(self) -> None:
        self.call.key_package(self.user_id, self._session.get_serialized_key_package())

    def _keep_commit(self) -> None:
        """Another's was first."""
        if self._sending:
            self._sending.cancel()
            self._sending = None
