"""What Discord calls the permissions that the bot needs, and what is said where it lacks them."""

from __future__ import annotations

from collections.abc import Sequence

from cogs.texts.sentences import Sentences, all_of
from cogs.texts.translation import Text, _
from services.guilds.checks import CannotPost

PERMISSIONS = {
    "view_channel": Text("View Channel"),
    "send_messages": Text("Send Messages"),
    "attach_files": Text("Attach Files"),
    "embed_links": Text("Embed Links"),
    "connect": Text("Connect"),
    "speak": Text("Speak"),
    "set_voice_channel_status": Text("Set Voice Channel Status"),
    "read_message_history": Text("Read Message History"),
    "create_public_threads": Text("Create Public Threads"),
    "send_messages_in_threads": Text("Send Messages in Threads"),
}
"""By discord.py's names."""


def named_permissions(permissions: Sequence[str]) -> str:
    """The permissions as Discord's settings call them."""
    return all_of([f"*{PERMISSIONS[one]}*" for one in permissions])


def _cannot_post(refusal: CannotPost) -> str:
    missing = named_permissions(refusal.permissions)
    return _(
        "I cannot post tracks here. A moderator can give me {missing} in this channel; then ask again.",
        missing=missing,
    )


REFUSALS: Sentences = {CannotPost: _cannot_post}
