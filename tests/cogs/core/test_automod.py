"""Discord's own AutoMod: what keeps words out of messages keeps them out of tracks, where it can be read."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from house import House, said

from cogs.core import automod
from rehearsal.discord.faults import Fault

pytestmark = pytest.mark.asyncio(loop_scope="module")
PORCH = "The Porch"


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def afterwards(house: House) -> AsyncIterator[None]:
    world = house.discord.world
    world.allow_bot(PORCH, ["manage_guild"])
    yield
    for rule in [one["name"] for one in world.guild(PORCH).automod.values()]:
        world.remove_automod(PORCH, rule)


def reads(house: House) -> int:
    return sum("auto-moderation" in one.path for one in house.discord.requests)


async def asked(house: House, title: str, *words: str, name: str = "Ben", channel: str = "music") -> str:
    """What a member hears who asks for a track with that title."""
    member = await house.member(name, channel=channel)
    return (await said(await member.slash("compose", tags="ska", duration=5, title=title), *words)).text


async def test_keywords_count_for_tracks_as_they_do_for_messages(house: House) -> None:
    house.discord.world.set_automod(
        PORCH, "zoo", words=["badger", "*otter*"], patterns=[r"st[o0]at"], allowed=["otterhound"]
    )
    await asked(house, "B\u0430dger", "“badger” is a word that this server's AutoMod does not allow")
    await asked(house, "Seaotters", "“otter”")
    await asked(house, "Stoat", "pattern “st[o0]at”")
    await asked(house, "Badgers and an Otterhound", "Price")


async def test_exempt_channels_roles_and_moderators_are_exempt_here_too(house: House) -> None:
    world = house.discord.world
    lounge = world.channel("lounge", PORCH).id
    keeper = world.add_role(PORCH, "Keeper")
    world.set_automod(PORCH, "zoo", words=["badger"], exempt_channels=[lounge], exempt_roles=[keeper.id])
    await asked(house, "Badger One", "does not allow")
    await asked(house, "Badger Two", "Price", channel="lounge")
    await asked(house, "Badger Three", "Price", name="Ada")
    world.set_roles(PORCH, "Ben", ["Keeper"])
    await asked(house, "Badger Four", "Price")
    world.set_roles(PORCH, "Ben", [])


async def test_a_changed_rule_counts_at_once_and_is_asked_for_rarely(house: House) -> None:
    world = house.discord.world
    world.set_automod(PORCH, "zoo", words=["badger"])
    await asked(house, "Badger Again", "does not allow")
    before = reads(house)
    await asked(house, "Badger Again", "does not allow")
    assert reads(house) == before
    world.set_automod(PORCH, "zoo", words=["heron"])
    await asked(house, "Heron", "does not allow")
    await asked(house, "Badger Last", "Price")
    world.set_automod(PORCH, "zoo", words=["heron"], enabled=False)
    await asked(house, "Heron Last", "Price")


async def test_what_cannot_be_read_counts_as_no_rule_and_is_said(house: House) -> None:
    world, ada = house.discord.world, await house.member("Ada")
    world.set_automod(PORCH, "zoo", words=["badger"])
    world.set_automod(PORCH, "lists", presets=[1, 3])
    await said(await ada.slash("moderation panel"), "1 keyword", "ready-made lists count in messages only")
    world.allow_bot(PORCH, [])
    await asked(house, "Unread Badger", "Price")
    await said(await ada.slash("moderation panel"), "I may not read this server's AutoMod", "*Manage Server*")
    world.allow_bot(PORCH, ["manage_guild"])
    panel = await said(await ada.slash("moderation panel"), "1 keyword")
    await said(await ada.press(panel, "Switch AutoMod off"), "do not count for tracks")
    await asked(house, "Switched Off Badger", "Price")
    await said(await ada.press(panel, "Switch AutoMod on"), "1 keyword")


@pytest.mark.parametrize(
    "silence", [Fault("refuse", code=40001, status=400, times=None), Fault("hang", times=None)]
)
async def test_a_discord_that_does_not_answer_stops_no_track(
    house: House, silence: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    silence.method, silence.path = "GET", "*auto-moderation*"
    house.discord.world.set_automod(PORCH, "zoo", words=["badger"])
    await asked(house, "Known Badger", "does not allow")
    house.discord.world.set_automod(PORCH, "zoo", words=["badger", "crane"])
    monkeypatch.setattr(automod, "PATIENCE", 0.1 if silence.kind == "hang" else 15.0)
    house.discord.faults.add(silence)
    await asked(house, "Known Badger", "does not allow")  # as far as it is known
    house.discord.faults.clear()
    monkeypatch.undo()
    await asked(house, "Crane", "does not allow")


async def test_patterns_that_only_discord_reads_are_skipped(house: House) -> None:
    house.discord.world.set_automod(PORCH, "odd", words=["badger"], patterns=["(?<a", "x(?R", "cra(ne|w)"])
    await asked(house, "A Crane", "pattern “cra(ne")
    await asked(house, "Fine Song", "Price")
    await said(await (await house.member("Ada")).slash("moderation panel"), "I cannot read 2 patterns of it")


async def test_a_thousand_keywords_with_stars_and_disguises(house: House) -> None:
    words = [*(f"zoo{number}x*" for number in range(999)), "*pangolin*"]
    house.discord.world.set_automod(PORCH, "many", words=words, patterns=[r"\bтапир\b"])
    await asked(house, "Zoo77xs", "“zoo77x”")
    await asked(house, "The Sub|p|a|n|g|o|l|i|n Song", "“pangolin”")
    await asked(house, "Мой тапир", "this server's AutoMod does not allow (pattern")
    await asked(house, "*-" * 39 + "x", "Price")
