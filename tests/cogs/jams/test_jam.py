"""Jams as members use them: from a panel to a track and on to the next round, with what stands in the way."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from bot_harness import TIMEOUT, Harness, said, track_of
from jamming import ends, join, panel_of, recap_of, start, tags, two_rounds, writes

from rehearsal.discord.members.reading import text_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_three_make_a_track_in_two_rounds(harness: Harness) -> None:
    ada, ben, cleo = [await harness.member(name) for name in ("Ada", "Ben", "Cleo")]
    panel = await start(ben, "Harbour Lights", tags="folk, slow", duration=5, share=100)
    for member in (ada, cleo):
        await join(member, "Harbour Lights")
    await writes(ben, panel, "New: Verse", "The tide comes in\nThe lamps are lit")
    await writes(cleo, panel, "New: Chorus", "Harbour lights, harbour lights")
    await tags(ada, panel, "accordion")
    panel = await panel_of(ben, "Harbour Lights", "folk, slow, accordion", "2. Chorus", "In (3)")
    await tags(cleo, panel, "fast")
    panel = await panel_of(ben, "Harbour Lights", "“fast” instead of “slow”?", "1 for, 0 against; it needs 2")
    await ben.press(panel, "Against")
    await ada.press(panel, "For")
    panel = await panel_of(ben, "Harbour Lights", "folk, accordion, fast")
    for member in (ada, ben, cleo):
        await member.press(panel, "Lock in / Unlock")
    message = await track_of(ben, "Harbour Lights")
    text = text_of(message)
    assert all(f"<@{member.id}>" in text for member in (ada, ben, cleo))
    assert {user["id"] for user in message["mentions"]} == {ada.id, ben.id, cleo.id}  # once
    panel = await panel_of(ben, "Harbour Lights", "Listen, and vote", "**Rounds**")
    await cleo.press(message, "♥ Vote")
    await panel_of(ben, "Harbour Lights", "♥ 1")
    form = await ben.press(panel, "Next round")
    assert form.modal is not None
    await ben.submit(form, keep=["tags", "words"])
    panel = await panel_of(ben, "Harbour Lights", "Round 2", "folk, accordion, fast", "I pick one")
    await ben.press(panel, "Make it now")
    second = await track_of(ben, "Harbour Lights, round 2")
    assert "Another take of [#" in text_of(second)
    panel = await panel_of(ben, "Harbour Lights", "Listen, and vote", "round 2")
    await ends(ben, "Harbour Lights")
    recap = await recap_of(ben, "Harbour Lights")
    text = text_of(recap)
    for words in (
        "★ **the winner**",
        "Who wrote what",
        f"<@{ben.id}>: 2 lines",
        f"<@{cleo.id}>: 1 line",
        "accordion",
    ):
        assert words in text
    assert {file["filename"][-4:] for file in recap["attachments"]} == {".zip", ".png"}


async def test_a_recap_keeps_nothing_that_was_withheld_or_deleted(harness: Harness) -> None:
    ada, ben = await harness.member("Ada"), await harness.member("Ben")
    first, second = await two_rounds(ben, "Withdrawn")
    await ends(ben, "Withdrawn")
    recap = await recap_of(ben, "Withdrawn")
    assert files_in(await ben.attachment(recap)) == ["withdrawn-{}.mp3", "withdrawn-round-2-{}.mp3"]

    form = await ada.context("Withhold track", first)
    await said(await ada.submit(form, reason="not that one"), "is withheld")
    recap = await ben.wait_message(
        lambda m: m["id"] == recap["id"] and "“Withdrawn”** ·" not in text_of(m), TIMEOUT
    )
    assert files_in(await ben.attachment(recap)) == ["withdrawn-round-2-{}.mp3"]
    menu = await said(await ben.press(second, "More …"), "What to do with")
    question = await said(await ben.press(menu, "Delete"), "for everybody?")
    await said(await ben.press(question, "Delete it"), "was deleted")
    recap = await ben.wait_message(
        lambda m: m["id"] == recap["id"] and "No track came of it" in text_of(m), TIMEOUT
    )
    assert recap["attachments"] == []


def files_in(archive: bytes) -> list[str]:
    """The names of the MP3s, without their numbers."""
    with zipfile.ZipFile(io.BytesIO(archive)) as found:
        assert found.testzip() is None
        return [re.sub(r"-\d+\.mp3$", "-{}.mp3", name) for name in found.namelist()]
