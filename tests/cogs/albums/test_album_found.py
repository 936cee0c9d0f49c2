"""Messages of an album's post that are there already, and of which nobody wrote that down."""

from __future__ import annotations

from datetime import timedelta

import pytest
from album_pages import begun
from album_posts import IN_A_THREAD, all_there, published
from bot_harness import Harness

from services.storage.database import now
from services.storage.tables import album_posts, kept_messages

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_archive_that_was_posted_and_never_noted_is_found_by_its_file(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = await harness.member("Ben")
    await begun(ben, "Packed", "Only One")
    post = await published(harness, ben, "Packed", how=IN_A_THREAD)
    there = [message["id"] for message in await ben.messages(str(post.place_id))]
    await harness.stop()
    monkeypatch.setattr(harness.discord.messages, "nonce_lifetime", 0.0)  # as after some minutes
    await harness.start()
    assert harness.bot is not None
    async with harness.bot.studio.database.write() as connection:
        archive = kept_messages.c.key == post.keys[-1]
        then = {"message_id": None, "said": 0, "intent_at": now() - timedelta(minutes=1)}
        await connection.execute(kept_messages.update().where(archive).values(then))
        own = album_posts.c.album_id == post.album_id
        await connection.execute(album_posts.update().where(own).values(posted=False))
    await all_there(harness, post.album_id)
    assert [message["id"] for message in await ben.messages(str(post.place_id))] == there
