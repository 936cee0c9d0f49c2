"""Discord's own AutoMod: what keeps words out of messages keeps them out of tracks, where it can be read."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from bot_harness import Harness, said

from cogs.core import automod
from rehearsal.discord.faults import Fault
from services.guilds.rules import change_rules

pytestmark = pytest.mark.asyncio(loop_scope="module")
PORCH = "The Porch"


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def afterwards(harness: Harness) -> AsyncIterator[None]:
    world = harness.discord.world
    world.allow_bot(PORCH, ["manage_guild"])
    yield
    for rule in [one["name"] for one in world.guild(PORCH).automod.values()]:
        world.remove_automod(PORCH, rule)


def reads(harness: Harness) -> int:
    return sum("auto-moderation" in one.path for one in harness.discord.requests)


async def asked(harness: Harness, title: str, *words: str, name: str = "Ben", channel: str = "music") -> str:
    """What a member hears who asks for a track with that title."""
    member = await harness.member(name, channel=channel)
    return (await said(await member.slash("compose", tags="ska", duration=5, title=title), *words)).text


async def test_keywords_count_for_tracks_as_they_do_for_messages(harness: Harness) -> None:
    harness.discord.world.set_automod(
        PORCH, "zoo", words=["badger", "*otter*"], patterns=[r"st[o0]at"], allowed=["otterhound"]
    )
    await asked(harness, "B\u0430dger", "“badger” is a word that this server's AutoMod does not allow")
    await asked(harness, "Seaotters", "“otter”")
    await asked(harness, "Stoat", "pattern “st[o0]at”")
    await asked(harness, "Badgers and an Otterhound", "Price")


async def test_exempt_channels_roles_and_moderators_are_exempt_here_too(harness: Harness) -> None:
    world = harness.discord.world
    lounge = world.channel("lounge", PORCH).id
    keeper = world.add_role(PORCH, "Keeper")
    world.set_automod(PORCH, "zoo", words=["badger"], exempt_channels=[lounge], exempt_roles=[keeper.id])
    await asked(harness, "Badger One", "does not allow")
    await asked(harness, "Badger Two", "Price", channel="lounge")
    await asked(harness, "Badger Three", "Price", name="Ada")
    world.set_roles(PORCH, "Ben", ["Keeper"])
    await asked(harness, "Badger Four", "Price")
    world.set_roles(PORCH, "Ben", [])


async def test_a_changed_rule_counts_at_once_and_is_asked_for_rarely(harness: Harness) -> None:
    world = harness.discord.world
    world.set_automod(PORCH, "zoo", words=["badger"])
    await asked(harness, "Badger Again", "does not allow")
    before = reads(harness)
    await asked(harness, "Badger Again", "does not allow")
    assert reads(harness) == before
    world.set_automod(PORCH, "zoo", words=["heron"])
    await asked(harness, "Heron", "does not allow")
    await asked(harness, "Badger Last", "Price")
    world.set_automod(PORCH, "zoo", words=["heron"], enabled=False)
    await asked(harness, "Heron Last", "Price")


async def test_discord_is_not_asked_for_whoever_may_not_ask_for_a_track_there(harness: Harness) -> None:
    world = harness.discord.world
    lounge, ada = int(world.channel("lounge", PORCH).id), int(world.user("Ada").id)
    await _rule(harness, ada, channels=(lounge,))
    world.set_automod(PORCH, "zoo", words=["badger"])  # so that what is known must be asked for again
    before = reads(harness)
    await asked(harness, "Badger Outside", "tracks are asked for in")
    assert reads(harness) == before
    await _rule(harness, ada, channels=())
    await asked(harness, "Badger Inside", "does not allow")
    assert reads(harness) == before + 1


async def _rule(harness: Harness, moderator_id: int, **changes: Any) -> None:
    assert harness.bot is not None
    async with harness.bot.studio.database.write() as connection:
        await change_rules(connection, int(harness.discord.world.guild(PORCH).id), moderator_id, **changes)


async def test_what_cannot_be_read_counts_as_no_rule_and_is_said(harness: Harness) -> None:
    world, ada = harness.discord.world, await harness.member("Ada")
    world.set_automod(PORCH, "zoo", words=["badger"])
    world.set_automod(PORCH, "lists", presets=[1, 3])
    await said(await ada.slash("moderation panel"), "1 keyword", "ready-made lists apply to messages only")
    world.allow_bot(PORCH, [])
    await asked(harness, "Unread Badger", "Price")
    await said(await ada.slash("moderation panel"), "I may not read this server's AutoMod", "*Manage Server*")
    world.allow_bot(PORCH, ["manage_guild"])
    panel = await said(await ada.slash("moderation panel"), "1 keyword")
    await said(await ada.press(panel, "Switch AutoMod off"), "do not apply to tracks")
    await asked(harness, "Switched Off Badger", "Price")
    await said(await ada.press(panel, "Switch AutoMod on"), "1 keyword")


@pytest.mark.parametrize(
    "silence",
    [
        Fault("refuse", code=40001, status=400, times=None),
        Fault("cloudflare", status=403, retry_after=0, times=None),
        Fault("hang", times=None),
    ],
)
async def test_a_discord_that_does_not_answer_stops_no_track(
    harness: Harness, silence: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    silence.method, silence.path = "GET", "*auto-moderation*"
    harness.discord.world.set_automod(PORCH, "zoo", words=["badger"])
    await asked(harness, "Known Badger", "does not allow")
    harness.discord.world.set_automod(PORCH, "zoo", words=["badger", "crane"])
    monkeypatch.setattr(automod, "PATIENCE", 0.1 if silence.kind == "hang" else 15.0)
    harness.discord.faults.add(silence)
    await asked(harness, "Known Badger", "does not allow")  # as far as it is known
    harness.discord.faults.clear()
    monkeypatch.undo()
    await asked(harness, "Crane", "does not allow")


async def test_rules_of_a_kind_that_is_new_keep_no_others_from_being_read(harness: Harness) -> None:
    rules = harness.discord.world.guild(PORCH).automod
    harness.discord.world.set_automod(PORCH, "new kind")
    (new,) = rules.values()
    new.update(trigger_type=42, trigger_metadata={"of": None}, exempt_roles=None, actions=[{"type": 77}])
    rules["7"] = new | {"id": "7", "name": "no words", "trigger_type": 1, "trigger_metadata": None}
    harness.discord.world.set_automod(PORCH, "zoo", words=["badger"])
    await asked(harness, "Readable Badger", "does not allow")
    await asked(harness, "Readable Song", "Price")


async def test_patterns_that_only_discord_reads_are_skipped(harness: Harness) -> None:
    harness.discord.world.set_automod(PORCH, "odd", words=["badger"], patterns=["(?<a", "x(?R", "cra(ne|w)"])
    await asked(harness, "A Crane", "pattern “cra(ne")
    await asked(harness, "Fine Song", "Price")
    await said(
        await (await harness.member("Ada")).slash("moderation panel"), "I cannot read 2 of its patterns"
    )


async def test_a_thousand_keywords_with_stars_and_disguises(harness: Harness) -> None:
    words = [*(f"zoo{number}x*" for number in range(999)), "*pangolin*"]
    harness.discord.world.set_automod(PORCH, "many", words=words, patterns=[r"\bтапир\b"])
    await asked(harness, "Zoo77xs", "“zoo77x”")
    await asked(harness, "The Sub|p|a|n|g|o|l|i|n Song", "“pangolin”")
    await asked(harness, "Мой тапир", "this server's AutoMod does not allow (pattern")
    await asked(harness, "*-" * 39 + "x", "Price")
