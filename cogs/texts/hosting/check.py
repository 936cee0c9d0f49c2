"""What `python bot.py --check` says, a line for each thing that it looks at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cogs.texts.formatting import exact, remaining
from cogs.texts.permissions import PERMISSIONS
from cogs.texts.sentences import all_of, plural
from services.storage.schema import Schema

GOOD, BAD = "✓", "✗"
GIB = 2**30
_SCHEMA = {
    Schema.ABSENT: "Database: there is none yet at {place}. The bot makes it when it starts.",
    Schema.OLDER: (
        "Database: {place} is an older Jamboree's. The bot brings it up to date when it starts; make a "
        "backup before that."
    ),
    Schema.CURRENT: "Database: {place} answers and is up to date.",
}
SETTINGS_GOOD = "Settings: everything that is needed is there."
GATEWAY_GOOD = "Gateway: Discord lets the bot in; it needs no privileged intent."
COMMANDS_TO_COME = "Commands: none yet. The bot registers them when it starts."
KEY_REFUSED = "WAVESPEED_API_KEY: WaveSpeed does not accept it. Copy it again from wavespeed.ai/accesskey."
ALL_GOOD = "\nAll is well."


def to_mend(count: int) -> str:
    """The last line, where something is not well."""
    return plural(
        count,
        "\n{count} thing is to be mended; its line says how.",
        "\n{count} things are to be mended; their lines say how.",
    )


def settings_bad(problem: str) -> str:
    """Says what is wrong with them; nothing else can be looked at."""
    return f"Settings: {problem}"


def schema(found: Schema, place: str) -> str:
    """Says how the database is. place: where it is, without a password."""
    return _SCHEMA[found].format(place=place)


def database_bad(problem: str) -> str:
    """Says why it cannot be used."""
    return f"Database: {problem}."


def disk_good(folder: Path, free: int) -> str:
    """Says what is free where the bot writes, in bytes."""
    return f"Disk: {free / GIB:.1f} GiB is free at {folder}, and it can be written."


def disk_full(folder: Path, free: int) -> str:
    """Says that it is not enough."""
    return f"Disk: only {free / GIB:.1f} GiB is free at {folder}. Make room, or set KEEP_AUDIO_DAYS."


def disk_locked(folder: Path) -> str:
    """Says that this account may not write there."""
    return f"Disk: this account may not write at {folder}. Give it the folder, or set another DATA_DIR."


def token_good(name: str) -> str:
    """Says whose token it is."""
    return f"Token: Discord knows it; the bot is called {name}."


def discord_away(reason: str) -> str:
    """Says that Discord could not be asked; the settings may well be good."""
    return f"Discord: it cannot be asked now ({reason}). Nothing need be wrong here; try again later."


def no_sessions(hours: float) -> str:
    """Says that Discord lets nobody in with this token for a while."""
    return (
        f"Gateway: this token has begun too many sessions today; Discord takes the next in {hours:.0f} h. "
        "Something starts the bot again and again: look into its log."
    )


def servers_good(names: Sequence[str]) -> str:
    """Says in which servers nothing is missing."""
    return f"Servers: in {all_of(names, 10)} the bot may do all that it needs to."


def server_bad(name: str, missing: Sequence[str], link: str) -> str:
    """Says what the bot may not do there. missing: permissions by discord.py's names."""
    lacks = all_of([PERMISSIONS[one] for one in missing])
    return (
        f"Server {name}: the bot's role lacks {lacks}. Allow that under Server Settings, Roles; or invite "
        f"the bot again: {link}"
    )


def no_server(link: str) -> str:
    """Says that there is nobody who could use the bot."""
    return f"Servers: the bot is in none. Invite it: {link}"


def not_at_home(guild_id: int) -> str:
    """Says that nobody gets /host."""
    return f"HOST_GUILD_ID: the bot is not in server {guild_id}, so nobody has /host. Invite it there."


def commands_good(count: int) -> str:
    """Says that Discord shows all of them."""
    return f"Commands: all {count} are registered."


def commands_missing(names: Sequence[str]) -> str:
    """Says which Discord does not have."""
    return (
        f"Commands: {all_of(names)} not registered. Start the bot again; its log says what stands in the way."
    )


def key_good(balance: int | None) -> str:
    """Says what is left, in micro-dollars; None: WaveSpeed does not tell."""
    if balance is None:
        return "Key: WaveSpeed accepts it, and does not say what is left on the account."
    return f"Key: WaveSpeed accepts it; {remaining(balance)} is left on the account."


def money_low(balance: int, least: int) -> str:
    """Says that it is less than LOW_BALANCE, in micro-dollars."""
    return (
        f"Money: {exact(balance)} is left at WaveSpeed, less than LOW_BALANCE ({exact(least)}). Put some on."
    )


def wavespeed_away(reason: str) -> str:
    """Says that WaveSpeed could not be asked; the key may well be good."""
    return f"WaveSpeed: it cannot be asked now ({reason}). Nothing need be wrong here; try again later."


def store_good(place: str) -> str:
    """Says that audio can be kept there."""
    return f"Store: {place} can be written to."


def store_bad(reason: str) -> str:
    """Says that it cannot."""
    return f"Store: STORAGE_URL does not serve ({reason}); docs/storage.md says what it must allow."


def webhook_good(address: str, status: int) -> str:
    """Says that somebody is there."""
    return f"Webhooks: {address} answers ({status})."


def webhook_untried(address: str) -> str:
    """Says that nobody stands behind the proxy while the bot does not run."""
    return f"Webhooks: a proxy answers at {address}. Check again while the bot runs, which listens behind it."


def webhook_bad(address: str, reason: str, behind: str) -> str:
    """Says that WaveSpeed's webhooks cannot come. behind: where the bot listens."""
    return (
        f"Webhooks: {address} does not lead to the bot ({reason}). Have the proxy hand on to {behind}; "
        "docs/webhooks.md says how."
    )
