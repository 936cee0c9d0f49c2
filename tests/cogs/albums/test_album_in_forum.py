"""An album's post in a forum that asks for a tag."""

from __future__ import annotations

import pytest
from album_pages import begun
from album_posts import published
from bot_harness import Harness

from rehearsal.discord.entities import FORUM

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_forum_that_asks_for_a_tag_gets_its_first_that_needs_no_moderator(harness: Harness) -> None:
    ben, world = await harness.member("Ben"), harness.discord.world
    forum = world.add_channel("The Porch", "shelves", kind=FORUM)
    names = {"Official": True, "Music": False, "Questions": False}
    tags = [
        {"id": str(at), "name": name, "moderated": moderated, "emoji_id": None, "emoji_name": None}
        for at, (name, moderated) in enumerate(names.items(), int(forum.id))
    ]
    world.update_channel("shelves", tags=tags, tag_needed=True)
    await ben.go("music")
    await begun(ben, "On Shelves", "A Song On Shelves")
    post = await published(harness, ben, "On Shelves", how="As a post in the forum", channel="shelves")
    assert [tag["name"] for tag in world.channel(str(post.place_id)).tags] == ["Music"]
