"""What a second of music costs: the host's setting or the provider's quote, whichever is higher.

The rule: a quote that cannot be had stops nothing, and no reservation is ever below what was last quoted.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

import structlog

from services.database import Database
from services.house import Value, read, write
from services.wavespeed import WaveSpeed, WaveSpeedError

log = structlog.get_logger(__name__)

QUOTED_SECONDS = 60  # of the piece whose price is asked for
QUOTED_INPUTS = {"tags": "ambient", "lyrics": "[inst]", "duration": QUOTED_SECONDS, "seed": 0}


@dataclass(frozen=True, slots=True)
class Quote:
    """Micro-dollars a second: what the host set, and what the provider asks."""

    setting: int
    quoted: Decimal

    @property
    def differs(self) -> bool:
        return self.quoted != self.setting


class Prices:
    """The price in force. `setting`: micro-dollars a second, from the host's settings."""

    def __init__(self, setting: int, model: str, database: Database, wavespeed: WaveSpeed) -> None:
        self.setting = setting
        self.per_second = setting
        self._model = model
        self._database = database
        self._wavespeed = wavespeed

    def of(self, seconds: int) -> int:
        """The price of a piece of that length, in micro-dollars."""
        return seconds * self.per_second

    async def recall(self) -> None:
        """Takes up the last quote, so that a restart reserves no less than before it."""
        async with self._database.read() as connection:
            quoted = await read(connection, Value.QUOTED)
        if quoted is not None:
            self._use(Decimal(quoted))

    async def check(self) -> Quote | None:
        """Asks the provider, and takes the higher price from now on. None where it does not say."""
        try:
            micro = await self._wavespeed.price(self._model, QUOTED_INPUTS)
        except WaveSpeedError as error:
            log.info("no quote from the provider", error=str(error))
            return None
        quoted = Decimal(micro) / QUOTED_SECONDS
        async with self._database.write() as connection:
            await write(connection, Value.QUOTED, str(quoted))
        self._use(quoted)
        return Quote(self.setting, quoted)

    def _use(self, quoted: Decimal) -> None:
        self.per_second = max(self.setting, int(quoted.to_integral_value(ROUND_CEILING)))
