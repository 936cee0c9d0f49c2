"""/moderation: one panel that shows and changes what holds, for moderators; and the log of every change."""

from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, below, said

from rehearsal.discord.members.member import Answer, Member, NotPossibleError
from rehearsal.discord.members.reading import text_of, walk

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def panel_of(member: Member) -> Answer:
    return await said(await member.slash("moderation panel"), "## Moderation")


async def set_in(member: Member, button: str, **fields: Any) -> Answer:
    """Opens a form from a fresh panel and submits it; the panel, changed."""
    panel = await panel_of(member)
    form = await member.press(panel, button)
    assert form.modal is not None, form.text
    await member.submit(form, **fields)
    return await said(panel, "Saved: ")


def channel(harness: Harness, name: str, guild: str = "The Porch") -> str:
    return harness.discord.world.channel(name, harness.discord.world.guild(guild).id).id


def custom_ids(message: Any) -> list[str]:
    return [node["custom_id"] for node in walk(message["components"]) if "custom_id" in node]


async def test_the_panel_shows_everything_with_a_button_for_each(harness: Harness) -> None:
    ada = await harness.member("Ada")
    panel = await panel_of(ada)
    rows = "Everywhere.|Everybody may ask|any words of your own|Off. Switched on|AutoMod|As long as I can"
    rows += "|posted at once|Everybody who may|not posted anywhere"
    for words in rows.split("|"):
        assert words in panel.text
    assert panel.ephemeral
    assert len([one for one in custom_ids(panel.message) if one.startswith("moderation:")]) == 13
    await ada.press(panel, "More rules")
    await said(panel, "as this server is set", "starts them", "no contest starts by itself", "[First rules]")
    await said(await ada.press(panel, "First rules"), "posted at once")


async def test_a_moderator_sets_each_rule_by_its_button(harness: Harness) -> None:
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    panel = await set_in(ada, "Change channels", channels=[channel(harness, "lounge")])
    await said(panel, "Saved: Channels", f"Only <#{channel(harness, 'lounge')}>")
    await said(await ben.slash("compose", tags="ska", duration=5), "tracks are asked for in")
    form = await ada.press(await panel_of(ada), "Change channels")
    assert form.modal is not None
    (select,) = [node for node in walk(form.modal["components"]) if node["type"] == 8]
    assert [one["id"] for one in select["default_values"]] == [channel(harness, "lounge")]
    await said(await set_in(ada, "Change channels", channels=[]), "Everywhere.")

    role = harness.discord.world.add_role("The Porch", "Regulars")
    await said(await set_in(ada, "Change roles", roles=["Regulars"]), f"Only <@&{role.id}>")
    await said(await ben.slash("compose", tags="ska", duration=5), "only members with the role")
    await said(await set_in(ada, "Change roles", roles=[]), "Everybody may ask")

    words = await set_in(ada, "Change words", words="stoat\n*polecat*, weasel", patterns=r"\d{3}-\d{4}")
    await said(words, "3 words, and whatever fits 1 pattern, must not be in", "Saved: Words and Patterns.")
    await said(
        await ben.slash("compose", tags="a st0at", duration=5, title="P o l e c a t"), "“stoat”", "“polecat”"
    )
    await said(await set_in(ada, "Change words", words="", patterns=""), "any words of your own")

    await said(await set_in(ada, "Change length", longest="0:30"), "30 s, for moderators too")
    await said(await ben.slash("compose", tags="ska", duration=31), "at most 30 s")
    await said(await set_in(ada, "Change length", longest=""), "As long as I can")

    await said(await set_in(ada, "Change jams", jams="moderators"), "**Jams**\nModerators.")
    await said(await set_in(ada, "Change jams", jams="everybody"), "**Jams**\nEverybody")

    panel = await panel_of(ada)
    await said(
        await ada.press(panel, "Switch list on"), "On: ", "Switch list off", "Saved: Ready-made list is on"
    )
    await said(await ada.press(panel, "Switch list off"), "Off. Switched on, it keeps out")
    await said(await ada.press(panel, "Switch AutoMod off"), "do not apply to tracks")
    await said(await ada.press(panel, "Switch AutoMod on"), "AutoMod is on")


async def test_what_cannot_be_kept_is_refused_with_the_text_given_back(harness: Harness) -> None:
    ada = await harness.member("Ada")
    panel = await panel_of(ada)
    form = await ada.press(panel, "Change words")
    answer = await ada.submit(form, words="fine\na*\nb*d", patterns="(\na(?=b)")
    text = await below(
        answer,
        "Nothing was changed",
        "“a*” is too short",
        "a * inside",
        "“(”",
        "looks at what comes before or after",
    )
    assert "fine\na*\nb*d" in text
    answer = await ada.submit(await ada.press(panel, "Change length"), longest="soon")
    await below(answer, "Nothing was changed", "“soon”")
    answer = await ada.submit(await ada.press(panel, "Change jams"), jams="roles")
    await below(answer, "Choose at least one role")
    answer = await ada.submit(await ada.press(panel, "Change log"), log=[channel(harness, "no-posting")])
    await below(answer, "I cannot post in", "*Send Messages*")
    await said(await panel_of(ada), "any words of your own", "As long as I can", "not posted anywhere")


async def test_words_that_are_too_long_to_be_given_back_in_the_answer_are_in_a_file(harness: Harness) -> None:
    ada = await harness.member("Ada")
    typed = "\n".join(f"{number} {'*_' * 40}" for number in range(40))
    answer = await ada.submit(await ada.press(await panel_of(ada), "Change words"), words=typed)
    await below(answer, "Nothing was changed", "longer than 60 characters", "in an attached file")
    assert (await ada.attachment(answer.followups[0])).decode() == typed


async def test_members_see_no_panel_and_forge_none(harness: Harness) -> None:
    ben = await harness.member("Ben")
    for command in ("moderation panel", "moderation log"):
        with pytest.raises(NotPossibleError):
            await ben.slash(command)
        await said(await ben.slash(command, forged=True), "Only moderators")
    for custom_id in (
        "moderation:panel",
        "moderation:log:0",
        "moderation:edit:words",
        "moderation:switch:default_words:on",
    ):
        answer = await ben.press(await said(await ben.slash("queue"), "Queue"), custom_id, forged=True)
        await answer.until(lambda now: "Only moderators" in now.text + below_text(now), TIMEOUT)
    ada = await harness.member("Ada")
    queue = await said(await ada.slash("queue"), "Queue")
    answer = await ada.press(queue, "moderation:edit:colours", forged=True)
    await said(answer, "older version")
    await said(await panel_of(ada), "Off. Switched on, it keeps out")


def below_text(answer: Answer) -> str:
    return "\n".join(text_of(message) for message in answer.followups)


async def test_a_moderator_whose_role_was_taken_away_while_the_form_was_open_sets_nothing(
    harness: Harness,
) -> None:
    ada, world = await harness.member("Ada"), harness.discord.world
    panel = await panel_of(ada)
    form = await ada.press(panel, "Change length")
    world.set_moderator("The Porch", "Ada", moderator=False)
    await below(await ada.submit(form, longest="7"), "Only moderators")
    await below(await ada.press(panel, "Switch list on"), "Only moderators")
    world.set_moderator("The Porch", "Ada", moderator=True)
    await said(await panel_of(ada), "As long as I can", "Off. Switched on, it keeps out")


async def test_an_old_panel_and_an_old_form_overwrite_nothing(harness: Harness) -> None:
    ada, world = await harness.member("Ada"), harness.discord.world
    world.set_moderator("The Porch", "Cleo", moderator=True)
    cleo = await harness.member("Cleo")
    old = await panel_of(ada)
    form = await ada.press(old, "Change words")
    await said(await set_in(cleo, "Change words", words="marten"), "1 word must not")
    answer = await ada.submit(form, words="otter\nmink")
    await below(answer, "another moderator changed the same", "otter\nmink")
    await said(old, "1 word must not")
    await said(await cleo.press(await panel_of(cleo), "Switch list on"), "is on")
    await said(await ada.press(old, "Switch list on"), "is on")  # what the old panel said, not the opposite
    await said(await ada.press(old, "Switch list off"), "is off")
    await said(await set_in(ada, "Change words", words=""), "any words of your own")
    world.set_moderator("The Porch", "Cleo", moderator=False)


async def test_another_guilds_channels_and_roles_are_not_taken(harness: Harness) -> None:
    ada = await harness.member("Ada")
    roof = channel(harness, "music", "Rooftop")
    form = await ada.press(await panel_of(ada), "Change channels")
    await below(await ada.submit(form, channels=[roof], forged=True), "not in this server any more")
    form = await ada.press(await panel_of(ada), "Change log")
    await below(await ada.submit(form, log=[roof], forged=True), "not in this server any more")
    await said(await panel_of(ada), "Everywhere.", "not posted anywhere")
    dora = await harness.member("Dora", "Rooftop")
    await said(await set_in(dora, "Change length", longest="9"), "9 s, for moderators too")
    await said(await panel_of(ada), "As long as I can")
    assert (
        "9 s" not in (await said(await ada.slash("moderation log"), "## Log")).text.split("Longest track")[0]
    )


async def test_the_panel_works_after_a_restart(harness: Harness) -> None:
    ada = await harness.member("Ada")
    panel = await panel_of(ada)
    form = await ada.press(panel, "Change length")
    await harness.stop()
    await harness.start()
    await ada.submit(form, longest="40")
    await said(panel, "40 s, for moderators too")
    await said(await set_in(ada, "Change length", longest=""), "As long as I can")


async def test_the_log_says_who_changed_what_and_has_pages(harness: Harness) -> None:
    ada = await harness.member("Ada")
    for seconds in range(20, 32):
        await set_in(ada, "Change length", longest=str(seconds))
    log = await said(await ada.slash("moderation log"), f"<@{ada.id}> changed **Longest track**: 30 s → 31 s")
    assert "Page 1 of" in log.text
    assert "[Newer]" not in log.text
    await said(await ada.press(log, "Older"), "Page 2 of", "[Newer]", "as long as I can → 20 s")
    await said(await ada.press(log, "Newer"), "30 s → 31 s")
    await said(await ada.press(log, "Panel"), "31 s, for moderators too")
    await set_in(ada, "Change length", longest="")
    await said(await ada.slash("moderation budget", daily=1.5), "limits are set")
    await said(await ada.slash("moderation log"), "changed this server's daily limit: $10.00 → $1.50")
    await said(await ada.slash("moderation budget", daily=10), "limits are set")
    await said(await ada.press(log, "moderation:log:99999", forged=True), "Page")
