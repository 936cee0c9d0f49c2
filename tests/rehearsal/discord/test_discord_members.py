"""The member side by itself: the world over HTTP, events, what a client may not do; the process."""

import asyncio
import signal
import sys

import aiohttp
import pytest

from rehearsal.discord import DiscordStandIn
from rehearsal.discord.members.member import Answer, Member, NotPossibleError
from rehearsal.discord.members.reading import text_of


async def test_the_world_at_the_start(ada: Member):
    world = await ada.ask("GET", "world")
    porch, rooftop = world["guilds"]
    assert [channel["name"] for channel in porch["channels"]] == [
        "music",
        "lounge",
        "after-dark",
        "no-posting",
        "Listening Room",
    ]
    assert [channel["nsfw"] for channel in porch["channels"]] == [False, False, True, False, False]
    people = {member["name"]: member["moderator"] for member in porch["members"] if not member["bot"]}
    assert people == {"Ada": True, "Ben": False, "Cleo": False}
    people = {member["name"]: member["moderator"] for member in rooftop["members"] if not member["bot"]}
    assert people == {"Ada": False, "Dora": True}


async def test_ids_are_the_same_in_every_run(ada: Member):
    async with DiscordStandIn() as other:
        assert other.world.user("Ada").id == ada.id
        assert other.world.channel("music", "The Porch").id == ada.channel["id"]


async def test_the_world_is_changed_over_http(ada: Member, discord: DiscordStandIn):
    made = await ada.ask("POST", "world/add_channel", {"guild": "The Porch", "name": "jams"})
    await ada.ask("POST", "world/add_member", {"guild": "The Porch", "name": "Edda", "moderator": True})
    await ada.ask(
        "POST", "world/set_permissions", {"channel": made["id"], "who": "everyone", "deny": ["view_channel"]}
    )
    with pytest.raises(NotPossibleError, match="cannot see this channel"):
        await ada.messages(made["id"])
    await ada.ask(
        "POST", "world/set_permissions", {"channel": made["id"], "who": "Edda", "allow": ["view_channel"]}
    )
    async with await Member.join(discord.url, guild="The Porch", name="Edda", channel="jams") as edda:
        assert (await edda.say("alone"))["content"] == "alone"
    with pytest.raises(NotPossibleError, match="no change 'explode'"):
        await ada.ask("POST", "world/explode", {})
    with pytest.raises(NotPossibleError, match="There is no guild 'Nowhere'"):
        await ada.ask("POST", "world/set_tier", {"guild": "Nowhere", "tier": 1})


async def test_members_hear_only_what_they_may_see(ada: Member, ben: Member, discord: DiscordStandIn):
    await ada.say("for all")
    discord.world.set_permissions(ada.channel["id"], ben.id, deny=["view_channel"])
    await ada.say("not for Ben")
    discord.world.set_permissions(ada.channel["id"], ben.id)
    await ada.say("for all again")
    await ben.wait_message(lambda message: message["content"] == "for all again")
    heard = [event["d"]["content"] for event in ben.events if event["t"] == "MESSAGE_CREATE"]
    assert heard == ["for all", "for all again"]


async def test_a_member_deletes_their_own_messages_and_moderators_any(ada: Member, ben: Member):
    said = await ben.say("x")
    await ada.ask("DELETE", f"channels/{ada.channel['id']}/messages/{said['id']}?member={ada.id}")
    said = await ada.say("y")
    with pytest.raises(NotPossibleError, match="cannot delete"):
        await ben.ask("DELETE", f"channels/{ada.channel['id']}/messages/{said['id']}?member={ben.id}")
    assert [text_of(message) for message in await ben.messages()] == ["y"]


async def test_waiting_in_vain_says_what_was_there(ada: Member):
    await ada.say("something else")
    with pytest.raises(TimeoutError, match="something else"):
        await ada.wait_message(lambda message: message["content"] == "never", timeout=0.05)


async def test_a_message_that_one_answer_has_in_a_newer_form_has_it_in_every_other(ada: Member):
    first, second = [
        {"id": str(number), "revision": 1, "message": {"id": "1", "revision": number}} for number in (1, 2)
    ]
    listed, turned = Answer(ada, first), Answer(ada, second)
    assert turned.message == second["message"]  # no event has told of it yet
    assert listed.message == second["message"]


async def test_a_command_nobody_registered(ada: Member):
    with pytest.raises(NotPossibleError, match="/compose cannot be used: no bot here has such a command"):
        await ada.slash("compose")


async def test_faults_over_http(ada: Member, discord: DiscordStandIn):
    await ada.ask("POST", "faults", {"kind": "down", "path": "/gateway/bot", "status": 503})
    auth = {"Authorization": f"Bot {discord.token}"}
    async with aiohttp.ClientSession(headers=auth) as session:
        async with session.get(f"{discord.api_url}/gateway/bot") as response:
            assert response.status == 503
        async with session.get(f"{discord.api_url}/gateway/bot") as response:
            assert (await response.json())["url"] == discord.gateway_url
    assert [one["status"] for one in await ada.ask("GET", "requests")] == [503, 200]
    with pytest.raises(NotPossibleError, match="no field nonsense"):
        await ada.ask("POST", "faults", {"kind": "down", "nonsense": 1})
    await ada.ask("DELETE", "faults")
    assert await ada.ask("GET", "faults") == []


async def test_the_room_is_served(discord: DiscordStandIn):
    async with aiohttp.ClientSession() as session, session.get(discord.url) as response:
        assert response.status == 200
        assert "rehearsal room" in (await response.text()).lower()


async def test_other_sites_pages_are_not_answered(discord: DiscordStandIn):
    async with aiohttp.ClientSession() as session:
        for headers, status in (
            ({"Origin": "https://evil.example"}, 403),
            ({"Host": "evil.example"}, 403),
            ({}, 200),
        ):
            async with session.get(f"{discord.url}/rehearsal/world", headers=headers) as response:
                assert response.status == status


async def test_it_runs_alone_and_ends_when_told():
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "rehearsal.discord", "--port", "0", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    async with asyncio.timeout(60):
        line = (await process.stdout.readline()).decode()
        assert line.startswith("Discord rehearsal on http://127.0.0.1:")
        async with await Member.join(line.split()[-1], guild="Rooftop", name="Dora") as dora:
            await dora.say("hello")
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
