"""What happened in a campaign, by time.monotonic(): faults, kills, every message that the bot ever posted."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from rehearsal.discord import DiscordStandIn
from rehearsal.discord.entities import Event
from rehearsal.discord.faults import GATEWAY
from rehearsal.discord.members.reading import text_of, walk

Json = dict[str, Any]
GATEWAY_FAULTS = {f"Discord: {kind}" for kind in GATEWAY}
RECONNECTED_WITHIN = 12.0  # seconds that discord.py may take, with its pauses, until it hears events again


@dataclass
class Post:
    """A message of the bot's, through all its versions; it may be deleted by now."""

    id: str
    channel: str
    guild: str | None
    only: str | None
    """The one member who sees it."""
    at: float
    first: Json
    latest: Json
    texts: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    deleted_at: float | None = None

    @property
    def text(self) -> str:
        """As it reads now, or read in the end."""
        return self.texts[-1][1]

    @property
    def custom_ids(self) -> set[str]:
        """Of what can be pressed on it, in its first version."""
        return {node["custom_id"] for node in walk(self.first.get("components", [])) if "custom_id" in node}

    @property
    def loading(self) -> bool:
        """Whether its member is told "thinking"."""
        return bool(self.latest["flags"] & 128)

    def ever(self, *words: str) -> bool:
        """Whether some version of it said all of that."""
        return any(all(word in text for word in words) for _, text in self.texts)


@dataclass(frozen=True)
class Happening:
    """Something that the campaign did."""

    at: float
    text: str


class Chronicle:
    """Listens to Discord, and takes notes."""

    def __init__(self, discord: DiscordStandIn) -> None:
        self.began = time.monotonic()
        self.posts: dict[str, Post] = {}
        self.happenings: list[Happening] = []
        self.cut_off: list[tuple[float, float]] = []
        self._bot = discord.world.bot.id
        discord.world.listeners.append(self._hear)

    def note(self, text: str) -> None:
        now = time.monotonic()
        self.happenings.append(Happening(now, text))
        if text.removeprefix("fault: ") in GATEWAY_FAULTS:
            self.cut_off.append((now, now + RECONNECTED_WITHIN))

    def _hear(self, event: Event) -> None:
        if not event.name.startswith("MESSAGE_"):
            return
        now, data = time.monotonic(), event.data
        known = self.posts.get(data["id"])
        if event.name == "MESSAGE_DELETE":
            if known:
                known.deleted_at = now
        elif known:
            known.latest = dict(data)
            known.texts.append((now, text_of(data)))
        elif data["author"]["id"] == self._bot:
            first = dict(data)
            self.posts[data["id"]] = Post(
                data["id"], data["channel_id"], event.guild_id, event.only, now, first, first,
                [(now, text_of(data))],
            )  # fmt: skip
