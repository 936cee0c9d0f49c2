"""What a guild's rules keep out, told to the member privately, with all they wrote given back."""

from typing import Any

import pytest
from house import House, below, made, said

from rehearsal.discord.entities import CATEGORY
from rehearsal.member import walk
from services.guilds.rules import change_rules

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def rule(house: House, guild: str = "The Porch", **changes: Any) -> None:
    """Sets rules as Ada, without the panel."""
    assert house.bot is not None
    async with house.bot.studio.database.write() as connection:
        found = house.discord.world.guild(guild)
        await change_rules(connection, int(found.id), int(house.discord.world.user("Ada").id), **changes)


def channel(house: House, name: str) -> int:
    return int(house.discord.world.channel(name, "The Porch").id)


async def test_tracks_are_asked_for_in_allowed_channels_only(house: House) -> None:
    await rule(house, channels=(channel(house, "lounge"),))
    ben = await house.member("Ben")
    refused = await said(
        await ben.slash("compose", tags="ska, polka", duration=5, title="Elsewhere"),
        f"<#{channel(house, 'lounge')}>",
        "nothing was charged",
        "ska, polka",
        "Elsewhere",
    )
    assert "Something broke" not in refused.text
    early = await ben.slash("compose", tags="ska", vocals="write lyrics")
    assert early.modal is None
    await said(early, "tracks are asked for in", "ska")
    await made(await house.member("Ben", channel="lounge"), "In The Lounge")
    await made(await house.member("Ada"), "Moderators Anywhere")
    await rule(house, channels=())
    await made(await house.member("Ben"), "Everywhere Again")


async def test_a_thread_counts_as_its_channel(house: House) -> None:
    world = house.discord.world
    lounge = world.channel("lounge", "The Porch")
    world.add_thread(lounge, "side talk", world.user("Ben").id)
    await rule(house, channels=(int(lounge.id),))
    ben = await house.member("Ben", channel="side talk")
    await said(await ben.slash("compose", tags="ska", duration=5, title="In A Thread"), "In A Thread")
    await rule(house, channels=())


async def test_a_threads_category_counts_too_and_a_thread_by_itself_alone(house: House) -> None:
    world = house.discord.world
    category = world.add_channel("The Porch", "Backyard", kind=CATEGORY)
    shed, fence = [world.add_channel("The Porch", name) for name in ("shed", "fence")]
    world.update_channel(shed.id, parent_id=category.id)
    tools, paint = [world.add_thread(shed, name, world.user("Ben").id) for name in ("tools", "paint")]
    await rule(house, channels=(int(category.id),))
    ben = await house.member("Ben", channel="tools")
    await said(await ben.slash("compose", tags="ska", duration=5, title="In Its Category"), "In Its Category")
    await rule(house, channels=(int(tools.id),))
    await said(await ben.slash("compose", tags="ska", duration=5, title="In The Thread"), "In The Thread")
    for elsewhere in (paint, shed, fence):
        await ben.go(elsewhere.name)
        refused = await ben.slash("compose", tags="ska", duration=5, title="Beside It")
        await said(refused, "tracks are asked for in", f"<#{tools.id}>")
    await rule(house, channels=())


async def test_an_archived_thread_stays_allowed_and_is_not_taken_for_gone(house: House) -> None:
    world, ada, ben = house.discord.world, await house.member("Ada"), await house.member("Ben")
    lounge = world.channel("lounge", "The Porch")
    old, older = [world.add_thread(lounge, name, world.user("Ben").id) for name in ("old", "older")]
    foreign = world.add_thread(world.channel("music", "Rooftop"), "abroad", world.user("Dora").id)
    await rule(house, channels=(int(old.id),))
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
    await made(await house.member("Ben", channel="old"), "Opened Again")
    await rule(house, channels=())


async def test_a_role_that_was_taken_away_while_the_form_was_open_does_not_count(house: House) -> None:
    world = house.discord.world
    singers = world.add_role("The Porch", "Singers")
    await rule(house, roles=(int(singers.id),))
    ben, cleo = await house.member("Ben"), await house.member("Cleo")
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
    await rule(house, roles=())


async def test_longest_and_words_are_told_with_every_other_fault(house: House) -> None:
    await rule(house, longest=30, words=("badger",), patterns=(r"\d{3}-\d{4}",))
    ben = await house.member("Ben")
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
    ada = await house.member("Ada")
    await said(await ada.slash("compose", tags="badger", duration=31), "“badger”", "at most 30 s")
    await rule(house, longest=None, words=(), patterns=())


async def test_again_and_remix_ask_the_rules_too(house: House) -> None:
    ben, cleo = await house.member("Ben"), await house.member("Cleo")
    message = await made(ben, "Ferret Song")
    await rule(house, words=("ferret",))
    await said(await cleo.press(message, "Again"), "Nothing was started", "**Title**: “ferret”")
    form = await cleo.press(message, "Remix seed")
    await said(await cleo.submit(form, tags="polka"), "**Title**: “ferret”", "polka")
    await rule(house, words=(), channels=(channel(house, "lounge"),))
    await said(await cleo.press(message, "Again"), "tracks are asked for in")
    await rule(house, channels=())


async def test_the_default_words_can_be_switched_on(house: House) -> None:
    ben = await house.member("Ben")
    await rule(house, default_words=True)
    await said(await ben.slash("compose", tags="ska", duration=5, title="s i e g  h e i l"), "does not allow")
    await rule(house, default_words=False)


async def test_another_guild_is_not_bound(house: House) -> None:
    await rule(house, words=("otter",), longest=10)
    dora = await house.member("Dora", "Rooftop")
    await made(dora, "Otter", duration=12)
    await rule(house, words=(), longest=None)


async def test_rules_about_channels_and_roles_that_are_gone_are_said_to_be(house: House) -> None:
    world = house.discord.world
    gone = world.add_channel("The Porch", "soon-gone")
    await rule(house, channels=(int(gone.id), channel(house, "lounge")))
    world.delete_channel(gone.id)
    ben = await house.member("Ben")
    refused = await said(await ben.slash("compose", tags="ska", duration=5), "tracks are asked for in")
    assert gone.id not in refused.text
    await rule(house, channels=(int(gone.id),))
    await said(await ben.slash("compose", tags="ska", duration=5), "are gone", "`/moderation panel`")
    await rule(house, channels=(), roles=(5,))
    await said(await ben.slash("compose", tags="ska", duration=5), "are gone", "nothing was charged")
    await rule(house, roles=())


async def test_tags_that_spell_a_word_between_them_are_found(house: House) -> None:
    await rule(house, words=("badger",))
    ben = await house.member("Ben")
    await said(await ben.slash("compose", tags="b, a, d, g, e, r", duration=5), "**Tags**: “badger”")
    await rule(house, words=())
