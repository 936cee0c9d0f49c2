"""What a track costs, model by model: the host's setting, the provider's quote or its bill, the highest one.

The rule: a quote that cannot be had, or believed, stops nothing, and no reservation is ever below what was
last quoted.
A model whose price cannot be asked without audio costs what the highest of those with the same setting does;
which seconds of it are paid for the formula, the quote with the sound or the bill says, and until then all.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal

import structlog

from services.money.tariff import (
    MOST_TIMES,
    Basis,
    Billed,
    Learnt,
    Source,
    another,
    basis_in,
    basis_of,
    learnt_from,
)
from services.prompts.models import ACE_STEP, MODELS, MUSIC_01, SECONDS, Model, model_of
from services.prompts.prompt import Prompt
from services.prompts.rework import Kind, Rework, Shorter
from services.settings import Settings
from services.storage.database import Database
from services.storage.host_state import Value, read, write
from services.tracks.redaction import for_log
from services.tracks.track import Track
from services.wavespeed.client import WaveSpeed, WaveSpeedError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Quote:
    """Micro-dollars for a second of the model's audio, or for a run where that is what is paid for: what the
    host set, and what the provider asks."""

    model: Model
    setting: int
    quoted: Decimal

    @property
    def differs(self) -> bool:
        """Whether the provider asks something else than the host set."""
        return self.quoted != self.setting


class Prices:
    """The prices in force."""

    def __init__(self, settings: Settings, database: Database, wavespeed: WaveSpeed) -> None:
        self._set: dict[str, int] = {model.id: getattr(settings, model.price) for model in MODELS.values()}
        self._offered = [one for one in MODELS.values() if one is not MUSIC_01 or settings.voice_cloning]
        self._quoted: dict[str, int] = {}
        self._learnt: dict[str, Learnt] = {}
        self._bases: dict[str, tuple[Basis, Source]] = {}
        self._database = database
        self._wavespeed = wavespeed

    def per_second(self, model: Model) -> int:
        """Micro-dollars for a second of the model's audio; of one that is paid by the run, for a run."""
        billed = self._learnt.get(model.id, Learnt()).per_second
        return max(self._listed(model), math.ceil(billed))

    def of(self, seconds: float, model: Model = ACE_STEP) -> int:
        """The price of so many seconds, in micro-dollars; begun ones are rounded up."""
        by_length = math.ceil(_billed(seconds, model) * self.per_second(model))
        return max(by_length, self._learnt.get(model.id, Learnt()).per_run)

    def price(self, prompt: Prompt) -> int:
        """What is to be reserved for a track of that prompt, in micro-dollars."""
        seconds = prompt.duration if prompt.rework is None else self._paid(prompt.rework)
        return self.of(seconds, prompt.model)

    def at_most(self, prompt: Prompt) -> bool:
        """Whether `price` is the most that it may cost, and it may turn out to cost less."""
        rework = prompt.rework
        return rework is not None and rework.charged < rework.seconds and rework.model.id not in self._bases

    def shorter(self, prompt: Prompt, amount: int) -> Shorter | None:
        """What to ask for instead where that many micro-dollars can be spent; None where there is nothing."""
        if amount < self._learnt.get(prompt.model.id, Learnt()).per_run:
            return None
        seconds = amount // self.per_second(prompt.model)
        rework = prompt.rework
        if rework is not None and self._paid(rework) != rework.charged:  # all of the old is paid for too
            seconds = seconds - math.ceil(rework.length) if rework.kind is Kind.EXTEND else 0
        return prompt.shorter(seconds)

    async def recall(self) -> None:
        """Takes up what was last quoted and learnt, so that a restart reserves no less than before it."""
        async with self._database.read() as connection:
            for model in MODELS.values():
                quoted = await read(connection, _kept_as(model))
                if quoted is not None and self._believable(Decimal(quoted), 1, model):
                    self._use(model, Decimal(quoted))
                if billed := await read(connection, f"{Value.BILLED} {model.id}"):
                    per_second, per_run = billed.split()
                    self._learnt[model.id] = Learnt(Decimal(per_second), int(per_run))
                if basis := await read(connection, f"{Value.BASIS} {model.id}"):
                    said, source = basis.split()
                    self._bases[model.id] = (Basis(said), Source(int(source)))

    async def check(self) -> list[Quote]:
        """Asks the provider, and takes the higher prices from now on.

        The highest quote of each setting's models; none where the provider does not say.
        """
        await self._read_formulas()
        asked = [await self._ask(model) for model in self._offered if model.quoted]
        highest: dict[str, Quote] = {}
        for quote in filter(None, asked):
            known = highest.setdefault(quote.model.price, quote)
            highest[quote.model.price] = max(known, quote, key=lambda one: one.quoted)
        return list(highest.values())

    async def asked_for(self, track: Track, wavespeed: WaveSpeed) -> int:
        """What is to be reserved for a rework whose sound the provider can hear by now, in micro-dollars.

        The quote where it plainly is that of the part or of the whole, else what is reserved already or the
        quote, the higher one. A quote that cannot be had, or believed, changes nothing.
        """
        rework, model = track.rework, model_of(track.model)
        if rework is None:
            return track.price
        try:
            quoted = await wavespeed.price(track.model, track.inputs)
            if not self._believable(quoted, rework.seconds, model):
                log.warning("a quote that nobody would ask", track=track.id, quoted=quoted)
                return track.price
            if model.by_run and quoted > self._listed(model):  # whoever asks again is shown it
                await self._heard(model, Decimal(quoted))
            basis = self._basis_of(quoted, rework)
            if basis is Basis.PART and self._bases.get(model.id, (None,))[0] is not Basis.PART:
                basis = await self._asked_again(track, rework, wavespeed)
        except WaveSpeedError as error:
            log.info("no quote for a rework", track=track.id, error=for_log(error, track))
            return track.price
        if basis is not None and track.key_id is None:
            await self._say(model, basis, Source.QUOTE)
        sure = basis is not None and not self._billed_otherwise(model, basis)
        return quoted if sure else max(track.price, quoted)

    async def learn(self, billings: list[Billed]) -> None:
        """Takes up what the bill says of the models' prices, its lines in order.

        Models without a line keep what is known.
        """
        by_model: defaultdict[str, list[Billed]] = defaultdict(list)
        for one in billings:
            by_model[one.model].append(one)
        for name, lines in by_model.items():
            model = MODELS.get(name)
            if model is None:
                continue
            said = {self._basis_of(one.amount, one.rework) for one in lines if one.rework is not None}
            for basis in (Basis.WHOLE, Basis.PART):
                if basis in said:
                    await self._say(model, basis, Source.BILL)
                    break
            lengths = [one.duration if one.rework is None else self._paid(one.rework) for one in lines]
            lengths = [float(_billed(length, model)) for length in lengths]
            amounts = [one.amount for one in lines]
            pairs = list(zip(lengths, amounts, strict=True))
            known = self._learnt.get(model.id, Learnt())
            await self._keep(model, learnt_from(pairs, self._listed(model), known))

    # what is known --------------------------------------------------------------------------------

    def _listed(self, model: Model) -> int:
        """Micro-dollars for a second, as set or quoted."""
        family = [one.id for one in MODELS.values() if one.price == model.price]
        asked = [model.id] if model.quoted else family
        return max(self._set[model.id], *(self._quoted.get(one, 0) for one in asked))

    def _believable(self, amount: Decimal | int, seconds: float, model: Model) -> bool:
        """Whether so many micro-dollars may be what so many seconds cost, by what the host set for them."""
        return amount <= MOST_TIMES * self._set[model.id] * _billed(seconds, model)

    def _list_price(self, seconds: float, model: Model) -> int:
        return math.ceil(_billed(seconds, model) * self._listed(model))

    def _paid(self, rework: Rework) -> float:
        """How many seconds of it are paid for, as far as that was said."""
        basis, _source = self._bases.get(rework.model.id, (Basis.WHOLE, None))
        return rework.charged if basis is Basis.PART else rework.seconds

    def _basis_of(self, amount: int, rework: Rework) -> Basis | None:
        model = rework.model
        return basis_of(amount, rework, lambda seconds: self._list_price(seconds, model), self._listed(model))

    def _billed_otherwise(self, model: Model, basis: Basis) -> bool:
        """Whether the bill of the model said something else than a quote of that basis."""
        said, source = self._bases.get(model.id, (basis, Source.FORMULA))
        return self._learnt.get(model.id, Learnt()) != Learnt() or (
            source is Source.BILL and said is not basis
        )

    async def _asked_again(self, track: Track, rework: Rework, wavespeed: WaveSpeed) -> Basis | None:
        """PART only where a quote for another part follows it; else it may be a base price."""
        other = another(rework)
        if other is None:
            return None
        quoted = await wavespeed.price(track.model, replace(track, rework=other).inputs)
        return Basis.PART if self._basis_of(quoted, other) is Basis.PART else None

    async def _read_formulas(self) -> None:
        try:
            listed = await self._wavespeed.models()
        except WaveSpeedError as error:
            log.info("no list of models from the provider", error=str(error))
            return
        for model in MODELS.values():
            if (told := listed.get(model.id)) is None:
                continue
            basis = basis_in(told.formula, model, told.base_price, self._listed(model))
            if basis is not None:
                await self._say(model, basis, Source.FORMULA)
            elif self._bases.get(model.id) == (Basis.PART, Source.FORMULA):
                await self._forget(model)

    async def _forget(self, model: Model) -> None:
        """Forgets what only a formula said that says it no more."""
        async with self._database.write() as connection:
            await write(connection, f"{Value.BASIS} {model.id}", None)
        del self._bases[model.id]
        log.info("the formula no longer says what of a rework is paid for", model=model.id)

    async def _say(self, model: Model, basis: Basis, source: Source) -> None:
        known = self._bases.get(model.id)
        if known == (basis, source) or (known is not None and known[1] > source):
            return
        async with self._database.write() as connection:
            await write(connection, f"{Value.BASIS} {model.id}", f"{basis} {int(source)}")
        self._bases[model.id] = (basis, source)
        log.info("what of a rework is paid for", model=model.id, basis=str(basis), source=source.name)

    async def _keep(self, model: Model, learnt: Learnt) -> None:
        if learnt == self._learnt.get(model.id, Learnt()):
            return
        async with self._database.write() as connection:
            kept = f"{learnt.per_second} {learnt.per_run}"
            await write(connection, f"{Value.BILLED} {model.id}", kept)
        self._learnt[model.id] = learnt
        log.warning("the bill differs from the price", model=model.id, billed=kept)

    async def _ask(self, model: Model) -> Quote | None:
        try:
            micro = await self._wavespeed.price(model.id, model.quoted or {})
        except WaveSpeedError as error:
            log.info("no quote from the provider", model=model.id, error=str(error))
            return None
        if not self._believable(micro, SECONDS, model):
            log.warning("a quote that nobody would ask", model=model.id, quoted=micro)
            return None
        quoted = Decimal(micro) / _billed(SECONDS, model)
        await self._heard(model, quoted)
        return Quote(model, self._set[model.id], quoted)

    async def _heard(self, model: Model, quoted: Decimal) -> None:
        async with self._database.write() as connection:
            await write(connection, _kept_as(model), str(quoted))
        self._use(model, quoted)

    def _use(self, model: Model, quoted: Decimal) -> None:
        self._quoted[model.id] = int(quoted.to_integral_value(ROUND_CEILING))


def _billed(seconds: float, model: Model) -> Decimal:
    """How many times its price so many seconds of the model's audio cost."""
    return Decimal(1) if model.by_run else Decimal(str(seconds))


def _kept_as(model: Model) -> str:
    """The name under which a model's last quote is kept."""
    return Value.QUOTED if model is ACE_STEP else f"{Value.QUOTED} {model.id}"
