"""Handing a track to the provider, once.

The rule: the intent is written before the POST and the prediction's id right after it, and a POST that may
have been billed is never sent again; the provider's own record says what became of one without an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from datetime import timedelta

import structlog
from sqlalchemy.exc import IntegrityError

from services.backoff import Backoff
from services.guilds.settings import read_guild
from services.money.account_faults import AccountFaults
from services.money.accounts import Accounts, Hold
from services.money.key_check import is_there
from services.money.ledger import Ledger
from services.money.prices import Prices
from services.money.replaced_keys import ask_with_either_key, own_key_refused
from services.money.stops import accounts_of
from services.pipeline.patience import Pages
from services.pipeline.sources import Sources
from services.pipeline.step_base import NotNow, StepBase, Stopped
from services.pipeline.turns.wakeup import Wakeup
from services.pipeline.webhooks import RenderWebhooks
from services.prompts.rework import Kind
from services.settings import Settings
from services.storage.database import now
from services.storage.host_state import lock_starts, restored_since
from services.tracks import tracks
from services.tracks.fetchable import KEPT
from services.tracks.redaction import for_log
from services.tracks.track import ENDED, Failure, State, Track, failure_beside
from services.wavespeed.client import (
    AccountRefused,
    AnswerLost,
    BadKey,
    Claims,
    NotFound,
    NotSent,
    Prediction,
    ProviderDown,
    RateLimited,
    RefusedInput,
    TurnedAway,
    Unavailable,
    WaveSpeedError,
)

log = structlog.get_logger(__name__)

_UNHEARD = (Failure.REFUSED, Failure.NOT_ACCEPTED, Failure.NOT_HEARD)  # perhaps it could not hear the sound
LONGEST_ON_ITS_WAY = timedelta(minutes=10)  # of a submission: until then the provider may still make it


class Submission:
    """The first step: hands a track to the provider, once, and finds it there where the answer was lost."""

    def __init__(
        self,
        settings: Settings,
        accounts: Accounts,
        steps: StepBase,
        sources: Sources,
        ledger: Ledger,
        prices: Prices,
        webhooks: RenderWebhooks,
        wakeup: Wakeup,
    ) -> None:
        self.settings = settings
        self._wakeup = wakeup
        self.sources = sources
        self.accounts = accounts
        self.ledger = ledger
        self.prices = prices
        self.steps = steps
        self.webhooks = webhooks
        self.host_refused = asyncio.Event()
        """Set when the provider refused the host a track for lack of money, or for its key."""
        self.accepted_at: dict[str, float] = {}
        """When a POST of this process was answered (the loop's seconds), until the render is seen to."""
        self._faults = AccountFaults(accounts)

    async def submit(self, track_id: str, pauses: int | None) -> Track | Failure:
        """Hands the track to the provider, once, and returns it as it is then.

        Of tracks with the same seed one at a time, so that the history tells whose an answer is.
        Raises Stopped where it has ended, or is in line (again); NotNow where it waits for something that the
        provider does not render: see `until_ready`.
        """
        fresh = self._wakeup.on_their_way.get(track_id)
        track = fresh or await self.steps.get(track_id)
        if track.state in ENDED or track.state is State.WAITING or pauses not in (None, track.pauses):
            raise Stopped
        if track.put_off is not None:
            raise NotNow
        await self.steps.moved(track)
        if track.prediction_id is not None:
            return track
        try:
            async with self._wakeup.seeds.setdefault(track.seed, asyncio.Lock()):
                done = await self._submit(track, to_post=fresh is not None)
        except Exception:  # not where this process stops: it says then what was not sent
            self._wakeup.answered(track_id)
            raise
        self._wakeup.answered(track_id)
        return done

    async def until_ready(self, track_id: str) -> Failure | None:
        """Waits until what the track was put off for can be had. Raises Stopped where it has ended.

        ANSWER_UNKNOWN where its account says no more what became of it, and may start nothing either.
        """
        backoff, clock = Backoff(), asyncio.get_running_loop().time
        refused_since: float | None = None
        while True:
            track = await self.steps.get(track_id)
            if track.state in ENDED:
                raise Stopped
            if track.intent_at is not None and now() - track.intent_at > KEPT:
                return Failure.ANSWER_UNKNOWN
            try:
                await (self.sources.require(track) if track.intent_at is None else self._find(track))
                return None
            except Unavailable:
                return None  # it answers
            except (NotNow, WaveSpeedError) as error:
                log.info("not yet", error=for_log(error, track))
                refused_since = (refused_since or clock()) if own_key_refused(track, error) else None
            if refused_since and clock() - refused_since >= self.settings.lost_answer_patience:
                return Failure.ANSWER_UNKNOWN
            await backoff.wait()

    async def _submit(self, track: Track, *, to_post: bool) -> Track | Failure:
        """to_post: its intent was written just now, and nothing was sent yet."""
        if track.intent_at is not None and not to_post:
            # A kill came between writing the intent down and writing the answer down. Only the provider knows
            # whether the request ever left; its own record decides.
            found = await self._look_up(track)
            if isinstance(found, Prediction):
                return await self._accepted(track, found)
            if found is not Failure.ANSWER_LOST:
                return found
            log.info("the provider never got this submission")
        if track.rework is None:
            return await self._post_until_accepted(track, intended=to_post)
        done: Track | Failure = track
        for see_to_it in (self.sources.prepare, self.sources.upload):
            failure = await self._heard(track, see_to_it)
            if failure is None:
                failure = await self._priced(await self.steps.get(track.id))
            done = failure or await self._post_until_accepted(await self.steps.get(track.id))
            if done not in _UNHEARD or (await self.steps.get(track.id)).intent_at is not None:
                break
        return done

    async def _heard(
        self, track: Track, see_to_it: Callable[[Track], Awaitable[Failure | None]]
    ) -> Failure | None:
        """Sees to it that the provider can hear what is to be reworked."""
        pages = Pages()
        while True:
            try:
                return await see_to_it(track)
            except AccountRefused as error:
                log.error("upload refused", error=for_log(error, track))
                failure = await self._refused(track, error, Failure.NOT_UPLOADED)
                if not isinstance(error, TurnedAway) or failure is not Failure.NOT_UPLOADED:
                    return failure
            if not await pages.again():
                return failure

    async def _priced(self, track: Track) -> Failure | None:
        """Reserves what the provider asks for the rework, now that it hears the sound: before the POST."""
        price = await self.prices.asked_for(track, await self.accounts.client(track.key_id))
        if price == track.price:
            return None
        if price > track.price and track.rework is not None and track.rework.kind is Kind.VOICE:
            return Failure.PRICE_WENT_UP  # its member has said yes to no more
        async with self.steps.database.write() as connection:
            guild = await read_guild(connection, track.guild_id, lock=True)
            if not await self.ledger.adjust(connection, track.id, guild, price):
                return Failure.COSTS_MORE
            await tracks.change(connection, track.id, price=price)
        await self.steps.moved(replace(track, price=price))
        return None

    async def _post_until_accepted(self, track: Track, *, intended: bool = False) -> Track | Failure:
        """POSTs, and again only after an answer that says that nothing was created.

        intended: the intent to do so is written down already.
        """
        backoff = Backoff(2.0, patience=self.settings.provider_patience)
        pages = Pages()
        webhook = address = self.webhooks.address_for(track)
        while True:
            try:
                done = await self._post(track, webhook, intended=intended)
                if webhook != address and isinstance(done, Track):  # it was the webhook alone
                    self.webhooks.give_up()
                return done
            except NotSent:
                pass
            except AnswerLost as error:
                log.warning("answer to a submission lost", error=for_log(error, track))
                found = await self._look_up(track)
                if isinstance(found, Prediction):
                    return await self._accepted(await self.steps.get(track.id), found)
                why = failure_beside(error.code, found)
                unmade = found is Failure.ANSWER_LOST
                again = unmade and error.redirected and await backoff.wait()
                if not again and (why is not Failure.NOT_ACCEPTED or not unmade or not webhook):
                    return why
                webhook = webhook if again else ""  # perhaps it is only that which it does not take
            except (RateLimited, ProviderDown) as error:
                log.warning("submission put off", error=for_log(error, track))
                self._wakeup.answered(track.id)
                if not await backoff.wait(error.retry_after):
                    return Failure.BUSY if isinstance(error, RateLimited) else Failure.PROVIDER_DOWN
            except AccountRefused as error:
                log.error("submission refused for key or money", error=for_log(error, track))
                self._wakeup.answered(track.id)
                failure = await self._refused(track, error, Failure.REFUSED)
                if not isinstance(error, TurnedAway) or failure is not Failure.REFUSED:
                    return failure
                if not await pages.again():  # it is of the track, and not of then
                    if not webhook:
                        return failure
                    webhook = ""
            except (RefusedInput, NotFound) as error:
                if not webhook:
                    log.error("submission refused", error=for_log(error, track))
                    return Failure.REFUSED
                webhook = ""  # perhaps it is only that which the provider does not take
            intended = False

    async def _post(self, track: Track, webhook: str, *, intended: bool) -> Track | Failure:
        """One POST, with its intent written before it, and taken back where surely nothing was created.

        Raises WaveSpeedError. After AnswerLost and NotSent the intent stays.
        """
        async with self.steps.not_to_be_interrupted():
            asked = track if intended else await self.steps.intend(track)
            try:
                wavespeed = await self.accounts.client(track.key_id)
                await self.steps.database.ensure_place()
                # After all that waits for a database that is away, or for its turn to write.
                if (taken_back := await self.sources.taken_back(track)) is not None:
                    await self.steps.write(track, intent_at=None)
                    return taken_back
                self._wakeup.sending(track.id)
                prediction = await wavespeed.submit(track.model, track.inputs, webhook=webhook)
            except (AnswerLost, NotSent):
                raise
            except WaveSpeedError:
                await self.steps.write(track, intent_at=None)
                raise
            self.accepted_at[track.id] = asyncio.get_running_loop().time()
            return await self._accepted(asked, prediction)

    async def _refused(self, track: Track, error: AccountRefused, own: Failure) -> Failure:
        """Asks the account itself whether it is at fault. Raises Stopped where it is: all of it waits then.

        Where it says that key and money are good, the refusal was the track's own: `own`. Where it cannot be
        asked just now, it is asked again, within the patience. KEY_REMOVED where its guild has removed it.
        """
        backoff = Backoff(patience=self.settings.provider_patience)
        while True:
            try:
                hold = await self._faults.of(track, error)
                break
            except WaveSpeedError as unasked:
                log.warning("the account cannot be asked yet", error=for_log(unasked, track))
                wait = unasked.retry_after
            if not await backoff.wait(wait):
                return Failure.PROVIDER_DOWN
        if hold is not None:
            if await self._put_back(track, hold):
                raise Stopped from error
            return Failure.KEY_REMOVED
        if not error.plain:
            return own
        return Failure.BAD_KEY if isinstance(error, BadKey) else Failure.NOT_PAID

    async def _put_back(self, track: Track, why: Hold) -> bool:
        """The track waits, as all of its account do, until the account pays again; the watch sees to that.

        Where its guild has brought another key meanwhile, it waits for that one's account; False, and nothing
        was done, where it has removed the key.
        """
        held = None
        async with self.steps.database.write() as connection:
            await lock_starts(connection)
            guild = await read_guild(connection, track.guild_id, lock=True)
            payer = guild.key_id if track.key_id is not None else None
            if track.key_id is not None and payer is None:
                return False
            if payer == track.key_id:
                held = await self.accounts.hold(connection, payer, why)
            again = {"state": State.WAITING, "intent_at": None, "started_at": None, "key_id": payer}
            await tracks.begin_again(connection, track.id, track.pauses, **again)
        if payer is None:
            self.host_refused.set()
        elif held is not None:
            self.accounts.held.put_nowait((held, why))
        self._wakeup.wake()  # another account may start it at once
        await self.steps.moved(replace(track, state=State.WAITING, key_id=payer))
        return True

    async def _accepted(self, track: Track, prediction: Prediction) -> Track:
        self._faults.accepted(track)
        try:
            return await self.steps.write(track, prediction_id=prediction.id, state=State.RENDERING)
        except IntegrityError:
            raise AnswerLost("the prediction is another track's") from None

    async def _look_up(self, track: Track) -> Prediction | Failure:
        """Searches the provider's history for the track, for as long as a late entry may take.

        ANSWER_LOST: it answers and does not have it, so it was not billed. ANSWER_UNKNOWN: it cannot tell, or
        not while it would keep it, or refuses the guild's key. Raises NotNow where it is silent so long.
        """
        loop = asyncio.get_running_loop()
        silent_until = loop.time() + self.settings.lost_answer_patience
        give_up: float | None = None
        backoff = Backoff(min(1.0, self.settings.lost_answer_patience / 4))
        while True:
            answered: Failure | None = None  # what its answer comes to, should it stay so
            last = give_up is not None and loop.time() >= give_up
            try:
                if (found := await self._find(track, thorough=last)) is not None:
                    return found
                answered = Failure.ANSWER_LOST
            except Unavailable as error:  # for now: what others have POSTed may still be answered
                log.warning("the history cannot tell", error=for_log(error, track))
                if not error.is_page or await is_there(await self.accounts.client(track.key_id)):
                    answered = Failure.ANSWER_UNKNOWN
            except WaveSpeedError as error:
                log.warning("history not available", error=for_log(error, track))
                if own_key_refused(track, error):
                    answered = Failure.ANSWER_UNKNOWN
            until = silent_until
            if answered is not None:
                until = give_up = give_up or loop.time() + self.settings.lost_answer_patience
            if loop.time() >= until and (last or answered is not Failure.ANSWER_LOST):
                if track.intent_at is not None and now() - track.intent_at > KEPT:
                    return Failure.ANSWER_UNKNOWN  # the history does not reach back to it
                if answered is None:
                    raise NotNow
                if answered is Failure.ANSWER_LOST:
                    await self.steps.write(track, intent_at=None)
                return answered
            await asyncio.sleep(min(backoff.pause(), max(0.01, until - loop.time())))

    async def find_late(self, track: Track) -> Prediction | None:
        """The prediction of a track that was given up, where the history tells by its inputs whose it is.

        It only asks. Raises WaveSpeedError where it cannot tell now.
        """
        async with self.steps.database.read() as connection:
            taken = await tracks.taken(connection, track)
        since = track.intent_at or track.started_at or track.created_at

        async def ask(key_id: int | None) -> Prediction | None:
            find = (await self.accounts.client(key_id)).find
            return await find(track.model, track.inputs, since, taken=taken)

        return await ask_with_either_key(self.accounts, track, ask)

    async def _find(self, track: Track, *, thorough: bool = False) -> Prediction | None:
        """The track's prediction in the provider's history. Raises as WaveSpeed.find does."""
        since = track.intent_at or track.created_at
        database = self.steps.database
        if (told := self.webhooks.told_of(track)) is not None:  # to an address that is this track's alone
            async with database.read() as connection:
                if not await tracks.with_predictions(connection, [told.id]):
                    return told

        async def claims(ids: Collection[str]) -> Claims:
            async with database.read() as connection:
                known = await tracks.with_predictions(connection, ids)
                (keys,) = await accounts_of(connection, [track.key_id])
                others = await tracks.unanswered(connection, track, since - LONGEST_ON_ITS_WAY, keys)
                forgotten = await restored_since(connection, since)
                return Claims(known, others + forgotten)  # a backup does not know who else has POSTed since

        async with database.read() as connection:
            taken = await tracks.taken(connection, track)

        async def ask(key_id: int | None) -> Prediction | None:
            known = claims if key_id == track.key_id else None  # another account's are anybody's
            find = (await self.accounts.client(key_id)).find
            return await find(track.model, track.inputs, since, taken=taken, claims=known, thorough=thorough)

        return await ask_with_either_key(self.accounts, track, ask)
