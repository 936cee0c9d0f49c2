"""What `/help` says, and the message with which the bot says hello to a server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cogs.texts.translation import Text

TITLE = Text("What you can do")
OWN_VOICE = Text("Sing it yourself")
TOPICS: Mapping[Text, Sequence[str]] = {
    Text("Make a song"): ("/compose", "/queue"),
    Text("Change a song"): (
        "/remix-seed",
        "/rework restyle",
        "/rework lyrics",
        "/rework extend",
        "/rework repaint",
        "/rework variations",
    ),
    OWN_VOICE: ("/voice record", "/rework voice", "/voice forget"),
    Text("Make one together"): ("/jam start", "/jam list", "/jam end"),
    Text("Hold a contest"): (
        "/contest start",
        "/contest enter",
        "/contest show",
        "/contest list",
        "/contest table",
        "/contest end",
        "/contest cancel",
    ),
    Text("Listen together in voice"): ("/party start", "/party add", "/party skip", "/party stop"),
    Text("Listen and look up"): ("/library tracks", "/library track", "/library family", "/library charts"),
    Text("Write one together"): ("/relay start",),
    Text("Put songs together"): ("/album new", "/album show", "/album list"),
    Text("Money, and your data"): ("/budget", "/privacy export", "/privacy delete", "/help"),
    Text("Moderate"): (
        "/moderation panel",
        "/moderation log",
        "/moderation budget",
        "/moderation member timeout",
        "/moderation member ban",
        "/moderation member pardon",
        "/moderation member list",
        "/moderation reviews",
        "/moderation reports",
        "/moderation key set",
        "/moderation key show",
        "/moderation key remove",
    ),
    Text("Host"): (
        "/host status",
        "/host pause",
        "/host resume",
        "/host access",
        "/host ceiling",
        "/host reconcile",
    ),
}
"""The commands by what one wants to do."""
ALSO: Mapping[Text, Text] = {
    OWN_VOICE: Text(
        "In a jam, from its second round on, you can lend your voice to a round: *Lend my voice*, on the "
        "panel."
    )
}
"""What there is to a topic that nobody types."""
BELOW = Text(
    "Below each song are buttons for it, and *More* has the rest. A message's menu (*Apps*) has some, too."
)
HELLO = Text(
    "Hello! I make songs with you: type `/compose` with a few tags, such as *funk, brass*, and the "
    "song is here a minute later. Everybody can take it from there: remix it, rework it, or shape "
    "the next one together in a jam."
)
FIRST_SONG, HOW_IT_WORKS, SET_IT_UP = Text("Make the first song"), Text("How it works"), Text("Set it up")
FIRST_TITLE = Text("The first song")
SET_UP = Text(
    "With `/moderation panel` you set where and by whom songs may be asked for, which words must not "
    "be in them, and whether moderators hear them first. With `/moderation budget` you set what the "
    "server may spend in a day and a month."
)


def topic(title: Text, commands: Mapping[str, str]) -> str:
    """A topic with its commands: what each is called, and what it does; and what else there is to it."""
    also = [str(ALSO[title])] if title in ALSO else []
    return "\n".join([f"**{title}**", *(f"`{name}` {does}" for name, does in commands.items()), *also])
