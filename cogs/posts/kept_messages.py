"""Keeps messages up to date: posts, edits and takes down those that do not show what is so.

The rule: what a message shows is read from the tables when it is written, and a message is posted once: by a
nonce for some minutes, and found in its channel later. What another process, a kill or an outage left undone
is noticed by a look every few seconds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import discord
import structlog
from discord.ext import commands

from cogs.core.client import Jamboree
from cogs.core.discord_errors import NOT_ALLOWED, answering
from cogs.core.history import custom_ids, fresh, posted_since
from cogs.core.periodic_tasks import PeriodicTask
from cogs.languages.guild_languages import in_public
from cogs.posts.moderators_delivery import ModeratorsDelivery
from cogs.posts.shut_places import Pauses
from cogs.posts.threads import edit
from services.messages.kept_messages import KeptMessage
from services.storage.outages import is_away
from services.tracks.tracks import CANNOT_BE_READ

log = structlog.get_logger(__name__)

UNKNOWN_MESSAGE = 10008  # Discord's code for a message that is gone
SPACED = 0.5  # seconds between two edits of a kind of which there may be many
PATIENCE = 5.0  # seconds for which whoever asks where a message is waits until it is there


@dataclass(frozen=True, slots=True)
class Shown:
    """What a message is to show: `content`, `embed` or `view`, as discord.py takes them, and its files.

    files: None leaves those that it has. pinged: ids of members who are told of it when it is posted, and not
    when it is edited. anew: whether it is posted again where somebody deleted it. refused: whether something
    that goes with it may not be done now; then it is written again, with pauses, until that may.
    """

    parts: dict[str, Any]
    files: Sequence[discord.File] | None = None
    pinged: Sequence[int] = field(default=())
    anew: bool = True
    refused: bool = False


Write = Callable[[KeptMessage], Awaitable[Shown | None]]
"""Reads what a message is to show now, in the language that is being spoken; None: nothing is to be done.

To be found after a kill, what it shows names the message's subject: in a custom_id, or in a file's name.
"""


Refused = Callable[[KeptMessage, discord.HTTPException], Awaitable[None]]
"""Does what follows where Discord does not take the message. A kill may have it done twice."""

OpenIn = Callable[[int], Awaitable[Sequence[str]]]
"""The ids of those subjects of a guild that are not over, whose messages still change."""


class KeptMessages(PeriodicTask):
    """Looks after all of this process's guilds. One for all kinds, of which each says how it is written."""

    interval = 2.0  # seconds
    tables = ("kept_messages",)

    def __init__(self, bot: Jamboree) -> None:
        super().__init__(bot, self.look)
        self._written: dict[str, Write] = {}
        self._open_in: dict[str, OpenIn] = {}
        self._refused: dict[str, Refused] = {}
        self._many = set[str]()
        self._patient = set[str]()
        self._pauses = Pauses()  # by message and channel; by message, of what goes with it

    def register(
        self,
        kind: str,
        write: Write,
        *,
        refused: Refused | None = None,
        open_in: OpenIn | None = None,
        many: bool = False,
        patient: bool = False,
    ) -> None:
        """Messages of that kind are written by that. many: a change may be of hundreds, which can wait.

        open_in: says which of them are said anew, in the language that a guild was just given.
        patient: one that the bot may not post now is posted once it may, as what was there once always is.
        """
        self._written[kind] = write
        if refused is not None:
            self._refused[kind] = refused
        if open_in is not None:
            self._open_in[kind] = open_in
        if patient:
            self._patient.add(kind)
        if many:
            self._many.add(kind)

    async def look(self) -> bool:
        """Brings all up to date that are not; of those of which there may be many, one after the other.

        Returns whether there was any that need not wait for longer.
        """
        within, any_now = 0.0, False
        for kept in await self.bot.studio.kept_messages.due():
            known = kept.kind in self._written and self.bot.get_guild(kept.guild_id) is not None
            if known and not any(map(self._pauses.lasts, (_place(kept), kept.key))):
                self.touch(kept.key, within=within if kept.kind in self._many else 0.0)
                within, any_now = within + SPACED * (kept.kind in self._many), True
        return any_now

    def touch(self, key: str, *, within: float = 0.0) -> None:
        """Has the message brought up to date without waiting for the next look; returns at once.

        within: seconds for which it can wait.
        """
        self.bot.edits.touch(("kept", key), partial(self._bring, key), within=within)

    async def look_for(self, key: str) -> None:
        """Has it written once more, without waiting: where somebody deleted it, it is posted anew."""
        await self.bot.studio.kept_messages.look_for(key)
        self.touch(key)

    async def brought(self, key: str) -> KeptMessage | None:
        """The same, and waits until it was tried, but not for long. Returns what is known of it then."""
        await self.bot.edits.brought(("kept", key), partial(self._bring, key), PATIENCE)
        return await self.bot.studio.kept_messages.get(key)

    @commands.Cog.listener()
    async def on_kept_message_changed(self, key: str) -> None:
        """Brings the message up to date."""
        self.touch(key)

    @commands.Cog.listener()
    async def on_rules_changed(self, guild_id: int, changed: Collection[str]) -> None:
        """Says in the guild's new language what is not over."""
        if "language" in changed:
            for kind, open_in in self._open_in.items():
                for subject in await open_in(guild_id):
                    await self.look_for(f"{kind}:{subject}")

    async def _bring(self, key: str) -> None:
        kept = await self.bot.studio.kept_messages.get(key)
        if kept is None or not kept.due or self._pauses.lasts(_place(kept)):
            return
        try:
            async with answering():
                await (self._take_down(kept) if kept.gone else self._show(kept))
        except discord.HTTPException as refusal:
            log.info("a message is not shown", message=key, status=refusal.status, code=refusal.code)
            known = await self.bot.studio.kept_messages.get(key)
            if known is not None and kept.message_id is None:  # it may have been posted, and not be edited
                kept = replace(kept, message_id=known.message_id)
            tried_again = self._tried_again(kept, refusal)
            await self._follow(kept, refusal)
            if not tried_again:  # only now, so that what a kill kept from being done is done after the start
                await self.bot.studio.kept_messages.says(kept)
        except CANNOT_BE_READ:  # another version wrote what it is to show, and may be back
            self._pauses.again(_place(kept), for_ever=True)
            raise
        else:
            self._pauses.over(_place(kept))

    async def _follow(self, kept: KeptMessage, refusal: discord.HTTPException) -> None:
        if (refused := self._refused.get(kept.kind)) is None:
            return
        try:
            await refused(kept, refusal)
        except Exception as error:
            if is_away(error):
                raise
            log.exception("what follows of a refusal was not done", message=kept.key)

    def _tried_again(self, kept: KeptMessage, refusal: discord.HTTPException) -> bool:
        """Whether it is shown later: where a channel is shut to the bot, that may be opened again.

        What is there already is tried for ever, because it may name who had their data deleted since.
        """
        there = kept.message_id is not None or kept.gone
        waits = there or kept.was_posted or kept.kind in self._patient
        if waits and refusal.code in NOT_ALLOWED and self._pauses.again(_place(kept), for_ever=there):
            return True
        self._pauses.over(_place(kept))
        return False

    async def _take_down(self, kept: KeptMessage) -> None:
        message_id = kept.message_id
        if message_id is None and kept.intent_at is not None:  # a kill may have come before it was noted
            found = await self._posted_before(kept, to_be_gone=True)
            message_id = found.id if found else None
        if message_id is not None:
            place = kept.guild_id, kept.channel_id, message_id
            if not await self.bot.part(ModeratorsDelivery).delete_mention(*place):
                await self.bot.studio.privacy.message_stays(*place)
        await self.bot.studio.kept_messages.taken_down(kept)

    @in_public
    async def _show(self, about: KeptMessage) -> None:
        shown = await self._written[about.kind](about)
        if shown is not None:
            placed = about
            if about.message_id is not None and not await self._edit(about, shown):
                placed = await self.bot.studio.kept_messages.lost(about)
                shown = await self._written[about.kind](about) or shown  # its files are closed by now
            if placed.message_id is None and (about.message_id is None or shown.anew):
                await self._post(placed, shown)
            elif placed.message_id is not None and shown.refused:
                self._pauses.again(about.key, for_ever=True)
                return
        self._pauses.over(about.key)
        await self.bot.studio.kept_messages.says(about)

    async def _edit(self, kept: KeptMessage, shown: Shown) -> bool:
        """Whether the message is still there."""
        assert kept.message_id is not None
        files = {} if shown.files is None else {"attachments": list(shown.files)}
        message = self._channel(kept).get_partial_message(kept.message_id)
        try:
            await edit(self.bot, message, **shown.parts, **files)
        except discord.HTTPException as refusal:
            if refusal.code != UNKNOWN_MESSAGE:
                raise
            return False
        return True

    async def _post(self, kept: KeptMessage, shown: Shown) -> None:
        began = kept.intent_at
        kept = await self.bot.studio.kept_messages.intend(kept)
        message = None if fresh(began) else await self._posted_before(kept)
        if message is None:
            pinged = [discord.Object(one) for one in shown.pinged]
            message = await self._channel(kept).send(
                **shown.parts,
                files=list(shown.files or ()),
                nonce=kept.nonce,
                silent=not pinged,
                allowed_mentions=discord.AllowedMentions(everyone=False, roles=False, users=pinged),
            )
        await self.bot.studio.kept_messages.posted(kept, message.id)
        if began is not None:  # it may be an earlier attempt's, and what that says may be over by now
            there = replace(kept, message_id=message.id)
            if (now_shown := await self._written[kept.kind](there)) is not None:
                await self._edit(there, now_shown)

    async def _posted_before(self, kept: KeptMessage, *, to_be_gone: bool = False) -> discord.Message | None:
        assert kept.intent_at is not None
        others = await self.bot.studio.kept_messages.others(kept)

        def is_it(message: discord.Message) -> bool:
            names = [*custom_ids(message), *(one.filename for one in message.attachments)]
            new = message.id not in others  # which may be about the same: a contest, and its result
            return new and any(kept.subject in one for one in names)

        return await posted_since(self._channel(kept), kept.intent_at, is_it, to_be_gone=to_be_gone)

    def _channel(self, kept: KeptMessage) -> discord.PartialMessageable:
        return self.bot.get_partial_messageable(kept.channel_id, guild_id=kept.guild_id)


def _place(kept: KeptMessage) -> tuple[str, int]:
    return kept.key, kept.channel_id
