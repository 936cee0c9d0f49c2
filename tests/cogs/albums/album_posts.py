"""What the tests of albums' posts share: how one is published, and what is in its messages."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from album_pages import album_id
from bot_harness import Harness, said
from waiting import eventually

from rehearsal.discord.members.member import Answer, Member
from services.albums.post import Post
from services.audio import mpeg

HERE, IN_A_THREAD = "In the channel itself", "In a thread of its own"


async def asked(member: Member, title: str, channel: str = "music") -> Answer:
    """The question how the album is to be published there."""
    page = await said(await member.slash("album show", album=title), title)
    where = await said(await member.press(page, "Publish …"), "Publish", "playlist")
    place = next(one["id"] for one in member.guild["channels"] if one["name"] == channel)
    return await member.press(where, "Where to?", [place])


async def published(
    harness: Harness, member: Member, title: str, how: str = HERE, channel: str = "music"
) -> Post:
    """The post, once all of its messages are there."""
    question = await said(await asked(member, title, channel), "in <#")
    await said(await member.press(question, how), "I am publishing")
    return await all_there(harness, album_id(question))


async def all_there(harness: Harness, own_id: str) -> Post:
    assert harness.bot is not None
    posts, found = harness.bot.studio.album_posts, list[Post]()

    async def there() -> bool:
        post = await posts.find(own_id)
        found[:] = [post] if post is not None and post.posted else []
        return bool(found) and not await due(harness, found[0])

    await eventually(there)
    return found[0]


async def due(harness: Harness, post: Post) -> list[str]:
    """Those of its messages that do not show what is so."""
    assert harness.bot is not None
    return [one.key for one in await harness.bot.studio.kept_messages.due() if one.key in post.keys]


async def messages_of(harness: Harness, member: Member, post: Post) -> list[dict[str, Any]]:
    """Its messages, in the order in which they stand in the channel."""
    assert harness.bot is not None
    kept = [await harness.bot.studio.kept_messages.get(key) for key in post.keys]
    ids = {str(one.message_id) for one in kept if one is not None}
    return [one for one in await member.messages(str(post.place_id)) if one["id"] in ids]


def names(message: dict[str, Any]) -> list[str]:
    return [one["filename"] for one in message["attachments"]]


async def files(member: Member, message: dict[str, Any]) -> dict[str, bytes]:
    return {name: await member.attachment(message, place) for place, name in enumerate(names(message))}


def sound(mp3: bytes) -> bytes:
    """What is behind the file's tags."""
    return mp3[mpeg.behind_tags(BytesIO(mp3)) :]
