"""What a guild's rules keep out, told to the member privately, with all they wrote given back."""

from typing import Any

import pytest
from bot_harness import Harness, below, made, said

from rehearsal.discord.entities import CATEGORY
from rehearsal.discord.members.reading import walk
from services.guilds.rules import change_rules

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def rule(harness: Harness, guild: str = "The Porch", **changes: Any) -> None:
    """Sets rules as Ada, without the panel."""
    assert harness.bot is not None
    async with harness.bot.studio.database.write() as connection:
        found = harness.discord.world.guild(guild)
        await change_rules(connection, int(found.id), int(harness.discord.world.user("Ada").id), **changes)


def channel(harness: Harness, name: str) -> int:
    return int(harness.discord.world.channel(name, "The Porch").id)


async def test_tracks_are_asked_for_in_allowed_channels_only(harness: Harness) -> None:
    await rule(harness, channels=(channel(harness, "lounge"),))
    ben = await harness.member("Ben")
    refused = await said(
        await ben.slash("compose", tags="ska, polka", duration=5, title="Elsewhere"),
        f"<#{channel(harness, 'lounge')}>",
        "nothing was charged",
        "ska, polka",
        "Elsewhere",
    )
    assert "Something broke" not in refused.text
    early = await ben.slash("compose", tags="ska", vocals="write lyrics")
    assert early.modal is None
    await said(early, "tracks are asked for in", "ska")
    await made(await harness.member("Ben", channel="lounge"), "In The Lounge")
    await made(await harness.member("Ada"), "Moderators Anywhere")
    await rule(harness, channels=())
    await made(await harness.member("Ben"), "Everywhere Again")


async def test_a_thread_counts_as_its_channel(harness: Harness) -> None:
    world = harness.discord.world
    lounge = world.channel("lounge", "The Porch")
    world.add_thread(lounge, "side talk", world.user("Ben").id)
    await rule(harness, channels=(int(lounge.id),))
    ben = await harness.member("Ben", channel="side talk")
    await said(await ben.slash("compose", tags="ska", duration=5, title="In A Thread"), "In A Thread")
    await rule(harness, channels=())


async def test_a_threads_category_counts_too_and_a_thread_by_itself_alone(harness: Harness) -> None:
    world = harness.discord.world
    category = world.add_channel("The Porch", "Backyard", kind=CATEGORY)
    shed, fence = [world.add_channel("The Porch", name) for name in ("shed", "fence")]
    world.update_channel(shed.id, parent_id=category.id)
    tools, paint = [world.add_thread(shed, name, world.user("Ben").id) for name in ("tools", "paint")]
    await rule(harness, channels=(int(category.id),))
    ben = await harness.member("Ben", channel="tools")
    await said(await ben.slash("compose", tags="ska", duration=5, title="In Its Category"), "In Its Category")
    await rule(harness, channels=(int(tools.id),))
    await said(await ben.slash("compose", tags="ska", duration=5, title="In The Thread"), "In The Thread")
    for elsewhere in (paint, shed, fence):
        await ben.go(elsewhere.name)
        refused = await ben.slash("compose", tags="ska", duration=5, title="Beside It")
        await said(refused, "tracks are asked for in", f"<#{tools.id}>")
    await rule(harness, channels=())


async def test_an_archived_thread_stays_allowed_and_is_not_taken_for_gone(harness: Harness) -> None:
    world, ada, ben = harness.discord.world, await harness.member("Ada"), await harness.member("Ben")
    lounge = world.channel("lounge", "The Porch")
    old, older = [world.add_thread(lounge, name, world.user("Ben").id) for name in ("old", "older")]
    foreign = world.add_thread(world.channel("music", "Rooftop"), "abroad", world.user("Dora").id)
    await rule(harness, channels=(int(old.id),))
    for thread in (old, older, foreign):
        world.update_channel(thread.id, archived=True)
    await said(
        await ben.slash("compose", tags="ska", duration=5), "gone or archived", "open it again", "panel"
    )

    panel = await said(await ada.slash("moderation panel"), f"Only <#{old.id}>")
    form = await ada.press(panel, "Change channels")
    assert form.modal is not None
    (select,) = [node for node in walk(form.modal["components"]) if node["type"] == 8]
    assert [one["id"] for one in select["default_values"]] == [old.id]
    await ada.submit(form, channels=[old.id, older.id])
    await said(panel, "Saved: Channels", f"<#{old.id}>, <#{older.id}>")
    form = await ada.press(panel, "Change channels")
    await below(await ada.submit(form, channels=[foreign.id], forged=True), "not in this server any more")

    world.update_channel(old.id, archived=False)
    await made(await harness.member("Ben", channel="old"), "Opened Again")
    await rule(harness, channels=())


async def test_a_role_that_was_taken_away_while_the_form_was_open_does_not_count(harness: Harness) -> None:
    world = harness.discord.world
    singers = world.add_role("The Porch", "Singers")
    await rule(harness, roles=(int(singers.id),))
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    world.set_roles("The Porch", "Ben", ["Singers"])
    await said(
        await cleo.slash("compose", tags="ska", duration=5, title="No Singer"),
        f"<@&{singers.id}>",
        "No Singer",
    )
    form = await ben.slash("compose", tags="ska", duration=5, vocals="write lyrics", title="Too Late")
    assert form.modal is not None
    world.set_roles("The Porch", "Ben", [])
    refused = await said(
        await ben.submit(form, lyrics="[verse]\nMy own words"), "only members with the role", "My own words"
    )
    world.set_roles("The Porch", "Ben", ["Singers"])
    await said(await ben.submit(await ben.press(refused, "Edit")), "Too Late", "Price")
    world.set_roles("The Porch", "Ben", [])
    await rule(harness, roles=())


async def test_longest_and_words_are_told_with_every_other_fault(harness: Harness) -> None:
    await rule(harness, longest=30, words=("badger",), patterns=(r"\d{3}-\d{4}",))
    ben = await harness.member("Ben")
    refused = await said(
        await ben.slash(
            "compose", tags="ska, b4dg3r", duration=60, seed=3, title="B\u0430dger calls 555-0199" + "!" * 80
        ),
        "**Tags**: “badger” is a word that this server's word list does not allow",
        "**Title**: “badger”",
        "555-0199",
        "**Title**: The title is",
        "at most 30 s",
        "ska, b4dg3r",
    )
    await said(
        await ben.submit(await ben.press(refused, "Edit"), tags="ska", title="Clean", duration="30"), "Clean"
    )
    await said(await ben.slash("compose", idea="A badger dances"), "**Idea**: “badger”", "[Edit]")
    ada = await harness.member("Ada")
    await said(await ada.slash("compose", tags="badger", duration=31), "“badger”", "at most 30 s")
    await rule(harness, longest=None, words=(), patterns=())


async def test_again_and_remix_ask_the_rules_too(harness: Harness) -> None:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    message = await made(ben, "Ferret Song")
    await rule(harness, words=("ferret",))
    await said(await cleo.press(message, "Again"), "Nothing was started", "**Title**: “ferret”")
    form = await cleo.press(message, "Remix seed")
    await said(await cleo.submit(form, tags="polka"), "**Title**: “ferret”", "polka")
    await rule(harness, words=(), channels=(channel(harness, "lounge"),))
    await said(await cleo.press(message, "Again"), "tracks are asked for in")
    await rule(harness, channels=())


async def test_the_default_words_can_be_switched_on(harness: Harness) -> None:
    ben = await harness.member("Ben")
    await rule(harness, default_words=True)
    await said(await ben.slash("compose", tags="ska", duration=5, title="s i e g  h e i l"), "does not allow")
    await rule(harness, default_words=False)


async def test_another_guild_is_not_bound(harness: Harness) -> None:
    await rule(harness, words=("otter",), longest=10)
    dora = await harness.member("Dora", "Rooftop")
    await made(dora, "Otter", duration=12)
    await rule(harness, words=(), longest=None)


async def test_rules_about_channels_and_roles_that_are_gone_are_said_to_be(harness: Harness) -> None:
    world = harness.discord.world
    gone = world.add_channel("The Porch", "soon-gone")
    await rule(harness, channels=(int(gone.id), channel(harness, "lounge")))
    world.delete_channel(gone.id)
    ben = await harness.member("Ben")
    refused = await said(await ben.slash("compose", tags="ska", duration=5), "tracks are asked for in")
    assert gone.id not in refused.text
    await rule(harness, channels=(int(gone.id),))
    await said(await ben.slash("compose", tags="ska", duration=5), "are gone", "`/moderation panel`")
    await rule(harness, channels=(), roles=(5,))
    await said(await ben.slash("compose", tags="ska", duration=5), "are gone", "nothing was charged")
    await rule(harness, roles=())


async def test_an_old_guilds_first_channel_had_its_id_and_is_not_taken_for_everyone(harness: Harness) -> None:
    await rule(harness, channels=(int(harness.discord.world.guild("The Porch").id),))
    ben = await harness.member("Ben")
    await said(await ben.slash("compose", tags="ska", duration=5), "are gone", "`/moderation panel`")
    await rule(harness, channels=())


async def test_tags_that_spell_a_word_between_them_are_found(harness: Harness) -> None:
    await rule(harness, words=("badger",))
    ben = await harness.member("Ben")
    await said(await ben.slash("compose", tags="b, a, d, g, e, r", duration=5), "**Tags**: “badger”")
    await rule(harness, words=())
