"""The language of a server, in which everything is said there that more than one member reads.

The rule: what its moderators chose in /moderation, else the language that the server has in Discord.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, TypeVar, cast

import discord
import structlog

from cogs.core.client import Jamboree
from cogs.core.discord_errors import answering
from cogs.core.elsewhere import Elsewhere
from cogs.texts.translation import ENGLISH, LANGUAGES, language_of, speaking
from services.delivery import DeliveryUnavailable
from services.storage.outages import is_away
from services.tracks.track import Track

log = structlog.get_logger(__name__)

REMEMBERED = 60.0  # seconds in which another process's moderators may have chosen anew
MOST = 10_000  # servers


class GuildLanguages:
    """Which language each server has, remembered for a minute."""

    def __init__(self, bot: Jamboree) -> None:
        self.bot = bot
        self._elsewhere = bot.part(Elsewhere)
        self._chosen: dict[int, tuple[float, str | None]] = {}  # by guild: until when, and what

    async def of(self, guild_id: int) -> str:
        """The code of the server's language. Where that cannot be told now, what was known before counts."""
        chosen = await self._chosen_by_moderators(guild_id)
        if chosen in LANGUAGES:
            return chosen
        try:
            async with answering():
                return language_of(await self._elsewhere.locale(guild_id))
        except (DeliveryUnavailable, discord.HTTPException) as error:
            log.info("the server's language is not known", guild=guild_id, error=str(error))
            return ENGLISH

    def chosen(self, guild_id: int, language: str | None) -> None:
        """Notes what a moderator has just chosen; None: the language that the server has in Discord."""
        if len(self._chosen) >= MOST:
            self._chosen.clear()
        self._chosen[guild_id] = asyncio.get_running_loop().time() + REMEMBERED, language

    async def _chosen_by_moderators(self, guild_id: int) -> str | None:
        until, language = self._chosen.get(guild_id, (0.0, None))
        if until < asyncio.get_running_loop().time():
            try:
                language = (await self.bot.studio.rules.of(guild_id)).language
            except Exception as error:
                if not is_away(error):
                    raise
            self.chosen(guild_id, language)
        return language


async def publicly(bot: Jamboree, guild_id: int) -> AbstractContextManager[None]:
    """Within it, everything is said in the server's language: `with await publicly(bot, guild_id):`."""
    return speaking(await bot.part(GuildLanguages).of(guild_id))


async def privately(bot: Jamboree, track: Track) -> AbstractContextManager[None]:
    """Within it, everything is said in the language of who asked for the track: `with await privately(…):`.

    That is known for as long as their interaction can be answered; after that it is the server's.
    """
    return speaking(track.reply.language) if track.reply else await publicly(bot, track.guild_id)


async def to_host(bot: Jamboree) -> AbstractContextManager[None]:
    """Within it, everything is said in the language of the host's own server, or in English."""
    home = bot.settings.host_guild_id
    return speaking(ENGLISH) if home is None else await publicly(bot, home)


M = TypeVar("M", bound=Callable[..., Coroutine[Any, Any, Any]])


def in_public(method: M) -> M:
    """What the method says is read by the whole server that its first argument (a track, …) belongs to."""

    @wraps(method)
    async def said(self: Any, about: Any, *args: Any, **kwargs: Any) -> Any:
        with await publicly(self.bot, about.guild_id):
            return await method(self, about, *args, **kwargs)

    return cast("M", said)
