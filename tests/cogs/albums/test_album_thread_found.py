"""An album's thread that was opened before a kill, and not written down."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from album_pages import begun
from album_posts import IN_A_THREAD, all_there, published
from bot_harness import Harness

from services.storage.tables import album_posts


@pytest.mark.parametrize("ahead", [0, -3600])
async def test_it_is_found_whatever_this_machines_clock_shows(
    new_harness: Callable[..., AbstractAsyncContextManager[Harness]], ahead: float
) -> None:
    async with new_harness() as harness:
        harness.discord.world.snowflakes.ahead = ahead
        await harness.start()
        ben = await harness.member("Ben")
        await begun(ben, "Found Again", "Found")
        post = await published(harness, ben, "Found Again", how=IN_A_THREAD)
        await harness.stop()
        bot = await harness.start()
        async with bot.studio.database.write() as connection:
            own = album_posts.c.album_id == post.album_id
            await connection.execute(album_posts.update().where(own).values(place_id=None, posted=False))
        again = await all_there(harness, post.album_id)
        assert again.place_id == post.place_id
        channels = harness.discord.world.guild("The Porch").channels.values()
        assert [one.name for one in channels].count("Found Again") == 1
