"""Pictures that are drawn for whoever waits for an answer.

The rule: a picture adds to what is said in words; where it cannot be drawn, the words come without it.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import discord
import structlog

from cogs.core.client import Jamboree
from cogs.texts.formatting import shortened
from services.workers import jobs
from services.workers.pool import NoWorker, WorkerEnded

log = structlog.get_logger(__name__)

COLOUR = discord.Colour(0xF2A33A)  # the bot's own, of embeds and panels
LONGEST_ALT = 1024  # characters of a picture's description (Discord: Attachment Object, Media Gallery)

P = ParamSpec("P")
T = TypeVar("T")


async def drawn(bot: Jamboree, job: Callable[P, T], /, *args: P.args, **options: P.kwargs) -> T | None:
    """What the job draws in a worker process; None where that cannot be."""
    try:
        return await bot.studio.workers.run(jobs.DRAWING, job, *args, **options)
    except (WorkerEnded, NoWorker) as error:
        log.error("a picture was not drawn", error=str(error))
    except Exception:
        log.exception("a picture was not drawn")
    return None


def picture_file(picture: bytes, name: str, words: str) -> discord.File:
    """The picture, to be sent with its alt text, where it has one: as much of it as there is room for."""
    return discord.File(io.BytesIO(picture), name, description=shortened(words, LONGEST_ALT) or None)


def as_file(picture: bytes | None, name: str, words: str) -> discord.File | None:
    """The same of a picture that may not be there; None then."""
    return None if picture is None else picture_file(picture, name, words)


def with_picture(embed: discord.Embed, file: discord.File) -> discord.Embed:
    """The embed with the file as its picture.

    The alt text is told for the file and for the embed's image: Discord's reference gives both a description.
    """
    image = {"url": f"attachment://{file.filename}"}
    if file.description:
        image["description"] = file.description
    told: Any = {**embed.to_dict(), "image": image}
    return discord.Embed.from_dict(told)
