"""Who lets a server in: nobody but the host, who is asked once, by buttons that work after a restart."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, said
from waiting import eventually

from cogs import invitations
from cogs.invitations import ASKED, DAY, Invitations
from rehearsal.discord.members.member import Member
from rehearsal.wavespeed.accounts import Account
from services.storage.database import now

NewHarness = Callable[..., AbstractAsyncContextManager[Harness]]
INTERVALS = {Invitations: 0.05}
NOT_LET_IN = "does not let this server make tracks"


@asynccontextmanager
async def invited(new_harness: NewHarness, **changes: Any) -> AsyncIterator[Harness]:
    """A harness whose bot is hosted by Dora, for invited servers only: as the settings are by themselves."""
    async with new_harness(guild_access="invited", **changes) as harness:
        rooftop = int(harness.discord.world.guild("Rooftop").id)
        harness.settings = harness.settings.model_copy(update={"host_guild_id": rooftop})
        await harness.start()
        yield harness


async def asked_about(dora: Member, name: str) -> dict[str, Any]:
    """The message in which the host is asked about that server."""
    return await dora.wait_message(
        lambda one: f"I was added to the server “{name}”" in one["content"], TIMEOUT
    )


async def access(harness: Harness, guild: str) -> str | None:
    assert harness.bot is not None
    guild_id = int(harness.discord.world.guild(guild).id)
    overview = await harness.bot.studio.hosting.overview({guild_id: guild})
    return next(one.guild.access for one in overview.guilds if one.guild.guild_id == guild_id)


async def test_the_host_is_asked_once_and_the_answer_holds_also_after_a_restart(
    new_harness: NewHarness,
) -> None:
    async with invited(new_harness) as harness:
        dora, ben = await harness.member("Dora", "Rooftop"), await harness.member("Ben")
        message = await asked_about(dora, "The Porch")
        await said(await ben.slash("compose", tags="ska", duration=5), NOT_LET_IN)
        own = await dora.slash("compose", tags="ska", duration=5, title="Up Here")
        await own.until(lambda now: "Up Here" in now.text, TIMEOUT)
        forged = await ben.press(
            await said(await ben.slash("queue"), "Queue"),
            f"host:server:allowed:{ben.guild['id']}",
            forged=True,
        )
        await said(forged, "Only whoever hosts me")
        await harness.stop()
        await harness.start()
        await said(await dora.press(message, "Allow"), "“The Porch” may make tracks now")
        await said(await ben.slash("compose", tags="ska", duration=5, title="Let In"), "Let In")
        await said(await dora.press(message, "Block"), "“The Porch” cannot ask for tracks")
        await said(await ben.slash("compose", tags="ska", duration=5), NOT_LET_IN)
        asked = [one for one in await dora.messages(message["channel_id"]) if "I was added" in one["content"]]
        assert [one["id"] for one in asked] == [message["id"]]


async def test_each_owner_of_a_team_is_asked_about_as_many_servers(
    new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "MOST_ASKED", 2)
    async with new_harness(guild_access="invited") as harness:
        world = harness.discord.world
        team = {
            "Eve": ("admin", True),
            "Finn": ("developer", True),
            "Gil": ("read_only", True),
            "Hal": ("admin", False),
        }
        world.team = {world.add_member("Rooftop", name).id: standing for name, standing in team.items()}
        for number in range(4):
            world.add_guild(f"Club {number}")
        bot = await harness.start()
        owners = {
            world.host_id,
            *(one for one, (role, yes) in world.team.items() if role != "read_only" and yes),
        }
        assert bot.owners() == {int(one) for one in owners}
        assert len(owners) == 3

        async def all_asked() -> bool:
            asked = await bot.studio.announcements.begun(ASKED, now() - DAY)
            return asked == 2 * len(owners)

        await eventually(all_asked)
        for name in ("Dora", "Eve", "Finn"):
            owner = await harness.member(name, "Rooftop")
            first = await owner.wait_message(
                lambda one: "I was added to the server" in one["content"], TIMEOUT
            )
            asked = [
                one for one in await owner.messages(first["channel_id"]) if "I was added" in one["content"]
            ]
            assert len(asked) == 2


async def test_no_key_is_taken_from_a_server_that_is_not_let_in(new_harness: NewHarness) -> None:
    secret = base64.urlsafe_b64encode(bytes(32)).decode()
    async with invited(new_harness, guild_keys_secret=secret) as harness:
        harness.wave.accounts["the-porch-own-key"] = Account("the-porch-own-key", "ultra", 2_000_000)
        dora, ada = await harness.member("Dora", "Rooftop"), await harness.member("Ada")
        message = await asked_about(dora, "The Porch")
        await said(await ada.slash("moderation key set"), NOT_LET_IN)
        await said(await dora.press(message, "Allow"), "“The Porch” may make tracks now")
        form = await ada.slash("moderation key set")
        await said(await dora.press(message, "Block"), "“The Porch” cannot ask for tracks")
        await said(await ada.submit(form, key="the-porch-own-key", level="silver"), NOT_LET_IN)
        await said(await ada.slash("moderation key show"), "no WaveSpeed key")


async def test_a_server_that_the_host_may_manage_is_in_without_being_asked(new_harness: NewHarness) -> None:
    async with new_harness(guild_access="invited") as harness:
        world = harness.discord.world
        world.add_member("The Porch", "Dora", moderator=True)
        world.add_guild("Strangers")
        world.add_member("Strangers", "Dora")
        await harness.start()
        dora = await harness.member("Dora")

        async def seen_to() -> bool:
            return [await access(harness, name) for name in ("The Porch", "Strangers")] == [
                "allowed",
                "asked",
            ]

        await eventually(seen_to)
        message = await asked_about(dora, "Strangers")
        asked = [one["content"] for one in await dora.messages(message["channel_id"])]
        assert not any("The Porch" in text for text in asked)
        await said(await dora.slash("compose", tags="ska", duration=5, title="At Home"), "At Home")


async def test_the_host_finds_servers_by_name_and_nobody_else_does(new_harness: NewHarness) -> None:
    async with invited(new_harness) as harness:
        dora = await harness.member("Dora", "Rooftop")
        for number in range(25):
            harness.discord.world.add_guild(f"Club {number:02}")
        found: list[Any] = []

        async def there() -> bool:
            nonlocal found
            found = await dora.suggest("host access", "server", server="club 2")
            return len(found) == 5

        await eventually(there)
        assert {one["name"].split(" · ")[0] for one in found} == {
            f"Club {number}" for number in range(20, 25)
        }
        await said(
            await dora.slash("host access", server=found[0]["value"], access="allowed"), "may make tracks now"
        )
        await said(
            await dora.slash("host access", server="club 21", access="blocked"), "cannot ask for tracks"
        )
        for typed in ("99999999999999999999", "12", "club", "no such"):
            refused = await dora.slash("host access", server=typed, access="blocked")
            await said(refused, "Nothing was changed", "I know no such server")
        pages = await said(await dora.slash("host status"), "Page 1 of 3", "27 servers", "not let in")
        await said(await dora.press(pages, "Next"), "Page 2 of 3")
        ada = await harness.member("Ada", "Rooftop")
        harness.discord.world.set_moderator("Rooftop", "Ada", moderator=True)
        assert await ada.suggest("host access", "server", server="club") == []
