"""The open questions about WaveSpeed, put to the configured account: `python bot.py --probe`.

The rule: nothing is sent before somebody said yes, and nothing is made whose quote would pass a cent. What is
printed holds no key, so that it can be pasted into a report.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from services.money.tariff import basis_of
from services.prompts.models import ACE_STEP, OUTPAINT
from services.prompts.prompt import LARGEST_SEED
from services.prompts.rework import Kind, Rework
from services.settings import Settings
from services.wavespeed.billing import NOTATIONS, items_of
from services.wavespeed.client import WaveSpeed, WaveSpeedError
from services.wavespeed.json_values import mapping, moment
from services.wavespeed.predictions import Charge, Prediction

MOST = 10_000  # micro-dollars that a probe may cost: a cent
PATIENCE = 300.0  # seconds for each of the two to be made
BETWEEN = 1.0  # seconds between two looks
QUESTION = (
    "This makes a track of 5 s and an extension of it by 5 s with your WaveSpeed account, to see what holds "
    "there. It costs at most one cent. Type yes to go on: "
)


def confirmed() -> bool:
    """Whether whoever is at the terminal types yes; an input that has ended is no yes."""
    print(QUESTION, end="", flush=True)  # noqa: T201
    return sys.stdin.readline().strip().casefold() == "yes"


def main(settings: Settings) -> int:
    """Asks, probes and prints. Returns the exit code: 1 where nothing was to be done or it broke off."""
    if not confirmed():
        print("\nNothing was sent, and nothing was spent.")  # noqa: T201
        return 1
    return asyncio.run(_probe(settings))


async def _probe(settings: Settings) -> int:
    key = settings.wavespeed_api_key.get_secret_value()

    def say(line: str) -> None:
        print(line.replace(key, "[secret]"), flush=True)  # noqa: T201

    say(f"\nWaveSpeed, probed on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC:")
    async with Probe(settings.wavespeed_base_url, key, timeout=settings.request_timeout) as probe:
        return 0 if await probe.run(say) else 1


class Probe(WaveSpeed):
    """A client that asks in every way that is in doubt."""

    async def run(self, say: Callable[[str], None]) -> bool:
        """Says what holds, line by line; what is refused ends only itself.

        Returns whether the making came to its end.
        """
        self._say = say
        self._since = datetime.now(UTC) - timedelta(minutes=5)
        await self._report("formulas", self._formulas)
        try:
            await self._make_both()
            complete = True
        except (WaveSpeedError, TimeoutError) as error:
            say(f"- the making ended here: {type(error).__name__} {error}")
            complete = False
        for included in (True, False):
            await self._report("history", lambda told=included: self._history_with(told))
        for notation in NOTATIONS:
            period = {
                "start_time": notation(self._since),
                "end_time": notation(datetime.now(UTC) + timedelta(days=1)),
            }
            await self._report(f"bill {notation.__name__}", lambda asked=period: self._billed(asked))
        return complete

    async def _make_both(self) -> None:
        seed = secrets.randbelow(LARGEST_SEED + 1)
        track = {"tags": "ambient", "lyrics": "[inst]", "duration": 5, "seed": seed}
        first_quote = await self.price(ACE_STEP.id, track)
        self._say(f"- quote for 5 s of {ACE_STEP.id}: {first_quote} micro-dollars")
        if first_quote > MOST:
            self._say("- that is more than a cent: nothing was made")
            return
        made = await self._make(ACE_STEP.id, track)
        if made.outputs:
            await self._extend(made.outputs[0], first_quote, seed)
        else:
            self._say("- it has no output, so there is nothing to extend")

    async def _extend(self, audio: str, spent: int, seed: int) -> None:
        extension = Rework(Kind.EXTEND, 5.0, after=5)
        inputs: dict[str, Any] = {
            "audio": audio,
            "tags": "ambient",
            "lyrics": "[inst]",
            "seed": seed,
            "extend_before_duration": 0,
            "extend_after_duration": 5,
        }
        quote = await self.price(OUTPAINT.id, inputs)
        self._say(
            f"- quote for 5 s more of it: {quote} micro-dollars, {self._reads_as(quote, extension, spent)}"
        )
        if spent + quote > MOST:
            self._say("- both would be more than a cent: no extension was made")
            return
        extended = await self._make(OUTPAINT.id, inputs)
        await self._report("billed for the extension", lambda: self._billed_for(extended, extension, spent))

    async def _billed_for(self, made: Prediction, rework: Rework, five_seconds: int) -> str:
        charges = await self.bill(self._since, expected=True)
        amounts = [charge.amount for charge in charges if charge.prediction_id == made.id]
        lines = [
            f"{amount} micro-dollars, {self._reads_as(amount, rework, five_seconds)}" for amount in amounts
        ]
        return "; ".join(lines) or "no line yet"

    def _reads_as(self, amount: int, rework: Rework, five_seconds: int) -> str:
        basis = basis_of(amount, rework, lambda seconds: round(five_seconds * seconds / 5), five_seconds // 5)
        return "neither the part nor the whole" if basis is None else f"which is the {basis}"

    async def _make(self, model: str, inputs: Mapping[str, Any]) -> Prediction:
        """Submits once, and looks until it has ended."""
        made = await self.submit(model, inputs)
        seen = [made.status]
        async with asyncio.timeout(PATIENCE):
            while not made.done:
                await asyncio.sleep(BETWEEN)
                made = await self.result(made.id)
                if made.status != seen[-1]:
                    seen.append(made.status)
        self._say(f"- {model}: accepted without 429; statuses {', '.join(seen)}")
        return made

    async def _formulas(self) -> str:
        listed = await self.models()
        ours = [(model.id, listed.get(model.id)) for model in (ACE_STEP, OUTPAINT)]
        told = (f"{name}: {one.base_price} {one.formula or 'no formula'}" for name, one in ours if one)
        return "; ".join(told) or "our models are not listed"

    async def _history_with(self, included: bool) -> str:
        since = f"{self._since:%Y-%m-%dT%H:%M:%SZ}"
        body = {"page": 1, "page_size": 10, "created_after": since}
        more = {"include_inputs": True} if included else {}
        items = [
            mapping(one) for one in items_of(await self._ask("POST", "/api/v3/predictions", body | more))
        ]
        with_inputs = sum("inputs" in one or "input" in one for one in items)
        return (
            f"{'with' if included else 'without'} include_inputs: {with_inputs} of {len(items)} have inputs"
        )

    async def _billed(self, period: Mapping[str, str]) -> str:
        data = await self._bill_page(1, period)
        items = [mapping(one) for one in items_of(data)]
        asked = [one for one in items if (moment(one.get("created_at")) or self._since) >= self._since]
        amounts = [Charge.read(one).amount for one in items[:2]]
        has = (
            ", ".join(name for name in ("total", "has_more") if name in data) or "neither total nor has_more"
        )
        return f"{len(items)} lines, {len(asked)} of the time asked for; has {has}; amounts {amounts}"

    async def _report(self, what: str, look: Callable[[], Awaitable[str]]) -> None:
        """Says what a look finds, or that it is refused: that is an answer too."""
        try:
            found = await look()
        except (WaveSpeedError, ValueError) as error:
            found = f"{type(error).__name__} {error}"
        self._say(f"- {what}: {found}")
