"""What parties' tests share: who listens, what is played, and the panel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot_harness import TIMEOUT, Harness, made, said
from discord.oggparse import OggStream
from waiting import eventually

from cogs.parties.players import PartyPlayers
from cogs.parties.sound import HEADERS
from cogs.posts.kept_messages import KeptMessages
from rehearsal.discord.members.member import Member
from rehearsal.discord.members.reading import text_of
from services.parties.party import Ended
from services.storage.audio_store import opus_name
from services.tracks.sight import everything_in

OFTEN = {PartyPlayers: 0.1, KeptMessages: 0.1}
ROOM = "Listening Room"


def packets(harness: Harness, track_id: str) -> list[bytes]:
    """What the track is as Opus."""
    path = Path(harness.settings.data_dir) / opus_name(track_id)
    with path.open("rb") as file:
        return list(OggStream(file).iter_packets())[HEADERS:]


async def listening(harness: Harness, *names: str) -> list[Member]:
    """The members, in the voice channel, who look at its chat."""
    harness.discord.faults.clear()
    if harness.bot is not None:
        for party in await harness.bot.studio.parties.going_on():  # of a test that failed
            await harness.bot.studio.parties.end(party.id, Ended.STOPPED)
        await over(harness)
    found = [await harness.member(name, channel=ROOM) for name in names]
    for name in ("Ada", "Ben", "Cleo"):
        await (await harness.member(name, channel=ROOM)).leave_voice()
    for member in found:
        await member.join_voice()
    return found


async def compose_songs(harness: Harness) -> None:
    """Tracks that are long enough for whatever is done while they play."""
    ben = await harness.member("Ben")
    for title in ("Long", "After"):
        await made(ben, title, duration=60)


async def panel(member: Member, *words: str) -> dict[str, Any]:
    """The panel, once it says all of that."""

    def is_it(message: dict[str, Any]) -> bool:
        text = text_of(message)
        return "Listening together" in text and all(word in text for word in words)

    return await member.wait_message(is_it, TIMEOUT)


async def track_id(harness: Harness, title: str) -> str:
    assert harness.bot is not None
    porch = int(harness.discord.world.guild("The Porch").id)
    return (await harness.bot.studio.search(everything_in(porch), title))[0].id


async def over(harness: Harness) -> None:
    """No party goes on any more, and the bot has left."""
    assert harness.bot is not None
    bot = harness.bot

    async def is_over() -> bool:
        return not await bot.studio.parties.going_on() and not bot.voice_clients

    await eventually(is_over)


async def stopped(harness: Harness, member: Member) -> None:
    await said(await member.slash("party stop"), "over")
    await over(harness)


def put_out(harness: Harness) -> None:
    """Somebody takes the bot out of its voice channel."""
    world = harness.discord.world
    harness.discord.voice.disconnect(world.guild("The Porch"), world.bot.id)
