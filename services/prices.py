"""What a second of music costs, model by model: the host's setting or the provider's quote, the higher one.

The rule: a quote that cannot be had stops nothing, and no reservation is ever below what was last quoted.
A model whose price cannot be asked without audio costs what the highest of those with the same setting does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

import structlog

from services.database import Database
from services.house import Value, read, write
from services.models import ACE_STEP, MODELS, SECONDS, Model
from services.settings import Settings
from services.wavespeed import WaveSpeed, WaveSpeedError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Quote:
    """Micro-dollars for a second of the model's audio: what the host set, and what the provider asks."""

    model: Model
    setting: int
    quoted: Decimal

    @property
    def differs(self) -> bool:
        return self.quoted != self.setting


class Prices:
    """The prices in force."""

    def __init__(self, settings: Settings, database: Database, wavespeed: WaveSpeed) -> None:
        self._set: dict[str, int] = {model.id: getattr(settings, model.price) for model in MODELS.values()}
        self._quoted: dict[str, int] = {}
        self._database = database
        self._wavespeed = wavespeed

    def per_second(self, model: Model) -> int:
        """Micro-dollars for a second of the model's audio."""
        family = [one.id for one in MODELS.values() if one.price == model.price]
        asked = [model.id] if model.quoted else family
        return max(self._set[model.id], *(self._quoted.get(one, 0) for one in asked))

    def of(self, seconds: float, model: Model = ACE_STEP) -> int:
        """The price of so many seconds, in micro-dollars; begun ones are rounded up."""
        return math.ceil(Decimal(str(seconds)) * self.per_second(model))

    def seconds_for(self, amount: int, model: Model = ACE_STEP) -> int:
        """How many whole seconds of the model's audio that many micro-dollars pay for."""
        return amount // self.per_second(model)

    async def recall(self) -> None:
        """Takes up the last quotes, so that a restart reserves no less than before it."""
        async with self._database.read() as connection:
            for model in MODELS.values():
                quoted = await read(connection, _kept_as(model))
                if quoted is not None:
                    self._use(model, Decimal(quoted))

    async def check(self) -> list[Quote]:
        """Asks the provider, and takes the higher prices from now on.

        The highest quote of each setting's models; none where the provider does not say.
        """
        asked = [await self._ask(model) for model in MODELS.values() if model.quoted]
        highest: dict[str, Quote] = {}
        for quote in filter(None, asked):
            known = highest.setdefault(quote.model.price, quote)
            highest[quote.model.price] = max(known, quote, key=lambda one: one.quoted)
        return list(highest.values())

    async def _ask(self, model: Model) -> Quote | None:
        try:
            micro = await self._wavespeed.price(model.id, model.quoted or {})
        except WaveSpeedError as error:
            log.info("no quote from the provider", model=model.id, error=str(error))
            return None
        quoted = Decimal(micro) / SECONDS
        async with self._database.write() as connection:
            await write(connection, _kept_as(model), str(quoted))
        self._use(model, quoted)
        return Quote(model, self._set[model.id], quoted)

    def _use(self, model: Model, quoted: Decimal) -> None:
        self._quoted[model.id] = int(quoted.to_integral_value(ROUND_CEILING))


def _kept_as(model: Model) -> str:
    """The name under which a model's last quote is kept."""
    return Value.QUOTED if model is ACE_STEP else f"{Value.QUOTED} {model.id}"
