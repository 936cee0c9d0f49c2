"""What is said of every refusal and of every error that has a reason, in one table.

The rule: a feature's sentences are in its own module here, with its part of the table; they are put together
below. What has no part in any feature, Discord and the bot itself, is said here.
"""

from __future__ import annotations

import aiohttp
import discord
from discord import app_commands

from cogs.texts import budget, permissions, privacy, queue, requests
from cogs.texts.albums import album, post
from cogs.texts.contests import refusals as contests
from cogs.texts.formatting import plain
from cogs.texts.hosting import host
from cogs.texts.jams import jam
from cogs.texts.library import tracks
from cogs.texts.moderating import members, reviews, rules
from cogs.texts.own_voices import voice
from cogs.texts.parties import party
from cogs.texts.relays import relay
from cogs.texts.sentences import Sentences
from cogs.texts.translation import Text
from services.delivery import DeliveryUnavailable
from services.storage.outages import is_away
from services.text.refusal import Refusal, RequestRefusal


class NotModerator(Refusal):
    """Only who may manage the server may do that."""


class NotHost(Refusal, app_commands.CheckFailure):
    """Only the bot's owner may do that, in the host's own server."""


class NotYetOpen(Refusal):
    """The bot is starting or stopping."""


class Outdated(Refusal):
    """A button that no version of the bot that runs now knows."""


class Unopened(Refusal):
    """A form without the message below which it is opened, so there is nothing that it could change."""


class UnknownPlace(RequestRefusal):
    """A kind of channel that this version of discord.py does not know, nor its id."""


class WrongOption(Refusal):
    """A command's option (its name) is not what the command takes, which `said` says of {option}, with values
    for its other places.
    """

    def __init__(self, name: str, said: Text, **values: object) -> None:
        super().__init__(f"Not what the command takes: {name}")
        self.name, self.said, self.values = name, said, values


class TooMuchToCarry(Refusal):
    """What is searched for does not fit a button's custom_id, where some letters and emoji count double."""


AWAY = Text(
    "My database or my disk does not answer at the moment, so this may not have been done. Please "
    "look in a minute, and try again if it was not."
)
_DISCORD_AWAY = Text(
    "Discord did not answer me, so I do not know if what you asked for was done. Please look before "
    "you ask again."
)
_UPDATED = Text("I was just updated, and your Discord does not know it yet. Restart Discord, then try again.")


def _wrong_option(refusal: WrongOption) -> str:
    return refusal.said.format(option=plain(refusal.name), **refusal.values)


_GENERAL: Sentences = {
    NotModerator: Text(
        "Only moderators, members with the *Manage Server* permission, can do that. Ask one of them."
    ),
    NotHost: Text("Only whoever hosts me can do that."),
    NotYetOpen: Text("I am just starting up or shutting down. Please try again in a minute."),
    Outdated: Text(
        "I no longer know this button; an older version of me made it. Please use a command instead."
    ),
    Unopened: Text(
        "I cannot see which message this form belongs to, so nothing was done. Please press the button that "
        "opens it again."
    ),
    UnknownPlace: Text("I do not know this kind of channel yet. Please ask me in another one."),
    WrongOption: _wrong_option,
    TooMuchToCarry: Text(
        "I cannot turn the pages of so long a search. Please search for fewer or shorter words."
    ),
    discord.DiscordServerError: _DISCORD_AWAY,
    discord.RateLimited: _DISCORD_AWAY,
    aiohttp.ClientError: _DISCORD_AWAY,
    DeliveryUnavailable: _DISCORD_AWAY,
    app_commands.NoPrivateMessage: Text(
        "I only make music in servers. Ask me in one of a server's channels."
    ),
    app_commands.CommandNotFound: _UPDATED,
    app_commands.CommandSignatureMismatch: _UPDATED,
}

SENTENCES: Sentences = {
    **_GENERAL,
    **requests.REFUSALS,
    **permissions.REFUSALS,
    **budget.REFUSALS,
    **tracks.REFUSALS,
    **queue.REFUSALS,
    **members.REFUSALS,
    **reviews.REFUSALS,
    **rules.REFUSALS,
    **privacy.REFUSALS,
    **host.REFUSALS,
    **jam.REFUSALS,
    **album.REFUSALS,
    **post.REFUSALS,
    **relay.REFUSALS,
    **voice.REFUSALS,
    **contests.REFUSALS,
    **party.REFUSALS,
}


def render_refusal(refusal: Refusal) -> str:
    """What happened, why, and what to do next."""
    return _said_of(refusal) or str(refusal)


def render_error(error: BaseException) -> str | None:
    """The same of any error that has a reason; None for one that has none."""
    return _said_of(error) or (str(AWAY) if is_away(error) else None)


def _said_of(error: BaseException) -> str | None:
    for kind in type(error).__mro__:
        if (said := SENTENCES.get(kind)) is not None:
            return str(said) if isinstance(said, Text) else said(error)
    return None
