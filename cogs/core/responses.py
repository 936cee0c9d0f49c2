"""How an interaction is answered. The rule: acknowledged in time, and never with silence, whatever breaks.

In time is at once, before anything is done: what Discord did not take is not done. Only what can be taken
back may be done first, so that the answer itself is the acknowledgement: `hold_if_slow`.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import aiohttp
import discord
import structlog
from discord import app_commands

from cogs.core.client import Jamboree
from cogs.core.discord_errors import answering, is_not_now
from cogs.core.hints import with_hint, without_hint
from cogs.core.webhooks import AnsweredElsewhere, MaybeSent, NotAcknowledged, NotAnswered
from cogs.texts import general
from cogs.texts.refusals import AWAY, render_error
from cogs.texts.translation import Text, language_of, speak
from services.backoff import Backoff
from services.delivery import DeliveryUnavailable
from services.tracks.track import Track

Interaction = discord.Interaction[Jamboree]

log = structlog.get_logger(__name__)

T = TypeVar("T")

BEFORE_FORM = 2.0  # seconds a form may be looked up for; Discord waits 3 for it
BEFORE_HOLD = 2.0  # seconds without an answer after which Discord is told that one comes; it waits 3 for that
FIRST_AGAIN = 1.0  # seconds, and longer from try to try, before an answer is given again …
SAID_WITHIN = 60.0  # … that Discord does not say it took, and for how long
MANY = 16  # interactions that are being answered; with more of them an answer may be slow
_HOLD = "hold"


def take_in(interaction: Interaction) -> None:
    """Comes first: from here on this task says everything in the member's language."""
    speak(language_of(interaction.locale.value))


async def hold(interaction: Interaction) -> None:
    """Tells Discord, within its 3 seconds, that a private answer comes."""
    await interaction.response.defer(ephemeral=True, thinking=True)


async def hold_if_slow(interaction: Interaction) -> None:
    """The same, unless there is an answer before: later, but still within those seconds.

    For what can be taken back where `answer` or `answer_in_place` raises NotAcknowledged.
    """
    if len(interaction.client.answering) > MANY:
        await hold(interaction)
        return
    answered = asyncio.Event()
    interaction.extras[_HOLD] = answered, asyncio.create_task(_hold_unless(answered, interaction))


async def hold_now(interaction: Interaction) -> None:
    """Waits no longer for an answer. Raises NotAcknowledged."""
    await _settle_hold(interaction)
    if not interaction.response.is_done():
        await hold(interaction)


async def _hold_unless(answered: asyncio.Event, interaction: Interaction) -> None:
    try:
        async with asyncio.timeout(BEFORE_HOLD):
            await answered.wait()
    except TimeoutError:
        await hold(interaction)


async def _settle_hold(interaction: Interaction) -> None:
    """From now on nobody else acknowledges it. Raises NotAcknowledged where that was tried and not taken."""
    if _HOLD in interaction.extras:
        answered, holding = interaction.extras.pop(_HOLD)
        answered.set()
        await holding


async def defer(interaction: Interaction) -> None:
    """Tells Discord, within its 3 seconds, that the press was heard; its message may change."""
    await interaction.response.defer()


async def answer(interaction: Interaction, content: str | Text | None = None, **parts: Any) -> None:
    """Gives the private answer; whatever comes after the first goes below it."""
    content = await with_hint(interaction, None if content is None else str(content), parts.get("embed"))
    await _settle_hold(interaction)
    held = interaction.response.type is discord.InteractionResponseType.deferred_channel_message
    if held and not interaction.extras.get("answered"):
        await interaction.edit_original_response(
            content=content, attachments=parts.pop("files", discord.utils.MISSING), **parts
        )
        interaction.extras["answered"] = True
    elif interaction.response.is_done():
        await interaction.followup.send(content or "", ephemeral=True, **parts)
    else:
        await interaction.response.send_message(content, ephemeral=True, **parts)


async def answer_in_place(
    interaction: Interaction, content: str | Text, buttons: discord.ui.View | None
) -> None:
    """The same, with nothing else to it, in place of the private message that was pressed on, if one was."""
    await _settle_hold(interaction)
    if interaction.response.is_done():
        await interaction.edit_original_response(
            content=str(content), embeds=[], attachments=[], view=buttons
        )
        interaction.extras["answered"] = True
    else:
        shown = discord.utils.MISSING if buttons is None else buttons
        await interaction.response.send_message(str(content), ephemeral=True, view=shown)


async def in_time(interaction: Interaction, look_up: Awaitable[T]) -> T | None:
    """What is looked up, while there is time to open a form; says that there was none, and returns None.

    All that is looked up for one interaction has that time together. Its end is not waited for: a query is
    cancelled by asking the database, which may not answer that either.
    """
    by = interaction.extras.setdefault("form_by", asyncio.get_running_loop().time() + BEFORE_FORM)
    looking = asyncio.ensure_future(look_up)
    try:
        async with asyncio.timeout_at(by):
            return await asyncio.shield(looking)
    except TimeoutError:
        await answer(interaction, general.TOO_BUSY)
        return None
    finally:
        looking.cancel()


def guild_of(interaction: Interaction) -> int:
    """The guild that the interaction came from, as Discord says it and never as a custom_id does."""
    if interaction.guild_id is None:
        raise app_commands.NoPrivateMessage
    return interaction.guild_id


def is_moderator(interaction: Interaction) -> bool:
    """Whether the member may manage the guild, as of this very interaction."""
    may = interaction.permissions
    return may.manage_guild or may.administrator


def time_out_of(interaction: Interaction) -> datetime | None:
    """Until when the member is in Discord's own time-out, as of this very interaction."""
    member = interaction.user
    return member.timed_out_until if isinstance(member, discord.Member) else None


def is_hidden(interaction: Interaction, track: Track) -> bool:
    """Whether moderators have the track to themselves, and who asks is neither one nor its maker."""
    return track.held_back and interaction.user.id not in track.makers and not is_moderator(interaction)


def reason_of(error: BaseException) -> str | None:
    """What a member can do about the error; None where it has no reason. What is away is in the log, too."""
    if isinstance(error, discord.HTTPException) and is_not_now(error):
        error = DeliveryUnavailable(f"Discord answers {error.status}")
    text = render_error(error)
    if text == AWAY:
        log.warning("a member met something that is away", exc_info=error)
    return text


async def tell(interaction: Interaction, error: BaseException) -> None:
    """Says privately what went wrong; what nobody foresaw gets a code that is also in the log."""
    if isinstance(error, app_commands.CommandInvokeError):
        error = error.original
    if isinstance(error, NotAcknowledged):  # its member has seen it fail, and nothing was done
        log.warning("interaction not acknowledged", guild=interaction.guild_id, error=str(error))
        if isinstance(error, AnsweredElsewhere):
            _say_answered_elsewhere()
        return
    if isinstance(error, NotAnswered) and await _answered_late(error):
        return
    without_hint(interaction)
    text = general.MAYBE_ABOVE if isinstance(error, MaybeSent) else reason_of(error)
    if text is None and not interaction.client.open:  # what it needs is closed already
        log.warning("interaction interrupted by the stop", member=interaction.user.id, error=str(error))
        text = general.INTERRUPTED
    if text is None:
        reference = secrets.token_hex(4)
        log.error(
            "interaction failed",
            reference=reference,
            guild=interaction.guild_id,
            member=interaction.user.id,
            exc_info=error,
        )
        text = general.broken(reference)
    await _say(interaction, str(text))


@cache
def _say_answered_elsewhere() -> None:
    """Once: what it means for members is the host's to end."""
    log.error(
        "another bot answers with the same DISCORD_TOKEN: each member gets one of the two, and neither knows "
        "the other's tracks; stop one, or give it a token of its own"
    )


async def _answered_late(error: NotAnswered) -> bool:
    """Whether Discord takes the answer after all, which says what was done better than any doubt."""
    backoff = Backoff(FIRST_AGAIN, patience=SAID_WITHIN)
    while error.can_repeat and await backoff.wait():
        try:
            async with answering():
                await error.again()
        except DeliveryUnavailable as reason:
            log.info("an answer is not given yet", reason=str(reason))
        except discord.HTTPException:
            return False
        else:
            return True
    return False


async def tell_interrupted(interaction: Interaction) -> None:
    """Says what a stop means to whoever still waits for an answer."""
    take_in(interaction)
    if interaction.type is not discord.InteractionType.autocomplete:
        await _say(interaction, str(general.INTERRUPTED))


async def _say(interaction: Interaction, text: str) -> None:
    try:
        await answer(interaction, text)
    except NotAnswered as error:
        await _answered_late(error)
    except MaybeSent:
        if text != str(general.MAYBE_ABOVE):
            await Backoff(FIRST_AGAIN).wait()
            await _say(interaction, str(general.MAYBE_ABOVE))
    except (NotAcknowledged, discord.HTTPException, aiohttp.ClientError, OSError) as failure:
        log.warning("could not tell a member", member=interaction.user.id, error=str(failure))
