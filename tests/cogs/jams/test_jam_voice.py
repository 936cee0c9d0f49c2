"""A member's own voice, lent to a round of a jam: asked, confirmed, sung, taken back; never another's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bot_harness import TIMEOUT, VOICES, Harness, below, rule, said, track_of
from jamming import alone, jam_id, join, panel_of, start, writes
from mutagen.id3 import ID3
from voicing import SONG, recorded

from cogs.jams.panels import JamPanels
from rehearsal.discord.members.member import Answer, Member
from rehearsal.discord.members.reading import text_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

INTERVALS = {JamPanels: 0.2}
Json = dict[str, Any]


@pytest.fixture(scope="module")
def changes() -> dict[str, Any]:
    return VOICES


async def queue_goes_on(harness: Harness, *, goes_on: bool) -> None:
    assert harness.bot is not None
    queue, guild_id = harness.bot.studio.queue, int(harness.discord.world.guild("The Porch").id)
    await (queue.resume if goes_on else queue.pause)(guild_id)


async def second_round(
    harness: Harness, theme: str, words: str = "Oh my voice"
) -> tuple[Member, Member, Json]:
    """Ada and Ben in the second round of a jam; its panel."""
    assert harness.bot is not None
    await rule(harness, own_voices=True)
    for session in await harness.bot.studio.jams.going_on():  # a channel has one at a time
        await harness.bot.studio.jams.give_up(session.id)
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    panel = await start(ada, theme, tags="folk", duration=20)
    assert "Lend my voice" not in str(panel)  # there is nothing yet that it could be sung over
    await join(ben, theme)
    await writes(ada, panel, "New: Verse", words)
    await ada.press(await panel_of(ada, theme, words[:20]), "Make it now")
    await track_of(ada, theme)
    before = await panel_of(ada, theme, "Listen, and vote")
    await ada.submit(await ada.press(before, "Next round"), keep=["tags", "words"])
    panel = await ada.wait_message(lambda one: _is_of(one, theme) and one["id"] != before["id"], TIMEOUT)
    await alone(ada, theme, panel)
    return ada, ben, panel


def _is_of(message: Json, theme: str) -> bool:
    return f"## Jam “{theme}”" in text_of(message) and "Round 2" in text_of(message)


async def lends(member: Member, panel: Json) -> Answer:
    question = await said(await member.press(panel, "Lend my voice"), "Lend your voice to round 2?", "$0.35")
    return await said(await member.press(question, "Lend it"), "Your voice is lent to this round")


def songs(harness: Harness) -> list[Json]:
    """The inputs of all that was sent to be sung."""
    return [one.json for one in harness.wave.requests if one.path.endswith(SONG)]


async def test_a_round_is_sung_with_the_voice_that_a_member_lends(harness: Harness) -> None:
    ada, ben, panel = await second_round(harness, "Lent Tides")
    no_voice = await said(await ben.press(panel, "Lend my voice"), "I have no recording of your voice")
    assert no_voice
    await recorded(ben, 16)
    before = len(songs(harness))
    await lends(ben, panel)
    panel = await panel_of(ada, "Lent Tides", f"Sung with the voice of <@{ben.id}>", "$0.35")
    assert len(songs(harness)) == before
    await said(
        await ada.press(panel, f"jam:lend:{jam_id(panel)}", forged=True), "is lent to this round already"
    )
    for member in (ada, ben):
        await member.press(panel, "Lock in / Unlock")
    message = await track_of(ada, "Lent Tides, round 2")
    assert len(songs(harness)) == before + 1
    assert songs(harness)[-1]["lyrics"] == "Oh my voice"
    text = text_of(message)
    assert f"Sung with the cloned voice of <@{ben.id}>" in text
    assert {user["id"] for user in message["mentions"]} == {ada.id, ben.id}
    file = Path(harness.settings.data_dir) / "lent.mp3"
    file.write_bytes(await ben.attachment(message))
    assert "cloned voice of Ben" in str(ID3(file).getall("COMM"))
    assert "cloned voice of Ben" in str(ID3(file).getall("TXXX:card"))
    track_id = message["components"][0]["components"][0]["custom_id"].split(":")[-1]
    for verb, reason in (("again", "so only they make it once more"), ("rework", "only that member can")):
        await said(await ada.press(message, f"track:{verb}:{track_id}", forged=True), reason)
    panel = await panel_of(ada, "Lent Tides", "Listen, and vote")
    form = await ada.press(panel, "Next round")
    await ada.submit(form, keep=["tags", "words"])
    panel = await panel_of(ada, "Lent Tides", "Round 3")
    assert "Sung with the voice" not in text_of(panel)  # it was lent to that round alone


async def test_the_panel_follows_when_moderators_switch_own_voices(harness: Harness) -> None:
    ada, _, panel = await second_round(harness, "Switched")
    rules = await said(await ada.slash("moderation panel"), "Moderation")
    rest = await said(await ada.press(rules, "More rules"), "Own voices")
    for press, there in (("Switch voices off", False), ("Switch voices on", True)):
        await said(await ada.press(rest, press), "Own voices is o")
        now = await ada.wait_message(
            lambda one, there=there: one["id"] == panel["id"] and ("Lend my voice" in str(one)) == there,
            TIMEOUT,
        )
        assert "Lock in / Unlock" in str(now)


async def test_what_a_voice_cannot_sing_is_said_before_it_is_lent(harness: Harness) -> None:
    _, ben, panel = await second_round(harness, "Too Many Words", "la " * 130)
    await recorded(ben, 17)
    refused = await said(await ben.press(panel, "Lend my voice"), "cannot sing this round", "350 at the most")
    assert "Lend it" not in str(refused.message)


async def test_nobody_lends_another_members_voice_whatever_they_forge(harness: Harness) -> None:
    ada, ben, panel = await second_round(harness, "Forged")
    cleo = await harness.member("Cleo")
    await recorded(ben, 18)
    question = await said(await ben.press(panel, "Lend my voice"), "Lend your voice")
    custom_id = (question.message or {})["components"][0]["components"][0]["custom_id"]
    private = await said(await cleo.slash("queue"), "Queue")
    await said(await cleo.press(panel, "Lend my voice"), "You are not in this jam")
    await below(await cleo.press(private, custom_id, forged=True), "You are not in this jam")
    private = await said(await ada.slash("queue"), "Queue")
    await below(await ada.press(private, custom_id, forged=True), "I have no recording of your voice")
    await said(await ada.press(panel, f"jam:unlend:{jam_id(panel)}", forged=True), "no voice in this round")
    stale = custom_id.replace(":2:", ":1:")
    await below(await ben.press(question, stale, forged=True), "That round is over")
    cheap = custom_id.rsplit(":", 1)[0] + ":1"
    await said(await ben.press(question, cheap, forged=True), "The price has gone up to $0.35")
    assert "Sung with the voice" not in text_of(await panel_of(ada, "Forged"))


async def test_a_lent_voice_is_taken_back_by_its_owner_and_by_forgetting(harness: Harness) -> None:
    ada, ben, panel = await second_round(harness, "Taken Back")
    await recorded(ben, 19)
    before = len(songs(harness))
    await lends(ben, panel)
    panel = await panel_of(ada, "Taken Back", "Sung with the voice")
    cleo = await harness.member("Cleo")
    await said(await cleo.press(panel, "Take the voice back"), "You are not in this jam")
    await said(await ben.press(panel, "Take the voice back"), "not sung with that voice any more")
    panel = await panel_of(ada, "Taken Back", f"The voice of <@{ben.id}> is not lent to this round any more")
    await lends(ben, panel)
    await panel_of(ada, "Taken Back", "Sung with the voice")
    asked = await said(await ben.slash("voice forget"), "Forget your voice?")
    await said(await ben.press(asked, "Forget it"), "Your recording is erased")
    panel = await panel_of(ada, "Taken Back", f"The voice of <@{ben.id}> is not lent to this round any more")
    for member in (ada, ben):
        await member.press(panel, "Lock in / Unlock")
    message = await track_of(ada, "Taken Back, round 2")
    assert "cloned voice" not in text_of(message)
    assert len(songs(harness)) == before


async def test_a_round_that_waits_is_not_made_once_its_voice_is_taken_back(harness: Harness) -> None:
    assert harness.bot is not None
    ada, ben, panel = await second_round(harness, "Waits")
    await recorded(ben, 20)
    before = len(songs(harness))
    await lends(ben, panel)
    panel = await panel_of(ada, "Waits", "Sung with the voice")
    await queue_goes_on(harness, goes_on=False)
    await ada.press(panel, "Make it now")
    panel = await panel_of(ada, "Waits", "is in the queue", f"It is sung with the voice of <@{ben.id}>")
    cleo = await harness.member("Cleo")
    await said(await cleo.press(panel, "Take the voice back"), "no voice in this round that you could take")
    await said(await ben.press(panel, "Take the voice back"), "not sung with that voice any more")
    await panel_of(ada, "Waits", "was cancelled; nothing was charged")
    await queue_goes_on(harness, goes_on=True)
    assert len(songs(harness)) == before


async def test_a_loan_is_still_there_after_a_restart_in_each_phase(harness: Harness) -> None:
    ada, ben, panel = await second_round(harness, "Over Night")
    await recorded(ben, 21)
    before = len(songs(harness))
    question = await said(await ben.press(panel, "Lend my voice"), "Lend your voice to round 2?")
    await harness.stop()
    await harness.start()
    await said(await ben.press(question, "Lend it"), "Your voice is lent to this round")
    panel = await panel_of(ada, "Over Night", "Sung with the voice")
    await harness.stop()
    await harness.start()
    await queue_goes_on(harness, goes_on=False)
    await ada.press(panel, "Make it now")
    await panel_of(ada, "Over Night", "is in the queue")
    await harness.stop()
    await harness.start()
    await queue_goes_on(harness, goes_on=True)
    message = await track_of(ada, "Over Night, round 2")
    assert f"Sung with the cloned voice of <@{ben.id}>" in text_of(message)
    assert len(songs(harness)) == before + 1
