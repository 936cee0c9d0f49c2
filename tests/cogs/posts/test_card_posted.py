"""The waveform and the cover beside the MP3, wherever a track is shown; and its card behind *Details*."""

from typing import Any

import pytest
from bot_harness import TIMEOUT, Harness, begun, limit_uploads, made, said

from rehearsal.discord.faults import Fault as DiscordFault
from services.guilds.rules import change_rules
from services.pictures.waveform import SIZE

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORDS = "[verse]\nA line to sing\n[chorus]\nAnother one"


def described(message: dict[str, Any], *words: str) -> None:
    """The MP3 is what plays; the embed shows its cover, and its waveform with all of that as alt text."""
    assert [one["filename"].rpartition(".")[2] for one in message["attachments"]] == ["mp3"]
    image, cover = message["embeds"][0]["image"], message["embeds"][0]["thumbnail"]
    assert image["url"].endswith("/waveform.png")
    assert (image["width"], image["height"]) == SIZE
    assert cover["url"].endswith("/cover.jpg")
    assert cover["width"] == cover["height"]
    for word in words:
        assert word in image["description"]


async def review_in(harness: Harness, channel: str | None) -> None:
    """Moderators hear tracks there first; nowhere for None."""
    world = harness.discord.world
    where = int(world.channel(channel, "The Porch").id) if channel else None
    assert harness.bot is not None
    async with harness.bot.studio.database.write() as connection:
        await change_rules(connection, int(world.guild("The Porch").id), 0, review_channel_id=where)


async def test_the_posted_track_and_its_look_up_show_the_card(harness: Harness) -> None:
    ben = await harness.member("Ben")
    message = await made(ben, "Carded", duration=9, seed=5, files={"lyrics_file": ("w.txt", WORDS.encode())})
    told = ("“Carded”", "Ben", "0:09 long", "verse 0:00", "chorus 0:0")
    described(message, *told)
    (sent,) = [
        one
        for one in harness.discord.requests
        if "Carded" in str(one.json) and one.path.endswith("/messages")
    ]
    files = sent.json["attachments"]
    assert [one["filename"].rpartition(".")[2] for one in files] == ["mp3", "png", "jpg"]
    assert files[2]["description"] == "Cover of “Carded”"
    assert files[1]["description"] == message["embeds"][0]["image"]["description"]
    assert len(files[1]["description"]) <= 1024
    answer = await said(await ben.slash("library track", track="Carded"), "Carded")
    assert answer.message is not None
    described(answer.message, *told)
    menu = await said(await ben.press(message, "More …"), "[Details]")
    exact = await said(await ben.press(menu, "Details"), "in LUFS", "Carded")
    assert exact.message is not None
    assert exact.ephemeral
    card = exact.message["embeds"][0]["image"]
    for word in (*told, "LUFS overall", "funk, brass", "Seed 5"):
        assert word in card["description"]


async def test_moderators_see_it_before_anybody_else(harness: Harness) -> None:
    await review_in(harness, "lounge")
    try:
        ben = await harness.member("Ben")
        await said(await ben.slash("compose", tags="ska", duration=5, title="In Review"), "listens first")
        ada = await harness.member("Ada", channel="lounge")
        shown = await ada.wait_message(
            lambda one: one["embeds"] and one["embeds"][0].get("title") == "In Review", TIMEOUT
        )
        described(shown, "“In Review”")
    finally:
        await review_in(harness, None)


async def test_where_it_is_sent_privately_the_card_goes_with_it(harness: Harness) -> None:
    ben, held = await harness.member("Ben", channel="lounge"), harness.hold("elsewhere")
    answer = await ben.slash("compose", tags="elsewhere", duration=5, title="Elsewhere")
    await begun(held)
    harness.discord.world.set_permissions("lounge", "bot", deny=["send_messages"])
    held.release()
    await said(answer, "Elsewhere", "not allowed")
    assert answer.message is not None
    track, card = answer.message["attachments"]
    assert track["filename"].endswith(".mp3")
    assert "“Elsewhere”" in card["description"]
    assert (await ben.attachment(answer.message, 1)).startswith(b"\x89PNG")


async def test_mp3_and_card_fit_the_limit_together(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    limit_uploads(harness, monkeypatch, 64 * 1024 + 200_000)
    ben = await harness.member("Ben")
    message = await made(ben, "Tight", duration=10)
    card = message["embeds"][0]["image"]["url"]
    mp3 = message["attachments"][0]
    async with ben._session.get(card) as response:
        size = len(await response.read())
    assert mp3["size"] + size <= 200_000
    assert mp3["size"] > 100_000


async def test_a_look_up_without_its_mp3_has_no_card_either(harness: Harness) -> None:
    ben = await harness.member("Ben")
    await made(ben, "Too Heavy")
    path = "/webhooks/*/*/messages/@original"
    harness.discord.faults.add(DiscordFault("refuse", method="PATCH", path=path, code=40005, status=413))
    answer = await said(await ben.slash("library track", track="Too Heavy"), "too large for me to send")
    assert answer.message is not None
    assert "image" not in answer.message["embeds"][0]
