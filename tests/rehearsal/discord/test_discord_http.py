"""The HTTP API as a bot meets it: messages, nonces, permissions, limits, faults, the codes of refusals."""

import asyncio
import io
import time

import aiohttp
import discord as dpy
import openapi
import pytest
from smallbot import SmallBot, running
from waiting import eventually

from rehearsal.discord import DiscordStandIn, Fault
from rehearsal.discord.members.member import Member
from rehearsal.discord.members.reading import text_of


def channel(bot: SmallBot, discord: DiscordStandIn, name: str) -> dpy.TextChannel:
    found = bot.get_channel(int(discord.world.channel(name, "The Porch").id))
    assert isinstance(found, dpy.TextChannel)
    return found


@pytest.fixture
def music(bot: SmallBot, discord: DiscordStandIn) -> dpy.TextChannel:
    return channel(bot, discord, "music")


async def refused(code: int, doing) -> dpy.HTTPException:
    with pytest.raises(dpy.HTTPException) as caught:
        await doing
    assert caught.value.code == code, caught.value
    return caught.value


async def test_the_same_nonce_gives_the_same_message(music: dpy.TextChannel, ada: Member):
    first = await music.send("track 7", nonce=7)
    again = await music.send("track 7", nonce=7)
    other = await music.send("track 8", nonce=8)
    assert first.id == again.id != other.id
    assert [message["content"] for message in await ada.messages()] == ["track 7", "track 8"]
    await first.delete()
    assert (await music.send("track 7", nonce=7)).id != first.id


async def test_only_allowed_mentions_ping(music: dpy.TextChannel, ada: Member, ben: Member):
    text = f"<@{ada.id}> and <@{ben.id}> @everyone"
    only_ada = dpy.AllowedMentions(users=[dpy.Object(int(ada.id))], everyone=False, roles=False)
    await music.send(text, allowed_mentions=only_ada)
    pinged = await ada.wait_message(lambda m: True)
    assert [user["id"] for user in pinged["mentions"]] == [ada.id]
    assert not pinged["mention_everyone"]
    quiet = await music.send(text)
    assert quiet.mentions == []


async def test_history_pages_both_ways(music: dpy.TextChannel, discord: DiscordStandIn):
    sent = [await music.send(str(i)) for i in range(4)]
    assert [m.content async for m in music.history(limit=2)] == ["3", "2"]
    assert [m.content async for m in music.history(before=sent[2])] == ["1", "0"]
    assert [m.content async for m in music.history(after=sent[1], oldest_first=True)] == ["2", "3"]
    assert [m.content async for m in music.history(around=sent[1], limit=3)] == ["2", "1", "0"]


async def test_files_are_served_with_type_and_ranges(music: dpy.TextChannel):
    sent = await music.send(file=dpy.File(io.BytesIO(bytes(range(200))), "song.mp3", description="a song"))
    attachment = sent.attachments[0]
    assert (attachment.content_type, attachment.size, attachment.description) == ("audio/mpeg", 200, "a song")
    async with aiohttp.ClientSession() as session:
        async with session.get(attachment.url, headers={"Range": "bytes=10-19"}) as response:
            assert response.status == 206
            assert response.headers["Content-Type"] == "audio/mpeg"
            assert await response.read() == bytes(range(10, 20))
        async with session.get(attachment.url.replace("song", "other")) as response:
            assert response.status == 404


async def test_an_edit_can_keep_and_replace_files(music: dpy.TextChannel):
    sent = await music.send(
        "x", files=[dpy.File(io.BytesIO(b"1"), "a.txt"), dpy.File(io.BytesIO(b"2"), "b.txt")]
    )
    edited = await sent.edit(attachments=[sent.attachments[1], dpy.File(io.BytesIO(b"3"), "c.txt")])
    assert [one.filename for one in edited.attachments] == ["b.txt", "c.txt"]
    assert [one.filename for one in (await edited.edit(content="y")).attachments] == ["b.txt", "c.txt"]


async def test_a_message_becomes_a_layout_only_without_its_words(music: dpy.TextChannel, ada: Member):
    view = dpy.ui.LayoutView().add_item(dpy.ui.TextDisplay("as a layout"))
    sent = await music.send("words")
    error = await refused(50035, sent.edit(view=view))
    assert "content" in error.text
    await sent.edit(content=None, view=view)
    assert [text_of(message) for message in await ada.messages()] == ["as a layout"]
    await refused(50035, sent.edit(content="words again"))


async def test_the_guilds_upload_limit_holds(music: dpy.TextChannel, discord: DiscordStandIn):
    discord.world.set_upload_limit("The Porch", 1000)
    error = await refused(40005, music.send(file=dpy.File(io.BytesIO(b"x" * 1001), "a.mp3")))
    assert error.status == 413
    discord.world.set_tier("The Porch", 2)
    await music.send(file=dpy.File(io.BytesIO(b"x" * 1001), "a.mp3"))


async def test_permissions_are_asked_for(
    bot: SmallBot, music: dpy.TextChannel, discord: DiscordStandIn, ben: Member
):
    world = discord.world
    silent = channel(bot, discord, "no-posting")
    assert (await refused(50013, silent.send("x"))).status == 403
    world.set_permissions(str(music.id), "bot", deny=["attach_files"])
    await refused(50013, music.send(file=dpy.File(io.BytesIO(b"x"), "a.mp3")))
    await music.send("words are fine")
    world.set_permissions(str(music.id), "bot", deny=["view_channel"])
    await refused(50001, music.send("x"))
    await refused(50001, music.history(limit=1).__anext__())
    world.set_permissions(str(music.id), "bot")
    said = await ben.say("mine")
    theirs = music.get_partial_message(int(said["id"]))
    await refused(50005, theirs.edit(content="no"))
    await refused(50013, theirs.delete())
    world.delete_channel(str(music.id))
    assert (await refused(10003, music.send("x"))).status == 404


async def test_direct_messages_unless_they_are_closed(bot: SmallBot, discord: DiscordStandIn, ben: Member):
    user = await bot.fetch_user(int(ben.id))
    await user.send("psst")
    heard = await ben.wait_message(lambda m: m["content"] == "psst")
    assert heard["channel_id"] != ben.channel["id"]
    discord.world.set_dms("Ben", is_open=False)
    await refused(50007, user.send("psst"))
    await refused(10013, bot.fetch_user(1))


async def test_unknown_things_have_their_codes(bot: SmallBot, music: dpy.TextChannel):
    await refused(10008, music.fetch_message(1))
    await refused(10003, bot.fetch_channel(1))
    await refused(10004, bot.fetch_guild(1))
    await refused(10013, music.guild.fetch_member(1))
    await refused(50006, music.send(""))


async def test_threads(music: dpy.TextChannel, ada: Member):
    sent = await music.send("jam")
    thread = await sent.create_thread(name="round 1")
    assert thread.id == sent.id
    await thread.send("in the thread")
    alone = await music.create_thread(name="without a message", type=dpy.ChannelType.public_thread)
    assert (alone.parent_id, alone.type) == (music.id, dpy.ChannelType.public_thread)
    await refused(50035, music.create_thread(name="x" * 101, type=dpy.ChannelType.public_thread))
    await refused(160004, sent.create_thread(name="again"))
    await ada.go("round 1")
    assert [message["content"] for message in await ada.messages()] == ["in the thread"]
    own = await thread.send("to be edited")
    await thread.add_user(dpy.Object(int(ada.id)))
    await refused(10007, thread.add_user(dpy.Object(1)))
    await thread.edit(archived=True)
    await refused(50083, own.edit(content="too late"))
    await refused(50083, thread.add_user(dpy.Object(int(ada.id))))
    await thread.send("which opens it again")
    await own.edit(content="in time")
    await thread.edit(archived=True, locked=True)
    await refused(50083, thread.send("late"))


async def test_a_bucket_that_is_empty_answers_429(discord: DiscordStandIn):
    url = f"{discord.api_url}/channels/{discord.world.channel('music').id}/messages"
    auth = {"Authorization": f"Bot {discord.token}"}
    async with aiohttp.ClientSession(headers=auth) as session:
        for left in (4, 3, 2, 1, 0):
            async with session.post(url, json={"content": "x"}) as response:
                assert response.headers["X-RateLimit-Remaining"] == str(left)
        async with session.post(url, json={"content": "x"}) as response:
            body = await response.json()
            assert response.status == 429
            assert 0 < body["retry_after"] <= 5
            assert int(response.headers["Retry-After"]) >= 1
            assert (body["global"], response.headers["X-RateLimit-Scope"]) == (False, "user")
    async with aiohttp.ClientSession() as session, session.post(url, json={"content": "x"}) as response:
        assert (response.status, await response.json()) == (401, {"message": "401: Unauthorized", "code": 0})


@pytest.mark.parametrize("scope", ["user", "global"])
async def test_a_429_is_waited_out(music: dpy.TextChannel, discord: DiscordStandIn, scope: str):
    discord.faults.add(Fault("rate_limited", "POST", "/channels/*/messages", retry_after=0.2, scope=scope))
    before = time.monotonic()
    await music.send("patience")
    assert time.monotonic() - before >= 0.2
    posts = [one.status for one in discord.requests if one.template.endswith("/messages")]
    assert posts == [429, 200]


async def test_faults_by_rule(music: dpy.TextChannel, discord: DiscordStandIn, ada: Member):
    add = discord.faults.add
    add(Fault("refuse", "POST", "*/messages", code=30046, times=1))
    discord.faults.clear()
    add(Fault("refuse", "POST", "*/messages", status=418, code=99999, message="No", skip=1))
    await music.send("first passes")
    await refused(99999, music.send("second does not"))
    add(Fault("cut", "POST", "*/messages"))
    with pytest.raises(aiohttp.ClientError):
        await music.send("cut")
    add(Fault("lost", "POST", "*/messages"))
    with pytest.raises(aiohttp.ClientError):
        await music.send("lost", nonce=1)
    await music.send("lost", nonce=1)
    assert [m["content"] for m in await ada.messages()] == ["first passes", "lost"]
    hung = add(Fault("hang", "GET", "/gateway/bot"))
    asked = asyncio.create_task(music._state.http.get_bot_gateway())

    async def arrived() -> bool:
        return hung.hits == 1

    await eventually(arrived)
    await asyncio.wait([asked], timeout=0.1)
    assert not asked.done()
    asked.cancel()


async def test_faults_after_which_it_is_done(
    music: dpy.TextChannel, discord: DiscordStandIn, ada: Member
) -> None:
    add = discord.faults.add
    add(Fault("masked", "POST", "*/messages", status=503))
    with pytest.raises(dpy.DiscordServerError):
        await music.send("masked", nonce=1)
    add(Fault("late", "POST", "*/messages", seconds=60))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await music.send("late", nonce=2)
    assert [m["content"] for m in await ada.messages()] == ["masked", "late"]
    add(Fault("masked", "POST", "/interactions/*", status=502))
    assert (await ada.slash("hello", name="x")).state == "answered"


async def test_a_page_of_cloudflares_and_an_edit_too_many(
    music: dpy.TextChannel, discord: DiscordStandIn
) -> None:
    discord.faults.add(Fault("cloudflare", "POST", "*/messages", status=429, retry_after=30))
    with pytest.raises(dpy.HTTPException) as banned:
        await music.send("x")
    assert banned.value.status == 429
    assert "1015" in banned.value.text
    assert banned.value.response.headers["Retry-After"] == "30"
    sent = await music.send("x")
    path = f"/channels/*/messages/{sent.id}"
    discord.faults.add(Fault("rate_limited", "PATCH", path, code=30046, retry_after=0.3))
    began = time.monotonic()
    await sent.edit(content="y")
    assert time.monotonic() - began >= 0.3
    assert [one.answer["code"] for one in discord.requests if one.status == 429 and one.answer] == [30046]


async def test_an_error_of_the_server_is_retried(music: dpy.TextChannel, discord: DiscordStandIn):
    discord.faults.add(Fault("down", "POST", "*/messages", status=502))
    await music.send("x")  # discord.py waits a second
    assert [one.status for one in discord.requests if one.template.endswith("/messages")] == [502, 200]


async def test_everything_sent_and_answered_fits_discords_description(
    bot: SmallBot, music: dpy.TextChannel, discord: DiscordStandIn, ada: Member
):
    openapi.needed()
    await ada.slash("hello", name="x")
    await (await ada.slash("slow")).until(lambda answer: "changed" in answer.text)
    await ada.submit(await ada.slash("write"))
    await ada.suggest("colour", "shade")
    await ada.press(await ada.slash("vote"), "Vote")
    await ada.slash("layout")
    await ada.slash("file", files={"words": ("words.txt", b"la")})
    await ada.context("Quote", await ada.say("x"))
    embed = dpy.Embed(title="t", colour=3, url="https://example.org").add_field(name="a", value="b")
    embed.set_footer(text="f").set_author(name="n")
    sent = await music.send(f"<@{ada.id}>", embed=embed, nonce=5)
    await sent.edit(content="edited")
    await music.fetch_message(sent.id)
    thread = await sent.create_thread(name="t")
    await (await bot.fetch_user(int(ada.id))).send("dm")
    guild = await bot.fetch_guild(music.guild.id)
    await guild.fetch_channels()
    await guild.fetch_roles()
    await guild.fetch_member(int(ada.id))
    await bot.fetch_channel(thread.id)
    await bot.tree.fetch_commands()
    await refused(50035, music.send("x" * 2001))
    await sent.delete()
    problems = [
        problem for one in discord.requests for problem in openapi.check(one) + openapi.check_answer(one)
    ]
    assert problems == []
    assert len(discord.requests) >= 30


async def test_the_description_finds_what_is_wrong(discord: DiscordStandIn):
    openapi.needed()
    async with aiohttp.ClientSession() as session:
        url = f"{discord.api_url}/channels/1/messages"
        await session.post(url, json={"embeds": [{"title": "t" * 257}]})
        await session.post(url, json={"components": [{"type": 1, "components": [{"type": 2, "style": 9}]}]})
        await session.post(f"{discord.api_url}/chanels/1", json={})
    title, style, route = (openapi.check(one) for one in discord.requests)
    assert "at embeds/0/title" in title[0]
    assert "at components/0/components/0/style" in style[0]
    assert "no such route" in route[0]


async def test_a_bot_that_leaves_leaves_nothing_behind():
    async with DiscordStandIn() as stand_in:
        async with running(stand_in):
            assert stand_in.gateway.connected == 2

        async def left() -> bool:
            return not stand_in.gateway.connected

        await eventually(left)
        assert stand_in.gateway.sessions == {}
    assert len(asyncio.all_tasks()) == 1
