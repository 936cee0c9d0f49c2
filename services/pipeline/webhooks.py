"""What the provider tells by itself: a render that has ended, POSTed to our listener behind a reverse proxy.

The rule: only what the account signed just now, for the first time, of a render that this process waits for
is believed, and that is as good as an answer that we asked for: the signature covers every byte, the id must
be the one that the POST's answer gave, only an end counts, and the audio's address goes through the same
checks before anything is fetched from it. Anything else is answered 404 without a reason, after no query, and
nothing is asked of the provider but, now and then, its secret. A webhook that never comes is made up for by
looks.

Of several clusters each names an address of its own, with its CLUSTER_ID in it, so that a webhook comes to
the process that sent the POST. Where that one is gone, whoever took the track over looks for itself.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import structlog
from aiohttp import web

from services import logs
from services.listener import Listener
from services.money.accounts import Accounts
from services.settings import Settings
from services.tracks.track import Track
from services.wavespeed.client import Prediction, ProviderDown, WaveSpeedError
from services.wavespeed.json_values import decode, mapping
from services.wavespeed.signatures import OLDEST, NotSigned, check_signature

log = structlog.get_logger(__name__)

LARGEST_BODY = 256 * 2**10  # bytes; a prediction with the longest lyrics has about 30 KiB
BODY_SECONDS = 10.0  # for a body to arrive
REMEMBERED = 20_000  # renders that may still be told of; more than any account has running
SECRET_FRESH = 60.0  # seconds in which a secret is not asked for again because a signature is wrong


class Refused(Exception):
    """A webhook that is not believed. str() says why, for the log."""


@dataclass(eq=False)
class Expected:
    """A render that the provider may tell of. posted: this process POSTed it, with the listener's address."""

    key_id: int | None = None
    prediction_id: str | None = None
    posted: bool = False
    told: Prediction | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def told_within(self, seconds: float) -> Prediction | None:
        """The prediction as soon as the provider tells that it has ended, once; None where it does not."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.news.wait()
        self.news.clear()
        told, self.told = self.told, None
        return told if told is not None and told.id == self.prediction_id else None


class RenderWebhooks:
    """The listener, where WEBHOOK_URL is set, and what it is to expect."""

    def __init__(self, settings: Settings, accounts: Accounts) -> None:
        self._settings = settings
        self._accounts = accounts
        self._expected: dict[str, Expected] = {}  # by track, oldest first
        self._believed: dict[str, float] = {}  # signatures, oldest first, and when they were checked
        self._secrets: dict[int | None, tuple[str, float]] = {}  # by key, and when they were asked for
        self._asking = defaultdict[int | None, asyncio.Lock](asyncio.Lock)  # by key, for its secret
        self._listener: Listener | None = None
        self._refused = False
        self.relied_on = False
        """Whether the last render that ended was told by a webhook; if not, looks come as without one."""

    async def open(self) -> None:
        """Begins to listen, where that is wanted. Raises CannotListen."""
        if self._settings.webhook_url is None:
            return
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_route("*", "/{path:.*}", self._receive)
        address = self._settings.webhook_address
        listener = Listener(app, "WEBHOOK_ADDRESS", address)
        await listener.open()
        self._listener = listener
        log.info("listening for webhooks", address=address, url=self._settings.webhook_url)

    async def close(self) -> None:
        """Listens no more."""
        if self._listener is not None:
            await self._listener.close()
            self._listener = None

    # what is expected -----------------------------------------------------------------------------

    def address_for(self, track: Track) -> str:
        """Where the provider is to tell of the track, which is about to be POSTed; "" where it is not."""
        if self._listener is None or self._refused:
            return ""
        self.expect(track).posted = True
        return f"{self._settings.webhook_url}/{self._settings.cluster_id}/{track.id}"

    def expect(self, track: Track) -> Expected:
        """Awaits news of the track from now on; what came since its POST is not lost."""
        if self._listener is None:
            return Expected(track.key_id, track.prediction_id)
        expected = self._expected.setdefault(track.id, Expected())
        expected.key_id, expected.prediction_id = track.key_id, track.prediction_id
        if len(self._expected) > REMEMBERED:
            del self._expected[next(iter(self._expected))]
        return expected

    def give_up(self) -> None:
        """The provider takes no submission that names our address: from now on it is asked."""
        log.error("WaveSpeed refuses WEBHOOK_URL; it is asked instead", url=self._settings.webhook_url)
        self._refused = True

    def told_of(self, track: Track) -> Prediction | None:
        """What was told of a track whose POST had no answer."""
        expected = self._expected.get(track.id)
        return expected.told if expected else None

    # what comes -----------------------------------------------------------------------------------

    async def _receive(self, request: web.Request) -> web.Response:
        track_id = request.path.rpartition("/")[2]
        expected = self._expected.get(track_id)
        if expected is None or request.method != "POST":
            return web.Response(status=404)
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await request.read()
            prediction = await self._checked(expected, request.headers, body)
        except (Refused, NotSigned, TimeoutError, web.HTTPRequestEntityTooLarge) as error:
            log.warning("a webhook was refused", track=track_id, why=str(error) or type(error).__name__)
            return web.Response(status=404)
        except WaveSpeedError as error:
            log.warning("a webhook could not be checked", track=track_id, error=str(error))
            return web.Response(status=503)  # it may be sent again
        expected.told = prediction
        expected.news.set()
        self.relied_on = True
        return web.Response(status=204)

    async def _checked(self, expected: Expected, headers: Mapping[str, str], body: bytes) -> Prediction:
        """Raises Refused or NotSigned; WaveSpeedError where there is no secret to check it by."""
        signature = await self._signature(expected.key_id, headers, body)
        try:
            prediction = Prediction.read(mapping(decode(body)))
        except (ValueError, ProviderDown) as error:
            raise Refused("it is no prediction") from error
        if expected.prediction_id not in (None, prediction.id):
            raise Refused("it tells of another prediction")
        if not prediction.done:
            raise Refused("it tells of no end")
        self._believe_once(signature)
        return prediction

    async def _signature(self, key_id: int | None, headers: Mapping[str, str], body: bytes) -> str:
        """By the secret as it is known; where that is not of just now, it may be another by now."""
        secret, asked_at = await self._secret(key_id)
        try:
            return check_signature(secret, headers, body, time.time())
        except NotSigned:
            if time.monotonic() - asked_at < SECRET_FRESH:
                raise
            secret, _ = await self._secret(key_id, older_than=SECRET_FRESH)
        return check_signature(secret, headers, body, time.time())

    async def _secret(self, key_id: int | None, older_than: float | None = None) -> tuple[str, float]:
        async with self._asking[key_id]:
            known = self._secrets.get(key_id)
            if known is None or (older_than is not None and time.monotonic() - known[1] > older_than):
                asked_at = time.monotonic()
                secret = await (await self._accounts.client(key_id)).webhook_secret()
                logs.hide(secret)
                logs.hide(secret.removeprefix("whsec_"))
                known = self._secrets[key_id] = secret, asked_at
            return known

    def _believe_once(self, signature: str) -> None:
        """Raises Refused where it was believed before; what is forgotten has too old a timestamp by then."""
        at = time.monotonic()
        while self._believed and at - next(iter(self._believed.values())) > 2 * OLDEST:
            del self._believed[next(iter(self._believed))]
        if signature in self._believed:
            raise Refused("it came before")
        self._believed[signature] = at
