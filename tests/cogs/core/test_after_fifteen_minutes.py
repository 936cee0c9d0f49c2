"""When the interaction that asked can no longer be answered: the channel, a direct message, a notice."""

import pytest
from bot_harness import TIMEOUT, Harness, begun, below, said, track_of
from waiting import eventually

from rehearsal.discord.members.member import Answer, Member
from rehearsal.wavespeed import Fault
from services.tracks.sight import everything_in
from services.tracks.track import ENDED

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def outlived(
    harness: Harness, title: str, channel: str = "music", *, shut: bool = False
) -> tuple[Member, Answer]:
    """A track whose render ends after its interaction did. shut: the bot may not post there any more."""
    held = harness.hold(title)
    ben = await harness.member("Ben", channel=channel)
    answer = await ben.slash("compose", tags=title, duration=5, title=title)
    await begun(held)
    harness.discord.interactions.expire(answer.id)
    if shut:
        harness.discord.world.set_permissions(channel, "bot", deny=["send_messages"])
    held.release()
    return ben, answer


async def test_the_track_is_posted_all_the_same(harness: Harness) -> None:
    ben, answer = await outlived(harness, "late")
    message = await track_of(ben, "late")
    assert message["content"].startswith(f"<@{ben.id}>")
    assert "in the queue" in (await answer.refresh()).text  # stays as it was


async def test_a_failure_is_told_in_the_channel(harness: Harness) -> None:
    harness.wave.faults.add(Fault("render_failed", tags="failing"))
    ben, _answer = await outlived(harness, "failing")
    told = await ben.wait_message(lambda one: "could not be made" in one["content"], TIMEOUT)
    assert [user["id"] for user in told["mentions"]] == [ben.id]


async def test_what_may_not_be_posted_comes_as_a_direct_message(harness: Harness) -> None:
    ben, _answer = await outlived(harness, "forbidden", channel="lounge", shut=True)
    direct = await ben.wait_message(lambda one: "not allowed" in one["content"], TIMEOUT)
    assert direct["channel_id"] != ben.channel["id"]
    assert (await ben.attachment(direct))[:3] == b"ID3"
    assert "is attached" in direct["content"]
    harness.discord.world.set_permissions("lounge", "bot")


async def test_with_direct_messages_closed_it_is_told_at_the_next_command(harness: Harness) -> None:
    harness.discord.world.set_dms("Ben", is_open=False)
    ben, _answer = await outlived(harness, "closed", channel="lounge", shut=True)

    async def ended() -> bool:
        assert harness.bot is not None
        (track,) = await harness.bot.studio.search(everything_in(int(ben.guild["id"])), "closed")
        return track.state in ENDED

    await eventually(ended)
    text = await below(await ben.slash("queue"), "While you were away", "closed", "/library track")
    assert text.count("While you were away") == 1
    assert "attached" not in text  # a notice has no file
    again = await said(await ben.slash("queue"))
    await said(await ben.slash("queue"))  # and by then the one before would have had it
    assert (await again.refresh()).followups == []
    await said(await ben.slash("library track", track="closed"), ".mp3")
    harness.discord.world.set_permissions("lounge", "bot")
    harness.discord.world.set_dms("Ben", is_open=True)


async def test_by_our_own_clock_nothing_is_even_tried(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert harness.bot is not None
    monkeypatch.setattr(harness.bot.settings, "interaction_token_lifetime", 0.0)
    ben = await harness.member("Ben")
    before = len(harness.discord.requests)
    answer = await ben.slash("compose", tags="stale", duration=5, title="stale")
    await track_of(ben, "stale")
    tried = [one for one in harness.discord.requests[before:] if one.path.startswith("/webhooks/")]
    assert tried == []
    assert "in the queue" in (await answer.refresh()).text  # the acknowledgement, which is an answer
