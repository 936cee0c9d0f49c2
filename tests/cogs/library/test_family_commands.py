"""/library family and /library tracks as members use them: pictures and lists, pages, playing again, and "
"who sees what."""

from __future__ import annotations

import pytest
from bot_harness import TIMEOUT, Harness, made, press_more, said, track_of

from cogs.library import tracks
from rehearsal.discord.members.reading import text_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_family_is_drawn_and_told(harness: Harness) -> None:
    ben, cleo = await harness.member("Ben"), await harness.member("Cleo")
    parent = await made(ben, "Root Song", seed=5)
    form = await cleo.press(parent, "Remix seed")
    await said(await cleo.submit(form, tags="funk, polka", title="Branch Song"), "is finished")
    child = await track_of(cleo, "Branch Song")
    await ben.press(child, "♥ Vote")
    await ben.wait_message(lambda one: one["id"] == child["id"] and "♥ 1" in text_of(one), TIMEOUT)
    for answer in (
        await ben.slash("library family", track="Root Song"),
        await press_more(cleo, child, "Family"),
    ):
        await said(answer, "Root Song", "Branch Song", "♥ 1", "tags +polka −brass, same seed, new title")
        assert answer.message is not None
        picture = answer.message["embeds"][0]["image"]
        assert "“Branch Song” by Cleo, 1 vote from #" in picture["description"]
        assert picture["width"] == 800
        assert child["id"] in answer.text
        card = await answer.member.press(
            answer, "tracks:play", [child["components"][0]["components"][0]["custom_id"][11:]]
        )
        await said(card, "Branch Song", ".mp3")


async def test_a_withheld_relative_has_no_words_for_others(harness: Harness) -> None:
    ben, ada, cleo = [await harness.member(name) for name in ("Ben", "Ada", "Cleo")]
    parent = await made(ben, "Open Song", seed=6)
    form = await ben.press(parent, "Remix seed")
    await said(await ben.submit(form, tags="hush", title="Closed Song"), "is finished")
    child = await track_of(ben, "Closed Song")
    form = await ada.context("Withhold track", child)
    await said(await ada.submit(form, reason="not now"), "is withheld")
    answer = await said(await cleo.slash("library family", track="Open Song"), "withheld")
    assert answer.message is not None
    told = answer.text + answer.message["embeds"][0]["image"]["description"]
    assert "Closed" not in told
    assert "hush" not in told
    for insider in (ben, ada):
        await said(
            await insider.slash("library family", track="Open Song"), "Closed Song", "withheld", "+hush"
        )
    await said(await cleo.slash("library family", track="Closed Song"), "was withheld by a moderator")


async def test_the_music_in_pages_that_turn(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracks, "PAGE", 3)
    dora, ada = await harness.member("Dora", "Rooftop"), await harness.member("Ada", "Rooftop")
    for number in range(5):
        await made(dora, f"Roof {number}", tags="ska, tuba" if number == 3 else "ska")
    first = await said(await ada.slash("library tracks"), "Roof 4", "Page 1 of 2 · 5 tracks")
    assert "Roof 1" not in first.text
    older = await (await ada.press(first, "Older")).until(lambda now: "Roof 0" in now.text, TIMEOUT)
    await (await ada.press(older, "Newer")).until(lambda now: "Roof 4" in now.text, TIMEOUT)
    found = await said(await ada.slash("library tracks", tag="tuba", maker="Dora", text="röof"), "Roof 3")
    assert "Roof 4" not in found.text
    assert "Page" not in found.text
    await said(await ada.slash("library tracks", text="roof", tag="tub", maker="Ada"), "no such tracks")
    await said(await ada.slash("library tracks", order="voted"), "Most voted first", "Roof 4", "[Next]")


async def test_playing_again_costs_nothing_and_is_checked_again(harness: Harness) -> None:
    ben, cleo, dora = (
        await harness.member("Ben"),
        await harness.member("Cleo"),
        await harness.member("Dora", "Rooftop"),
    )
    message = await made(ben, "Once More")
    listed = await said(await cleo.slash("library tracks", text="once more"), "Once More")
    track_id = message["components"][0]["components"][0]["custom_id"].split(":")[-1]
    card = await said(await cleo.press(listed, "Play one again …", [track_id]), ".mp3", "Once More")
    assert card.message is not None
    assert await cleo.attachment(card.message) == await cleo.attachment(message)
    elsewhere = await said(await dora.slash("library tracks"))
    await said(await dora.press(elsewhere, "tracks:play", [track_id], forged=True), "no such track")


async def test_what_is_searched_for_turns_with_the_page_whatever_it_is(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracks, "PAGE", 1)
    ben = await harness.member("Ben")
    for number in range(2):
        await made(ben, f"a:b 100% {number}", tags="x: y", duration=5)
    first = await said(await ben.slash("library tracks", tag="x: y", text="a:b 100%"), "Page 1 of 2")
    await (await ben.press(first, "Older")).until(lambda now: "100% 0" in now.text, TIMEOUT)
    await said(await ben.slash("library tracks", tag="x", text="🔥" * 32), "no such tracks")
