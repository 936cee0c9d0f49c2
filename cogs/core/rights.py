"""Who may do what. It is said beside each command and each route, and checked before either runs.

The rule: what says nothing cannot be loaded. A service that asks again in its transaction has the last word;
what is checked here is the same for everything that can be typed, pressed or sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from discord import app_commands

from cogs.core.responses import Interaction, guild_of, is_moderator, time_out_of
from cogs.core.sights import sight_of, track_seen
from cogs.texts.refusals import NotHost, NotModerator
from services.contests.contest import Contest
from services.guilds.checks import check_time_out
from services.jams.storage import Session
from services.tracks.ballots import Ballot
from services.tracks.track import NotYours, Track

Command = app_commands.Command[Any, ..., Any] | app_commands.ContextMenu
Callback = TypeVar("Callback", bound=Callable[..., Any])
_MARK = "__right__"
_GROUP = re.compile(r"\(\?P<\w+>([^()]*)\)\??")


class Who(StrEnum):
    """The least that somebody must be; each includes those below it, but for the host."""

    MEMBER = "member"
    MAKER = "maker"  # of what it is about: asked for it, leads, started or owns it; or a moderator
    MODERATOR = "moderator"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class Right:
    """Who may use something, and what it does.

    handle: "/command", "menu: name", or the pattern of a custom_id. sample: a custom_id of that pattern, in
    which {track}, {jam}, {relay} and {party} stand for ids, and {nobodys} for one of nothing; None: it comes
    with a form or a question, and cannot be pressed.
    decides: it decides over others' tracks or what others hear, so it is not for whoever may make none there.
    form: it is a form that is sent, and no press.
    """

    who: Who
    does: str
    handle: str = ""
    sample: str | None = None
    decides: bool = False
    form: bool = False


class NoRight(Exception):
    """A command that does not say who may use it."""


# said ---------------------------------------------------------------------------------------------------


def right(who: Who, does: str, *, decides: bool = False) -> Callable[[Callback], Callback]:
    """Says who may use a command, and what it does; stands right above its function.

    A command names no track before it runs, so it is for members, for moderators or for the host.
    """

    def mark(callback: Callback) -> Callback:
        vars(callback)[_MARK] = Right(who, does, decides=decides)
        return callback

    return mark


def right_to(command: Command) -> Right:
    """The right that stands above the command's function. Raises NoRight where none does."""
    said: Right | None = getattr(command.callback, _MARK, None)
    if said is None or said.who is Who.MAKER:
        raise NoRight(f"who may use {command.qualified_name}? Say it right above its function: @right(Who.…)")
    kind = "menu: " if isinstance(command, app_commands.ContextMenu) else "/"
    return replace(said, handle=f"{kind}{command.qualified_name}")


def commands_in(command: Command | app_commands.Group) -> Iterator[Command]:
    """The command, or all in the group."""
    if not isinstance(command, app_commands.Group):
        yield command
        return
    for one in command.walk_commands():
        if isinstance(one, app_commands.Command):
            yield one


# checked ------------------------------------------------------------------------------------------------


def check_rank(interaction: Interaction, who: Who) -> None:
    """Raises NotModerator or NotHost. Makers of something are looked up with `made_by_them`."""
    if who is Who.MODERATOR and not is_moderator(interaction):
        raise NotModerator
    if who is Who.HOST and not _is_host(interaction):
        raise NotHost


async def check_standing(interaction: Interaction, right: Right) -> bool:
    """True. Raises TimedOut or Banned where it decides over others' tracks, and the member may make none.

    Moderators moderate also where they were banned before they became that; nobody can ban one.
    """
    if right.decides and not is_moderator(interaction):
        check_time_out(time_out_of(interaction))
        bans, guild_id = interaction.client.studio.bans, guild_of(interaction)
        await bans.check(guild_id, interaction.user.id)
    return True


def _is_host(interaction: Interaction) -> bool:
    """Whether it is the bot's owner, in the owner's own server or in a direct message."""
    bot = interaction.client
    return interaction.guild_id in (None, bot.settings.host_guild_id) and interaction.user.id in bot.owners()


async def made_by_them(interaction: Interaction, match: re.Match[str]) -> Track | Session | Ballot | Contest:
    """The track, jam, ballot or contest that a custom_id names, where the member made, leads or started it,
    or moderates.

    Raises NoSuchTrack, HeldBack, NotYours; NoSuchJam, NotTheLead; NoSuchBallot; NoSuchContest,
    NotTheStarter.
    """
    studio, sight, member_id = interaction.client.studio, await sight_of(interaction), interaction.user.id
    named, moderator = match.groupdict(), is_moderator(interaction)
    if "jam" in named:
        return await studio.jams.theirs(sight, named["jam"], member_id, moderator=moderator)
    if "contest" in named:
        return await studio.contests.theirs(sight, named["contest"], member_id, moderator=moderator)
    if "ballot" in named:
        return await studio.ballots.theirs(sight, named["ballot"], member_id, moderator=moderator)
    track = await track_seen(interaction, named["track"])
    if member_id not in track.makers and not moderator:
        raise NotYours
    return track


# written down -------------------------------------------------------------------------------------------

INTRODUCTION = """\
# Who may do what

Written from the commands and routes of the built bot by `make docs`; tests try every right.

- **Member**: everybody who can use commands in the channel. **Maker**: who asked for the track; all
  who are credited on a jam's track; of a jam itself, who leads it; of a contest, a relay or a party, who
  started it; of an album, who owns it.
- **Moderator**: has *Manage Server* (or *Administrator*) in that guild at that very press.
- **Host**: the application's owner or its team, in the one guild that HOST_GUILD_ID names, or in a direct
  message.
- Each right is checked on the server for every command, button and form, whatever Discord shows. Guild,
  member and permissions are those of the interaction; a custom_id says only what to do to which track, and
  another guild's track does not exist.
- What was made in a channel, or goes on there, exists for those alone who see that channel (of a public
  thread: the one above it), for its makers, and for moderators who see the channel in which it was reviewed.
- Who may not make tracks in a guild, banned from it by its moderators or in Discord's own time-out, goes on
  listening and reading, and keeps what is theirs. They do nothing that decides over others' tracks or what
  others hear, which is marked ✗ under *Banned*: ♥ and every other vote, entering, queueing, skipping, ending.
  Making tracks, and shaping what one is made of, is refused them where it is asked for. Nobody can ban a
  moderator; who was banned before they became one does all that moderators do.
- A button that changes its own message works where its member alone sees that message.
"""


def table(rights: Iterable[Right]) -> str:
    """The page docs/rights.md."""
    lines = [
        "| What | How | Member | Maker | Moderator | Host | Banned |",
        "| --- | --- | :-: | :-: | :-: | :-: | :-: |",
    ]
    for one in sorted(rights, key=_how):
        ranks = (Who.MEMBER, Who.MAKER, Who.MODERATOR)
        least = ranks.index(one.who) if one.who in ranks else len(ranks)
        marks = ["✓" if place >= least else "" for place in range(len(ranks))]
        marks.append("✓" if one.who in (Who.MEMBER, Who.HOST) else "")
        marks.append("✗" if one.decides else "")
        lines.append(f"| {one.does} | {_how(one)} | {' | '.join(marks)} |")
    return f"{INTRODUCTION}\n" + "\n".join(lines) + "\n"


def _how(one: Right) -> str:
    if one.handle.startswith("/"):
        return f"`{one.handle}`"
    if one.handle.startswith("menu: "):
        return f"message menu *{one.handle.removeprefix('menu: ')}*"
    shown = _GROUP.sub(lambda group: group[1].replace("|", "/") if "|" in group[1] else "…", one.handle)
    return f"{'button' if one.sample else 'question or form'} `{shown}`"
