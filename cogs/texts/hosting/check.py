"""What `python bot.py --check` says, a line for each thing that it looks at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from cogs.texts.formatting import remaining
from cogs.texts.permissions import PERMISSIONS
from cogs.texts.sentences import all_of
from cogs.texts.translation import Text, _, dollars, plural
from services.storage.disk import Room
from services.storage.schema import Schema

GOOD, BAD = "✓", "✗"
GIB = 2**30
_SCHEMA = {
    Schema.ABSENT: Text("Database: there is none yet at {place}. The bot makes it when it starts."),
    Schema.OLDER: Text(
        "Database: {place} is an older Jamboree's. The bot brings it up to date when it starts; make a "
        "backup before that."
    ),
    Schema.CURRENT: Text("Database: {place} answers and is up to date."),
}
SETTINGS_GOOD = Text("Settings: everything that is needed is there.")
GATEWAY_GOOD = Text("Gateway: Discord lets the bot in; it needs no privileged intent.")
COMMANDS_TO_COME = Text("Commands: none yet. The bot registers them when it starts.")
KEY_REFUSED = Text(
    "WAVESPEED_API_KEY: WaveSpeed does not accept it. Copy it again from wavespeed.ai/accesskey."
)
_AHEAD = Text(
    "Clock: this machine's is {minutes:,} min ahead of Discord's, so that members read wrong times. Have it "
    "set by itself: `timedatectl set-ntp true`."
)
_BEHIND = Text(
    "Clock: this machine's is {minutes:,} min behind Discord's, so that members read wrong times. Have it "
    "set by itself: `timedatectl set-ntp true`."
)
ALL_GOOD = Text("All is well.")


def to_mend(count: int) -> str:
    """The last line, where something is not well."""
    return plural(
        count,
        "{count} thing needs fixing; its line says how.",
        "{count} things need fixing; their lines say how.",
    )


def settings_bad(problem: str) -> str:
    """Says what is wrong with them; nothing else can be looked at."""
    return _("Settings: {problem}", problem=problem)


def schema(found: Schema, place: str) -> str:
    """Says how the database is. place: where it is, without a password."""
    return _SCHEMA[found].format(place=place)


def database_bad(problem: str) -> str:
    """Says why it cannot be used."""
    return _("Database: {problem}.", problem=problem)


def disk_good(folder: Path, free: int) -> str:
    """Says what is free where the bot writes, in bytes."""
    return _(
        "Disk: {free:.1f} GiB is free at {folder}, and the bot can write there.",
        free=free / GIB,
        folder=folder,
    )


def disk_full(room: Room) -> str:
    """Says that it is not enough."""
    if room.lacks_files:
        return _(
            "Disk: only {files:,} more files can be made at {folder} (`df -i`). Delete some, or set "
            "KEEP_AUDIO_DAYS.",
            files=room.files or 0,
            folder=room.folder,
        )
    return _(
        "Disk: only {free:.1f} GiB is free at {folder}. Make room, or set KEEP_AUDIO_DAYS.",
        free=room.free / GIB,
        folder=room.folder,
    )


def no_folder(there: Path) -> str:
    """Says what is where a folder should be."""
    return _(
        "Disk: {there} is a file, or a link that leads nowhere, and should be a folder. Set another "
        "DATA_DIR.",
        there=there,
    )


def disk_locked(folder: Path) -> str:
    """Says that this account may not write there."""
    return _(
        "Disk: this account may not write at {folder}. Give it the folder, or set another DATA_DIR.",
        folder=folder,
    )


def token_good(name: str) -> str:
    """Says whose token it is."""
    return _("Token: Discord knows it; the bot is called {name}.", name=name)


def clock_wrong(difference: timedelta) -> str:
    """Says by how much this machine's clock is wrong. difference: Discord's minus it."""
    minutes = round(abs(difference) / timedelta(minutes=1))
    said = _BEHIND if difference > timedelta(0) else _AHEAD
    return said.format(minutes=minutes)


def discord_away(reason: str) -> str:
    """Says that Discord could not be asked; the settings may well be good."""
    return _(
        "Discord: it cannot be reached right now ({reason}). Your settings may be fine all the same; try "
        "again later.",
        reason=reason,
    )


def no_sessions(hours: float) -> str:
    """Says that Discord lets nobody in with this token for a while."""
    return _(
        "Gateway: the bot was started too often today; Discord lets it in again in {hours:.0f} h. "
        "Something starts it again and again: its log may say what.",
        hours=hours,
    )


def servers_good(names: Sequence[str]) -> str:
    """Says in which servers nothing is missing."""
    return _("Servers: in {names} the bot may do all that it needs to.", names=all_of(names, 10))


def server_bad(name: str, missing: Sequence[str], link: str) -> str:
    """Says what the bot may not do there. missing: permissions by discord.py's names."""
    return _(
        "Server {name}: the bot's role lacks {permissions}. Allow that under Server Settings, Roles; or "
        "invite the bot again: {link}",
        name=name,
        permissions=all_of([str(PERMISSIONS[one]) for one in missing]),
        link=link,
    )


def no_server(link: str) -> str:
    """Says that there is nobody who could use the bot."""
    return _("Servers: the bot is in none. Invite it: {link}", link=link)


def not_at_home(guild_id: int) -> str:
    """Says that nobody gets /host."""
    return _(
        "HOST_GUILD_ID: the bot is not in server {guild_id}, so nobody has /host. Invite it there.",
        guild_id=guild_id,
    )


def commands_good(count: int) -> str:
    """Says that Discord shows all of them."""
    return plural(count, "Commands: {count} is registered.", "Commands: all {count} are registered.")


def commands_missing(names: Sequence[str]) -> str:
    """Says which Discord does not have."""
    return _(
        "Commands: {names} not registered. Start the bot again; its log says what stands in the way.",
        names=all_of(names),
    )


def key_good(balance: int | None) -> str:
    """Says what is left, in micro-dollars; None: WaveSpeed does not tell."""
    if balance is None:
        return _("Key: WaveSpeed accepts it, and does not say what is left on the account.")
    return _("Key: WaveSpeed accepts it; {balance} is left on the account.", balance=remaining(balance))


def money_low(balance: int, least: int) -> str:
    """Says that it is less than LOW_BALANCE, in micro-dollars."""
    return _(
        "Money: {balance} is left at WaveSpeed, less than LOW_BALANCE ({least}). Top it up.",
        balance=dollars(balance),
        least=dollars(least),
    )


def wavespeed_away(reason: str) -> str:
    """Says that WaveSpeed could not be asked; the key may well be good."""
    return _(
        "WaveSpeed: it cannot be reached right now ({reason}). Your settings may be fine all the same; "
        "try again later.",
        reason=reason,
    )


def store_good(place: str) -> str:
    """Says that audio can be kept there."""
    return _("Store: {place} can be written to.", place=place)


def store_bad(reason: str) -> str:
    """Says that it cannot."""
    return _(
        "Store: STORAGE_URL does not work ({reason}); docs/storage.md says what it must allow.",
        reason=reason,
    )


def webhook_good(address: str, status: int) -> str:
    """Says that somebody is there."""
    return _("Webhooks: {address} answers ({status}).", address=address, status=status)


def webhook_untried(address: str) -> str:
    """Says that nobody stands behind the proxy while the bot does not run."""
    return _(
        "Webhooks: a proxy answers at {address}, but the bot behind it is not running. Check again while "
        "it is.",
        address=address,
    )


def webhook_bad(address: str, reason: str, behind: str) -> str:
    """Says that WaveSpeed's webhooks cannot come. behind: where the bot listens."""
    return _(
        "Webhooks: {address} does not lead to the bot ({reason}). Have the proxy forward to {behind}; "
        "docs/webhooks.md says how.",
        address=address,
        reason=reason,
        behind=behind,
    )
