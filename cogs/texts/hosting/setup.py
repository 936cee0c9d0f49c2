"""What `python bot.py --help` and `--setup` say."""

from __future__ import annotations

from cogs.texts.formatting import remaining
from cogs.texts.translation import Text, _

WHAT = Text(
    "Jamboree, a Discord bot with which a community makes music together. Without an option, it runs."
)
MORE = Text(
    "The settings come from .env and the environment; .env.example explains each. More is in docs/host.md."
)
OPTIONS = {
    "setup": Text("ask for the bot's token and the WaveSpeed key, check both, and write .env"),
    "check": Text(
        "say whether the bot can run: settings, database, disk, Discord, WaveSpeed; nothing is changed"
    ),
    "probe": Text(
        "try out what your WaveSpeed account allows, for at most a cent, and print it; it asks first"
    ),
}

BEGIN = Text(
    "Setting up Jamboree. It takes a token from Discord and a key from WaveSpeed; both are checked "
    "here, and that\ncosts nothing. The file .env is written at the end; until then Ctrl+C leaves "
    "everything as it is.\n"
)
FIRST = Text(
    "1. The bot's token. Open https://discord.com/developers/applications, make an application or "
    "choose yours, and\n   press Reset Token under Bot. It needs no privileged intent."
)
SECOND = Text("\n2. The WaveSpeed key, which pays for the music. Make one at https://wavespeed.ai/accesskey.")
THIRD = Text(
    "\n3. The id of your own server, in which you get /host. (In Discord: Settings, Advanced, "
    "Developer Mode; then\n   right-click the server, Copy Server ID.) Press Enter to leave it out."
)
TOKEN_PROMPT, KEY_PROMPT, HOME_PROMPT = Text("   Token: "), Text("   Key: "), Text("   Server id: ")
HIDDEN = Text("   (What you type or paste here stays hidden.)")
KEEP = Text("   (Press Enter to keep the one that is in .env.)")
NOT_BARE = Text("   ✗ That has spaces or other words in it. Paste it alone.")
NOTHING_TYPED = Text("   ✗ It cannot be left out. Ctrl+C ends without changing anything.")
REFUSED_BY_DISCORD = Text(
    "   ✗ Discord does not accept that token. Reset it there once more, and paste the new one whole."
)
REFUSED_BY_WAVESPEED = Text("   ✗ WaveSpeed does not accept that key. Copy it again, or make another one.")
HOME_WRONG = Text("   ✗ That is no server id: it has about 18 digits and nothing else.")
UNCHANGED = Text("\nNothing was changed.")
ENDED = Text("\nThe input has ended before everything was answered. Nothing was changed.")


def discord_is_away(reason: str) -> str:
    """Says that the token may well be good."""
    return _(
        "   … Discord cannot check it right now: {reason}. Press Enter to try again, or paste another.",
        reason=reason,
    )


def wavespeed_is_away(reason: str) -> str:
    """Says that the key may well be good."""
    return _(
        "   … WaveSpeed cannot check it right now: {reason}. Press Enter to try again, or paste another.",
        reason=reason,
    )


def token_accepted(name: str) -> str:
    """Says whose token it is."""
    return _("   ✓ That is {name}.", name=name)


def key_accepted(balance: int | None) -> str:
    """Says what is left on the key's account, in micro-dollars; None: WaveSpeed does not tell."""
    if balance is None:
        return _("   ✓ WaveSpeed accepts it; it does not say what is left on the account.")
    if balance <= 0:
        return _("   ✓ WaveSpeed accepts it, but its account is empty: top it up before the first song.")
    return _("   ✓ WaveSpeed accepts it; {balance} is left on the account.", balance=remaining(balance))


def in_the_environment(name: str) -> str:
    """Says why nothing can be set up."""
    return _(
        "{name} is set in the environment, which wins over .env. Take it out there first, or change it "
        "there. Nothing was changed.",
        name=name,
    )


def cannot_write(file: str, reason: str) -> str:
    """Says that it is not written, and what to do."""
    return _(
        "\n{file} cannot be written ({reason}). Nothing was changed. Make room on its disk, or give its "
        "folder to this account, and begin again.",
        file=file,
        reason=reason,
    )


def done(file: str, link: str) -> str:
    """Says what is written and what comes next."""
    return _(
        "\n{file} is written; only your account on this machine may read it.\n\nNext:\n1. Invite the bot "
        "into your server; the link asks for what it needs and nothing more:\n   {link}\n2. See whether "
        "all is well: make check  (python bot.py --check)\n3. Run it: make run  (python bot.py)",
        file=file,
        link=link,
    )
