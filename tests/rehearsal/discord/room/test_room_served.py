"""The Discord stand-in hands out the page and everything the page names, under the names the page uses."""

import re
from pathlib import Path

import aiohttp

from rehearsal.discord.server import DiscordStandIn

ROOM = Path(__file__).parents[4] / "rehearsal" / "discord" / "room"


async def test_the_page_and_all_its_files_are_served() -> None:
    async with DiscordStandIn(port=0) as discord, aiohttp.ClientSession(discord.url) as browser:
        async with browser.get("/") as answer:
            assert answer.content_type == "text/html"
            page = await answer.text()
        named = re.findall(r'(?:src|href)="(?!data:|#)([^"]+)"', page)
        modules = [f"room/{script.relative_to(ROOM)}" for script in ROOM.rglob("*.js")]
        for name in {*named, *modules}:
            async with browser.get(f"/{name}") as answer:
                assert answer.status == 200, name
                wanted = {".css": "text/css", ".svg": "image/svg"}.get(Path(name).suffix, "javascript")
                assert wanted in answer.content_type, name  # browsers refuse modules of another type


async def test_what_the_page_reads_first_is_there() -> None:
    async with DiscordStandIn(port=0) as discord, aiohttp.ClientSession(discord.url) as browser:
        world = await (await browser.get("/rehearsal/world")).json()
        guild = world["guilds"][0]
        assert world["application"]["name"]
        assert {"id", "name", "nsfw", "type"} <= guild["channels"][0].keys()
        people = [member for member in guild["members"] if not member["bot"]]
        assert {"id", "name", "moderator", "permissions"} <= people[0].keys()
        path = f"/rehearsal/channels/{guild['channels'][0]['id']}/messages"
        said = await browser.post(path, json={"member": people[0]["id"], "content": "hello"})
        heard = await (await browser.get(path, params={"member": people[1]["id"]})).json()
        assert [message["id"] for message in heard] == [(await said.json())["id"]]
