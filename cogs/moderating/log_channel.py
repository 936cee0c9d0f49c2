"""A guild's log channel: each new audit record is posted there too, quietly, once.

The rule: the last record that was posted is written down after its message. A kill in between posts it no
second time: the message's nonce and, later, the channel itself say that it is there. A channel that is gone
or closed to the bot costs a line in the log; the records stay in /moderation log.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

import discord
import structlog

from cogs.core.client import Jamboree
from cogs.core.discord_errors import answering, is_not_now
from cogs.core.history import own_messages
from cogs.core.periodic_tasks import PeriodicTask
from cogs.core.sights import Sights
from cogs.languages.guild_languages import publicly
from cogs.texts.moderating.audit_entries import log_message, moment_of
from services.guilds.audit import Record
from services.messages.nonces import nonce_of
from services.periodic_tasks import each

log = structlog.get_logger(__name__)

SEARCHED = 50  # messages in which a record may be found that was posted before a kill
_NUMBER = re.compile(r"-# \D+(?P<id>\d+)$")  # in whichever language


class LogChannel(PeriodicTask):
    """Looks for new records every few seconds, and posts those of guilds with a log channel."""

    interval = 3.0  # seconds
    tables = ("audit",)

    def __init__(self, bot: Jamboree) -> None:
        super().__init__(bot, self.post_new_records)
        self._seen = 0
        self._again: set[int] = set()  # guilds whose channel could not be reached the last time
        self._looked: set[int] = set()  # guilds whose channel was searched since anything may have been lost

    async def post_new_records(self) -> bool:
        """Posts what is new in every guild of this process; whether there was anything."""
        newest, changed = await self.bot.studio.audit.news(self._seen)
        own = [guild_id for guild_id in self._again | changed if self.bot.get_guild(guild_id) is not None]
        self._again = set(await each(own, partial(self._post, newest)))
        self._seen = newest
        return bool(own)

    async def _post(self, newest: int, guild_id: int) -> None:
        """Posts the guild's new records. Raises DeliveryUnavailable."""
        unlogged = await self.bot.studio.audit.unlogged(
            guild_id, newest, partial(self.bot.part(Sights).of_moderators, guild_id)
        )
        if unlogged is None:
            return
        channel_id = unlogged.channel_id
        channel = self.bot.get_partial_messageable(channel_id, guild_id=guild_id)
        try:
            async with answering():
                there = await self._there(channel, guild_id, unlogged.records)
                for record in unlogged.records:
                    message_id = there.get(record.id) or await self._say(
                        channel, record, hidden=record.id in unlogged.hidden
                    )
                    noted = record, channel_id, message_id
                    if await self.bot.studio.audit.note_logged(*noted, found=record.id in there):
                        self.bot.studio.privacy.look()
        except Exception:  # also of a database that does not note it
            self._looked.discard(guild_id)  # Discord may have it, and may not know the nonce by the next time
            raise

    async def _say(self, channel: discord.PartialMessageable, record: Record, *, hidden: bool) -> int | None:
        """Posts it and returns its message's id; None where Discord does not let me."""
        try:
            with await publicly(self.bot, record.guild_id):
                said = log_message(record, hidden=hidden)
            message = await channel.send(
                said,
                silent=True,
                nonce=nonce_of("change", record.guild_id, record.id, record.at.timestamp()),
                allowed_mentions=discord.AllowedMentions.none(),
            )
            return message.id
        except discord.HTTPException as error:
            if is_not_now(error):
                raise
            log.warning(
                "change not posted in the log channel",
                guild=record.guild_id,
                channel=channel.id,
                change=record.id,
                status=error.status,
                code=error.code,
            )
            return None

    async def _there(
        self, channel: discord.PartialMessageable, guild_id: int, records: Sequence[Record]
    ) -> dict[int, int]:
        """The messages of those that an earlier life of the bot posted, by record; looked for once.

        Another's with the same number stays: after a backup was put back, numbers come again.
        """
        if guild_id in self._looked or not records:
            return {}
        self._looked.add(guild_id)
        try:
            said = [one async for one in own_messages(channel, most=SEARCHED)]
        except (discord.Forbidden, discord.NotFound) as error:
            if is_not_now(error):
                raise
            return {}
        numbered = [(match["id"], one) for one in said if (match := _NUMBER.search(one.content))]
        return {
            record.id: one.id
            for record in records
            for number, one in numbered
            if number == str(record.id) and moment_of(record) in one.content
        }
