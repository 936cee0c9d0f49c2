"""What WaveSpeed tells of tasks and of money, and the errors there are.

The rule: unknown fields are ignored and missing ones survived; what is written is read in every spelling.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.wavespeed.json_values import (
    addresses,
    charged,
    code,
    flags,
    identifier,
    mapping,
    mappings,
    moment,
    number,
    text,
)

TERMINAL = frozenset({"completed", "failed", "cancelled", "timeout", "deleted"})
# Codes with which tasks fail of themselves (wavespeed-api.md): moderation, sound that could not be reached,
# "task failed"; and a parameter that is missing or wrong, which may also be that of another call.
OF_ENDED_TASKS = frozenset({1200, 1402, 1403, 1405})
OF_TASKS = OF_ENDED_TASKS | {1400, 1401}


class WaveSpeedError(Exception):
    """The provider did not do what it was asked. str() is short, for the log, and holds no secret."""

    def __init__(self, message: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds that the provider asked us to wait; None where it named none."""
        self.is_page = False
        """Whether it came without WaveSpeed's JSON: perhaps something between us says it, and only now."""
        self.code: int | None = None
        """Of OF_TASKS, where it was told with one beside a good status."""


class AccountRefused(WaveSpeedError):
    """It says that the account is at fault. plain: by a status that speaks of nothing else (401, 402)."""

    def __init__(self, message: str = "", *, plain: bool = False) -> None:
        super().__init__(message)
        self.plain = plain


class BadKey(AccountRefused):
    """The key is wrong, revoked, or not allowed to do that (401, 403)."""


class TurnedAway(BadKey):
    """A refusal without WaveSpeed's JSON: something between us says it, a firewall or a proxy.

    Of a call of the contract whatever it is refused with, of others 401 or 403.
    """


class NoBalance(AccountRefused):
    """The account cannot pay for it (402, or a refusal that speaks of the balance)."""


class RateLimited(WaveSpeedError):
    """More than the account's level allows (429). Nothing was created."""


class RefusedInput(WaveSpeedError):
    """The provider does not accept the inputs (any other 4xx, one of OF_TASKS). Nothing was created."""


class ProviderDown(WaveSpeedError):
    """No usable answer. Where a submission raises it, surely nothing was created."""


class NotSent(WaveSpeedError):
    """It may be that another process does this one's work now (`Transport`). Surely nothing was sent."""


class AnswerLost(WaveSpeedError):
    """A submission may have been created and billed, but its answer did not arrive; the history knows.

    With a `code`, it did: it says why there is no sound, and not whether a task was created. redirected: it
    named another address, mostly before anybody had worked on the request, but not always (RFC 9110, 15.4).
    """

    redirected = False


class NotFound(WaveSpeedError):
    """There is no such prediction, model or file (any more); outputs are kept 7 days."""


class NoAddress(NotFound):
    """The file's address is none that we connect to."""


class Unavailable(WaveSpeedError):
    """The provider has no such call, or answers in a way from which nothing can be concluded."""


class TooLarge(WaveSpeedError):
    """The file has more bytes than were allowed."""


class TooSlow(WaveSpeedError):
    """The file comes more slowly than was allowed."""


def unless_by_page(refusal: NotFound | RefusedInput) -> WaveSpeedError:
    """The same; TurnedAway where a page says it, which knows of no prediction, model or input."""
    return TurnedAway(str(refusal)) if refusal.is_page else refusal


@dataclass(frozen=True, slots=True)
class Prediction:
    """One task at the provider. status: in small letters. code: why it failed, where that is told."""

    id: str
    model: str
    status: str
    outputs: tuple[str, ...] = ()
    nsfw: tuple[bool, ...] = ()
    error: str = ""
    created_at: datetime | None = None
    inference_ms: float | None = None
    inputs: Mapping[str, Any] | None = None
    code: int | None = None

    @property
    def done(self) -> bool:
        """It will not change any more. A status that we do not know counts as still in progress."""
        return self.status in TERMINAL

    @property
    def succeeded(self) -> bool:
        """It was completed, and so paid for."""
        return self.status == "completed"

    @property
    def outputs_missing(self) -> bool:
        """It was completed and does not say yet where its outputs are: worth asking again, they are kept."""
        return self.succeeded and not self.outputs

    @classmethod
    def read(cls, data: Mapping[str, Any], known_id: str = "", *, secret: str = "") -> Prediction:
        """From an envelope's data or a history item. secret: what its error must not hold.

        Raises ProviderDown where there is none in it: no id, or where that is known, no status.
        """
        own_id, status = identifier(data.get("id")), data.get("status")
        status = status.strip().casefold() if isinstance(status, str) else ""
        outputs = addresses(data.get("outputs"))
        if not status and outputs:  # which there are none of before it is completed
            status = "completed"
        if not (own_id or (known_id and status)):
            raise ProviderDown("the reply has no prediction in it")
        inputs, called_input, error, timings = mappings(data, "inputs", "input", "error", "timings")
        codes = (data.get("code"), data.get("error_code"), error.get("code"))
        return cls(
            id=own_id or known_id,
            model=text(data.get("model")),
            status=status,
            outputs=outputs,
            nsfw=flags(data.get("has_nsfw_contents")),
            error=text(data.get("error"), secret),
            created_at=moment(data.get("created_at")),
            inference_ms=number(timings.get("inference")),
            inputs=inputs or called_input or None,
            code=next(filter(None, (code(one) for one in codes if one is not None)), None),
        )


@dataclass(frozen=True, slots=True)
class Charge:
    """A line of the provider's bill: micro-dollars that were taken, negative where they were given back.

    prediction_id: "" where it names none. of_task: it takes or gives back what a task costs; a top-up does
    not, and its amount is 0.
    """

    id: str
    prediction_id: str
    amount: int
    at: datetime | None
    of_task: bool = True

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Charge:
        """From an item of the bill; one without a type is a deduct.

        Raises ValueError where it is a task's and has no amount.
        """
        kind = text(data.get("billing_type")).casefold()
        back = "refund" in kind
        own_id, at = identifier(data.get("uuid")), moment(data.get("created_at"))
        prediction = identifier(mapping(data.get("prediction")).get("uuid"))
        if kind and not back and "deduct" not in kind:
            return cls(own_id, prediction, 0, at, of_task=False)
        amount = abs(charged(data.get("price")))
        return cls(own_id, prediction, -amount if back else amount, at)
