"""A server that Discord has not told of yet, after a start in an outage: nothing is concluded from that."""

from __future__ import annotations

import pytest
from album_pages import album_id, begun
from album_posts import IN_A_THREAD, all_there, asked
from bot_harness import Harness, below, said
from waiting import eventually

from cogs.albums.posting import AlbumPosting
from rehearsal.discord import shapes
from rehearsal.discord.entities import Event
from rehearsal.discord.faults import Fault
from services.albums.post import Kind

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_album_waits_for_a_server_that_is_away(harness: Harness) -> None:
    assert harness.bot is not None
    bot, world, ben = harness.bot, harness.discord.world, await harness.member("Ben")
    guild = world.guild("The Porch")

    async def away() -> bool:
        return any(one.unavailable for one in bot.guilds)

    await begun(ben, "Patient", "A Patient One")
    question = await said(await asked(ben, "Patient"), "in <#")
    harness.discord.faults.add(Fault("down", "POST", "/channels/*/threads", times=None))
    await said(await ben.press(question, IN_A_THREAD), "I am publishing")
    guild.away = True
    harness.discord.faults.add(Fault("invalid_session", resumable=False))
    await eventually(away)
    harness.discord.faults.clear()
    posting = bot.get_cog("AlbumPosting")
    assert isinstance(posting, AlbumPosting)
    await posting.move_on()
    channel = world.channel("music", "The Porch").id
    publish = f"album:print:{album_id(question)}:{Kind.THREAD}:{channel}"
    await below(await ben.press(question, publish, forged=True), "Discord did not answer me")
    guild.away = False
    world.tell(Event("GUILD_CREATE", shapes.guild_created(world, guild), guild.id, to="bot"))
    post = await all_there(harness, album_id(question))
    assert world.channel(str(post.place_id)).name == "Patient"
