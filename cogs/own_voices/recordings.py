"""Giving a recording of one's own voice: from one's own message, or as a file in a form.

The rule: whose it is, Discord says: the author of the message, who pressed, who sent the form. What a
custom_id says is never whose voice it is.
"""

from __future__ import annotations

import contextlib
import re
from typing import Any

import discord
import structlog

from cogs.core.component_router import route
from cogs.core.fields import filled_in
from cogs.core.responses import Interaction, answer, guild_of, hold, in_time
from cogs.core.rights import Who
from cogs.requests.attachments import FileTooLarge, NotFetched, Sent, fetch
from cogs.texts.own_voices import voice as texts
from cogs.texts.own_voices.voice import NoRecording, NotYourMessage
from services.own_voices.service import BeforeTheSentence, NotASample
from services.own_voices.voices import OwnVoice, State
from services.workers.pool import NoWorker

log = structlog.get_logger(__name__)


async def take_from(interaction: Interaction, message: discord.Message) -> None:
    """Takes the recording in the member's own message, which they posted after the sentence was shown."""
    asked = await _asked(interaction)
    if message.author.id != interaction.user.id or message.webhook_id is not None:
        raise NotYourMessage
    if interaction.client.clock.ours(message.created_at) < asked.asked_at:
        raise BeforeTheSentence
    sounds = [one for one in message.attachments if _is_sound(one)]
    if len(sounds) != 1:  # what was forwarded has its files elsewhere
        raise NoRecording
    await _take(interaction, asked, Sent(sounds[0].url, sounds[0].size))


def _is_sound(file: discord.Attachment) -> bool:
    return file.is_voice_message() or (file.content_type or "").startswith(("audio/", "video/"))


@route(r"voice:file", Who.MEMBER, "Open the form to give a recording of one's own voice", sample="voice:file")
async def open_form(interaction: Interaction, _match: re.Match[str]) -> None:
    """Opens the form, where there is a sentence that it would answer."""
    if await in_time(interaction, _asked(interaction)) is not None:
        await interaction.response.send_modal(_form())


def _form() -> discord.ui.Modal:
    form = discord.ui.Modal(title=str(texts.FORM_TITLE), custom_id="voice:form", timeout=None)
    upload = discord.ui.FileUpload[Any](custom_id="recording", min_values=1, max_values=1, required=True)
    form.add_item(discord.ui.Label(text=str(texts.FILE), description=str(texts.FILE_HINT), component=upload))
    form.stop()
    return form


@route(
    r"voice:form",
    Who.MEMBER,
    "Give a recording of one's own voice, in a form",
    form=True,
    first=hold,
)
async def form_submitted(interaction: Interaction, _match: re.Match[str]) -> None:
    """Takes the file that the form brought."""
    asked = await _asked(interaction)
    data: Any = interaction.data
    chosen: Any = filled_in(interaction).get("recording")
    resolved: dict[str, Any] = data.get("resolved") or {}
    given: dict[str, Any] = resolved.get("attachments") or {}
    file: Any = given.get(str(chosen[0])) if chosen else None
    if file is None:
        raise NoRecording
    await _take(interaction, asked, Sent(str(file["url"]), int(file["size"])))


async def _asked(interaction: Interaction) -> OwnVoice:
    """The sentence that the member was shown. Raises NotOffered, NotAsked."""
    return await interaction.client.studio.own_voices.asked(guild_of(interaction), interaction.user.id)


async def _take(interaction: Interaction, asked: OwnVoice, file: Sent) -> None:
    settings, voices = interaction.client.settings, interaction.client.studio.own_voices
    most = settings.own_file_mib
    try:
        async with contextlib.aclosing(fetch(settings.discord_api_url, file, most * 2**20)) as pieces:
            taken = await voices.take(asked, pieces)
    except NotASample as reason:
        await answer(interaction, texts.not_usable(reason.flaw, reason.seconds))
    except FileTooLarge:
        await answer(interaction, texts.too_large(most))
    except NotFetched:
        await answer(interaction, texts.NOT_FETCHED)
    except (NoWorker, OSError) as error:
        log.error("a recording was not kept", error=str(error))
        await answer(interaction, texts.CANNOT_LOOK)
    else:
        reviewed = taken.state == State.IN_REVIEW
        if reviewed:
            interaction.client.dispatch("kept_message_changed", f"voice:{taken.id}")
        await answer(interaction, texts.taken(reviewed=reviewed))
