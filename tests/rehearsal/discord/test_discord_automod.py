"""AutoMod in the stand-in: who may read it, its shapes as Discord describes them, and its events."""

from typing import Any

import aiohttp
import openapi
import pytest

from rehearsal.discord import DiscordStandIn

RULES = "/guilds/{}/auto-moderation/rules"


async def read(stand_in: DiscordStandIn, path: str) -> tuple[int, Any]:
    headers = {"Authorization": f"Bot {stand_in.token}"}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(stand_in.api_url + path) as got:
        return got.status, await got.json()


async def test_rules_are_read_with_manage_server_only_and_look_like_discords() -> None:
    async with DiscordStandIn() as stand_in:
        world = stand_in.world
        porch = world.guild("The Porch").id
        world.set_automod("The Porch", "zoo", words=["badger"], patterns=["x+"], allowed=["badgerless"])
        world.set_automod("The Porch", "lists", presets=[1, 3])
        status, error = await read(stand_in, RULES.format(porch))
        assert (status, error["code"]) == (403, 50013)
        world.allow_bot("The Porch", ["manage_guild"])
        status, rules = await read(stand_in, RULES.format(porch))
        assert status == 200
        assert [one["trigger_type"] for one in rules] == [1, 4]
        assert rules[0]["trigger_metadata"]["keyword_filter"] == ["badger"]
        if openapi.available():
            for request in stand_in.requests:
                assert openapi.check(request) == []
                assert openapi.check_answer(request) == []


@pytest.mark.parametrize(("intents", "heard"), [(1 << 0 | 1 << 20, True), (1 << 0, False)])
async def test_changes_are_told_to_who_asked_for_them(intents: int, heard: bool) -> None:
    async with DiscordStandIn() as stand_in, aiohttp.ClientSession() as session:
        stand_in.world.allow_bot("The Porch", ["manage_guild"])
        async with session.ws_connect(f"{stand_in.gateway_url}?v=10&encoding=json") as socket:
            await socket.receive_json()
            await socket.send_json({"op": 2, "d": {"token": stand_in.token, "intents": intents}})
            assert (await socket.receive_json())["t"] == "READY"
            stand_in.world.set_automod("The Porch", "zoo", words=["badger"])
            stand_in.world.set_automod("The Porch", "zoo", words=["otter"])
            stand_in.world.remove_automod("The Porch", "zoo")
            stand_in.world.remove_guild("The Porch")
            names: list[str] = []
            while "GUILD_DELETE" not in names:
                names.append((await socket.receive_json())["t"])
            names = [name for name in names if name.startswith("AUTO_MODERATION")]
            whole = [f"AUTO_MODERATION_RULE_{what}" for what in ("CREATE", "UPDATE", "DELETE")]
            assert names == (whole if heard else [])
