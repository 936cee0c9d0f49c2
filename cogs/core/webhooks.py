"""What goes to Discord under an interaction's token: its first answer, later edits, messages below it.

The rule: an acknowledgement that Discord took counts as one, also where its own answer got lost on the way;
and what may have been posted is not posted again. discord.py by itself repeats both blindly, and takes the
"already acknowledged" (40060) that its repetition meets for a failure.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import aiohttp
import discord
import structlog
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

from cogs.core.client import Jamboree
from cogs.core.discord_errors import answering, is_not_now
from services.backoff import Backoff
from services.delivery import DeliveryUnavailable
from services.wavespeed.json_values import mapping

log = structlog.get_logger(__name__)

ACKNOWLEDGED, UNKNOWN_INTERACTION = 40060, 10062
NOTHING = 204  # the status of an answer without data
CHOICES, FORM = 8, 9  # kinds of a first answer that leave no message to look for
WINDOW = 3.0  # seconds in which Discord takes a first answer
SILENCE = 0.8  # seconds without an answer after which another try goes out beside the one before
TRIES = 4  # of one first answer to an interaction
CONFIRMING = 8.0  # seconds in which Discord can say whether it took a first answer
REPEATS = 4  # of what may be done twice …
FIRST_PAUSE, LONGEST_PAUSE = 0.3, 2.0  # … with so many seconds between two
LONGEST_WAIT = 60.0  # seconds of Discord's own; after a longer one, who asked tries again
LIMITS = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=30)


class NotAcknowledged(Exception):
    """Discord did not take the interaction's first answer, so its member saw it fail: nothing may be done."""


class AnsweredElsewhere(NotAcknowledged):
    """Another process has acknowledged it, which has the same token and is told of the same interactions."""


class NotSent(aiohttp.ClientConnectionError):
    """Discord got nothing of the request."""


class MaybeSent(aiohttp.ClientConnectionError):
    """Discord did not say whether it took a new message, which is not sent again."""


class NotAnswered(aiohttp.ClientConnectionError):
    """Discord did not say whether it took an edit."""

    def __init__(self, send: Callable[[], Awaitable[Any]], files: Sequence[discord.File]) -> None:
        super().__init__("Discord did not answer")
        self._send = send
        self._files = files

    @property
    def can_repeat(self) -> bool:
        """Whether it can be sent once more: one with a file of the disk's cannot, which is closed by now."""
        return not any(file.fp.closed for file in self._files)

    async def again(self) -> None:
        """Sends it once more. Raises as Webhooks.request does."""
        for file in self._files:
            file.fp.close = _leave_open  # as discord.py has it while it sends, or aiohttp closes it
            file.reset(seek=True)
        await self._send()


def _leave_open() -> None:
    pass


async def decoded(response: aiohttp.ClientResponse) -> Any:
    """JSON's values, also where a proxy on the way names its charset; or any other kind's text.

    discord.py takes such JSON for text: then it never starts, and knows no error's code and no pause. A list
    of nothing may be told as null (Discord's OpenAPI description). Raises aiohttp.ClientConnectionError for a
    good status with something else than data: a page, or JSON that is none. That is an answer that was lost.
    """
    text = await response.text(encoding="utf-8", errors="replace")
    with suppress(ValueError):
        if response.content_type == "application/json" and response.status != NOTHING:
            told = json.loads(text)
            return [] if told is None else told
    if response.ok and text.strip():
        raise aiohttp.ClientConnectionError("something else in place of data")
    return text


class Webhooks(AsyncWebhookAdapter):
    """discord.py's way to webhooks, which interactions are too; `use` has it taken."""

    def __init__(self, bot: Jamboree) -> None:
        super().__init__()
        self.bot = bot

    def use(self) -> None:
        """From now on, in the current context and all tasks that start in it."""
        async_context.set(self)

    async def request(self, route: Any, session: Any, **options: Any) -> Any:
        """One request; what is not a new message is tried again where its answer is lost.

        Raises discord.HTTPException, or aiohttp.ClientConnectionError where no answer came: NotAnswered for
        an edit, MaybeSent for a new message.
        """
        once = _OneTry(session)
        backoff: Backoff | None = None
        for _ in range(REPEATS):
            try:
                return await super().request(route, once, **options)  # pyright: ignore[reportArgumentType]
            except (discord.DiscordServerError, aiohttp.ClientConnectionError) as error:
                if route.method == "POST" and not isinstance(error, NotSent):
                    raise MaybeSent(str(error)) from error
            backoff = backoff or Backoff(FIRST_PAUSE, LONGEST_PAUSE)
            await backoff.wait()
            for file in options.get("files") or ():
                file.reset(seek=True)
        try:
            return await super().request(route, once, **options)  # pyright: ignore[reportArgumentType]
        except (discord.DiscordServerError, aiohttp.ClientConnectionError) as error:
            if route.method != "PATCH":
                raise
            send = partial(self.request, route, session, **options)
            raise NotAnswered(send, options.get("files") or ()) from error

    async def create_interaction_response(
        self,
        interaction_id: int,
        token: str,
        *,
        session: aiohttp.ClientSession,
        proxy: str | None = None,
        proxy_auth: aiohttp.BasicAuth | None = None,
        params: Any,
    ) -> Any:
        """Acknowledges the interaction. Raises NotAcknowledged, or discord.HTTPException for a wrong form."""
        payload: dict[str, Any] = params.payload or {}
        kind = payload.get("type")

        async def send() -> Any:
            for file in params.files or ():
                file.reset(seek=True)
            return await AsyncWebhookAdapter().create_interaction_response(  # its own: tries wait for none
                interaction_id,
                token,
                session=_OneTry(session),  # pyright: ignore[reportArgumentType]
                proxy=proxy,
                proxy_auth=proxy_auth,
                params=params,
            )

        said = await _acknowledge(send, silence=None if params.files else SILENCE)
        if said is None and kind not in (CHOICES, FORM) and not await self._is_there(token, session):
            raise NotAcknowledged("Discord has no answer to it")
        if "interaction" in mapping(said):
            return said
        return {"interaction": {"id": interaction_id, "type": kind}}

    async def _is_there(self, token: str, session: aiohttp.ClientSession) -> bool:
        """Whether Discord has a first answer; also where it does not say, because it may have."""
        try:
            async with answering(), asyncio.timeout(CONFIRMING):
                await self.get_original_interaction_response(
                    self.bot.application_id or 0, token, session=session
                )
        except discord.NotFound:
            return False
        except (DeliveryUnavailable, discord.HTTPException) as error:
            log.warning("an interaction may be acknowledged or not", error=str(error))
        return True


async def _acknowledge(send: Callable[[], Awaitable[Any]], *, silence: float | None) -> Any:
    """Sends until Discord has taken it. Returns its answer; {} where that is lost, None where it may be.

    silence: seconds after which a try without an answer gets another beside it; None: never.
    """
    end = asyncio.get_running_loop().time() + WINDOW
    under_way: set[asyncio.Future[Any]] = set()
    untaken, error = 0, Exception()
    try:
        for number in range(1, TRIES + 1):
            under_way.add(asyncio.ensure_future(send()))
            left = max(0.0, end - asyncio.get_running_loop().time())
            patience = left if silence is None or number == TRIES else min(silence, left)
            done, under_way = await asyncio.wait(
                under_way, timeout=patience, return_when=asyncio.FIRST_COMPLETED
            )
            errors = [one.exception() for one in done]
            for one in done:
                if one.exception() is None:
                    return one.result()
            if refused := [one for one in errors if one is not None and _code(one) == ACKNOWLEDGED]:
                untaken += sum(_is_untaken(one) for one in errors if one is not None)
                lost = number - untaken - len(refused) - len(under_way)
                return await _ours(under_way, end, lost, refused[0])
            for error in filter(None, errors):
                if _code(error) == UNKNOWN_INTERACTION:
                    raise NotAcknowledged(str(error)) from error
                if not _may_pass(error):
                    raise error
                untaken += _is_untaken(error)
            if done:
                await asyncio.sleep(0.1 * number)
        if untaken < TRIES:
            return None
        raise NotAcknowledged(str(error)) from error
    finally:
        for one in under_way:
            one.cancel()


async def _ours(under_way: set[asyncio.Future[Any]], end: float, lost: int, refusal: BaseException) -> Any:
    """Of an interaction that is acknowledged already, what one of our own tries was answered; {} where that
    may be lost.

    under_way: tries without an answer yet, which are waited for: another process with the same token may have
    been quicker than all of them. end: until when, by the loop's clock. lost: tries of which nobody knows
    whether they were taken. Raises AnsweredElsewhere.
    """
    clock = asyncio.get_running_loop().time
    while under_way and (left := end - clock()) > 0:
        done, under_way = await asyncio.wait(under_way, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        errors = [one.exception() for one in done]
        for one in done:
            if one.exception() is None:
                return one.result()
        known = [one for one in errors if one and (_code(one) == ACKNOWLEDGED or _is_untaken(one))]
        lost += len(errors) - len(known)
    if lost or under_way:
        return {}
    raise AnsweredElsewhere(str(refusal)) from refusal


def _may_pass(error: BaseException) -> bool:
    """Whether another try can help."""
    if isinstance(error, discord.HTTPException):
        return is_not_now(error)
    return isinstance(error, (aiohttp.ClientError, OSError, ValueError))


def _is_untaken(error: BaseException) -> bool:
    """Whether Discord surely has not taken it."""
    return isinstance(error, NotSent) or (isinstance(error, discord.HTTPException) and error.status == 429)


def _code(error: BaseException) -> int | None:
    return error.code if isinstance(error, discord.HTTPException) else None


def _is_short(said: Any) -> bool:
    """Whether discord.py may sleep for as long as Discord wants to be left alone; it sleeps however long."""
    wait = mapping(said).get("retry_after")
    return isinstance(wait, (int, float)) and wait <= LONGEST_WAIT


class _OneTry:
    """A session for discord.py's adapter: what that would repeat by itself comes out of it as an error."""

    def __init__(self, session: Any) -> None:
        self._session = session

    @asynccontextmanager
    async def request(self, method: str, url: str, **options: Any) -> AsyncGenerator[aiohttp.ClientResponse]:
        try:
            async with self._session.request(method, url, timeout=LIMITS, **options) as response:
                if response.status >= 500:
                    raise discord.DiscordServerError(response, await decoded(response))
                if response.status == 429 and not _is_short(said := await decoded(response)):
                    raise discord.HTTPException(response, said)
                yield response
        except aiohttp.ClientConnectorError as error:
            raise NotSent(str(error)) from error
        except OSError as error:  # TimeoutError too
            raise aiohttp.ClientConnectionError(str(error) or type(error).__name__) from error
