"""The whole bot on loopback: both stand-ins over real sockets, and members who use it as people do.

One bot serves a test file, because it takes seconds to start; tests keep out of each other's way by title.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openapi
from sounds import tone

import bot as front_door
from cogs.client import Jamboree
from rehearsal.discord import DiscordStandIn
from rehearsal.member import Answer, Member, text_of
from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.settings import Settings

Jamboree.guild_patience = 0.2  # two guilds need no longer
TIMEOUT = 15.0  # seconds for anything that a test waits for


class SmallAccount(Settings):
    """An account with two places, so that tracks wait, and no limit a minute that a test would meet."""

    @property
    def concurrency(self) -> int:
        return 2

    @property
    def starts_per_minute(self) -> int:
        return 6000


@dataclass
class House:
    """Discord, WaveSpeed, the bot between them, and the members that have been seen."""

    discord: DiscordStandIn
    wave: WaveSpeedStandIn
    settings: Settings
    stack: AsyncExitStack
    bot: Jamboree | None = None
    members: dict[tuple[str, str], Member] = field(default_factory=dict)
    _life: AsyncExitStack | None = None

    async def start(self) -> Jamboree:
        self._life = AsyncExitStack()
        self.bot = await self._life.enter_async_context(front_door.running(self.settings))
        return self.bot

    async def stop(self) -> None:
        if self._life is not None:
            await self._life.aclose()
            self._life = None
            # DBOS shuts the loop's threads down; a process has one life, a test's loop several.
            asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())

    async def member(self, name: str, guild: str = "The Porch", channel: str = "music") -> Member:
        """The member, looking at that channel."""
        if (name, guild) not in self.members:
            joined = await Member.join(self.discord.url, guild=guild, name=name, channel=channel)
            self.members[name, guild] = await self.stack.enter_async_context(joined)
        return await self.members[name, guild].go(channel)

    def hold(self, tags: str, times: int | None = None) -> Fault:
        """Renders of those tags do not end until the fault is released."""
        return self.wave.faults.add(Fault("render_held", tags=tags, times=times))

    def problems(self) -> list[str]:
        """What Discord would have against the bot's requests so far."""
        if not openapi.available():
            return []
        return [problem for request in self.discord.requests for problem in openapi.check(request)]


@asynccontextmanager
async def a_house(folder: Path, **changes: Any) -> AsyncIterator[House]:
    """Both stand-ins and the settings of a bot that has not started yet."""
    lifetime = float(changes.get("interaction_token_lifetime", 900))
    async with AsyncExitStack() as stack:
        discord = await stack.enter_async_context(
            DiscordStandIn(interaction_lifetime=lifetime, rate_limits=False)
        )
        wave = await stack.enter_async_context(
            WaveSpeedStandIn(
                render_seconds=0.1, level="ultra", render=lambda _tags, _lyrics, seconds, _seed: tone(seconds)
            )
        )
        values: dict[str, Any] = {
            "discord_token": "rehearsal-token",
            "wavespeed_api_key": "rehearsal-key",
            "discord_api_url": discord.api_url,
            "wavespeed_base_url": wave.url,
            "data_dir": folder,
            "member_daily_limit": 5,
            "guild_daily_limit": 10,
            "host_daily_limit": 50,
            "member_waiting_limit": 10,
            "poll_interval": 0.05,
            "queue_poll_interval": 0.05,
            "lost_answer_patience": 0.5,
        }
        house = House(discord, wave, SmallAccount(**{**values, **changes}), stack)
        try:
            yield house
        finally:
            wave.faults.clear()
            await house.stop()
        assert house.problems() == []


async def said(answer: Answer, *words: str) -> Answer:
    """Waits until the private answer says all of that."""
    await answer.until(lambda now: now.text and all(word in now.text for word in words), TIMEOUT)
    assert answer.ephemeral or answer.modal
    return answer


async def track_of(member: Member, title: str) -> dict[str, Any]:
    """The message, in the channel that the member looks at, in which that track plays."""

    def plays(message: dict[str, Any]) -> bool:
        embeds = message.get("embeds", [])
        return bool(embeds and embeds[0].get("title") == title and message["attachments"])

    return await member.wait_message(plays, TIMEOUT)


async def made(member: Member, title: str, **options: Any) -> dict[str, Any]:
    """Composes a track and waits until it is there and written down."""
    given = {"tags": "funk, brass", "duration": 5, "title": title, **options}
    answer = await member.slash("compose", **given)
    await said(answer, "is finished")
    return await track_of(member, title)


async def press_more(member: Member, message: dict[str, Any], label: str) -> Answer:
    """Presses what is behind a track's More button."""
    return await member.press(await said(await member.press(message, "More …"), "What to do"), label)


def followups(answer: Answer) -> str:
    """What came below the answer."""
    return "\n".join(text_of(message) for message in answer.followups)


async def below(answer: Answer, *words: str) -> str:
    """Waits until something below the answer says all of that."""
    await answer.until(lambda now: all(word in followups(now) for word in words), TIMEOUT)
    return followups(answer)
