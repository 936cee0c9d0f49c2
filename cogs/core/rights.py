"""Every right and who has it. `python -m cogs.core.rights` writes the table that docs/rights.md holds.

The rule: each command and each custom_id stands here once; tests hold this list against the commands that
Discord has, against the routes, and against what members, makers, moderators and the host really get.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from enum import StrEnum


class Who(StrEnum):
    """The least that somebody must be; each includes those below it, but for the host."""

    MEMBER = "member"
    MAKER = "maker"  # of the track it is about, or lead of the jam, or a moderator
    MODERATOR = "moderator"
    HOST = "host"


@dataclass(frozen=True, slots=True)
class Right:
    """handle: "/command", "menu: name", or the pattern of a custom_id. sample: a custom_id of that pattern.

    {track} and {jam} in a sample stand for ids. None: it comes with a form, which cannot be pressed.
    """

    handle: str
    who: Who
    does: str
    sample: str | None = None


_GROUP = re.compile(r"\(\?P<\w+>([^()]*)\)\??")
_TRACK = "(?P<track>[0-9a-z]{20})"
_JAM = "(?P<jam>[0-9a-z]{20})"
_WHICH = r"(?P<which>\d{1,6}|[a-z]{4,6})"
_PAGE = r"(?P<page>\d{1,4})"
_KINDS = "(?P<kind>restyle|lyrics|extend|repaint)"
_REWORK = _KINDS + r":(?P<whose>track|file):(?P<source>[0-9a-z]{20})(?P<seed>:\d{1,10})?"
M, K, O, H = Who.MEMBER, Who.MAKER, Who.MODERATOR, Who.HOST  # noqa: E741

RIGHTS = (
    Right("/compose", M, "Ask for a track, where the guild's rules allow it and no ban stands against it"),
    Right("/remix-seed", M, "Ask for a track with another one's seed"),
    Right("menu: Remix seed", M, "The same, from a track's message"),
    Right(
        r"form:(?P<kind>write|edit|file|remix|idea):(?P<parent>[0-9a-z]{20})?"
        r"(?P<model>:[a-z][a-z0-9.-]{0,30})?",
        M,
        "Send the form of a track",
    ),
    Right(
        "draft:(?P<kind>edit|file|idea):(?P<parent>[0-9a-z]{20})?",
        M,
        "Go on with a refused draft",
        "draft:edit:",
    ),
    Right("/rework restyle", M, "Ask for a public track, or a file of one's own, in another style"),
    Right("/rework lyrics", M, "The same with other words"),
    Right("/rework extend", M, "More of it"),
    Right("/rework repaint", M, "A passage of it anew"),
    Right("menu: Rework track", M, "Choose among these, from a track's message"),
    Right("track:rework", M, "The same, from a button", "track:rework:{track}"),
    Right(f"rework:open:{_KINDS}:{_TRACK}", M, "Open the form of a rework", "rework:open:extend:{track}"),
    Right(f"rework:form:{_REWORK}", M, "Send it; a file must be one's own"),
    Right(f"rework:change:{_REWORK}", M, "Change what was asked", "rework:change:repaint:track:{track}"),
    Right(
        rf"rework:make:(?P<id>[0-9a-z]{{20}}):(?P<price>\d{{1,9}}):{_REWORK}",
        M,
        "Confirm a rework, and that one may use a file",
        "rework:make:00000000000000000000:9000:extend:track:{track}",
    ),
    Right(f"rework:cancel:{_REWORK}", M, "Not ask for it after all", "rework:cancel:repaint:track:{track}"),
    Right("/track", M, "Look a track up; not one that moderators hold back from everybody but its maker"),
    Right("track:vote", M, "Vote for a public track, or take it back", "track:vote:{track}"),
    Right("track:again", M, "Make a track once more with a new seed", "track:again:{track}"),
    Right("track:remix", M, "Open the form of a remix", "track:remix:{track}"),
    Right("track:lyrics", M, "Read a track's lyrics", "track:lyrics:{track}"),
    Right(f"track:lyrics:{_TRACK}:{_PAGE}", M, "Turn their pages", "track:lyrics:{track}:0"),
    Right("track:more", M, "See what else can be done with a track", "track:more:{track}"),
    Right("track:keep", M, "Not delete it after all", "track:keep:{track}"),
    Right("track:delete", K, "Be asked whether to delete a track", "track:delete:{track}"),
    Right("track:deletenow", K, "Delete a track; one that was withheld: moderators only"),
    Right("track:cancel", K, "Cancel a track that waits", "track:cancel:{track}"),
    Right("track:fetch", K, "Fetch a paid track again that could not be had", "track:fetch:{track}"),
    Right("/tracks", M, "Browse a guild's music; of what is held back, moderators all and makers their own"),
    Right(
        r"tracks:page:(?P<page>\d{1,4}):(?P<order>newest|voted):(?P<maker>\d{0,20}):(?P<tag>[^:]*):(?P<text>.*)",
        M,
        "Turn its pages",
        "tracks:page:0:newest:::",
    ),
    Right("tracks:play", M, "Play one of those tracks again"),
    Right("/family", M, "See what a track came from and what came of it"),
    Right("track:family", M, "The same, from a track's menu", "track:family:{track}"),
    Right("/charts", M, "See what was voted for most"),
    Right("/variations", M, "Be asked whether to make several takes of a track at once"),
    Right("track:variations", M, "The same, from a track's menu", "track:variations:{track}"),
    Right(
        "variations:make:(?P<ballot>[0-9a-z]{20}):(?P<track>[0-9a-z]{20}):(?P<count>[2-4])"
        r":(?P<hours>\d{1,3}):(?P<price>\d{1,12})",
        M,
        "Ask for them, at the price that was shown",
    ),
    Right("variations:never", M, "Not ask for them after all", "variations:never"),
    Right(f"ballot:vote:{_TRACK}", M, "Vote among variations, while the vote is open"),
    Right("ballot:close:(?P<ballot>[0-9a-z]{20})", K, "End the vote on them"),
    Right("/queue", M, "See what is made and what waits"),
    Right(f"queue:page:{_PAGE}", M, "Turn its pages", "queue:page:0"),
    Right(f"queue:cancel:{_PAGE}", K, "Cancel one of those tracks"),
    Right(f"queue:(?P<verb>pause|resume):{_PAGE}", O, "Pause or resume a guild's queue", "queue:resume:0"),
    Right("/budget show", M, "See what was spent, of which limit"),
    Right("/key set", O, "Have the form for the server's own WaveSpeed key"),
    Right("key:form", O, "Let the server pay with its own key, from that form"),
    Right("/key show", O, "See whether there is one, its account's level and balance; never the key"),
    Right("/key remove", O, "Be asked whether to remove it"),
    Right("key:remove", O, "Remove it", "key:remove"),
    Right("key:keep", M, "Not remove it after all", "key:keep"),
    Right("/budget set", O, "Set a guild's limits and time zone, below the host's ceilings"),
    Right("menu: Report track", M, "Report a track, a few a day"),
    Right(f"report:because:{_TRACK}", M, "Send a report's form"),
    Right("/reports", O, "Read reports"),
    Right(f"report:page:{_PAGE}", O, "Turn their pages", "report:page:0"),
    Right(f"report:dismiss:{_TRACK}", O, "Dismiss a track's reports", "report:dismiss:{track}"),
    Right("/reviews", O, "Read which tracks wait for a moderator"),
    Right(f"review:page:{_PAGE}", O, "Turn the pages of that", "review:page:0"),
    Right("menu: Withhold track", O, "Take a track down and keep its record"),
    Right(f"review:withhold:{_TRACK}", O, "The same, from a button", "review:withhold:{track}"),
    Right(f"review:because:{_TRACK}", O, "Send the form with the reason"),
    Right(
        f"review:publish:{_TRACK}", O, "Publish a track that waits or was withheld", "review:publish:{track}"
    ),
    Right("/member timeout", O, "Let a member make no tracks for a while; not a moderator"),
    Right("/member ban", O, "Let a member make no tracks; not a moderator"),
    Right("/member list", O, "See who may not make tracks"),
    Right("/member pardon", O, "Lift that"),
    Right("/moderation panel", O, "See a guild's rules"),
    Right("/moderation log", O, "Read who changed what"),
    Right("moderation:panel", O, "Show the panel again", "moderation:panel"),
    Right(r"moderation:log:(?P<page>\d{1,5})", O, "Turn the log's pages", "moderation:log:0"),
    Right("moderation:edit:(?P<form>[a-z]+)", O, "Open the form of a rule", "moderation:edit:words"),
    Right("moderation:form:(?P<form>[a-z]+):(?P<seen>[0-9a-f]{8})", O, "Change a rule"),
    Right(
        "moderation:switch:(?P<rule>default_words|automod):(?P<to>on|off)",
        O,
        "Switch a rule on or off",
        "moderation:switch:automod:on",
    ),
    Right(
        "/jam start", M, "Open a jam, where the guild's rules let one use jams; each press in it asks again"
    ),
    Right("/jam list", M, "See the jams that go on"),
    Right("/jam end", M, "Be asked whether to end a jam: who leads it, or a moderator"),
    Right(
        f"jam:(?P<verb>join|leave|lock|unlock):{_JAM}", M, "Join a jam, leave, lock in", "jam:join:{nojam}"
    ),
    Right(f"jam:tags:{_JAM}", M, "Open the form of new tags; who is in", "jam:tags:{nojam}"),
    Right(f"jam:tagged:{_JAM}", M, "Send it"),
    Right(f"jam:strike:{_JAM}", M, "Choose a tag to strike; who is in", "jam:strike:{nojam}"),
    Right(f"jam:struck:{_JAM}", M, "Strike it: one's own, or by majority"),
    Right(
        rf"jam:vote:{_JAM}:(?P<proposal>\d{{1,6}}):(?P<vote>for|against)",
        M,
        "Vote on what two want differently; who is in",
        "jam:vote:{nojam}:1:for",
    ),
    Right(f"jam:settings:{_JAM}", M, "Open the form of length and seed; who is in", "jam:settings:{nojam}"),
    Right(f"jam:set:{_JAM}", M, "Send it"),
    Right(f"jam:write:{_JAM}", M, "Open the form of a section; who is in", "jam:write:{nojam}"),
    Right(rf"jam:text:{_JAM}:{_WHICH}:(?P<revision>\d{{1,6}})", M, "Send it"),
    Right(f"jam:mine:{_JAM}:{_WHICH}", M, "Go on with one's own text", "jam:mine:{nojam}:verse"),
    Right(rf"jam:below:{_JAM}:(?P<which>\d{{1,6}})", M, "Put it below", "jam:below:{nojam}:1"),
    Right(f"jam:arrange:{_JAM}", M, "Choose a section to arrange; who is in", "jam:arrange:{nojam}"),
    Right(f"jam:chosen:{_JAM}", M, "See what can be done with it"),
    Right(
        rf"jam:(?P<verb>up|down|back|remove):{_JAM}:(?P<which>\d{{1,6}})",
        M,
        "Move it, bring back what it was, take it out: one's own, or by majority",
        "jam:up:{nojam}:1",
    ),
    Right(f"jam:read:{_JAM}", M, "Read all of a jam's words", "jam:read:{nojam}"),
    Right(f"jam:recap:{_JAM}", M, "Read an ended jam's words", "jam:recap:{nojam}"),
    Right(f"jam:make:{_JAM}", K, "Have a jam's track made, whoever has locked in", "jam:make:{jam}"),
    Right(
        rf"jam:without:{_JAM}:(?P<member>\d{{1,20}})",
        K,
        "The same without somebody whose own limits do not let it in",
        "jam:without:{jam}:1",
    ),
    Right(f"jam:next:{_JAM}", K, "Open the form of a jam's next round", "jam:next:{jam}"),
    Right(f"jam:round:{_JAM}", K, "Begin it"),
    Right(f"jam:end:{_JAM}", K, "Be asked whether to end a jam", "jam:end:{jam}"),
    Right(f"jam:over:{_JAM}", K, "End it"),
    Right("jam:stay", M, "Not end it after all", "jam:stay"),
    Right("/privacy export", M, "Have a copy of one's own data"),
    Right("/privacy delete", M, "Be asked whether to delete one's own data"),
    Right("privacy:keep", M, "Not delete it after all", "privacy:keep"),
    Right("privacy:erase", M, "Delete one's own data, never anybody else's"),
    Right("/host status", H, "See balance and spending of all guilds"),
    Right("/host pause", H, "Pause everything"),
    Right("/host resume", H, "Resume everything"),
    Right("/host access", H, "Allow or block a guild"),
    Right("/host ceiling", H, "Set how high a guild's moderators may go"),
    Right("/host reconcile", H, "Hold the ledger against the provider's bill"),
    Right(
        "host:correct:(?P<shown>[0-9a-f]{16})",
        H,
        "Write the correcting entries that were shown",
        f"host:correct:{'0' * 16}",
    ),
    Right(r"host:status:(?P<page>\d{1,4})", H, "See more servers", "host:status:0"),
    Right(
        r"host:server:(?P<access>allowed|blocked):(?P<guild>\d{15,19})",
        H,
        "Let a server in or keep it out that the bot was added to; in a direct message too",
        "host:server:allowed:111111111111111111",
    ),
)

INTRODUCTION = """\
# Who may do what

Written from `cogs/core/rights.py` by `make docs`; tests hold it against the code and try every right.

- **Member**: everybody who can use commands in the channel. **Maker**: who asked for the track; all
  who are credited on a jam's track; of a jam itself, who leads it.
- **Moderator**: has *Manage Server* (or *Administrator*) in that guild at that very press.
- **Host**: the application's owner or its team, in the one guild that HOST_GUILD_ID names.
- Each right is checked on the server for every command, button and form, whatever Discord shows. Guild,
  member and permissions are those of the interaction; a custom_id says only what to do to which track, and
  another guild's track does not exist.
- What was made in a channel, or goes on there, exists for those alone who see that channel (of a public
  thread: the one above it), for its makers, and for moderators who see the channel in which it was reviewed.
- A button that changes its own message works where its member alone sees that message.
"""


def table() -> str:
    """The page docs/rights.md."""
    lines = ["| What | How | Member | Maker | Moderator | Host |", "| --- | --- | :-: | :-: | :-: | :-: |"]
    for right in RIGHTS:
        ranks = (Who.MEMBER, Who.MAKER, Who.MODERATOR)
        least = ranks.index(right.who) if right.who in ranks else len(ranks)
        marks = ["✓" if place >= least else "" for place in range(len(ranks))]
        marks.append("✓" if right.who in (Who.MEMBER, Who.HOST) else "")
        lines.append(f"| {right.does} | {_how(right)} | {' | '.join(marks)} |")
    return f"{INTRODUCTION}\n" + "\n".join(lines) + "\n"


def _how(right: Right) -> str:
    if right.handle.startswith("/"):
        return f"`{right.handle}`"
    if right.handle.startswith("menu: "):
        return f"message menu *{right.handle.removeprefix('menu: ')}*"
    shown = _GROUP.sub(lambda group: group[1].replace("|", "/") if "|" in group[1] else "…", right.handle)
    return f"{'button' if right.sample else 'question or form'} `{shown}`"


if __name__ == "__main__":
    sys.stdout.write(table())
