"""Recordings that moderators hear first, where their guild reviews: a message with each, until decided.

The rule: a recording is in its message only while it waits; who presses is asked anew whether they moderate.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection

import discord
from discord.ext import commands

from cogs.core.client import Jamboree
from cogs.core.component_router import button, route, view
from cogs.core.responses import Interaction, answer, guild_of, hold
from cogs.core.rights import Who
from cogs.languages.guild_languages import publicly
from cogs.posts.deleted_messages import DeletedMessages
from cogs.posts.kept_messages import KeptMessages, Shown
from cogs.posts.moderators_delivery import ModeratorsDelivery
from cogs.texts.own_voices import voice as texts
from cogs.texts.translation import Text
from services.messages.kept_messages import KeptMessage
from services.own_voices.service import Unopened
from services.own_voices.voices import OwnVoice, State
from services.storage.outages import until_back

KIND = "voice"


class VoiceReviews(commands.Cog):
    """Shows recordings to moderators."""

    def __init__(self, bot: Jamboree) -> None:
        self.bot = bot
        bot.part(KeptMessages).register(KIND, self._shown, refused=self._not_shown)
        bot.part(DeletedMessages).register(self._gone, waiting=bot.studio.own_voices.waiting)

    async def _shown(self, kept: KeptMessage) -> Shown | None:
        """The recording and its sentence; None where that is decided, or its member took it back."""
        voice = await self.bot.studio.own_voices.get(kept.subject)
        if voice is None or voice.state != State.IN_REVIEW or kept.message_id is not None:
            return None
        recording = await self.bot.studio.own_voices.recording(voice)
        if recording is None:
            await self._unopened(voice)
            return None
        buttons = view(
            button(texts.ALLOW, f"voice:allow:{voice.id}", discord.ButtonStyle.success),
            button(texts.REFUSE, f"voice:refuse:{voice.id}", discord.ButtonStyle.danger),
        )
        file = discord.File(io.BytesIO(recording), "voice.mp3")
        return Shown({"content": texts.to_be_heard(voice), "view": buttons}, [file])

    async def _unopened(self, voice: OwnVoice) -> None:
        """Forgets a recording whose secret is gone, and tells its member and moderators."""
        said = str(texts.UNOPENED)
        await self.bot.part(ModeratorsDelivery).tell_moderators(voice.guild_id, f"voice {voice.id}", said)
        if await self.bot.studio.own_voices.not_shown(voice.id):
            await _tell(self.bot, voice, texts.YOURS_UNOPENED)

    async def _gone(self, guild_id: int, channel_id: int, message_ids: Collection[int] | None) -> None:
        """Forgets the recordings that waited in what is gone, and tells their members."""
        for voice in await self.bot.studio.own_voices.lost(guild_id, channel_id, message_ids):
            await _tell(self.bot, voice, texts.MESSAGE_GONE)

    async def _not_shown(self, kept: KeptMessage, _refusal: discord.HTTPException) -> None:
        """Forgets a recording that nobody could be shown, and tells its member."""
        if kept.message_id is not None:
            return
        voice = await self.bot.studio.own_voices.not_shown(kept.subject)
        if voice is not None:
            await _tell(self.bot, voice, texts.NOBODY_HEARD)


@route(
    r"voice:allow:(?P<voice>[0-9a-z]{20})",
    Who.MODERATOR,
    "Let a member's recording of their own voice through",
    sample="voice:allow:00000000000000000000",
    first=hold,
)
async def allow(interaction: Interaction, match: re.Match[str]) -> None:
    """The member may sing with it, where it still opens."""
    bot = interaction.client
    try:
        voice = await bot.studio.own_voices.allow(guild_of(interaction), match["voice"], interaction.user.id)
        said, tells = texts.allowed(voice), texts.YOU_MAY_SING
    except Unopened as unopened:
        voice = unopened.voice
        said, tells = str(texts.UNOPENED), texts.YOURS_UNOPENED
    bot.dispatch("kept_message_changed", f"{KIND}:{voice.id}")
    try:
        await answer(interaction, said)
    finally:
        await _tell(bot, voice, tells)


@route(
    r"voice:refuse:(?P<voice>[0-9a-z]{20})",
    Who.MODERATOR,
    "Not let a member's recording of their own voice through",
    sample="voice:refuse:00000000000000000000",
    first=hold,
)
async def refuse(interaction: Interaction, match: re.Match[str]) -> None:
    """It is erased."""
    bot = interaction.client
    voice = await bot.studio.own_voices.refuse(guild_of(interaction), match["voice"], interaction.user.id)
    bot.dispatch("kept_message_changed", f"{KIND}:{voice.id}")
    try:
        await answer(interaction, texts.refused(voice))
    finally:
        await _tell(bot, voice, texts.YOU_MAY_NOT)


async def _tell(bot: Jamboree, voice: OwnVoice, said: Text) -> None:
    """Tells its member at their next command; their language is not known before.

    What it is about is done: a database that is away just then is waited for.
    """

    async def leave() -> None:
        with await publicly(bot, voice.guild_id):
            text = str(said)
        await bot.studio.notices.leave(voice.guild_id, voice.member_id, text)

    await until_back(leave, stop=bot.is_closed)
