"""`python bot.py --setup`: from an empty machine to settings that are known to be good.

The rule: what is asked for is checked before it is written, nothing is written before all of it is there, and
no secret is shown, logged or spent on.
"""

from __future__ import annotations

import asyncio
import getpass
import os
import re
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from dotenv import dotenv_values

from cogs.connection import rest
from cogs.hosting.permissions import invite_link
from cogs.texts.hosting import setup as texts
from cogs.texts.translation import Text
from services.env_file import try_to_write, with_values, write_private
from services.hosting import as_id
from services.money.key_check import KeyUntold, try_key
from services.settings import Settings
from services.settings_source import load_settings
from services.wavespeed.client import BadKey
from services.wavespeed.json_values import mapping

TOKEN, KEY, HOME = "DISCORD_TOKEN", "WAVESPEED_API_KEY", "HOST_GUILD_ID"
EXAMPLE = Path(__file__).resolve().parents[2] / ".env.example"
BARE = re.compile(r"[!-~]+")  # one word of ASCII, as a setting may have it, and .env without quotes
PATIENCE = 20.0  # seconds for WaveSpeed to say whether a key is good

T = TypeVar("T")


class Refused(Exception):
    """What was typed is surely wrong. str() is what to do."""


class CannotTell(Exception):
    """Whoever could say is away. str() is what to do."""


def main(file: Path = Path(".env")) -> int:
    """Asks, checks and writes. Returns the exit code: 1 where nothing was written. Raises SettingsError."""
    given = {name.upper() for name, value in os.environ.items() if value.strip()}
    for name in (TOKEN, KEY, HOME):
        if name in given:
            _say(texts.in_the_environment(name))
            return 1
    settings = load_settings(file, without_secrets=True)
    source = file if file.exists() else EXAMPLE
    text = source.read_text(encoding="utf-8-sig") if source.exists() else ""
    try:
        try_to_write(file, text)  # before anything is asked that could not be kept
        values, link = _ask(
            settings, {name.upper(): value or "" for name, value in dotenv_values(file).items()}
        )
        write_private(file, with_values(text, values))
    except KeyboardInterrupt:
        _say(texts.UNCHANGED)
    except EOFError:
        _say(texts.ENDED)
    except rest.WrongSetting as error:
        _say(f"{texts.UNCHANGED} {error}")
    except OSError as error:
        _say(texts.cannot_write(str(file), error.strerror or str(error)))
    else:
        _say(texts.done(str(file), link))
        return 0
    return 1


def _ask(settings: Settings, before: dict[str, str]) -> tuple[dict[str, str], str]:
    """What is to be written, and the link that invites the bot. Raises EOFError, WrongSetting."""
    _say(texts.BEGIN)
    _say(texts.FIRST)
    token, (name, application_id) = _good(
        str(texts.TOKEN_PROMPT), before.get(TOKEN, ""), lambda typed: _bot_of(settings, typed)
    )
    _say(texts.token_accepted(name))
    _say(texts.SECOND)
    key, balance = _good(
        str(texts.KEY_PROMPT), before.get(KEY, ""), lambda typed: _balance_of(settings, typed)
    )
    _say(texts.key_accepted(balance))
    _say(texts.THIRD)
    values = {TOKEN: token, KEY: key}
    while home := _typed(str(texts.HOME_PROMPT)):
        if as_id(home) is not None:
            values[HOME] = home
            break
        _say(texts.HOME_WRONG)
    return values, invite_link(application_id)


def _good(prompt: str, kept: str, check: Callable[[str], Coroutine[Any, Any, T]]) -> tuple[str, T]:
    """The first that is typed and accepted, and what is known of it. kept: what no answer means, or "".

    Raises EOFError, WrongSetting.
    """
    if sys.stdin.isatty():
        _say(texts.HIDDEN)
    if kept:
        _say(texts.KEEP)
    while True:
        typed = _typed(prompt, hidden=True) or kept
        if not BARE.fullmatch(typed) or typed[0] in "\"'#":
            _say(texts.NOT_BARE if typed else texts.NOTHING_TYPED)
            continue
        try:
            return typed, asyncio.run(check(typed))
        except Refused as error:
            kept = ""
            _say(str(error))
        except CannotTell as error:
            kept = typed
            _say(str(error))


async def _bot_of(settings: Settings, token: str) -> tuple[str, str]:
    """The bot's name, and its application's id. Raises Refused, CannotTell, WrongSetting."""
    try:
        async with rest.session(token) as session:
            user = mapping(await rest.get(session, settings.discord_api_url, "/users/@me"))
            about = mapping(await rest.get(session, settings.discord_api_url, "/oauth2/applications/@me"))
    except rest.BadToken as error:
        raise Refused(texts.REFUSED_BY_DISCORD) from error
    except rest.NotNow as error:
        raise CannotTell(texts.discord_is_away(str(error))) from error
    return rest.printable(user.get("username")), str(about.get("id"))


async def _balance_of(settings: Settings, key: str) -> int | None:
    """What the key's account has left, as `check_key` says. Raises Refused, CannotTell."""
    try:
        return await try_key(
            settings.wavespeed_base_url, key, request_timeout=settings.request_timeout, patience=PATIENCE
        )
    except BadKey as error:
        raise Refused(texts.REFUSED_BY_WAVESPEED) from error
    except KeyUntold as error:
        raise CannotTell(texts.wavespeed_is_away(str(error))) from error


def _typed(prompt: str, *, hidden: bool = False) -> str:
    """One line that is typed, hidden where there is a terminal. Raises EOFError."""
    if hidden and sys.stdin.isatty():
        return getpass.getpass(prompt).strip()
    print(prompt, end="", flush=True)  # noqa: T201
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    if not sys.stdin.isatty():
        print()  # noqa: T201  (where nobody has pressed Enter here)
    return line.strip()


def _say(line: str | Text) -> None:
    print(line, flush=True)  # noqa: T201
