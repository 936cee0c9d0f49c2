"""Predictions: from a submission that was accepted to its end. Each takes its course by itself.

What becomes of a prediction is decided when it is created, so the same faults and seeds give the same course.
"""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from typing import Any

from rehearsal.wavespeed.accounts import Account
from rehearsal.wavespeed.answers import CutError, moment
from rehearsal.wavespeed.catalogue import LARGEST_SEED, Model
from rehearsal.wavespeed.faults import FAILURES, Fault
from rehearsal.wavespeed.rendering import TYPES, Order
from rehearsal.wavespeed.sources import Source

TERMINAL = frozenset({"completed", "failed", "cancelled", "timeout", "deleted"})
WAIT_BEFORE = 0.3  # seconds in the provider's own queue, of a realistic course
SETUP = 1.5  # seconds that a realistic render takes whatever its length
SPEED = 30.0  # seconds of audio in a second of a realistic render
JITTER = (0.8, 1.3)  # a realistic course takes between so many times as long

Takes = Callable[[str, float, int], float]


@dataclass(eq=False)
class Prediction:
    """`seed` is the one that is played, which the API never tells. Times in seconds since the epoch."""

    id: str
    key: str
    model: str
    inputs: dict[str, Any]
    seed: int
    price: int
    created_at: float
    starts_at: float
    ends_at: float
    status: str = "created"
    fate: str = "completed"
    error: str = ""
    form: str = "mp3"
    """What the output is: mp3, wav, flac, not_audio, or none."""
    source: str = ""
    """The name in `sources` of the audio that it is made from."""
    origin: str = ""
    """How that audio came about, where it was recognised."""
    voice: str = ""
    """The name in `sources` of the recording of whoever sings."""
    as_object: bool = False
    as_text: bool = False
    nsfw: bool = False
    flags_as_text: bool = False
    capitals: bool = False
    code: int = 0
    """Why it fails; 0 where that is not told."""
    known_at: float = 0.0
    """From when on its result is there."""
    unnamed: int = 0
    """How many results are to come that name no output."""
    elsewhere: str = ""
    """Where its output is said to be instead."""
    late: float = 0.0
    """Seconds from its end until its output's address answers."""
    listed_at: float = 0.0
    """From when on the history shows it."""
    webhook: str = ""
    ended: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    held_by: Sequence[Fault] = field(default=(), repr=False)

    @property
    def done(self) -> bool:
        return self.status in TERMINAL

    @property
    def extension(self) -> str:
        """What its output calls itself."""
        return self.form if self.form in TYPES else "mp3"

    @property
    def file(self) -> str:
        """The name of its output's file."""
        return f"{self.id}.{self.extension}"

    @property
    def order(self) -> Order:
        """What its output is made from."""
        return Order.of(self.model, self.inputs, self.seed, self.form, self.source, self.origin, self.voice)

    def show(self, url: str, *, inputs: bool = False) -> dict[str, Any]:
        """As the API tells it; `url` is where the API is, `inputs` for the history."""
        outputs: list[Any] = []
        if self.status == "completed" and self.form != "none":
            address = self.elsewhere or f"{url}/outputs/{self.file}"
            outputs = [{"url": address} if self.as_object else address]
        flags = [str(self.nsfw).lower() if self.flags_as_text else self.nsfw for _ in outputs]
        inference = (self.ends_at - self.starts_at) * 1000 if self.done else 0
        told: dict[str, Any] = {
            "id": self.id,
            "model": self.model,
            "outputs": outputs[0] if self.as_text and outputs else outputs,
            "urls": {"get": f"{url}/api/v3/predictions/{self.id}/result"},
            "has_nsfw_contents": flags,
            "status": self.status.upper() if self.capitals else self.status,
            "created_at": moment(self.created_at),
            "error": self.error if self.done else "",
            "executionTime": round(inference),
            "timings": {"inference": round(inference)},
        }
        if self.code and self.done:
            told["code"] = self.code
        if inputs:
            told["inputs"] = self.inputs
        return told

    def result(self, url: str) -> dict[str, Any]:
        """As the API tells it to who asks for the result, this time."""
        told = self.show(url)
        if self.status == "completed" and self.unnamed > 0:
            self.unnamed -= 1
            told |= {"outputs": [], "has_nsfw_contents": []}
        return told

    def remember(self) -> dict[str, Any]:
        """As JSON for the state file and for tests: everything, the seed too."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("ended", "held_by")}

    @classmethod
    def recall(cls, data: Mapping[str, Any]) -> Prediction:
        """The opposite of remember()."""
        prediction = cls(**data)
        if prediction.done:
            prediction.ended.set()
        return prediction


class Predictions:
    """All of them, of all accounts, in the order of their creation.

    `render_seconds`: of each, or told by the model's id, the seconds of audio and the seed; None takes
    realistic times, divided by `speed`. A failed one is refunded after
    `refund_seconds`. `changed` is called with a prediction whenever its status is another. `waits`: what is
    more than the account's level runs at once waits its turn, as `created`, and is not refused.
    """

    def __init__(
        self,
        accounts: Mapping[str, Account],
        changed: Callable[[Prediction], None],
        *,
        render_seconds: float | Takes | None,
        speed: float,
        refund_seconds: float,
        seed: int,
        waits: bool = False,
    ) -> None:
        self.by_id: dict[str, Prediction] = {}
        self.ended = 0
        """How many of them have."""
        self._accounts = accounts
        self._changed = changed
        self._render_seconds = render_seconds
        self.speed = speed
        self._refund_seconds = refund_seconds
        self._chance = random.Random(f"seeds {seed}")
        self._waits = waits
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._courses: set[asyncio.Task[None]] = set()

    def create(
        self,
        account: Account,
        model: Model,
        inputs: dict[str, Any],
        seconds: float,
        sources: Mapping[str, Source],
        price: int,
        webhook: str,
    ) -> Prediction:
        """A prediction of `seconds` of new audio that is booked; begin() comes next.

        Raises ApiError 402 (balance), 429 (level)."""
        account.admit(waits=self._waits)
        now, name = time.time(), uuid.uuid4().hex
        account.charge(price, name, model.id)
        asked = inputs.get("seed", -1)
        seed = asked if asked >= 0 else self._chance.randint(0, LARGEST_SEED)
        source = next((source for name, source in sources.items() if name != "voice"), None)
        wait, work = self._times(model.id, inputs, seconds, seed)
        prediction = Prediction(
            id=name,
            key=account.key,
            model=model.id,
            inputs=inputs,
            seed=seed,
            price=price,
            created_at=now,
            starts_at=now + wait,
            ends_at=now + wait + work,
            form=model.form,
            source=source.name if source else "",
            origin=source.origin if source else "",
            voice=sources["voice"].name if "voice" in sources else "",
            webhook=webhook,
        )
        self.by_id[name] = prediction
        return prediction

    def begin(self, prediction: Prediction, faults: Sequence[Fault]) -> None:
        """Starts its course, with these faults in it."""
        for fault in faults:
            _ordain(prediction, fault)
        self._run(prediction)

    def recall(self, remembered: Sequence[Mapping[str, Any]]) -> None:
        """Takes predictions of an earlier life; those that had not ended go on."""
        for data in remembered:
            prediction = Prediction.recall(data)
            self.by_id[prediction.id] = prediction
            if prediction.done:
                self.ended += 1
            else:
                self._run(prediction)

    def of(self, key: str) -> list[Prediction]:
        """An account's, newest first."""
        return [prediction for prediction in reversed(self.by_id.values()) if prediction.key == key]

    def delete(self, prediction: Prediction) -> None:
        """The output goes; a course that had not ended stops."""
        if not prediction.done:
            prediction.ends_at = time.time()
            self._end(prediction, "deleted")
        else:
            prediction.status = "deleted"
            self._changed(prediction)

    async def stop(self) -> None:
        """Ends all courses; their predictions stay as they are."""
        for course in self._courses:
            course.cancel()
        await asyncio.gather(*self._courses, return_exceptions=True)

    def _times(self, model: str, inputs: Mapping[str, Any], seconds: float, seed: int) -> tuple[float, float]:
        """Seconds until it starts, and seconds that it takes."""
        if callable(self._render_seconds):
            return WAIT_BEFORE, self._render_seconds(model, seconds, seed) - WAIT_BEFORE
        if self._render_seconds is not None:
            return self._render_seconds * 0.2, self._render_seconds * 0.8
        jitter = random.Random(f"{seed} {sorted(inputs.items())}").uniform(*JITTER) / self.speed
        return WAIT_BEFORE * jitter, (SETUP + seconds / SPEED) * jitter

    def _run(self, prediction: Prediction) -> None:
        self._accounts[prediction.key].running += 1
        course = asyncio.create_task(self._course(prediction))
        self._courses.add(course)
        course.add_done_callback(self._courses.discard)

    async def _course(self, prediction: Prediction) -> None:
        if not self._waits:
            await self._work(prediction)
            return
        at_once = self._accounts[prediction.key].at_once
        async with self._turns.setdefault(prediction.key, asyncio.Semaphore(at_once)):  # as they came
            waited = max(0.0, time.time() - prediction.starts_at)
            prediction.starts_at += waited
            prediction.ends_at += waited
            await self._work(prediction)

    async def _work(self, prediction: Prediction) -> None:
        await asyncio.sleep(prediction.starts_at - time.time())
        if prediction.done:
            return
        prediction.status = "processing"
        self._changed(prediction)
        await asyncio.sleep(prediction.ends_at - time.time())
        for fault in prediction.held_by:
            with suppress(CutError):
                await fault.hold()
        if prediction.done:
            return
        prediction.ends_at = max(prediction.ends_at, time.time())
        self._end(prediction, prediction.fate)

    def _end(self, prediction: Prediction, status: str) -> None:
        prediction.status = status
        account = self._accounts[prediction.key]
        account.running -= 1
        self.ended += 1
        if status != "completed":
            account.owe(prediction.price, prediction.id, prediction.model, self._refund_seconds)
        prediction.ended.set()
        self._changed(prediction)


def _ordain(prediction: Prediction, fault: Fault) -> None:
    match fault.kind:
        case kind if kind in FAILURES:
            prediction.fate = "failed" if kind in ("render_failed", "moderated") else kind
            prediction.error, prediction.code = fault.message, fault.code
        case "nsfw":
            prediction.nsfw = True
        case "wav" | "not_audio":
            prediction.form = fault.kind
        case "elsewhere":
            prediction.elsewhere = fault.drawn
        case "no_output":
            prediction.form = "none"
        case "output_object":
            prediction.as_object = True
        case "output_text":
            prediction.as_text = True
        case "outputs_late":
            prediction.unnamed = fault.count
        case "output_late":
            prediction.late = fault.seconds
        case "result_late":
            prediction.known_at = prediction.created_at + fault.seconds
        case "nsfw_text":
            prediction.flags_as_text = True
        case "status_capitals":
            prediction.capitals = True
        case "render_slow":
            prediction.ends_at += fault.seconds
        case "render_held":
            prediction.held_by = (*prediction.held_by, fault)
        case "history_late":
            prediction.listed_at = prediction.created_at + fault.seconds
        case _:
            raise AssertionError(fault.kind)
