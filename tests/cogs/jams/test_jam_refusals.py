"""What stands in a jam's way: rules, bans, words, limits, rights. Told, nothing charged, nothing lost."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from bot_harness import TIMEOUT, Harness, followups, said, track_of
from jamming import ends, jam_id, join, panel_of, panel_where, recap_of, start, strikes, tags, writes

from rehearsal.discord.faults import Fault as DiscordFault
from rehearsal.discord.members.member import Answer, Member, NotPossibleError
from rehearsal.discord.members.reading import text_of, walk
from rehearsal.wavespeed import Fault
from services.guilds.rules import WhoMay, change_rules
from services.jams.jams import LONGEST_THEME
from services.storage.tables import entries

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def rules(harness: Harness, **changes: Any) -> None:
    assert harness.bot is not None
    guild_id = int(harness.discord.world.guild("The Porch").id)
    async with harness.bot.studio.database.write() as connection:
        await change_rules(connection, guild_id, 1, **changes)


async def reserved(harness: Harness) -> int:
    """How many reservations there are."""
    assert harness.bot is not None
    async with harness.bot.studio.database.read() as connection:
        return await connection.scalar(sa.select(sa.func.count()).where(entries.c.kind == "reserve")) or 0


async def two_in(harness: Harness, theme: str, **options: Any) -> tuple[Member, Member, dict[str, Any]]:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    panel = await start(ben, theme, **{"tags": "folk", "duration": 5, **options})
    await join(cleo, theme)
    return ben, cleo, panel


async def below_or_in(answer: Answer, *words: str) -> None:
    """Waits until the answer or something below it says all of that, to its member alone."""
    await answer.until(lambda now: all(word in f"{now.text}\n{followups(now)}" for word in words), TIMEOUT)
    assert all(message["ephemeral"] for message in answer.followups)


async def test_who_may_use_jams_is_the_moderators_to_say_at_every_press(harness: Harness) -> None:
    ben, cleo, panel = await two_in(harness, "Rules")
    role = harness.discord.world.add_role("The Porch", "Band")
    await rules(harness, jams=WhoMay.ROLES, jam_roles=(int(role.id),))
    try:
        await below_or_in(
            await ben.press(panel, "Lock in / Unlock"), "only members with the role", f"<@&{role.id}>"
        )
        await said(await ben.slash("jam start", theme="Another"), "only members with the role")
        harness.discord.world.set_roles("The Porch", "Cleo", ["Band"])
        form = await cleo.press(panel, "Write a section …", ["New: Verse"])
        harness.discord.world.set_roles("The Porch", "Cleo", [])
        answer = await cleo.submit(form, text="Taken away while I wrote")
        await below_or_in(answer, "only members with the role", "Taken away while I wrote", "Go on with mine")
        harness.discord.world.set_roles("The Porch", "Cleo", ["Band"])
        again = await cleo.press(answer.followups[0], "Go on with mine")
        assert "Taken away while I wrote" in again.text
        await cleo.submit(again)
        await panel_of(ben, "Rules", "Taken away while I wrote")
        await rules(harness, jams=WhoMay.MODERATORS)
        await below_or_in(await cleo.press(panel, "Join / Leave"), "only moderators can use jams")
    finally:
        await rules(harness, jams=WhoMay.EVERYBODY)
        harness.discord.world.set_roles("The Porch", "Cleo", [])
    await ends(ben, "Rules")


async def test_words_are_looked_at_as_everywhere_else(harness: Harness) -> None:
    ben, cleo, panel = await two_in(harness, "Words")
    await rules(harness, words=("stoat",))
    try:
        await below_or_in(await tags(cleo, panel, "a st0at"), "“stoat”", "No tag was added", "a st0at")
        answer = await writes(cleo, panel, "New: Verse", "The s t o a t\nand I")
        await below_or_in(answer, "“stoat”", "The s t o a t\nand I")
        await said(await ben.slash("jam start", theme="Stoat"), "“stoat”")
    finally:
        await rules(harness, words=())
    await below_or_in(await tags(cleo, panel, "fu\u200bnk"), "Tag 1 holds an invisible character")
    await writes(cleo, panel, "New: Verse", "A weasel")
    await panel_of(ben, "Words", "A weasel")
    before = await reserved(harness)
    await rules(harness, words=("weasel",))  # after it was written
    try:
        await below_or_in(await ben.press(panel, "Make it now"), "“weasel”", "nothing was charged")
        await panel_of(cleo, "Words", "No track was asked for", "“weasel”", "A weasel")
    finally:
        await rules(harness, words=())
    assert await reserved(harness) == before
    await ends(ben, "Words")


async def test_lengths_and_limits_are_told_on_the_panel_and_the_jam_stays(harness: Harness) -> None:
    ada = await harness.member("Ada")
    ben, cleo, panel = await two_in(harness, "Dear", duration=60, share=100)
    before = await reserved(harness)
    await rules(harness, longest=30)
    try:
        await below_or_in(await ben.press(panel, "Make it now"), "60 s is longer than")
    finally:
        await rules(harness, longest=None)
    await said(await ada.slash("moderation budget", daily=0.001), "$0.001")
    try:
        await cleo.press(panel, "Lock in / Unlock")
        await panel_of(ben, "Dear", f"<@{cleo.id}> ✓")
        await ben.press(panel, "Lock in / Unlock")
        panel = await panel_of(
            ben, "Dear", "No track was asked for", "This track costs $0.012", "That is enough: press"
        )
        assert await reserved(harness) == before
    finally:
        await said(await ada.slash("moderation budget", daily=10), "$10")
    await ben.press(panel, "Lock in / Unlock")  # once more, now that there is money
    await track_of(ben, "Dear")
    assert await reserved(harness) == before + 1
    await panel_of(ben, "Dear", "Listen, and vote")
    await ends(ben, "Dear")


async def test_whose_limit_it_is_is_told_to_who_asks_and_not_on_the_panel(harness: Harness) -> None:
    ada = await harness.member("Ada")
    ben, _cleo, panel = await two_in(harness, "Shared", duration=10, share=100)
    before = await reserved(harness)
    await said(await ada.slash("moderation budget", member=0.0005), "$0.0005")
    try:
        pressed = await ben.press(panel, "Make it now")
        shared = "The track costs $0.002, in equal shares for the 2 who are in"
        await below_or_in(pressed, "nothing was charged", shared, "left")
        told = followups(pressed)
        assert "you have only $0.0005 of your $0.0005 left for today" in told or "> has less left" in told
        panel = await panel_of(ben, "Shared", "No track was asked for", shared, "one of them has less")
        refusal = next(line for line in text_of(panel).splitlines() if "No track was asked for" in line)
        assert "<@" not in refusal
        assert await reserved(harness) == before
    finally:
        await said(await ada.slash("moderation budget", member=5), "$5")
    await ben.press(panel, "Make it now")
    await track_of(ben, "Shared")
    await panel_of(ben, "Shared", "Listen, and vote")
    await ends(ben, "Shared")


async def test_a_failed_render_brings_the_jam_back_with_the_reason(harness: Harness) -> None:
    ben, _cleo, panel = await two_in(harness, "Failing", tags="doomed")
    harness.wave.faults.add(Fault("render_failed", tags="doomed"))
    await ben.press(panel, "Make it now")
    panel = await panel_of(ben, "Failing", "could not be made", "Nothing was charged", "**Tags** doomed")
    assert not [m for m in await ben.messages() if "could not be made" in m["content"]]
    held = harness.wave.faults.add(Fault("render_held", tags="doomed"))
    await ben.press(panel, "Make it now")
    await panel_of(ben, "Failing", "could not be made", "expected")  # told until the next is there
    held.release()
    await track_of(ben, "Failing")
    panel = await panel_of(ben, "Failing", "Listen, and vote", "Round 1")
    assert "could not be made" not in text_of(panel)
    await ends(ben, "Failing")


async def test_a_jam_that_ends_with_a_track_that_fails_says_why(harness: Harness) -> None:
    ben, _cleo, panel = await two_in(harness, "Dying", tags="dying")
    harness.wave.faults.add(Fault("render_failed", tags="dying"))
    held = harness.wave.faults.add(Fault("hold", tags="dying"))
    await ben.press(panel, "Make it now")
    await panel_of(ben, "Dying", "expected")
    await ends(ben, "Dying")
    await panel_of(ben, "Dying", "The jam ends with it")
    held.release()
    await panel_of(ben, "Dying", "could not be made", "Nothing was charged", "This jam has ended")
    assert "could not be made" in text_of(await recap_of(ben, "Dying"))


async def test_who_is_barred_is_out_and_a_cancelled_track_leaves_the_prompt(harness: Harness) -> None:
    ada = await harness.member("Ada")
    ben, cleo, panel = await two_in(harness, "Barred", tags="slowly")
    await said(await ada.slash("moderation member ban", member="Cleo", reason="Spam"))
    try:
        await below_or_in(await cleo.press(panel, "Lock in / Unlock"), "may not make tracks", "Spam")
        await tags(ben, panel, "tuba")
        await panel_of(ben, "Barred", "In (1)", "tuba")
    finally:
        await said(await ada.slash("moderation member pardon", member="Cleo"))
    queue = await said(await ada.slash("queue"), "Queue")
    await ada.press(queue, "Pause the queue")
    await said(queue, "Resume")
    await ben.press(panel, "Make it now")
    await panel_of(ben, "Barred", "is in the queue", "A moderator has paused")
    listed = await said(await ben.slash("queue"), "Barred")
    assert listed.message is not None
    (menu,) = [node for node in walk(listed.message["components"]) if node["type"] == 3]
    (choice,) = [option["label"] for option in menu["options"] if "Barred" in option["label"]]
    await ben.press(listed, menu["custom_id"], [choice])
    await panel_of(ben, "Barred", "was cancelled", "slowly, tuba")
    await ada.press(queue, "Resume the queue")
    await said(queue, "Resumed")
    await ends(ben, "Barred")


async def test_only_who_leads_or_moderates_ends_it_and_that_is_in_the_log(harness: Harness) -> None:
    ada = await harness.member("Ada")
    ben, cleo, panel = await two_in(harness, "Led")
    await said(await cleo.press(panel, "End the jam"), "Only whoever leads the jam")
    await said(await cleo.slash("jam end"), "Only whoever leads the jam")
    await below_or_in(await cleo.press(panel, "Make it now"), "Only whoever leads the jam")
    await said(await cleo.slash("jam list"), "“Led”", "2 in", f"led by <@{ben.id}>")
    question = await said(await ada.slash("jam end"), "End the jam “Led”")
    await said(await ada.press(question, "Go on"), "goes on")
    question = await said(await ada.slash("jam end"), "End the jam “Led”")
    await said(await ada.press(question, "End it"), "has ended")
    await said(await ada.slash("moderation log"), f"ended a jam in <#{panel['channel_id']}>")
    await panel_of(ben, "Led", "has ended")
    await said(await ben.slash("jam list"), "There is no jam here now")
    await below_or_in(await ben.press(panel, f"jam:here:{jam_id(panel)}", forged=True), "it has ended")


async def test_another_servers_jam_does_not_exist(harness: Harness) -> None:
    dora = await harness.member("Dora", "Rooftop")
    ben, _cleo, panel = await two_in(harness, "Ours")
    theirs = await start(dora, "Theirs", duration=5)
    for verb in ("join", "make", "end", "tags", "read", "next", "recap"):
        answer = await dora.press(theirs, f"jam:{verb}:{jam_id(panel)}", forged=True)
        await below_or_in(answer, "no such jam in this server")
    await below_or_in(await dora.press(theirs, f"jam:vote:{jam_id(panel)}:1:for", forged=True), "no such jam")
    assert dora.id not in text_of(await panel_of(ben, "Ours", "In (2)"))
    await ends(dora, "Theirs")
    await ends(ben, "Ours")


async def test_one_jam_a_channel_and_none_is_listed_where_one_may_not_look(harness: Harness) -> None:
    ben, cleo, _panel = await two_in(harness, "First")
    await said(await cleo.slash("jam start", theme="Second"), "a jam in <#", "already")
    cleo = await harness.member("Cleo", channel="lounge")
    await said(await cleo.slash("jam list"), "“First”")
    harness.discord.world.set_permissions("music", "Cleo", deny=["view_channel"])
    try:
        await said(await cleo.slash("jam list"), "There is no jam here now")
        assert await cleo.suggest("jam end", "jam", jam="") == []
    finally:
        harness.discord.world.set_permissions("music", "Cleo")
    await harness.member("Cleo")
    await ends(ben, "First")


async def test_what_two_want_differently_is_voted_on(harness: Harness) -> None:
    ben, cleo, panel = await two_in(harness, "Both")
    await strikes(cleo, panel, "folk")
    panel = await panel_of(ben, "Both", "Strike “folk”?", "it needs 2")
    await ben.press(panel, "Against")
    await panel_where(ben, "Both", lambda text: "**Tags** folk" in text and "Strike “folk”?" not in text)
    await strikes(cleo, panel, "folk")
    await ben.press(await panel_of(ben, "Both", "Strike “folk”?"), "For")
    panel = await panel_of(ben, "Both", "none yet; a track needs at least one")
    await below_or_in(await ben.press(panel, "Lock in / Unlock"), "no tag yet")
    await ends(ben, "Both")


async def test_a_round_that_would_come_out_like_an_earlier_one_is_not_paid_for(harness: Harness) -> None:
    ben = await harness.member("Ben")
    panel = await start(ben, "Twice", tags="folk", duration=5)
    await ben.press(panel, "Make it now")
    await track_of(ben, "Twice")
    form = await ben.press(await panel_of(ben, "Twice", "Listen, and vote"), "Next round")
    await ben.submit(form, keep=["tags", "words", "seed"])
    panel = await panel_of(ben, "Twice", "Round 2", "folk")
    before = await reserved(harness)
    await below_or_in(
        await ben.press(panel, "Make it now"), "just like an earlier round", "nothing was charged"
    )
    assert await reserved(harness) == before
    await tags(ben, panel, "waltz")  # so it comes out otherwise
    panel = await panel_of(ben, "Twice", "folk, waltz")
    await ben.press(panel, "Make it now")
    await track_of(ben, "Twice, round 2")
    await ends(ben, "Twice")


async def test_a_theme_has_one_limit_where_it_is_typed_and_where_it_is_refused(harness: Harness) -> None:
    ben = await harness.member("Ben")
    with pytest.raises(NotPossibleError, match=str(LONGEST_THEME)):
        await ben.slash("jam start", theme="x" * (LONGEST_THEME + 1))
    forged = await ben.slash("jam start", theme="x" * 150, forged=True)
    assert (await said(forged, "150 characters", f"Shorten it to {LONGEST_THEME}")).text.count("- **") == 1


async def test_whoever_is_banned_writes_nothing_in_vain(harness: Harness) -> None:
    ben, ada = await harness.member("Ben"), await harness.member("Ada")
    panel = await start(ben, "In Vain", tags="folk", duration=5)
    await said(
        await ada.slash("moderation member ban", member="Ben", reason="Too loud"), "may not make tracks"
    )
    for control in (("Add tags", []), ("Length and seed", []), ("Write a section …", ["New: Verse"])):
        refused = await ben.press(panel, *control)
        assert refused.modal is None
        await said(refused, "Too loud")
    await said(await ada.slash("moderation member pardon", member="Ben"), "may make tracks again")
    await ends(ben, "In Vain")


async def test_a_page_is_no_reason_that_a_moderator_could_look_at(harness: Harness) -> None:
    ben = await harness.member("Ben")
    page = DiscordFault("cloudflare", "POST", "/channels/*/messages", times=None, status=403, retry_after=0)
    harness.discord.faults.add(page)
    await said(await ben.slash("jam start", theme="Turned away"), "Discord did not answer me")
    harness.discord.faults.clear()
    await start(ben, "Let In")
    await ends(ben, "Let In")
