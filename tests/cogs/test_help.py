"""/help, by what one wants to do; and the hello in a server that the bot was added to."""

from __future__ import annotations

from typing import Any

import pytest
from bot_harness import TIMEOUT, VOICES, Harness, done_again, said
from known_rights import RIGHTS

from cogs.core.rights import Who
from cogs.help import Hello
from cogs.texts.help import BELOW, TOPICS
from cogs.texts.hints import HINTS
from cogs.texts.translation import LANGUAGES, Text, speaking
from services.storage.tables import announcements

pytestmark = pytest.mark.asyncio(loop_scope="module")
INTERVALS = {Hello: 0.1}


@pytest.fixture(scope="module")
def changes() -> dict[str, Any]:
    return VOICES


async def test_every_command_stands_in_one_topic() -> None:
    told = [name for names in TOPICS.values() for name in names]
    commands = {one.handle for one in RIGHTS if one.handle.startswith("/")}
    assert set(told) == commands
    assert len(told) == len(set(told))


async def test_each_is_told_what_they_may_use(harness: Harness) -> None:
    ben, ada = await harness.member("Ben"), await harness.member("Ada")
    of_member = (await said(await ben.slash("help"), "**Make a song**", "`/compose` ")).text
    of_moderator = (await said(await ada.slash("help"), "**Moderate**")).text
    for one in RIGHTS:
        if one.handle.startswith("/"):
            assert (f"`{one.handle}`" in of_member) == (one.who is Who.MEMBER), one.handle
            assert (f"`{one.handle}`" in of_moderator) == (one.who is not Who.HOST), one.handle
    assert "*Lend my voice*, on the panel" in of_member, "a voice is lent by a button alone"
    assert (await ben.slash("help")).ephemeral
    assert not [hint for hint in HINTS.values() if str(hint) in of_member], "it says all that a hint does"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_nothing_of_it_is_cut_off_in_any_language(harness: Harness, language: str) -> None:
    harness.discord.world.set_locale("Ada", language)
    ada = await harness.member("Ada")
    with speaking(language):
        below, last = str(BELOW), str(Text("Moderate"))
    await said(await ada.slash("help"), f"**{last}**", "`/moderation key remove` ", below)
    harness.discord.world.set_locale("Ada", "en-US")


async def test_in_a_new_server_it_says_hello_once_where_it_may_write(harness: Harness) -> None:
    world = harness.discord.world
    world.add_guild("The Cellar", channels=["rules", "talk", "more"], read_only=["rules"])
    world.add_member("The Cellar", "Eve")
    eve = await harness.member("Eve", guild="The Cellar", channel="talk")
    hello = await eve.wait_message(lambda one: one["content"].startswith("Hello!"), TIMEOUT)
    assert hello["mentions"] == []
    await said(await eve.press(hello, "How it works"), "**Make a song**")
    await said(await eve.press(hello, "Set it up"), "Only moderators")
    form = await eve.press(hello, "Make the first song")
    await said(await eve.submit(form, tags="ska", duration="5", title="The First"), "is finished")
    assert [one["content"] for one in await eve.messages() if one["content"].startswith("Hello!")] == [
        hello["content"]
    ]


async def test_it_says_hello_once_also_where_it_was_added_while_it_was_away(harness: Harness) -> None:
    """A backup that is put back does not know that it was said."""
    await harness.stop()
    harness.discord.world.add_guild("The Loft", channels=["talk"])
    harness.discord.world.add_member("The Loft", "Eve")
    await harness.start()
    eve = await harness.member("Eve", guild="The Loft", channel="talk")
    await eve.wait_message(lambda one: one["content"].startswith("Hello!"), TIMEOUT)
    for knows in (True, False):
        await harness.stop()
        bot = await harness.start()
        if not knows:
            async with bot.studio.database.write() as connection:
                await connection.execute(announcements.delete())
        await done_again(harness, Hello)
        assert len(await eve.messages()) == 1
    ben = await harness.member("Ben")
    assert not [one for one in await ben.messages() if one["content"].startswith("Hello!")]
