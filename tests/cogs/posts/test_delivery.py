"""Where a finished or failed track reaches its member, whatever stands in the way."""

import asyncio
from typing import Literal

import pytest
from bot_harness import TIMEOUT, Harness, as_read, begun, limit_uploads, made, said, track_of
from waiting import eventually

from rehearsal.discord.faults import Fault as DiscordFault
from rehearsal.discord.members.member import Answer, Member
from rehearsal.wavespeed import Fault

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def ask(
    harness: Harness, title: str, *, channel: str = "music", tags: str = "ska"
) -> tuple[Member, Answer]:
    ben = await harness.member("Ben", channel=channel)
    return ben, await ben.slash("compose", tags=tags, duration=5, title=title)


async def test_no_permission_to_post_ends_privately_with_the_file(harness: Harness) -> None:
    held = harness.hold("hushed")
    ben, answer = await ask(harness, "Muted", channel="lounge", tags="hushed")
    await begun(held)
    harness.discord.world.set_permissions("lounge", "bot", deny=["send_messages"])
    held.release()
    text = (await said(answer, "Muted", "not allowed", "Send Messages", "muted-", ".mp3")).text
    assert "/library track" in text
    assert "is attached" in text
    assert answer.message is not None
    assert (await ben.attachment(answer.message))[:3] == b"ID3"
    await said(answer, "is finished")
    assert not [one for one in await ben.messages() if one.get("embeds")]


async def test_where_the_bot_cannot_post_nothing_is_made(harness: Harness) -> None:
    ben, answer = await ask(harness, "Nowhere", channel="no-posting", tags="unheard")
    await said(answer, "*Send Messages*", "nothing was charged", "[Edit]")
    await said(await ben.slash("compose", tags="unheard", vocals="write"), "*Send Messages*")
    harness.discord.world.set_permissions("lounge", "bot", deny=["attach_files", "embed_links"])
    await ben.go("lounge")
    text = (await said(await ben.slash("compose", tags="unheard"), "*Attach Files*")).text
    assert "*Embed Links*" in text
    harness.discord.world.set_permissions("lounge", "bot")
    assert not [one for one in harness.wave.predictions.values() if one.inputs.get("tags") == "unheard"]


async def test_a_channel_that_is_gone_ends_with_a_direct_message(harness: Harness) -> None:
    harness.discord.world.add_channel("The Porch", "short-lived")
    held = harness.hold("fleeting")
    ben, _answer = await ask(harness, "Homeless", channel="short-lived", tags="fleeting")
    await begun(held)
    harness.discord.world.delete_channel("short-lived")
    held.release()
    await ben.go("music")
    direct = await ben.wait_message(lambda one: "the channel in which you asked" in one["content"], TIMEOUT)
    assert (await ben.attachment(direct))[:3] == b"ID3"
    assert "is attached" in direct["content"]


async def test_what_no_permission_would_help_is_told_in_discords_own_words(harness: Harness) -> None:
    locked = DiscordFault(
        "refuse", "POST", "/channels/*/messages", status=403, code=160005, message="Thread is locked"
    )
    harness.discord.faults.add(locked)
    _ben, answer = await ask(harness, "Locked Out")
    text = (await said(answer, "Locked Out", "does not accept it", "Thread is locked")).text
    assert "A moderator can give me" not in text


async def test_a_file_that_discord_finds_too_large_is_told_of(harness: Harness) -> None:
    harness.discord.faults.add(DiscordFault("refuse", method="POST", path="/channels/*/messages", code=40005))
    _ben, answer = await ask(harness, "Heavy")
    text = (await said(answer, "Heavy", "too large", "/library track")).text
    assert ".mp3" not in text
    assert "attached" not in text


async def test_the_bitrate_is_lowered_to_fit_and_said_so(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_uploads(harness, monkeypatch, 64 * 1024 + 300_000)
    ben = await harness.member("Ben")
    message = await made(ben, "Squeezed", duration=30)
    assert "bitrate lowered" in message["embeds"][0]["footer"]["text"]
    assert len(await ben.attachment(message)) < 64 * 1024 + 300_000


async def test_explicit_tracks_are_withheld_where_everybody_reads(harness: Harness) -> None:
    harness.wave.faults.add(Fault("nsfw", tags="filth"))
    ben, answer = await ask(harness, "Blue", tags="filth")
    await said(answer, "Blue", "explicit", "kept", "/library track")
    assert not [m for m in await ben.messages() if m["embeds"] and m["embeds"][0].get("title") == "Blue"]
    looked_up = await said(await ben.slash("library track", track="Blue"), "explicit")
    assert ".mp3" not in looked_up.text
    await ben.go("after-dark")
    await said(await ben.slash("library track", track="Blue"), "explicit", ".mp3")


async def test_explicit_tracks_are_posted_where_only_adults_read(harness: Harness) -> None:
    harness.wave.faults.add(Fault("nsfw", tags="filth"))
    ben, _answer = await ask(harness, "Bluer", tags="filth", channel="after-dark")
    await track_of(ben, "Bluer")


async def test_a_failed_render_is_told_and_costs_nothing(harness: Harness) -> None:
    harness.wave.faults.add(Fault("render_failed", tags="doomed"))
    _ben, answer = await ask(harness, "Doomed", tags="doomed")
    await said(answer, "Doomed", "failed", "Nothing was charged", "try again")
    await said(answer, "could not be made")


@pytest.mark.parametrize("fault", ["cut", "lost"])
async def test_a_post_that_did_not_arrive_or_whose_answer_was_lost_is_posted_once(
    harness: Harness, fault: Literal["cut", "lost"]
) -> None:
    harness.discord.faults.add(DiscordFault(fault, method="POST", path="/channels/*/messages"))
    ben = await harness.member("Ben")
    await made(ben, f"Once {fault}")
    titles = [m["embeds"][0].get("title") for m in await ben.messages() if m["embeds"]]
    assert titles.count(f"Once {fault}") == 1


@pytest.mark.parametrize("status", [400, 403, 404, 408])
async def test_a_page_in_place_of_discords_answer_is_no_refusal(harness: Harness, status: int) -> None:
    """Cloudflare stands before Discord, and turns an address away for a while without Discord's knowing."""
    page = harness.discord.faults.add(
        DiscordFault("cloudflare", "POST", "/channels/*/messages", status=status, retry_after=0, times=2)
    )
    ben = await harness.member("Ben")
    message = await made(ben, f"Page {status}")
    assert message["attachments"]
    assert page.hits == 2


@pytest.mark.parametrize(("status", "code"), [(401, 0), (400, 40004), (403, 40333)])
async def test_what_discord_refuses_for_now_is_posted_later(harness: Harness, status: int, code: int) -> None:
    """A token that its host replaces, sending that is switched off for a while, a block of Cloudflare's."""
    refused = harness.discord.faults.add(
        DiscordFault("refuse", "POST", "/channels/*/messages", status=status, code=code, times=2)
    )
    ben = await harness.member("Ben")
    assert (await made(ben, f"Later {code}"))["attachments"]
    assert refused.hits == 2


@pytest.mark.parametrize("fault", ["lost", "masked"])
async def test_it_is_posted_once_also_where_the_bot_may_not_read(harness: Harness, fault: str) -> None:
    title = f"Unread {fault}"
    harness.discord.world.set_permissions("music", "bot", deny=["read_message_history"])
    try:
        harness.discord.faults.add(
            DiscordFault(fault, method="POST", path="/channels/*/messages", status=503, times=2)  # pyright: ignore[reportArgumentType]
        )
        ben = await harness.member("Ben")
        await made(ben, title)
    finally:
        harness.discord.world.set_permissions("music", "bot")
    shown = [m for m in await ben.messages() if m["embeds"] and as_read(m["embeds"][0]["title"]) == title]
    assert len(shown) == 1


async def test_an_answer_that_cannot_be_edited_hurts_nothing(harness: Harness) -> None:
    harness.discord.faults.add(DiscordFault("refuse", method="PATCH", path="/webhooks/*", code=10008))
    ben, _answer = await ask(harness, "Unedited")
    await track_of(ben, "Unedited")


async def test_an_answer_is_never_overwritten_by_an_older_state(harness: Harness) -> None:
    slow = DiscordFault("slow", method="PATCH", path="/webhooks/*", seconds=0.5, times=1)
    harness.discord.faults.add(slow)
    before = len(harness.discord.requests)
    _ben, answer = await ask(harness, "Slow Answer")
    await said(answer, "is finished")

    async def all_answered() -> bool:
        return all(request.status is not None for request in harness.discord.requests[before:])

    await eventually(all_answered)
    assert slow.hits == 1
    await said(answer, "is finished")


async def test_after_an_invalid_session_the_bot_is_back(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert harness.bot is not None

    async def at_once(_shard: int | None, *, initial: bool = False) -> None:
        """Instead of Discord's 5 seconds between two identifications."""

    monkeypatch.setattr(harness.bot, "before_identify_hook", at_once)
    ready = asyncio.create_task(harness.bot.wait_for("shard_connect", timeout=TIMEOUT))
    await asyncio.sleep(0)
    harness.discord.faults.add(DiscordFault("invalid_session", resumable=False))
    await ready
    await made(await harness.member("Ben"), "Back Again")


async def test_an_answer_that_discord_wants_left_alone_for_long_holds_nobody_up(harness: Harness) -> None:
    """discord.py would sleep for as long as it is asked to, with all that is to be said there behind it."""
    held = harness.hold("patient")
    _ben, answer = await ask(harness, "Left Alone", tags="patient")
    await begun(held)
    edits = harness.discord.faults.add(
        DiscordFault("rate_limited", method="PATCH", path="/webhooks/*", retry_after=3600)
    )
    held.release()
    await said(answer, "Left Alone", "is finished")
    assert edits.hits == 1
