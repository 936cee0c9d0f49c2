"""The whole bot on loopback: both stand-ins over real sockets, and members who use it as people do.

One bot serves a test file, because it takes seconds to start; tests keep out of each other's way by title.
"""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
from collections.abc import AsyncIterator, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import discord
import openapi
import preloaded
import pytest
from migrated import migrated_folder
from preloaded import BotProcess
from sounds import PITCH, tone
from sqlalchemy.exc import OperationalError
from waiting import eventually

import bot as front_door
from cogs.core import autocomplete, automod, hints, responses
from cogs.core.client import Jamboree
from cogs.core.periodic_tasks import PeriodicTask
from cogs.hosting.permissions import NEEDED
from cogs.posts.moderators_delivery import ModeratorsDelivery
from rehearsal.discord import DiscordStandIn
from rehearsal.discord.members.member import Answer, Member
from rehearsal.discord.members.reading import text_of
from rehearsal.wavespeed import Fault, WaveSpeedStandIn
from services.settings import Settings

PeriodicTask.calm = 3.0  # seconds; what a test writes past the bot is seen soon, too
responses.BEFORE_FORM = autocomplete.PATIENCE = automod.PATIENCE = 15.0  # seconds, for a busy machine
hints.PATIENCE = 15.0
TIMEOUT = 60.0  # seconds for anything that a test waits for
MESSAGES = r"/channels/\d+/messages|/webhooks/|/interactions/.*/callback"  # where a bot's messages go
PATIENT = 20.0  # seconds instead of Discord's 3, which a busy machine may take; see test_acknowledged.py
COMPONENTS_V2 = 1 << 15  # flag of a message whose components are its words
# Settings with which members may sing with their own voice; the secret seals their recordings.
VOICES = {"voice_cloning": True, "guild_keys_secret": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}
MODAL = 9  # Discord's InteractionCallbackType: not a message


class SmallAccount(Settings):
    """An account with two places, so that tracks wait, and no limit a minute that a test would meet."""

    @property
    def concurrency(self) -> int:
        return 2

    @property
    def starts_per_minute(self) -> int:
        return 6000


@dataclass
class Harness:
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
        bot = self.bot = await self._life.enter_async_context(front_door.running(self.settings))

        async def guilds_known() -> bool:
            return not any(guild.unavailable for guild in bot.guilds)

        await eventually(guilds_known)
        return bot

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
        """What Discord, and whoever is pinged without need, would have against the bot's requests so far."""
        found = [problem for request in self.discord.requests for problem in pings(request)]
        allowed = NEEDED | discord.Permissions(create_events=True)  # used where it is given
        asked_for = [one.name for one in self.discord.demanded if not one & allowed.value]
        found += [
            f"{name} is needed, and the link that invites the bot does not ask for it" for name in asked_for
        ]
        if openapi.available():
            found += [problem for request in self.discord.requests for problem in openapi.check(request)]
        return found


def pings(request: Any) -> list[str]:
    """Whom a message of the bot's could reach beside one member who is named in it, or a jam's makers."""
    sent = request.json if isinstance(request.json, dict) and re.match(MESSAGES, request.path) else {}
    message = sent if sent.get("type") == MODAL else sent.get("data") or sent
    words = {"content", "components"} if message.get("flags", 0) & COMPONENTS_V2 else {"content"}
    if not words & message.keys():
        return []
    allowed = message.get("allowed_mentions", {"parse": "whom it names"})
    most = 20 if str(message.get("content")).endswith("your jam's track is ready.") else 1
    if allowed["parse"] == [] and len(allowed.get("users", [])) <= most and not allowed.get("replied_user"):
        return []
    return [f"{request.method} {request.path}: may ping {allowed}"]


@asynccontextmanager
async def make_harness(folder: Path, shape: str = "observed", **changes: Any) -> AsyncIterator[Harness]:
    """Both stand-ins and the settings of a bot that has not started yet."""
    lifetime = float(changes.get("interaction_token_lifetime", 900))
    async with AsyncExitStack() as stack:
        discord = await stack.enter_async_context(
            DiscordStandIn(interaction_lifetime=lifetime, rate_limits=False, callback_deadline=PATIENT)
        )
        wave = await stack.enter_async_context(
            WaveSpeedStandIn(
                render_seconds=0.1,
                level="ultra",
                render=lambda _tags, _lyrics, seconds, _seed: tone(seconds, 2 * PITCH),
                shape=shape,
            )
        )
        values: dict[str, Any] = {
            "discord_token": "rehearsal-token",
            "wavespeed_api_key": "rehearsal-key",
            "discord_api_url": discord.api_url,
            "wavespeed_base_url": wave.url,
            "data_dir": folder,
            "guild_access": "open",
            "guild_patience": 0.2,  # seconds; two need no longer
            "member_daily_limit": 5,
            "guild_daily_limit": 10,
            "host_daily_limit": 50,
            "member_waiting_limit": 10,
            "poll_interval": 0.05,
            "lost_answer_patience": 0.5,
            "fetch_patience": 1.0,
        }
        migrated_folder(folder)
        harness = Harness(discord, wave, SmallAccount(**{**values, **changes}), stack)
        try:
            yield harness
        finally:
            wave.faults.clear()
            await harness.stop()
        found = harness.problems()
        assert not found, found


async def forked_bot(folder: Path, **settings: str) -> BotProcess:
    """`python bot.py` with these settings and no others, forked from a process that has imported it."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    return await preloaded.start(Path(front_door.__file__), folder=folder, environment=kept | settings)


async def done_again(harness: Harness, kind: type[PeriodicTask], times: int = 2) -> None:
    """Waits until the bot's has done its task so often, each from its beginning to its end, from now on."""
    assert harness.bot is not None
    cog = harness.bot.get_cog(kind.__cog_name__)
    assert isinstance(cog, PeriodicTask)
    task, done = cog.task, asyncio.Semaphore(0)

    async def counted() -> None:
        await task()
        done.release()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cog, "task", counted)
        patch.setattr(cog, "calm", 0.0)
        patch.setattr(cog, "interval", 0.05)
        async with asyncio.timeout(TIMEOUT):
            for _ in range(times):
                await done.acquire()


async def identify_at_once(_bot: Jamboree, _shard: int | None, *, initial: bool = False) -> None:
    """In place of `before_identify_hook`, which waits five seconds, as Discord wants it of a second shard."""


@contextmanager
def blinking(service: object, act: str) -> Generator[None]:
    """The database is away the first time that the service does that."""
    done, blinked = getattr(service, act), list[bool]()

    async def blinks(*arguments: Any, **named: Any) -> Any:
        if not blinked:
            blinked.append(True)
            raise OperationalError("UPDATE", {}, sqlite3.OperationalError("database is locked"))
        return await done(*arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service, act, blinks)
        yield
    assert blinked


def delete(harness: Harness, message: dict[str, Any]) -> None:
    """Somebody deletes the message."""
    found = harness.discord.world.find_message(message["id"])
    assert found is not None
    harness.discord.world.delete_message(found)


def limit_uploads(harness: Harness, patch: pytest.MonkeyPatch, most: int) -> None:
    """No file larger than so many bytes may be posted, wherever the track goes."""

    async def limit(_track: object) -> int:
        return most

    assert harness.bot is not None
    patch.setattr(harness.bot.part(ModeratorsDelivery), "upload_limit", limit)


async def said(answer: Answer, *words: str) -> Answer:
    """Waits until the private answer says all of that."""
    await answer.until(lambda now: now.text and all(word in now.text for word in words), TIMEOUT)
    assert answer.ephemeral or answer.modal
    return answer


async def begun(held: Fault) -> None:
    """Waits until the provider renders a track that it holds."""

    async def is_hit() -> bool:
        return held.hits > 0

    await eventually(is_hit)


async def track_of(member: Member, title: str) -> dict[str, Any]:
    """The message, in the channel that the member looks at, in which that track plays."""

    def plays(message: dict[str, Any]) -> bool:
        embeds = message.get("embeds", [])
        return bool(embeds and as_read(embeds[0].get("title", "")) == title and message["attachments"])

    return await member.wait_message(plays, TIMEOUT)


async def gone(member: Member, message: dict[str, Any]) -> None:
    """Waits until that message, in the channel that the member looks at, is not there any more."""
    await member.until(lambda: message["id"] not in member.seen, TIMEOUT, lambda: "The message stayed.")
    assert message["id"] not in [one["id"] for one in await member.messages()]


def as_read(text: str) -> str:
    """What Discord shows of a text whose markup has backslashes before it."""
    return re.sub(r"\\([^\w\s])", r"\1", text)


async def made(member: Member, title: str, **options: Any) -> dict[str, Any]:
    """Composes a track and waits until it is there and written down."""
    given = {"tags": "funk, brass", "duration": 5, "title": title, **options}
    answer = await member.slash("compose", **given)
    await said(answer, "is finished")
    return await track_of(member, title)


async def press_more(member: Member, message: dict[str, Any], label: str) -> Answer:
    """Presses what is behind a track's More button."""
    return await member.press(await said(await member.press(message, "More …"), "What to do"), label)


def billed(harness: Harness, part: int, whole: int) -> int:
    """Micro-dollars of a rework that makes so many seconds anew of so many, as that provider bills it."""
    return 200 * (whole if harness.wave.shape == "documented" else part)


async def rule(harness: Harness, **changed: Any) -> None:
    """Sets rules of The Porch, without the panel."""
    assert harness.bot is not None
    guild_id = int(harness.discord.world.guild("The Porch").id)
    await harness.bot.studio.rules.change(guild_id, 0, **changed)


async def shut(harness: Harness, channel: str, *friends: str) -> None:
    """From now on only these see the channel, and the bot knows that."""
    world, bot = harness.discord.world, harness.bot
    assert bot is not None
    for who in ("bot", *friends):
        world.set_permissions(channel, who, allow=["view_channel"])
    world.set_permissions(channel, "everyone", deny=["view_channel"])
    channel_id = int(world.channel(channel, "The Porch").id)

    async def known() -> bool:
        found: Any = bot.get_channel(channel_id)
        rules = found.overwrites if found else {}
        return len(rules) == len(friends) + 2

    await eventually(known)


def followups(answer: Answer) -> str:
    """What came below the answer."""
    return "\n".join(text_of(message) for message in answer.followups)


async def below(answer: Answer, *words: str) -> str:
    """Waits until something below the answer says all of that."""
    await answer.until(lambda now: all(word in followups(now) for word in words), TIMEOUT)
    return followups(answer)


def between(harness: Harness, folder: Path) -> dict[str, str]:
    """Settings of a bot between the harness's two stand-ins, with its data in that folder."""
    return {
        "DISCORD_TOKEN": "rehearsal-token",
        "GUILD_ACCESS": "open",
        "GUILD_PATIENCE": "0.2",  # two need no longer
        "WAVESPEED_API_KEY": "rehearsal-key",
        "DISCORD_API_URL": harness.discord.api_url,
        "WAVESPEED_BASE_URL": harness.wave.url,
        "DATA_DIR": str(folder),
    }
