"""WaveSpeed's HTTP API: submit, result, history, price, balance, download.

The rule: a submission is POSTed once, whatever happens, because a POST without an answer may have been
billed. Everything else only reads, so it is tried again. The key is in no exception, no repr, no download.

By hand on purpose: the provider's own SDK (wavespeed 2) blocks, knows no history, price or balance, and
raises RuntimeError for everything. The stand-in is checked against it, so both speak the same.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import aiohttp

from services.wavespeed.billing import CLOCK_MARGIN, MOST_PAGES, PAGE_SIZE, Billing, items_of
from services.wavespeed.json_values import mapping, number
from services.wavespeed.predictions import (
    AccountRefused,
    AnswerLost,
    BadKey,
    Charge,
    NoAddress,
    NoBalance,
    NotFound,
    NotSent,
    Prediction,
    ProviderDown,
    RateLimited,
    RefusedInput,
    TooLarge,
    TooSlow,
    TurnedAway,
    Unavailable,
    WaveSpeedError,
    unless_by_page,
)
from services.wavespeed.sure_connections import MayNotSendError, SureBody
from services.wavespeed.transport import NO_ANSWER, kind_of

__all__ = [
    "AccountRefused",
    "AnswerLost",
    "BadKey",
    "Charge",
    "Claims",
    "NoAddress",
    "NoBalance",
    "NotFound",
    "NotSent",
    "Prediction",
    "ProviderDown",
    "RateLimited",
    "RefusedInput",
    "TooLarge",
    "TooSlow",
    "TurnedAway",
    "Unavailable",
    "WaveSpeed",
    "WaveSpeedError",
]

SET_BACK = timedelta(days=1)  # by which our clock may have been
CLOCK_STEP = timedelta(seconds=5)  # by which it may still, once its difference was seen in a reply's Date
SHORTEST_SECRET = 16  # characters; a shorter one could be guessed, and hidden it would blind the log
_ELSEWHERE = (307, 308)  # statuses that ask for the same request there

# Raised before the first byte of a request: no address, refused, unreachable, no TLS, no such URL.
_NOTHING_SENT = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)


@dataclass(frozen=True, slots=True)
class Claims:
    """Whose some of the account's predictions are, as far as we know; to be read after the history was.

    known: those of the ids that a track has, whatever became of it. others: how many other submissions have
    been POSTed and have no id yet, lost or on their way.
    """

    known: Collection[str]
    others: int


class WaveSpeed(Billing):
    """A client for one account: `WaveSpeed(base_url, key)`."""

    async def submit(self, model: str, inputs: Mapping[str, Any], *, webhook: str = "") -> Prediction:
        """Creates a prediction with one POST that is never repeated, not even by a redirect.

        webhook: where the provider is to tell of its end; "": nowhere.

        Raises AnswerLost where the task may exist and be billed: a time-out, a connection that broke after
        bytes could have been sent, a 5xx (a gateway says that too while the work goes on behind it), a
        redirect that does not ask for the same elsewhere, a 2xx that cannot be read or has a code of failed
        tasks. Raises RateLimited, BadKey, NoBalance, RefusedInput, NotFound, ProviderDown or NotSent where
        surely nothing was created; TurnedAway for any refusal that is a page.
        """
        body = SureBody(json.dumps(dict(inputs)).encode(), self._may_post)
        path = f"/api/v3/{quote(model, safe='/')}"
        if webhook:
            path += f"?webhook={quote(webhook, safe='')}"
        with self._noted("submit"):
            return await self._post(path, body)

    async def _post(self, path: str, body: SureBody) -> Prediction:
        # aiohttp itself repeats idempotent methods only, so never this POST.
        try:
            async with self._session("submit").post(
                self._url(path), data=body, allow_redirects=False
            ) as response:
                reply = await self._read(response)
        except _NOTHING_SENT as error:
            failure: WaveSpeedError = ProviderDown(f"could not connect: {kind_of(error)}")
        except NO_ANSWER as error:
            unsent = isinstance(error, MayNotSendError) or isinstance(error.__cause__, MayNotSendError)
            failure = NotSent() if unsent else AnswerLost(f"no answer to a submission: {kind_of(error)}")
        else:
            try:
                return Prediction.read(reply.data, secret=self._key)
            except ProviderDown as error:
                lost = AnswerLost(str(error))
                lost.redirected = reply.redirects
                failure = error if reply.http_status in _ELSEWHERE else lost
            except WaveSpeedError as error:  # a refusal; but of one that a task has failed of it was made
                made = reply.holds_prediction or error.code is not None
                failure = AnswerLost(str(error)) if made else error
                failure.code = error.code
            if isinstance(failure, NotFound | RefusedInput):
                failure = unless_by_page(failure)
        raise failure

    async def result(self, prediction_id: str, *, attempts: int | None = None) -> Prediction:
        """Where a prediction stands. Raises NotFound, RefusedInput, BadKey, TurnedAway; after all attempts
        RateLimited, ProviderDown.

        attempts: how often it is asked for; None: as often as everything else.
        """
        path = f"/api/v3/predictions/{quote(prediction_id, safe='')}/result"

        async def once() -> Prediction:
            told = await self._call("GET", path, read=lambda reply: reply.of_task(prediction_id))
            found = Prediction.read(told, prediction_id, secret=self._key)
            if found.id != prediction_id:  # mistaken by a cache, say: it is somebody else's song
                raise ProviderDown("the reply is about another prediction")
            return found

        return await self._repeat(once, attempts=attempts)

    async def delete(self, prediction_id: str) -> None:
        """Has the provider delete a prediction and what came of it; one that it does not have is gone.

        Raises RefusedInput, BadKey, TurnedAway; after all attempts RateLimited, ProviderDown.
        """

        async def once() -> None:
            await self._call("POST", "/api/v3/predictions/delete", {"ids": [prediction_id]})

        with suppress(NotFound):
            await self._repeat(once)

    async def webhook_secret(self) -> str:
        """What the account signs its webhooks with. Raises Unavailable where it has none; as balance does."""
        found = (await self._ask("GET", "/api/v3/webhook/secret")).get("secret")
        if not isinstance(found, str) or len(found.removeprefix("whsec_").strip()) < SHORTEST_SECRET:
            raise Unavailable("there is no secret for webhooks")
        return found.strip()

    async def find(
        self,
        model: str,
        inputs: Mapping[str, Any],
        created_after: datetime,
        *,
        taken: Collection[str] = (),
        claims: Callable[[Collection[str]], Awaitable[Claims]] | None = None,
        thorough: bool = False,
    ) -> Prediction | None:
        """Searches the history for a submission whose answer was lost: the same inputs.

        Only `audio` may differ: the same sound can have several addresses.

        None only where everything since `created_after` (less CLOCK_MARGIN) was seen and is something else,
        because a caller may submit again then; so never where that is still to come. `taken`: ids that belong
        to others with the same inputs. `thorough`: looks through the day before that, too, should our clock
        have been ahead when it was submitted.

        Where the history does not tell inputs, a prediction of that model that nobody has is the one, if it
        is the only one and no other submission could have made it. Only with `claims` can that be known; it
        is given their ids after the history was read, because whatever is POSTed is written down before. One
        of that day before may be it, and nobody knows: Unavailable.

        Raises Unavailable where the history cannot tell; ProviderDown, RateLimited where it gives no answer.
        """
        since = created_after.astimezone(UTC) - CLOCK_MARGIN
        set_back = created_after > (at := datetime.now(UTC)) + CLOCK_STEP  # our clock, since then
        first = min(since, at) - SET_BACK if set_back or thorough else since
        names = sorted(inputs.keys() - {"audio"})
        wanted = _identity(inputs, names)
        seen: set[str] = set()
        untold: list[Prediction] = []
        for page in range(1, MOST_PAGES + 1):
            items = await self._history(page, first)
            if abs(self._clock.difference) > CLOCK_MARGIN:
                raise Unavailable(f"the provider's clock differs from ours by {self._clock.difference}")
            if not items and set_back:
                raise Unavailable("our clock was set back since that was submitted")
            if not items:
                return await self._nobodys(untold, model, created_after, claims)
            fresh = [item for item in items if item.id not in seen]
            if not fresh:
                raise Unavailable("the history gives the same page again")
            for item in fresh:
                seen.add(item.id)
                if item.id in taken or item.model not in (model, "") or (item.created_at or since) < first:
                    continue
                if item.inputs is not None and _identity(item.inputs, names) == wanted:
                    return item
                if item.inputs is None:
                    untold.append(item)
        raise Unavailable(f"more than {MOST_PAGES} pages of history since {since:%H:%M} UTC")

    async def _nobodys(
        self,
        untold: Sequence[Prediction],
        model: str,
        created_after: datetime,
        claims: Callable[[Collection[str]], Awaitable[Claims]] | None,
    ) -> Prediction | None:
        """The prediction that must be the one; None where all of these are somebody's. Raises Unavailable."""
        if not untold:
            return None
        if claims is None:
            raise Unavailable("the history does not carry inputs")
        claimed = await claims([item.id for item in untold])
        nobodys = [item for item in untold if item.id not in claimed.known]
        if not nobodys:
            return None
        one = nobodys[0]
        at = created_after + self._clock.difference - CLOCK_STEP
        sure = one.model == model and one.created_at is not None and one.created_at >= at
        if len(nobodys) > 1 or claimed.others or not sure:
            raise Unavailable("the history does not carry inputs, and more than one could be meant")
        return one

    async def _history(self, page: int, since: datetime) -> list[Prediction]:
        # Not filtered by `model`: should that mean something else than it seems to, it would hide a task.
        body = {"page": page, "page_size": PAGE_SIZE, "created_after": f"{since:%Y-%m-%dT%H:%M:%SZ}"}
        try:
            data = await self._ask("POST", "/api/v3/predictions", body | {"include_inputs": True})
        except Unavailable:  # that field is not documented; who refuses it has a history all the same
            data = await self._ask("POST", "/api/v3/predictions", body)
        try:
            return [Prediction.read(mapping(item)) for item in items_of(data, first=page == 1)]
        except ProviderDown:
            failure = Unavailable("the history's items are not predictions")
        raise failure


def _identity(inputs: Mapping[str, Any], names: Sequence[str]) -> list[object]:
    """What makes two submissions the same; the provider may trim texts and leave out what says nothing."""
    values = [inputs.get(name) if name == "seed" else inputs.get(name) or "" for name in names]
    return [_same(value) for value in values]


def _same(value: object) -> object:
    """A number as such, also one that the provider keeps as a text; a text without needless space."""
    if (counted := number(value)) is not None:
        return counted
    return " ".join(value.split()) if isinstance(value, str) else value
